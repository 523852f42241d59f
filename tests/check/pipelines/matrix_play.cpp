/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Playing through, of what is there and of what is just being made, with a
 * producer that goes and comes back. */

#include "matrix.h"

#include <algorithm>

using namespace kafkacheck;

namespace {

void
check_all_shown (Show &show, const Oracle &oracle, size_t allowed_shifts,
    size_t held_back, Faults &faults)
{
  Verdict verdict = show.validator ().judge (oracle);
  size_t missing = verdict.gaps + verdict.late;
  faults.add (verdict, std::min (verdict.shifts, allowed_shifts)
                           + std::min (missing, held_back));
  faults.add_unless_complete (verdict, oracle, held_back);
}

} // namespace

GST_START_TEST (test_playing_through_shows_each_frame_at_its_time)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 700);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  show.pipeline ().reach_state (GST_STATE_PAUSED);
  gint64 begin = g_get_monotonic_time ();
  show.play_to_eos ();
  int64_t took = (g_get_monotonic_time () - begin) * GST_USECOND;

  Faults faults;
  faults.begin_row (medium->name);
  faults.add_unless_equal (
      "the time it takes", took, oracle.end (), 300 * GST_MSECOND);
  check_all_shown (show, oracle, 0, 0, faults);
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_eos_comes_once_and_playing_again_shows_the_same)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  for (const char *time : { "first", "second", "third" }) {
    faults.begin_row (std::string (medium->name) + ", the " + time + " time");
    show.validator ().clear ();
    show.play_to_eos ();
    check_all_shown (show, oracle, 0, 0, faults);
    faults.add_unless_equal (
        "the position", show.position ().value_or (-1), oracle.end ());
    show.pipeline ().reach_state (GST_STATE_READY);
  }
  faults.check ();
}
GST_END_TEST;

/* The player is there before the producer, and waits for it twice. */
GST_START_TEST (test_restart_of_the_producer_is_a_seam_without_late_frames)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Topic topic;
  Oracle oracle;
  Show show (*medium, topic.name (), Pace::REAL_TIME);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  for (int session : { 0, 1 }) {
    Producer::Options options;
    options.session = session;
    options.milliseconds = 700;
    options.is_live = true;
    if (session == 0)
      options.properties = "eos-record=false";
    Producer producer (*medium, topic.name (), options);
    producer.start ();
    producer.wait_for_end ();
    producer.tell (oracle);
    show.wait_for_frames (oracle.count () - medium->held_back);
  }
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  Faults faults;
  faults.begin_row (medium->name);
  /* Waiting moves running time: at most when each session begins, and for
   * frames that an encoder keeps longer than the first. What a decoder keeps
   * back when the first producer goes comes out with the second, and late. */
  check_all_shown (show, oracle, oracle.count (), medium->held_back, faults);
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_play_suite ()
{
  Suite *suite = suite_create ("matrix_play");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (tcase, test_playing_through_shows_each_frame_at_its_time);
  add_for_all_media (
      tcase, test_eos_comes_once_and_playing_again_shows_the_same);
  add_for_all_media (
      tcase, test_restart_of_the_producer_is_a_seam_without_late_frames);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_play)
