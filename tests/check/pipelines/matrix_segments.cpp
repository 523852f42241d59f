/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Segment seeks end with SEGMENT_DONE and loop without a gap; seeks without a
 * flush let running time go straight on. */

#include "matrix.h"

#include <algorithm>

using namespace kafkacheck;

namespace {

constexpr int kSegment = GST_SEEK_FLAG_ACCURATE | GST_SEEK_FLAG_SEGMENT;

/* The position that SEGMENT_DONE tells. */
std::optional<int64_t>
wait_for_segment_done (Show &show)
{
  gint64 position = -1;
  GstFormat format = GST_FORMAT_UNDEFINED;
  auto ending = show.pipeline ().wait_for ([&] (GstMessage *message) {
    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_SEGMENT_DONE)
      return false;
    gst_message_parse_segment_done (message, &format, &position);
    return true;
  });
  if (ending != Pipeline::Ending::NONE || format != GST_FORMAT_TIME)
    return std::nullopt;
  return position;
}

/* What is to be seen of [start, stop). */
struct Part {
  int64_t start, stop;
  size_t first, last;
};

Part
part_of (const Oracle &oracle, int64_t start, int64_t stop)
{
  return { start, stop, *oracle.shown_at (start), *oracle.last_before (stop) };
}

void
check_segment_done (
    Show &show, const Oracle &oracle, const Part &part, Faults &faults)
{
  auto position = wait_for_segment_done (show);
  if (!position) {
    faults.add ("EOS or an ERROR instead of SEGMENT_DONE");
    return;
  }
  /* basesrc tells the last buffer's time, or where that ends. */
  faults.add_unless (
      *position >= oracle.frame (part.last).position && *position <= part.stop,
      "SEGMENT_DONE tells " + std::to_string (*position) + ", not the end of "
          + std::to_string (part.start) + " to " + std::to_string (part.stop));
}

/* Each loop shows the same, and its running time begins where the one before
 * ended. */
void
check_loops (const Validator &validator, const Oracle &oracle,
    const std::vector<Part> &loops, Faults &faults)
{
  Verdict verdict = validator.judge (oracle);
  faults.add (verdict);
  if (verdict.stretches.size () != loops.size ()) {
    faults.add_unless_equal ("the number of parts shown",
        static_cast<int64_t> (verdict.stretches.size ()),
        static_cast<int64_t> (loops.size ()));
    return;
  }
  int64_t base = 0;
  auto all = validator.stretches ();
  for (size_t i = 0; i < loops.size (); i++) {
    const Shown &first = all[i].front ();
    faults.add_unless (
        verdict.stretches[i] == std::pair (loops[i].first, loops[i].last),
        "part " + std::to_string (i) + " is frames "
            + std::to_string (verdict.stretches[i].first) + " to "
            + std::to_string (verdict.stretches[i].second));
    faults.add_unless_equal ("running time of part " + std::to_string (i),
        first.running_time - (first.stream_time - loops[i].start), base, 2);
    base += loops[i].stop - loops[i].start;
  }
}

} // namespace

GST_START_TEST (test_segment_seeks_loop_without_a_gap)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  size_t seam = oracle.first_of_session (1);
  /* In the middle of a frame; over the seam. */
  Part part = part_of (oracle,
      oracle.frame (seam - 7).position + oracle.frame (0).duration / 2,
      oracle.frame (seam + 5).position);

  faults.begin_row (std::string (medium->name) + ", the first time");
  ck_assert (show.seek_and_preroll (
      { kSegment | GST_SEEK_FLAG_FLUSH, part.start, part.stop }));
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  check_segment_done (show, oracle, part, faults);
  for (const char *time : { "second", "third" }) {
    faults.begin_row (std::string (medium->name) + ", the " + time + " time");
    show.validator ().expect_jump ();
    ck_assert (show.seek ({ kSegment, part.start, part.stop }));
    check_segment_done (show, oracle, part, faults);
  }
  /* Not a segment seek: it ends with EOS. */
  show.validator ().expect_jump ();
  ck_assert (show.seek ({ GST_SEEK_FLAG_ACCURATE, part.start, part.stop }));
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  faults.begin_row (medium->name);
  check_loops (show.validator (), oracle, std::vector<Part> (4, part), faults);
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_segment_seek_without_a_stop_is_done_at_the_end)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  faults.begin_row (medium->name);
  Part part = part_of (
      oracle, oracle.frame (oracle.count () - 9).position, oracle.end ());
  ck_assert (
      show.seek_and_preroll ({ kSegment | GST_SEEK_FLAG_FLUSH, part.start }));
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  check_segment_done (show, oracle, part, faults);
  faults.add (show.validator ().judge (oracle));
  faults.check ();
}
GST_END_TEST;

/* In real time: the queue before the sink holds a second, so the source is in
 * the middle of the recording when the seek comes. */
GST_START_TEST (test_seek_without_flush_goes_straight_on)
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
  show.wait_for_frames (2);
  size_t target = oracle.count () - 8;
  show.validator ().expect_jump ();
  faults.add_unless (
      show.seek ({ GST_SEEK_FLAG_ACCURATE, oracle.frame (target).position }),
      "the seek is refused");
  ck_assert (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS);

  Verdict verdict = show.validator ().judge (oracle);
  /* In decode order it was cut between a picture and the B-frames that are
   * shown before it. */
  faults.add (verdict, std::min (verdict.gaps, medium->held_back));
  auto all = show.validator ().stretches ();
  if (verdict.stretches.size () != 2) {
    faults.add ("there is no jump: " + verdict.describe ());
    faults.check ();
  }
  auto [before, after] = std::pair (verdict.stretches[0], verdict.stretches[1]);
  faults.add_unless (before.first == 0, "it does not begin at the beginning");
  faults.add_unless (after == std::pair (target, oracle.count () - 1),
      "it goes on with frame " + std::to_string (after.first));
  /* That of the last one in decode order. */
  faults.add_unless_equal ("the running time after the seek",
      all[1].front ().running_time,
      all[0].back ().running_time + oracle.frame (before.second).duration,
      2 + static_cast<int64_t> (medium->held_back) * oracle.frame (0).duration);
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_segments_suite ()
{
  Suite *suite = suite_create ("matrix_segments");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (tcase, test_segment_seeks_loop_without_a_gap);
  add_for_all_media (
      tcase, test_segment_seek_without_a_stop_is_done_at_the_end);
  add_for_all_media (tcase, test_seek_without_flush_goes_straight_on);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_segments)
