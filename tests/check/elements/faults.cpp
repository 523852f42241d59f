/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "faults.h"

#include "common/broker.h"

using namespace kafkacheck;

static OwnBroker *broker;

OwnBroker &
own_broker ()
{
  return *broker;
}

static void
bring_up ()
{
  broker->bring_up ();
}

/* Afterwards too: the test's topics are deleted when its process ends. */
static void
add (Suite *suite, TCase *tcase)
{
  tcase_add_checked_fixture (tcase, bring_up, bring_up);
  suite_add_tcase (suite, tcase);
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  Suite *suite = suite_create ("faults");
  add (suite, missing_topic_tests ());
  add (suite, stopping_tests ());
  add (suite, outage_tests ());
  add (suite, leaky_tests ());
  add (suite, damage_tests ());

  std::string obstacle = OwnBroker::why_impossible ();
  if (!obstacle.empty ())
    return skip_suite (suite, "faults", obstacle);
  /* Ends after all that uses it at exit. The session is what a start waits for
   * after a kill. */
  static OwnBroker own ("--set auto.create.topics.enable=false "
                        "--set broker.session.timeout.ms=1000 "
                        "--set broker.heartbeat.interval.ms=200");
  broker = &own;
  return gst_check_run_suite (suite, "faults", __FILE__);
}
