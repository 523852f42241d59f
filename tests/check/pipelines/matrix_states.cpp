/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Up and down through the states at any moment: what is shown in between is
 * right, and nothing takes long. */

#include "matrix.h"

using namespace kafkacheck;

namespace {

/* A while for a source that keeps on producing. */
void
wait_for_time (std::chrono::milliseconds time)
{
  auto end = std::chrono::steady_clock::now () + time;
  ck_assert (
      wait_until ([&] { return std::chrono::steady_clock::now () > end; }));
}

/* Until some more frames came, or none is to come. */
void
wait_for_moment (Show &show, size_t frames)
{
  size_t goal = show.validator ().count () + frames;
  ck_assert (wait_until ([&] {
    return show.validator ().count () >= goal || show.pipeline ().has_eos ();
  }));
}

void
change_state (Show &show, GstState state, Faults &faults)
{
  auto took = measure ([&] { show.pipeline ().set_state (state); });
  faults.add_unless (took < stop_limit (),
      std::string ("to ") + gst_element_state_get_name (state) + " takes "
          + std::to_string (took.count ()) + " ms");
}

} // namespace

GST_START_TEST (test_state_changes_at_random_moments_show_the_right_frames)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  constexpr int changes = 30;
  const GstState states[] = { GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PLAYING };
  std::mt19937 random = random_numbers ();
  auto draw = [&random] (size_t limit) { return random () % limit; };

  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  Faults faults;
  for (int i = 0; i < changes; i++) {
    GstState state = states[draw (G_N_ELEMENTS (states))];
    faults.begin_row (
        std::string (medium->name) + ", change " + std::to_string (i));
    change_state (show, state, faults);
    if (state == GST_STATE_PLAYING && draw (2) == 0)
      wait_for_moment (show, draw (8));
  }
  faults.begin_row (medium->name);
  change_state (show, GST_STATE_READY, faults);
  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  for (const auto &[first, last] : verdict.stretches)
    faults.add_unless (
        first == 0, "it begins with frame " + std::to_string (first));

  show.validator ().clear ();
  Seek near_end;
  near_end.start = oracle.frame (oracle.count () - 5).position;
  faults.add_unless (show.seek_and_preroll (near_end), "the seek is refused");
  show.play_to_eos ();
  faults.add (show.validator ().judge (oracle));
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_pause_and_resume_lose_nothing_and_are_not_late)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 500);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  Faults faults;
  faults.begin_row (medium->name);
  for (int pause = 0; pause < 3; pause++) {
    show.pipeline ().reach_state (GST_STATE_PLAYING);
    wait_for_moment (show, 5);
    show.pipeline ().reach_state (GST_STATE_PAUSED);
    auto position = show.position ();
    wait_for_time (std::chrono::milliseconds (150));
    faults.add_unless (show.position () == position, "it moves in PAUSED");
  }
  show.play_to_eos ();
  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  faults.add_unless_complete (verdict, oracle);
  faults.check ();
}
GST_END_TEST;

/* The producer does not wait meanwhile. */
GST_START_TEST (test_pause_of_a_recording_that_grows_loses_nothing)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Topic topic;
  Producer::Options options;
  options.is_live = true;
  options.milliseconds = 1500;
  Producer producer (*medium, topic.name (), options);
  Show show (*medium, topic.name (), Pace::REAL_TIME);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  producer.start ();
  show.wait_for_frames (5);
  show.pipeline ().reach_state (GST_STATE_PAUSED);
  int64_t published = producer.published ();
  ck_assert (
      wait_until ([&] { return producer.published () > published + 10; }));
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  producer.wait_for_end ();
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);

  Oracle oracle;
  producer.tell (oracle);
  Verdict verdict = show.validator ().judge (oracle);
  /* It may have waited for the first frames, which come as they are made. */
  Faults faults;
  faults.begin_row (medium->name);
  faults.add (verdict, verdict.shifts);
  faults.add_unless_complete (verdict, oracle);
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_states_suite ()
{
  Suite *suite = suite_create ("matrix_states");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (
      tcase, test_state_changes_at_random_moments_show_the_right_frames);
  add_for_all_media (
      tcase, test_pause_and_resume_lose_nothing_and_are_not_late);
  add_for_all_media (tcase, test_pause_of_a_recording_that_grows_loses_nothing);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_states)
