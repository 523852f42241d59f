/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A network that is cut, slow, or loses its connections. */

#include "chaos.h"

#include "chance.h"
#include "trial.h"

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::seconds;

GST_START_TEST (test_reset_connections_cost_nothing)
{
  auto chance = make_chance ("moments");
  Trial trial ("connections reset");
  trial.settle ();
  const int count = rounds ();
  for (int i = 0; i < count; i++) {
    network ().reset ();
    pass_time (chance, milliseconds (300));
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

GST_START_TEST (test_partition_costs_time_only)
{
  Trial trial ("network cut for 3 s, and healed");
  const int count = rounds (20);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    network ().cut ();
    pass_time (seconds (3));
    network ().heal ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

/* What was written is not acknowledged, and written again. */
GST_START_TEST (test_lost_answers_double_nothing)
{
  auto chance = make_chance ("moments");
  Trial trial ("answers lost, connections reset");
  const int count = rounds (4);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    network ().cut_answers ();
    pass_time (chance, milliseconds (500));
    network ().reset ();
    network ().heal ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

/* Longer than librdkafka waits for an answer, so that it gives connections up.
 */
GST_START_TEST (test_long_partition_costs_time_only)
{
  const std::string impatient
      = "client-config=\"c,socket.timeout.ms=3000,fetch.wait.max.ms=500\"";
  Trial trial (
      "network cut for 8 s, socket.timeout.ms=3000", impatient, impatient);
  const int count = rounds (20);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    network ().cut ();
    pass_time (seconds (8));
    network ().heal ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

GST_START_TEST (test_slow_network_costs_time_only)
{
  Trial trial ("100 ms and 1 MB/s for 10 s");
  const int count = rounds (50);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    network ().slow_down (milliseconds (100), 1000000);
    pass_time (seconds (10));
    trial.settle ();
    network ().heal ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

TCase *
network_tests ()
{
  TCase *tcase = tcase_create ("network");
  tcase_add_test (tcase, test_reset_connections_cost_nothing);
  tcase_add_test (tcase, test_partition_costs_time_only);
  tcase_add_test (tcase, test_lost_answers_double_nothing);
  tcase_add_test (tcase, test_long_partition_costs_time_only);
  tcase_add_test (tcase, test_slow_network_costs_time_only);
  return tcase;
}
