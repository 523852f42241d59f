/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A broker that goes away and comes back: told of, waited for, and nothing is
 * lost or doubled. */

#include "faults.h"

#include "common/stopping.h"
#include "common/trip.h"

#include <atomic>

using namespace kafkacheck;

/* A thousand small buffers a second, at the clock's pace. */
static const char *paced = "audiotestsrc is-live=true samplesperbuffer=48 ! "
                           "audio/x-raw,format=S16LE,channels=1,rate=48000 ! ";

static bool
wait_for_records (GstElement *element, int64_t count)
{
  return wait_until ([&] { return stat (element, "records") >= count; });
}

/* Every record once and in order, the EOS record last. */
static void
check_log_is_whole (const std::string &topic)
{
  auto records = read_log (topic);
  for (size_t i = 0; i < records.size (); i++)
    check_text (records[i].header ("gst.seq").value (), std::to_string (i));
  ck_assert (records.back ().header ("gst.eos").has_value ());
}

GST_START_TEST (test_kafkasink_loses_nothing_when_the_broker_is_killed)
{
  Topic topic;
  Pipeline pipeline (paced + sink_text (topic.name ()));
  ElementPtr sink = pipeline.element ("sink");
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_for_records (sink.get (), 500));
  own_broker ().kill ();
  pipeline.wait_for_warning ("kafkasink keeps trying");
  own_broker ().bring_up ();
  ck_assert (
      wait_for_records (sink.get (), stat (sink.get (), "records") + 500));
  gst_element_send_event (pipeline.get (), gst_event_new_eos ());
  ck_assert_msg (pipeline.wait_for_end () == Pipeline::Ending::EOS, "%s",
      pipeline.describe ().c_str ());
  ck_assert_int_eq (pipeline.warnings ().size (), 1);
  ck_assert_int_eq (stat (sink.get (), "lost"), 0);
  check_log_is_whole (topic.name ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_loses_nothing_when_the_broker_stands_still)
{
  Topic topic;
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=20000 sizetype=fixed sizemax=1000 ! "
      + sink_text (topic.name (), "max-queue-bytes=1000000"));
  ElementPtr sink = pipeline.element ("sink");
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_for_records (sink.get (), 1000));
  own_broker ().freeze ();
  ck_assert (
      wait_until ([&] { return stat (sink.get (), "queued-records") > 300; }));
  own_broker ().thaw ();
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);
  ck_assert_int_eq (read_log (topic.name ()).size (), 20001);
  check_log_is_whole (topic.name ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_posts_eos_only_when_all_is_acknowledged)
{
  Topic topic;
  /* Less than the queue holds, or EOS would wait behind it. */
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=20000 sizetype=fixed sizemax=1000 ! "
      + sink_text (topic.name ()));
  ElementPtr sink = pipeline.element ("sink");
  Capture capture (sink.get (), "sink");
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_for_records (sink.get (), 100));
  own_broker ().freeze ();
  capture.wait_for_eos ();
  std::unique_ptr<GstBus, Unref> bus (gst_element_get_bus (pipeline.get ()));
  GstMessage *early
      = gst_bus_timed_pop_filtered (bus.get (), GST_SECOND, GST_MESSAGE_EOS);
  ck_assert (early == nullptr);
  ck_assert (stat (sink.get (), "queued-records") > 0);

  own_broker ().thaw ();
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);
  ck_assert_int_eq (stat (sink.get (), "queued-records"), 0);
  check_log_is_whole (topic.name ());
}
GST_END_TEST;

/* More than is fetched ahead, so that most of it is still to come. */
GST_START_TEST (test_kafkasrc_misses_nothing_when_the_broker_is_killed)
{
  Topic topic;
  Captured in = publish ("fakesrc num-buffers=1000 sizetype=fixed "
                         "sizemax=20000 filltype=pattern",
      topic.name ());
  Player player (topic.name (),
      "client-config=\"c,queued.max.messages.kbytes=1024,"
      "fetch.message.max.bytes=100000\"");
  player.pipeline ().set_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert (wait_until ([&] { return stat (source.get (), "records") > 0; }));
  own_broker ().kill ();
  player.pipeline ().set_state (GST_STATE_PLAYING);
  player.pipeline ().wait_for_warning ("Waiting for it to come back");
  ck_assert (player.capture ().count () < in.buffers.size ());
  own_broker ().bring_up ();
  ck_assert_msg (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS,
      "%s", player.pipeline ().describe ().c_str ());
  check_identical (in, player.capture ().get ());
  ck_assert_int_eq (player.pipeline ().warnings ().size (), 1);
}
GST_END_TEST;

static void
count_shown (GstElement *, GstBuffer *, GstPad *, gpointer shown)
{
  ++*static_cast<std::atomic<int> *> (shown);
}

/* What came late for the broker's sake is shown later, not dropped. */
GST_START_TEST (test_kafkasrc_drops_nothing_when_the_broker_stands_still)
{
  Topic topic;
  publish ("videotestsrc num-buffers=120 ! "
           "video/x-raw,width=64,height=64,framerate=30/1",
      topic.name ());
  Pipeline pipeline (
      source_text (topic.name (),
          "client-config=\"c,queued.max.messages.kbytes=16,"
          "fetch.message.max.bytes=16384\"")
      + " ! queue max-size-buffers=5 ! fakesink name=sink sync=true qos=true "
        "max-lateness=100000000 signal-handoffs=true");
  ElementPtr source = pipeline.element ("source");
  ElementPtr sink = pipeline.element ("sink");
  Capture capture (sink.get (), "sink");
  std::atomic<int> shown{ 0 };
  g_signal_connect (sink.get (), "handoff", G_CALLBACK (count_shown), &shown);
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  ck_assert (wait_for_records (source.get (), 40));
  own_broker ().freeze ();
  constexpr std::chrono::seconds longer{ 3 };
  ck_assert (!capture.gets_eos_within (longer));
  own_broker ().thaw ();
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);

  ck_assert_int_eq (shown, 120);
}
GST_END_TEST;

/* At the end of the log, and for the topic. */
GST_START_TEST (test_kafkasrc_goes_on_waiting_after_an_outage)
{
  Topic topic;
  publish (
      "fakesrc filltype=zero num-buffers=10 sizetype=fixed", topic.name ());
  Player reader (topic.name (), "eos-policy=ignore");
  reader.pipeline ().set_state (GST_STATE_PLAYING);
  reader.capture ().wait_for_buffers (10);

  std::string unused = unused_topic_name ();
  Player waiter (unused);
  waiter.pipeline ().set_state (GST_STATE_PLAYING);
  waiter.pipeline ().wait_for_warning ("does not exist");

  own_broker ().kill ();
  reader.pipeline ().wait_for_warning ("Waiting for it to come back");
  waiter.pipeline ().wait_for_warning ("Waiting for it to come back");
  own_broker ().bring_up ();

  publish (
      "fakesrc filltype=zero num-buffers=10 sizetype=fixed", topic.name ());
  reader.capture ().wait_for_buffers (20);
  reader.check_that_it_goes_on ();
  ck_assert_int_eq (reader.capture ().count (), 20);
  publish ("fakesrc filltype=zero num-buffers=10 sizetype=fixed", unused,
      "create-topic=true");
  ck_assert (waiter.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  ck_assert_int_eq (waiter.capture ().count (), 10);
}
GST_END_TEST;

/* Its place in the group is gone with the session; but nobody else had it. */
GST_START_TEST (test_kafkasrc_in_a_group_goes_on_after_an_outage)
{
  Topic topic;
  publish (
      "fakesrc filltype=zero num-buffers=10 sizetype=fixed", topic.name ());
  Player reader (topic.name (), "eos-policy=ignore commit-interval=10000000 "
                                "group-id="
                                    + unused_group_name ());
  reader.pipeline ().set_state (GST_STATE_PLAYING);
  reader.capture ().wait_for_buffers (10);
  ElementPtr source = reader.pipeline ().element ("source");
  ck_assert (
      wait_until ([&] { return stat (source.get (), "committed") == 9; }));

  own_broker ().freeze ();
  reader.pipeline ().wait_for_warning ("has lost its place");
  own_broker ().thaw ();
  publish (
      "fakesrc filltype=zero num-buffers=10 sizetype=fixed", topic.name ());
  reader.capture ().wait_for_buffers (20);
  ck_assert (
      wait_until ([&] { return stat (source.get (), "committed") == 20; }));
  ck_assert_int_eq (reader.capture ().count (), 20);
}
GST_END_TEST;

TCase *
outage_tests ()
{
  TCase *tcase = tcase_create ("outage");
  tcase_add_test (
      tcase, test_kafkasink_loses_nothing_when_the_broker_is_killed);
  tcase_add_test (
      tcase, test_kafkasink_loses_nothing_when_the_broker_stands_still);
  tcase_add_test (
      tcase, test_kafkasink_posts_eos_only_when_all_is_acknowledged);
  tcase_add_test (
      tcase, test_kafkasrc_misses_nothing_when_the_broker_is_killed);
  tcase_add_test (
      tcase, test_kafkasrc_drops_nothing_when_the_broker_stands_still);
  tcase_add_test (tcase, test_kafkasrc_goes_on_waiting_after_an_outage);
  tcase_add_test (tcase, test_kafkasrc_in_a_group_goes_on_after_an_outage);
  return tcase;
}
