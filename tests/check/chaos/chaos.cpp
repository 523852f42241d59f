/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Everything that can go wrong between a writer and a reader, while they are at
 * it: nothing is lost, doubled or out of order, and nobody hangs. The table at
 * the end says what was counted. */

#include "chaos.h"

#include "common/broker.h"
#include "table.h"

using namespace kafkacheck;

static OwnBroker *broker;
static Proxy *proxy;

OwnBroker &
own_broker ()
{
  return *broker;
}

Proxy &
network ()
{
  return *proxy;
}

/* Each test may be a process, whose own thread has to be the proxy, up to its
 * end: topics are removed then. */
static void
set_up ()
{
  broker->bring_up ();
  proxy->stop ();
  proxy->start (broker->servers ());
}

static void
tear_down ()
{
  proxy->heal ();
  broker->bring_up ();
}

static void
add (Suite *suite, TCase *tcase)
{
  tcase_add_checked_fixture (tcase, set_up, tear_down);
  suite_add_tcase (suite, tcase);
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  Suite *suite = suite_create ("chaos");
  add (suite, process_tests ());
  add (suite, network_tests ());
  add (suite, broker_tests ());
  add (suite, topic_tests ());

  std::string obstacle = OwnBroker::why_impossible ();
  if (!obstacle.empty ())
    return skip_suite (suite, "chaos", obstacle);
  /* They go after all that uses them at exit. Members of groups that were
   * killed are missed soon. */
  static Proxy the_proxy;
  static OwnBroker the_broker ("--set advertised.listeners=PLAINTEXT://"
                               + the_proxy.servers ()
                               + " --set auto.create.topics.enable=false "
                                 "--set group.min.session.timeout.ms=500 "
                                 "--set broker.session.timeout.ms=1000 "
                                 "--set broker.heartbeat.interval.ms=200");
  proxy = &the_proxy;
  broker = &the_broker;
  g_setenv ("KAFKA_BOOTSTRAP_SERVERS", the_proxy.servers ().c_str (), TRUE);
  return run_for_table (suite, "chaos", __FILE__);
}
