/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A seek to T shows what an uninterrupted play shows at T, for each way to
 * seek. */

#include "matrix.h"

using namespace kafkacheck;

namespace {

struct Aim {
  const char *name;
  int64_t position;
};

struct Way {
  const char *name;
  int flags;
  std::optional<Snap> snap; /* where it does not begin at the target */
};

const Way ways[] = {
  { "flush", GST_SEEK_FLAG_FLUSH, std::nullopt },
  { "accurate", GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, std::nullopt },
  { "key unit", GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, Snap::BEFORE },
  { "key unit before",
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_BEFORE,
      Snap::BEFORE },
  { "key unit after",
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_AFTER,
      Snap::AFTER },
  { "key unit nearest",
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_NEAREST,
      Snap::NEAREST },
};

int64_t
within (const Frame &frame, int64_t part, int64_t parts)
{
  return frame.position + frame.duration * part / parts;
}

/* Of video, every twentieth frame of a session is a key frame. */
std::vector<Aim>
aims_for_all_ways (const Oracle &oracle)
{
  size_t seam = oracle.first_of_session (1);
  return {
    { "close after a key frame", within (oracle.frame (22), 1, 2) },
    { "close before a key frame", within (oracle.frame (37), 2, 3) },
    { "a key frame's beginning", oracle.frame (20).position },
    { "the end of the first session", within (oracle.frame (seam - 1), 1, 3) },
    { "the second session", within (oracle.frame (seam + 13), 1, 7) },
  };
}

std::vector<Aim>
aims_for_accurate_seeks (const Oracle &oracle)
{
  size_t seam = oracle.first_of_session (1);
  return {
    { "the last frame", within (oracle.frame (oracle.count () - 1), 1, 2) },
    { "a frame's beginning", oracle.frame (30).position },
    { "just after the seam", oracle.frame (seam).position + 1 },
    { "the seam", oracle.frame (seam).position },
    { "a key frame's end", oracle.frame (20).end () - 1 },
    { "the beginning", 0 },
  };
}

/* Where playing begins, in stream time. */
std::optional<int64_t>
expected_start (const Oracle &oracle, const Aim &aim, const Way &way)
{
  if (!way.snap)
    return aim.position;
  auto sync_point = oracle.sync_point (aim.position, *way.snap);
  if (!sync_point)
    return std::nullopt;
  return oracle.frame (*sync_point).position;
}

void
check_shown (Show &show, const Oracle &oracle, int64_t start,
    std::optional<int64_t> stop, Faults &faults)
{
  Verdict verdict = show.validator ().judge (oracle);
  faults.add (verdict);
  if (verdict.stretches.empty ()) {
    faults.add ("nothing is shown");
    return;
  }
  auto [first, last] = verdict.stretches.back ();
  auto expect = [&] (const char *what, size_t actual, size_t expected) {
    faults.add_unless_equal (
        what, static_cast<int64_t> (actual), static_cast<int64_t> (expected));
  };
  expect ("the first frame", first, *oracle.shown_at (start));
  expect ("the last frame", last,
      stop ? *oracle.last_before (*stop) : oracle.count () - 1);
}

void
check_seek (Show &show, const Oracle &oracle, const Seek &seek, int64_t start,
    Faults &faults)
{
  if (!show.seek_and_preroll (seek)) {
    faults.add ("the seek is refused");
    return;
  }
  faults.add_unless_equal (
      "the position", show.position ().value_or (-1), start);
  show.play_to_eos ();
  check_shown (show, oracle, start, seek.stop, faults);
}

std::string
row_name (const Medium *medium, const std::string &what, const std::string &aim)
{
  return std::string (medium->name) + ", " + what + " to " + aim;
}

} // namespace

GST_START_TEST (test_seek_shows_what_an_uninterrupted_play_shows_there)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  for (const auto &aim : aims_for_all_ways (oracle))
    for (const auto &way : ways) {
      auto start = expected_start (oracle, aim, way);
      if (!start)
        continue;
      faults.begin_row (row_name (medium, way.name, aim.name));
      check_seek (show, oracle, { way.flags, aim.position }, *start, faults);
    }
  for (const auto &aim : aims_for_accurate_seeks (oracle)) {
    faults.begin_row (row_name (medium, "accurate", aim.name));
    Seek seek;
    seek.start = aim.position;
    check_seek (show, oracle, seek, aim.position, faults);
  }
  faults.check ();
}
GST_END_TEST;

/* The smallest case of a seek back: what a player has met of a session is not
 * where that session begins. */
GST_START_TEST (test_seek_back_in_a_session_that_was_entered_by_a_seek)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  size_t seam = oracle.first_of_session (1);
  for (size_t after_seam : { 45, 5 }) {
    faults.begin_row (row_name (
        medium, "accurate", "the seam + " + std::to_string (after_seam)));
    Seek seek;
    seek.start = oracle.frame (seam + after_seam).position;
    check_seek (show, oracle, seek, seek.start, faults);
  }
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_seek_stops_before_the_stop_position)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  size_t seam = oracle.first_of_session (1);
  const Aim stops[] = {
    { "a frame's beginning", oracle.frame (30).position },
    { "the middle of a frame", within (oracle.frame (34), 1, 2) },
    { "a key frame", oracle.frame (40).position },
    { "the middle of a key frame", within (oracle.frame (40), 1, 2) },
    { "the seam", oracle.frame (seam).position },
    { "the second session", within (oracle.frame (seam + 11), 1, 3) },
    { "the end", oracle.end () },
    { "beyond the end", oracle.end () + 5 * GST_SECOND },
  };
  Show show (*medium, recording.topic ());
  Faults faults;
  int64_t start = within (oracle.frame (25), 1, 4);
  for (const auto &stop : stops) {
    faults.begin_row (row_name (medium, "from frame 25", stop.name));
    Seek seek;
    seek.start = start;
    seek.stop = stop.position;
    check_seek (show, oracle, seek, start, faults);
  }
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_seek_counts_from_the_end_when_asked)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  faults.begin_row (row_name (medium, "accurate", "300 ms before the end"));
  constexpr int64_t back = 300 * GST_MSECOND;
  Seek seek;
  seek.start = -back;
  seek.start_type = GST_SEEK_TYPE_END;
  check_seek (show, oracle, seek, oracle.end () - back, faults);
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_seek_to_the_end_is_eos_and_the_next_seek_plays_again)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  Faults faults;
  for (int64_t beyond : { int64_t{ 0 }, static_cast<int64_t> (GST_SECOND) }) {
    faults.begin_row (row_name (medium, "accurate", "the end"));
    Seek to_end, back;
    to_end.start = oracle.end () + beyond;
    ck_assert (show.seek_and_preroll (to_end));
    show.play_to_eos ();
    faults.add_unless_equal ("what is shown",
        static_cast<int64_t> (show.validator ().count_in_stretch ()), 0);

    faults.begin_row (row_name (medium, "accurate", "before the end, at EOS"));
    back.start = oracle.frame (oracle.count () - 10).position;
    check_seek (show, oracle, back, back.start, faults);
  }
  faults.check ();
}
GST_END_TEST;

/* In the middle of playing, in real time: nothing is late. */
GST_START_TEST (test_seek_while_playing_shows_its_frames_in_time)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  show.pipeline ().reach_state (GST_STATE_PLAYING);
  Faults faults;
  for (const auto &way : ways) {
    size_t seam = oracle.first_of_session (1);
    Aim aim{ "the seam", within (oracle.frame (seam - 3), 1, 2) };
    auto start = expected_start (oracle, aim, way);
    if (!start)
      continue;
    faults.begin_row (row_name (medium, way.name, aim.name));
    show.wait_for_frames (3);
    Seek seek{ way.flags, aim.position };
    if (!show.seek (seek))
      faults.add ("the seek is refused");
    show.wait_for_frames (8);
    faults.add_unless_equal ("the first frame's time",
        show.validator ().stretches ().back ().front ().stream_time, *start,
        medium->is_video ? 0 : oracle.frame (0).duration);
    auto first = show.validator ().judge (oracle).stretches.back ().first;
    faults.add_unless_equal ("the first frame", static_cast<int64_t> (first),
        static_cast<int64_t> (*oracle.shown_at (*start)));
  }
  faults.add (show.validator ().judge (oracle));
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_seeks_suite ()
{
  Suite *suite = suite_create ("matrix_seeks");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (
      tcase, test_seek_shows_what_an_uninterrupted_play_shows_there);
  add_for_all_media (
      tcase, test_seek_back_in_a_session_that_was_entered_by_a_seek);
  add_for_all_media (tcase, test_seek_stops_before_the_stop_position);
  add_for_all_media (tcase, test_seek_counts_from_the_end_when_asked);
  add_for_all_media (
      tcase, test_seek_to_the_end_is_eos_and_the_next_seek_plays_again);
  add_for_all_media (tcase, test_seek_while_playing_shows_its_frames_in_time);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_seeks)
