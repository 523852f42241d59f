/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Faster, slower, and by key frames only. */

#include "matrix.h"

#include <atomic>
#include <cmath>

using namespace kafkacheck;

namespace {

/* On a busy machine a state change takes its time. */
constexpr int64_t kSlack = 300 * GST_MSECOND;

/* Plays to EOS in real time; how long it took. */
int64_t
time_to_eos (Show &show)
{
  gint64 begin = g_get_monotonic_time ();
  show.play_to_eos ();
  return (g_get_monotonic_time () - begin) * GST_USECOND;
}

void
check_rate (Show &show, const Oracle &oracle, double rate, Faults &faults)
{
  size_t seam = oracle.first_of_session (1);
  Seek seek;
  seek.rate = rate;
  seek.start = oracle.frame (seam - 8).position;
  seek.stop = oracle.frame (seam + 7).position;
  if (!show.seek_and_preroll (seek)) {
    faults.add ("the seek is refused");
    return;
  }
  int64_t took = time_to_eos (show);
  auto expected = static_cast<int64_t> (
      static_cast<double> (*seek.stop - seek.start) / rate);
  faults.add_unless_equal ("the time it takes", took, expected, kSlack);

  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  faults.add_unless (
      verdict.stretches.size () == 1
          && verdict.stretches[0] == std::pair (seam - 8, seam + 6),
      "the wrong frames are shown: " + verdict.describe ());
  for (const auto &stretch : show.validator ().stretches ())
    faults.add_unless (std::abs (stretch.front ().rate - rate) < 1e-9,
        "the segment's rate is " + std::to_string (stretch.front ().rate));
}

Seek
rate_only (int flags, double rate)
{
  Seek seek;
  seek.flags = flags;
  seek.start_type = GST_SEEK_TYPE_NONE;
  seek.start = -1;
  seek.rate = rate;
  return seek;
}

} // namespace

GST_START_TEST (test_rate_changes_the_pace_and_no_frame)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 1000);
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  Faults faults;
  for (double rate : { 0.5, 1.5, 2.0, 4.0 }) {
    faults.begin_row (
        std::string (medium->name) + ", rate " + std::to_string (rate));
    check_rate (show, recording.oracle (), rate, faults);
  }
  faults.check ();
}
GST_END_TEST;

/* All frames that a decoder can show alone, and no other. */
GST_START_TEST (test_key_unit_trick_mode_shows_all_sync_points_and_no_more)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  for (size_t target : { 0, 33 })
    for (double rate : { 1.0, 4.0 }) {
      faults.begin_row (std::string (medium->name) + ", from frame "
                        + std::to_string (target) + ", rate "
                        + std::to_string (rate));
      Seek seek;
      seek.flags = GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT
                   | GST_SEEK_FLAG_TRICKMODE
                   | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS;
      seek.start = oracle.frame (target).position;
      seek.rate = rate;
      faults.add_unless (show.seek_and_preroll (seek), "the seek is refused");
      show.play_to_eos ();

      Verdict verdict = show.validator ().judge (oracle, Steps::SYNC_POINTS);
      faults.add (verdict);
      auto first = *oracle.sync_point (seek.start, Snap::BEFORE);
      auto last = *oracle.sync_point (oracle.end (), Snap::BEFORE);
      faults.add_unless (verdict.stretches.size () == 1
                             && verdict.stretches[0] == std::pair (first, last),
          "the wrong frames are shown: " + verdict.describe ());
    }
  faults.check ();
}
GST_END_TEST;

/* After trick mode an ordinary seek shows every frame again. */
GST_START_TEST (test_key_unit_trick_mode_ends_with_the_next_seek)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  faults.begin_row (medium->name);
  Seek trick, ordinary;
  trick.flags = GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_TRICKMODE
                | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS;
  ck_assert (show.seek_and_preroll (trick));
  ck_assert (show.seek_and_preroll (ordinary));
  show.play_to_eos ();
  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  faults.add_unless_complete (verdict, oracle);
  faults.check ();
}
GST_END_TEST;

/* In the middle of playing, between a picture and the B-frames that are shown
 * before it as like as not. */
GST_START_TEST (test_rate_change_without_flush_shows_every_frame_once)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  Faults faults;
  faults.begin_row (medium->name);
  show.pipeline ().reach_state (GST_STATE_PLAYING);
  show.wait_for_frames (3);
  show.validator ().expect_jump ();
  faults.add_unless (show.seek (rate_only (0, 2.0)), "the seek is refused");
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);

  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  auto all = show.validator ().stretches ();
  ck_assert_msg (
      verdict.stretches.size () == 2, "%s", verdict.describe ().c_str ());
  auto [before, after] = std::pair (verdict.stretches[0], verdict.stretches[1]);
  faults.add_unless (before.first == 0 && after.first == before.second + 1
                         && after.second == oracle.count () - 1,
      "frame " + std::to_string (after.first) + " comes after "
          + std::to_string (before.second));
  faults.add_unless_equal (
      "the rate", static_cast<int64_t> (all[1][0].rate), 2);
  faults.add_unless_equal ("the running time after the change",
      all[1].front ().running_time,
      all[0].back ().running_time + oracle.frame (before.second).duration, 2);
  faults.check ();
}
GST_END_TEST;

/* No flush, no new position: the pace alone changes, at once. */
GST_START_TEST (test_instant_rate_change_shows_every_frame_faster)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 1000);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  Faults faults;
  faults.begin_row (medium->name);
  show.pipeline ().reach_state (GST_STATE_PLAYING);
  show.wait_for_frames (3);
  gint64 begin = g_get_monotonic_time ();
  faults.add_unless (
      show.seek (rate_only (GST_SEEK_FLAG_INSTANT_RATE_CHANGE, 2.0)),
      "the seek is refused");
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  int64_t took = (g_get_monotonic_time () - begin) * GST_USECOND;

  faults.add_unless_equal (
      "the time it takes", took, oracle.end () / 2, kSlack);
  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  faults.add_unless_complete (verdict, oracle);
  faults.check ();
}
GST_END_TEST;

/* Twice as fast as the producer: from the end of what is there on each record
 * is waited for. */
GST_START_TEST (test_instant_rate_change_goes_on_where_the_producer_is)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Topic topic;
  Oracle oracle;
  Producer::Options options;
  options.milliseconds = 5000;
  options.is_live = true;
  Producer producer (*medium, topic.name (), options);
  producer.start ();
  ck_assert (wait_until ([&] { return producer.published () >= 25; }));
  Show show (*medium, topic.name (), Pace::REAL_TIME);
  show.pipeline ().reach_state (GST_STATE_PLAYING);
  show.wait_for_frames (3);
  Faults faults;
  faults.begin_row (medium->name);
  faults.add_unless (
      show.seek (rate_only (GST_SEEK_FLAG_INSTANT_RATE_CHANGE, 2.0)),
      "the seek is refused");
  producer.wait_for_end ();
  producer.tell (oracle);
  gint64 begin = g_get_monotonic_time ();
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  int64_t took = (g_get_monotonic_time () - begin) * GST_USECOND;

  faults.add_unless (took < 2 * static_cast<int64_t> (GST_SECOND),
      "what was produced last is shown " + std::to_string (took) + " ns later");
  Verdict verdict = show.validator ().judge (oracle);
  /* What a decoder keeps back is late, each time that there is no more. */
  faults.add (verdict, verdict.shifts + verdict.late + verdict.gaps);
  ck_assert_uint_eq (verdict.stretches.size (), 1);
  size_t last = verdict.stretches[0].second;
  faults.add_unless (last + 1 + medium->held_back >= oracle.count (),
      "the last frame is " + std::to_string (last));
  faults.check ();
}
GST_END_TEST;

/* Whoever does that has the pipeline's state lock meanwhile; here a little
 * longer, until the rate is taken over into the next segment. */
GST_START_TEST (test_stop_and_seek_at_an_instant_rate_end_at_once)
{
  /* A sink asserts a segment when the pipeline answers what it asked before. */
  g_log_set_always_fatal (static_cast<GLogLevelFlags> (G_LOG_FATAL_MASK));
  _gst_check_expecting_log = TRUE;
  for (bool seeks : { false, true }) {
    Topic topic;
    Producer::Options options;
    options.milliseconds = 1000;
    options.properties = "eos-record=false";
    Show show (media ().front (), topic.name (), Pace::REAL_TIME);
    GstElement *pipeline = show.pipeline ().get ();
    ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
    Producer first (media ().front (), topic.name (), options);
    first.start ();
    first.wait_for_end ();
    show.wait_for_frames (20);
    ck_assert (show.seek (rate_only (GST_SEEK_FLAG_INSTANT_RATE_CHANGE, 2.0)));
    /* All is shown by then. */
    wait_for_running_time (pipeline, 3 * GST_SECOND);

    GST_STATE_LOCK (pipeline);
    std::atomic<bool> is_told{ false };
    PadProbe probe (gst_element_get_static_pad (
                        show.pipeline ().element ("source").get (), "src"),
        GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, [&] (GstPadProbeInfo *info) {
          if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info))
              == GST_EVENT_INSTANT_RATE_CHANGE)
            is_told = true;
        });
    options.session = 1;
    Producer second (media ().front (), topic.name (), options);
    second.start ();
    second.wait_for_end ();
    ck_assert (wait_until ([&] { return is_told.load (); }));
    const gint64 begin = g_get_monotonic_time ();
    if (seeks)
      gst_element_seek_simple (
          pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0);
    else
      gst_element_set_state (pipeline, GST_STATE_NULL);
    const gint64 took = g_get_monotonic_time () - begin;
    GST_STATE_UNLOCK (pipeline);
    ck_assert (std::chrono::microseconds (took) < stop_limit ());
  }
}
GST_END_TEST;

static Suite *
matrix_rates_suite ()
{
  Suite *suite = suite_create ("matrix_rates");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (tcase, test_rate_changes_the_pace_and_no_frame);
  tcase_add_test (tcase, test_stop_and_seek_at_an_instant_rate_end_at_once);
  add_for_all_media (
      tcase, test_key_unit_trick_mode_shows_all_sync_points_and_no_more);
  add_for_all_media (tcase, test_key_unit_trick_mode_ends_with_the_next_seek);
  add_for_all_media (tcase, test_instant_rate_change_shows_every_frame_faster);
  add_for_all_media (
      tcase, test_instant_rate_change_goes_on_where_the_producer_is);
  add_for_all_media (
      tcase, test_rate_change_without_flush_shows_every_frame_once);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_rates)
