/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A broker that dies, or stands still. */

#include "chaos.h"

#include "chance.h"
#include "trial.h"

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::seconds;

GST_START_TEST (test_killed_broker_costs_time_only)
{
  auto chance = make_chance ("moments");
  Trial trial ("SIGKILL of the broker, and restart");
  const int count = rounds (20);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    own_broker ().kill ();
    pass_time (chance, milliseconds (1000));
    own_broker ().bring_up ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

GST_START_TEST (test_frozen_broker_costs_time_only)
{
  Trial trial ("SIGSTOP of the broker for 20 s");
  const int count = rounds (100);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    own_broker ().freeze ();
    pass_time (seconds (20));
    own_broker ().thaw ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

TCase *
broker_tests ()
{
  TCase *tcase = tcase_create ("brokers");
  tcase_add_test (tcase, test_killed_broker_costs_time_only);
  tcase_add_test (tcase, test_frozen_broker_costs_time_only);
  return tcase;
}
