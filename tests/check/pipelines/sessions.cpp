/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One run of one pipeline after the other in the same topic, and where a
 * recording ends. */

#include "common/trip.h"

#include <map>

using namespace kafkacheck;

static const char *jpeg
    = "videotestsrc num-buffers=25 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";
static const char *h264
    = "videotestsrc num-buffers=25 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! "
      "x264enc bframes=2 key-int-max=10 ! video/x-h264,stream-format=avc";
static const char *opus = "audiotestsrc num-buffers=50 ! opusenc";

/* In the order of the log; fails the test when gst.seq isn't 0, 1, 2, ... in
 * each. */
static std::vector<std::string>
sessions_in (const std::vector<Record> &records)
{
  std::vector<std::string> sessions;
  std::map<std::string, int> next_seq;
  for (const auto &record : records) {
    std::string session = record.header ("gst.session").value_or ("");
    if (sessions.empty () || sessions.back () != session)
      sessions.push_back (session);
    check_text (record.header ("gst.seq").value_or ("none"),
        std::to_string (next_seq[session]++));
  }
  return sessions;
}

GST_START_TEST (test_kafkasrc_plays_two_sessions_as_one_recording)
{
  for (const char *text : { jpeg, h264, opus }) {
    Topic topic;
    Captured first = publish (text, topic.name ());
    Captured second = publish (text, topic.name ());
    ck_assert_uint_eq (sessions_in (read_log (topic.name ())).size (), 2);

    Captured out = play (topic.name ());
    check_identical (one_after_another (first, second), out);
    for (size_t i = 1; i < out.buffers.size (); i++)
      if (i != first.buffers.size ())
        ck_assert_msg (
            !out.buffers[i].is_discont ()
                || first.buffers.at (i % first.buffers.size ()).is_discont (),
            "DISCONT at buffer %zu", i);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_goes_on_when_a_producer_comes_back)
{
  Topic topic;
  Captured first = publish (h264, topic.name ());
  Player player (topic.name (), "eos-policy=ignore");
  player.start ();
  player.capture ().wait_for_buffers (first.buffers.size ());
  Captured second = publish (h264, topic.name ());
  Captured both = one_after_another (first, second);
  player.capture ().wait_for_buffers (both.buffers.size ());
  player.check_that_it_goes_on ();

  both.has_eos = false;
  check_identical (both, player.capture ().get ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_plays_a_session_of_other_caps_after_the_seam)
{
  Topic topic;
  Captured pictures = publish (jpeg, topic.name ());
  Captured sound = publish (opus, topic.name ());
  check_identical (one_after_another (pictures, sound), play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_plays_a_session_without_eos_before_the_seam)
{
  Topic topic;
  Captured first = publish (h264, topic.name (), "eos-record=false");
  Captured second = publish (h264, topic.name ());
  check_identical (one_after_another (first, second), play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_that_runs_again_gives_the_same_again)
{
  Topic topic;
  Captured in = publish (h264, topic.name ());

  Player player (topic.name ());
  player.pipeline ().run_to_eos ();
  player.pipeline ().reach_state (GST_STATE_NULL);
  size_t once = player.capture ().count ();
  player.pipeline ().run_to_eos ();

  Captured out = player.capture ().get ();
  out.buffers.erase (out.buffers.begin (),
      out.buffers.begin () + static_cast<std::ptrdiff_t> (once));
  check_identical (in, out);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_that_runs_again_begins_a_session)
{
  Topic topic;
  Pipeline pipeline (std::string (jpeg) + " ! " + sink_text (topic.name ()));
  pipeline.run_to_eos ();
  pipeline.reach_state (GST_STATE_READY);
  pipeline.run_to_eos ();

  auto records = read_log (topic.name ());
  ck_assert_uint_eq (records.size (), 52);
  ck_assert_uint_eq (sessions_in (records).size (), 2);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_eos_policy_at_end_passes_over_earlier_ends)
{
  Topic topic;
  Captured first = publish (jpeg, topic.name ());
  Captured second = publish (jpeg, topic.name ());
  check_identical (one_after_another (first, second),
      play (topic.name (), "eos-policy=at-end"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_eos_policy_always_ends_at_the_first_end)
{
  Topic topic;
  Captured first = publish (jpeg, topic.name ());
  publish (jpeg, topic.name ());
  check_identical (first, play (topic.name (), "eos-policy=always"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_eos_policy_ignore_waits_for_more)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());

  Player player (topic.name (), "eos-policy=ignore");
  player.start ();
  player.capture ().wait_for_buffers (in.buffers.size ());
  player.check_that_it_goes_on ();
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_without_eos_record_leaves_readers_waiting)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name (), "eos-record=false");
  ck_assert_uint_eq (read_log (topic.name ()).size (), in.buffers.size ());

  Player player (topic.name ());
  player.start ();
  player.capture ().wait_for_buffers (in.buffers.size ());
  player.check_that_it_goes_on ();
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_eos_means_that_all_is_in_the_log)
{
  Topic topic;
  Captured in
      = publish (jpeg, topic.name (), "client-config=\"c,linger.ms=500\"");
  auto records = read_log (topic.name ());
  ck_assert_uint_eq (records.size (), in.buffers.size () + 1);
  ck_assert (!records.back ().value);
  check_text (records.back ().header ("gst.eos").value_or ("none"), "1");
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_begins_a_session_after_a_flushing_seek)
{
  Topic topic;
  Pipeline pipeline ("videotestsrc ! video/x-raw,width=64,height=64,"
                     "framerate=25/1 ! jpegenc ! "
                     + sink_text (topic.name ()));
  Capture capture (pipeline.element ("sink").get (), "sink");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (30);
  ck_assert (gst_element_seek (pipeline.get (), 1.0, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
      GST_SEEK_TYPE_SET, 10 * GST_SECOND, GST_SEEK_TYPE_SET, 11 * GST_SECOND));
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);

  auto records = read_log (topic.name ());
  ck_assert_uint_eq (sessions_in (records).size (), 2);
  /* One buffer at most is dropped by the flush, on its way into the sink. */
  size_t entered = capture.count ();
  size_t published = records.size () - 1;
  ck_assert_uint_ge (published + 1, entered);
  ck_assert_uint_le (published, entered);

  /* The order is the pictures', and the second session is the whole seek. */
  Captured out = play (topic.name ());
  ck_assert_uint_eq (out.buffers.size (), published);
  size_t seam = published - 25;
  for (size_t i = 0; i < published; i++) {
    ck_assert_int_eq (
        *out.buffers[i].pts, static_cast<int64_t> (i * GST_SECOND / 25));
    ck_assert_int_eq (out.buffers[i].is_discont (), i == 0 || i == seam);
  }
}
GST_END_TEST;

/* A decoder needs the pictures from the key frame on to show the one that was
 * sought; they have negative running times. */
GST_START_TEST (test_kafkasink_records_what_lies_before_the_segment)
{
  std::string path = scratch_directory () + "/clip.mp4";
  const std::string make = "videotestsrc num-buffers=50 ! "
                           "video/x-raw,width=64,height=64,framerate=25/1 ! "
                           "x264enc bframes=2 key-int-max=50 ! mp4mux ! "
                           "filesink location="
                           + path;
  Pipeline (make).run_to_eos ();
  Topic topic;
  Pipeline pipeline ("filesrc location=" + path + " ! qtdemux ! h264parse ! "
                     + sink_text (topic.name ()));
  Capture capture (pipeline.element ("sink").get (), "sink");
  pipeline.reach_state (GST_STATE_PAUSED);
  ck_assert (gst_element_seek_simple (pipeline.get (), GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
      GST_SECOND));
  pipeline.run_to_eos ();

  /* What was prerolled before the seek is not published; its tags hold. */
  Captured in = capture.get ();
  auto sought
      = in.buffers.begin () + static_cast<std::ptrdiff_t> (in.last_flush);
  for (auto before = in.buffers.begin (); before != sought; before++)
    sought->events.insert (sought->events.begin (), before->events.begin (),
        before->events.end ());
  in.buffers.erase (in.buffers.begin (), sought);
  ck_assert_uint_eq (in.buffers.size (), 50);
  ck_assert (*in.buffers[0].pts < 0);
  check_identical (in, play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_loses_nothing_to_pauses_while_its_queue_is_full)
{
  Topic topic;
  /* The broker has each record only after a while, and one is a full queue. */
  Pipeline pipeline (
      "videotestsrc num-buffers=6 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc ! "
      + sink_text (topic.name (),
          "max-queue-bytes=1 client-config=\"c,linger.ms=200\""));
  Capture capture (pipeline.element ("sink").get (), "sink");
  for (size_t i = 2; i < 6; i++) {
    ck_assert (pipeline.set_state (GST_STATE_PLAYING));
    capture.wait_for_buffers (i);
    pipeline.reach_state (GST_STATE_PAUSED);
  }
  pipeline.run_to_eos ();

  ck_assert_uint_eq (sessions_in (read_log (topic.name ())).size (), 1);
  check_identical (capture.get (), play (topic.name ()));
}
GST_END_TEST;

static Suite *
sessions_suite ()
{
  Suite *suite = suite_create ("sessions");
  TCase *seams = tcase_create ("seams");
  tcase_add_test (seams, test_kafkasrc_plays_two_sessions_as_one_recording);
  tcase_add_test (seams, test_kafkasrc_goes_on_when_a_producer_comes_back);
  tcase_add_test (
      seams, test_kafkasrc_plays_a_session_of_other_caps_after_the_seam);
  tcase_add_test (
      seams, test_kafkasrc_plays_a_session_without_eos_before_the_seam);
  tcase_add_test (seams, test_kafkasrc_that_runs_again_gives_the_same_again);
  tcase_add_test (seams, test_kafkasink_that_runs_again_begins_a_session);
  suite_add_tcase (suite, seams);

  TCase *ends = tcase_create ("ends");
  tcase_add_test (
      ends, test_kafkasrc_eos_policy_at_end_passes_over_earlier_ends);
  tcase_add_test (ends, test_kafkasrc_eos_policy_always_ends_at_the_first_end);
  tcase_add_test (ends, test_kafkasrc_eos_policy_ignore_waits_for_more);
  tcase_add_test (
      ends, test_kafkasink_without_eos_record_leaves_readers_waiting);
  tcase_add_test (ends, test_kafkasink_eos_means_that_all_is_in_the_log);
  suite_add_tcase (suite, ends);

  TCase *interruptions = tcase_create ("interruptions");
  tcase_add_test (
      interruptions, test_kafkasink_begins_a_session_after_a_flushing_seek);
  tcase_add_test (
      interruptions, test_kafkasink_records_what_lies_before_the_segment);
  tcase_add_test (interruptions,
      test_kafkasink_loses_nothing_to_pauses_while_its_queue_is_full);
  suite_add_tcase (suite, interruptions);
  return suite;
}

KAFKA_CHECK_MAIN (sessions)
