/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Both elements through all states, whatever is at the broker's address. */

#include "common/broker.h"
#include "common/fake_server.h"
#include "common/feed.h"
#include "common/mock_cluster.h"
#include "common/resources.h"
#include "common/stopping.h"

using namespace kafkacheck;

/* Every way from one state to another, once. */
static const GstState kWalk[] = {
  GST_STATE_READY,
  GST_STATE_NULL,
  GST_STATE_PAUSED,
  GST_STATE_NULL,
  GST_STATE_PLAYING,
  GST_STATE_READY,
  GST_STATE_PAUSED,
  GST_STATE_READY,
  GST_STATE_PLAYING,
  GST_STATE_PAUSED,
  GST_STATE_PLAYING,
  GST_STATE_NULL,
};

/* Ten walks are sixty times up and sixty times down. Where nobody answers each
 * start and stop takes a moment, so there they are fewer. */
constexpr int kManyWalks = 10;
constexpr int kSomeWalks = 3;

static const char *const kPipelines[] = {
  "fakesrc filltype=zero num-buffers=20 sizetype=fixed sizemax=1000 ! "
  "kafkasink name=kafka",
  "kafkasrc name=kafka ! fakesink async=false",
};

/* The element has come back unharmed from all of it, and left nothing. */
static void
walk_through_states (
    const std::string &text, const std::string &servers, int walks)
{
  Resources before;
  ElementPtr element;
  std::chrono::milliseconds longest{ 0 };
  {
    Pipeline pipeline (text);
    element = pipeline.element ("kafka");
    g_object_set (element.get (), "topic", "t", "bootstrap-servers",
        servers.c_str (), nullptr);
    for (int round = 0; round < walks; round++) {
      /* In every other one the next change comes before this one is done. */
      bool waits = round % 2 == 0;
      for (GstState state : kWalk) {
        auto took = measure ([&] { pipeline.set_state (state); });
        longest = std::max (longest, took);
        if (waits)
          pipeline.reach_state (state);
      }
    }
  }
  ASSERT_OBJECT_REFCOUNT (element.get (), "element", 1);
  element.reset ();
  g_print ("%s at %s: longest change of state %d ms\n", text.c_str (),
      servers.c_str (), static_cast<int> (longest.count ()));
  ck_assert (longest < stop_limit ());
  before.check_back_now ();
}

GST_START_TEST (test_element_walks_through_states_without_broker)
{
  ClosedPort port;
  walk_through_states (kPipelines[__i__], port.address (), kSomeWalks);
}
GST_END_TEST;

GST_START_TEST (test_element_walks_through_states_with_silent_broker)
{
  FakeServer server;
  walk_through_states (kPipelines[__i__], server.address (), kSomeWalks);
}
GST_END_TEST;

GST_START_TEST (test_element_walks_through_states_with_broker)
{
  MockCluster cluster;
  walk_through_states (kPipelines[__i__], cluster.servers (), kManyWalks);
}
GST_END_TEST;

GST_START_TEST (test_element_walks_through_states_with_broker_that_is_gone)
{
  MockCluster cluster;
  cluster.set_down (true);
  walk_through_states (kPipelines[__i__], cluster.servers (), kSomeWalks);
}
GST_END_TEST;

/* Events go through the element's own locks, at any time. */
GST_START_TEST (test_kafkasrc_stops_while_it_gives_events)
{
  constexpr int count = 2000;
  MockCluster cluster;
  const std::string where = " topic=t bootstrap-servers=" + cluster.servers ();
  Pipeline publishing (
      "appsrc name=feed ! kafkasink max-record-size=1000000" + where);
  Feed feed (publishing.element ("feed").get ());
  for (int i = 0; i < count; i++) {
    feed.event ("application/x-event");
    feed.push ({ "bytes" });
  }
  feed.finish ();
  publishing.run_to_eos ();

  for (int i = 0; i < 20; i++) {
    Pipeline pipeline ("kafkasrc name=kafka" + where + " ! fakesink");
    ElementPtr element = pipeline.element ("kafka");
    pipeline.set_state (GST_STATE_PLAYING);
    ck_assert (
        wait_until ([&] { return stat (element.get (), "records") > i; }));
    check_stop (pipeline, "source that gives events");
  }
}
GST_END_TEST;

static Suite *
states_suite ()
{
  Suite *suite = suite_create ("states");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kPipelines);
  tcase_add_loop_test (
      tcase, test_element_walks_through_states_without_broker, 0, count);
  tcase_add_loop_test (
      tcase, test_element_walks_through_states_with_silent_broker, 0, count);
  tcase_add_loop_test (
      tcase, test_element_walks_through_states_with_broker, 0, count);
  tcase_add_loop_test (tcase,
      test_element_walks_through_states_with_broker_that_is_gone, 0, count);
  tcase_add_test (tcase, test_kafkasrc_stops_while_it_gives_events);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (states);
