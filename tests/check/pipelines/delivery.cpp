/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What kafkasink says of what it delivered, and when it delivers. */

#include "common/trip.h"

using namespace kafkacheck;

static const char *jpeg
    = "videotestsrc num-buffers=25 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";

GST_START_TEST (test_kafkasink_delivery_messages_name_each_record)
{
  Topic topic (2);
  Pipeline pipeline (
      std::string (jpeg) + " ! "
      + sink_text (topic.name (), "partition=1 delivery-messages=true"));
  pipeline.run_to_eos ();

  auto records = read_log (topic.name (), 1);
  auto messages = pipeline.element_messages ("kafka-delivery");
  ck_assert_uint_eq (messages.size (), records.size ());
  for (size_t i = 0; i < messages.size (); i++) {
    int partition = -1;
    gint64 offset = -1, pts = -2;
    gst_structure_get (messages[i], "partition", G_TYPE_INT, &partition,
        "offset", G_TYPE_INT64, &offset, "pts", G_TYPE_INT64, &pts, nullptr);
    check_text (gst_structure_get_string (messages[i], "topic"), topic.name ());
    ck_assert_int_eq (partition, 1);
    ck_assert_int_eq (offset, records[i].offset);
    check_text (
        std::to_string (pts), records[i].header ("gst.pts").value_or ("-1"));
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_posts_no_delivery_messages_by_default)
{
  Topic topic;
  Pipeline pipeline (std::string (jpeg) + " ! " + sink_text (topic.name ()));
  pipeline.run_to_eos ();
  ck_assert (pipeline.element_messages ("kafka-delivery").empty ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_counts_what_was_acknowledged)
{
  Topic topic;
  Pipeline pipeline (std::string (jpeg) + " ! " + sink_text (topic.name ()));
  ElementPtr sink = pipeline.element ("sink");
  Capture capture (sink.get (), "sink");
  pipeline.run_to_eos ();

  int64_t bytes = 0;
  for (const auto &buffer : capture.get ().buffers)
    bytes += static_cast<int64_t> (buffer.size);
  ck_assert_int_eq (stat (sink.get (), "records"), 26);
  ck_assert_int_eq (stat (sink.get (), "bytes"), bytes);
  ck_assert_int_eq (stat (sink.get (), "lost"), 0);
  ck_assert_int_eq (stat (sink.get (), "queued-records"), 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_sync_publishes_at_the_pace_of_the_clock)
{
  Topic topic;
  publish (jpeg, topic.name (), "sync=true");

  auto records = read_log (topic.name ());
  int64_t start = records.front ().timestamp_ms;
  /* A record's timestamp is when it was published. The first waits for the
   * pipeline to run, so the others may seem early by that. */
  for (size_t i = 1; i + 1 < records.size (); i++) {
    int64_t due = static_cast<int64_t> (i) * 1000 / 25;
    ck_assert_int_ge (records[i].timestamp_ms - start, due - 100);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_publishes_nothing_in_paused)
{
  /* B-frames' first DTS lie before the segment. */
  const std::string text = "videotestsrc num-buffers=25 ! x264enc bframes=2";
  if (auto reason = Pipeline::find_missing (text)) {
    g_print ("skipped: %s\n", reason->c_str ());
    return;
  }
  Topic topic;
  Pipeline pipeline (text + " ! " + sink_text (topic.name ()));
  pipeline.reach_state (GST_STATE_PAUSED);
  pipeline.reach_state (GST_STATE_NULL);
  ck_assert_uint_eq (read_log (topic.name ()).size (), 0);
  ck_assert_msg (
      pipeline.errors ().empty (), "%s", pipeline.describe ().c_str ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_leaves_its_buffers_as_they_are)
{
  Topic topic;
  /* The other branch has the same buffers, which may not change. */
  Pipeline pipeline (
      std::string (jpeg)
      + " ! tee name=t ! queue ! fakesink name=other t. ! queue ! "
      + sink_text (topic.name ()));
  Capture other (pipeline.element ("other").get (), "sink");
  Capture capture (pipeline.element ("sink").get (), "sink");
  pipeline.run_to_eos ();
  check_identical (other.get (), capture.get ());
  check_identical (other.get (), play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_creates_a_topic_when_asked)
{
  std::string topic = unused_topic_name ();
  Captured in = publish (jpeg, topic,
      "partition=2 create-topic=true topic-config=\"t,partitions=3\"");
  check_identical (in, play (topic, "partition=2"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_waits_for_a_topic_and_misses_nothing)
{
  std::string topic = unused_topic_name ();
  Player player (topic, "client-config=\"c,allow.auto.create.topics=false\"");
  ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
  player.pipeline ().wait_for_warning (topic);
  Captured in = publish (jpeg, topic, "create-topic=true");
  player.capture ().wait_for_eos ();
  /* Later, by what it has waited. */
  check_identical (
      starting_at (in, 0), starting_at (player.capture ().get (), 0));
}
GST_END_TEST;

static Suite *
delivery_suite ()
{
  Suite *suite = suite_create ("delivery");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasink_delivery_messages_name_each_record);
  tcase_add_test (tcase, test_kafkasink_posts_no_delivery_messages_by_default);
  tcase_add_test (tcase, test_kafkasink_counts_what_was_acknowledged);
  tcase_add_test (
      tcase, test_kafkasink_sync_publishes_at_the_pace_of_the_clock);
  tcase_add_test (tcase, test_kafkasink_publishes_nothing_in_paused);
  tcase_add_test (tcase, test_kafkasink_leaves_its_buffers_as_they_are);
  tcase_add_test (tcase, test_kafkasink_creates_a_topic_when_asked);
  tcase_add_test (tcase, test_kafkasrc_waits_for_a_topic_and_misses_nothing);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (delivery)
