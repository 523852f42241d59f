/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Playing takes the recording's own time. */

#include "common/trip.h"
#include "pace.h"

using namespace kafkacheck;

static Captured
publish_two_seconds (
    const std::string &topic, const std::string &properties = "")
{
  return publish ("videotestsrc num-buffers=50 ! "
                  "video/x-raw,width=320,height=240,framerate=25/1 ! jpegenc",
      topic, properties);
}

/* Drops what comes late, as sinks do that have a window, if not at once: this
 * may be a busy machine. The decoder works ahead, as in a player. */
static const char *show = "queue ! fakesink name=show sync=true qos=true "
                          "max-lateness=200000000";

static void
check_playback (const std::string &text, size_t count)
{
  constexpr int64_t length = GST_SECOND / 25;

  Pipeline pipeline (text + " ! " + show);
  ElementPtr sink = pipeline.element ("show");
  Pace (sink.get ())
      .run (pipeline, count, static_cast<int64_t> (count) * length);
}

GST_START_TEST (test_playback_takes_the_time_of_the_recording)
{
  Topic topic;
  publish_two_seconds (topic.name ());
  check_playback (source_text (topic.name ()) + " ! jpegdec", 50);
}
GST_END_TEST;

GST_START_TEST (test_playback_of_two_sessions_goes_straight_on)
{
  Topic topic;
  publish_two_seconds (topic.name ());
  publish_two_seconds (topic.name ());
  check_playback (source_text (topic.name ()) + " ! jpegdec", 100);
}
GST_END_TEST;

GST_START_TEST (test_playback_from_the_middle_begins_at_once)
{
  Topic topic;
  publish_two_seconds (topic.name ());
  check_playback (
      source_text (topic.name (), "start-position=offset start-offset=25")
          + " ! jpegdec",
      25);
}
GST_END_TEST;

GST_START_TEST (test_playback_of_b_frames_with_negative_dts_keeps_time)
{
  const std::string x264 = "videotestsrc num-buffers=50 ! "
                           "video/x-raw,width=64,height=64,framerate=25/1 ! "
                           "x264enc bframes=2";
  if (auto reason = Pipeline::find_missing (x264 + " ! avdec_h264")) {
    g_print ("skipped: %s\n", reason->c_str ());
    return;
  }
  Topic topic;
  publish (x264, topic.name ());
  check_playback (
      source_text (topic.name ()) + " ! h264parse ! avdec_h264", 50);
}
GST_END_TEST;

/* The first session is over, and the next one due, for a while before it comes.
 */
GST_START_TEST (test_playback_that_waits_for_the_producer_drops_nothing)
{
  Topic topic;
  Pipeline pipeline (source_text (topic.name ()) + " ! jpegdec ! " + show);
  ElementPtr sink = pipeline.element ("show");
  Pace pace (sink.get ());
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  publish_two_seconds (topic.name (), "eos-record=false");
  wait_for_running_time (sink.get (), 3 * GST_SECOND);
  publish_two_seconds (topic.name ());
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);
  pace.check (100);
}
GST_END_TEST;

/* The pipeline has played for a while, and does so at a new running time only
 * when there is something to show. */
GST_START_TEST (test_playback_that_waits_after_a_flush_begins_at_once)
{
  const struct {
    double rate;
    GstSeekType type;
    const char *sink;
  } rows[] = {
    { 1.0, GST_SEEK_TYPE_END, "" },
    { 1.5, GST_SEEK_TYPE_NONE, "" },
    /* By the old running time, as it does not wait. */
    { 1.0, GST_SEEK_TYPE_END, "async=false" },
  };
  for (const auto &row : rows) {
    Topic topic;
    publish_two_seconds (topic.name (), "eos-record=false");
    Pipeline pipeline (
        source_text (topic.name ()) + " ! jpegdec ! " + show + " " + row.sink);
    pipeline.reach_state (GST_STATE_PLAYING);
    wait_for_running_time (pipeline.element ("show").get (), 3 * GST_SECOND);
    Capture capture (pipeline.element ("source").get (), "src");
    ck_assert (gst_element_seek (pipeline.get (), row.rate, GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        row.type, 0, GST_SEEK_TYPE_NONE, -1));
    /* Longer than a broker keeps a request for new records waiting. */
    ck_assert (!capture.gets_eos_within (std::chrono::seconds (1)));
    publish_two_seconds (topic.name ());
    gint64 start = g_get_monotonic_time ();
    ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);
    ck_assert_int_lt (g_get_monotonic_time () - start, 4 * G_USEC_PER_SEC);
  }
}
GST_END_TEST;

/* By the time that it goes on it is at ends of the log that are long past. */
GST_START_TEST (test_playback_does_not_wait_for_a_viewer_that_hung)
{
  Topic topic;
  Pipeline pipeline (source_text (topic.name ())
                     + " ! fakesink name=show sync=true max-lateness=20000000");
  Capture capture (pipeline.element ("source").get (), "src");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  Pipeline producer ("videotestsrc is-live=true num-buffers=75 ! "
                     "video/x-raw,width=32,height=24,framerate=25/1 ! "
                     + sink_text (topic.name ()));
  int shown = 0;
  PadProbe hang (
      gst_element_get_static_pad (pipeline.element ("show").get (), "sink"),
      GST_PAD_PROBE_TYPE_BUFFER, [&shown] (GstPadProbeInfo *) {
        if (++shown == 25)
          g_usleep (G_USEC_PER_SEC);
      });
  producer.run_to_eos ();
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);

  Captured captured = capture.get ();
  ck_assert_uint_eq (captured.buffers.size (), 75);
  int64_t took = *captured.buffers[70].pts - *captured.buffers[10].pts;
  ck_assert_int_le (std::abs (took - 60 * 40 * GST_MSECOND), 500 * GST_MSECOND);
}
GST_END_TEST;

static Suite *
playback_suite ()
{
  Suite *suite = suite_create ("playback");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_playback_takes_the_time_of_the_recording);
  tcase_add_test (tcase, test_playback_of_two_sessions_goes_straight_on);
  tcase_add_test (tcase, test_playback_from_the_middle_begins_at_once);
  tcase_add_test (
      tcase, test_playback_that_waits_for_the_producer_drops_nothing);
  tcase_add_test (tcase, test_playback_that_waits_after_a_flush_begins_at_once);
  tcase_add_test (
      tcase, test_playback_of_b_frames_with_negative_dts_keeps_time);
  tcase_add_test (tcase, test_playback_does_not_wait_for_a_viewer_that_hung);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (playback)
