/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/timeline.h"
#include "timeline/ranges.h"

#include "common/check.h"

#include <algorithm>
#include <map>
#include <vector>

using namespace gstkafka;

static SessionTimes
at (int64_t pts, uint64_t duration = 0)
{
  return { pts, std::nullopt, duration };
}

/* Records in the order of the log, and where they go. */
struct Step {
  const char *session;
  SessionTimes times;
  int64_t base;
  bool is_seam;
  int64_t end; /* of the recording so far */
};

static void
check_steps (const std::vector<Step> &steps)
{
  Timeline timeline;
  int64_t number = 0;
  size_t sessions = 1;
  for (const auto &step : steps) {
    g_print ("step %d\n", static_cast<int> (number));
    const Session &session
        = timeline.extend ({ number++, step.session, step.times, true });
    ck_assert_int_eq (session.base, step.base);
    ck_assert_int_eq (timeline.sessions ().size () > sessions, step.is_seam);
    ck_assert_int_eq (timeline.end (), step.end);
    sessions = timeline.sessions ().size ();
  }
}

GST_START_TEST (test_timeline_leaves_the_first_session_where_it_is)
{
  check_steps ({ { "a", at (21, 10), 0, false, 31 },
      { "a", at (31, 10), 0, false, 41 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_stacks_sessions)
{
  check_steps (
      { { "a", at (0, 10), 0, false, 10 }, { "a", at (10, 10), 0, false, 20 },
          /* Began late: no hole. */
          { "b", at (500, 10), -480, true, 30 },
          { "b", at (510, 10), -480, false, 40 },
          /* Began early: no overlap. */
          { "c", at (-7, 10), 47, true, 50 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_knows_a_session_that_comes_back_as_a_seam)
{
  const int64_t minute = int64_t{ 60 } * 1000 * 1000 * 1000;
  check_steps ({ { "a", at (0, minute), 0, false, minute },
      { "b", at (0, minute), minute, true, 2 * minute },
      /* It would run backwards. */
      { "a", at (minute, minute), minute, true, 3 * minute },
      /* It would wait. */
      { "b", at (20 * minute, 10), -17 * minute, true, 3 * minute + 10 } });
}
GST_END_TEST;

/* Two pipelines, or one and another program. */
GST_START_TEST (test_timeline_keeps_sessions_apart_that_alternate)
{
  Timeline timeline;
  const int64_t frame = 40 * 1000 * 1000, hours = 10000;
  for (int64_t i = 0; i < hours; i++) {
    const Session &ours
        = timeline.extend ({ 3 * i, "a", at (i * frame, frame), true });
    ck_assert_int_eq (ours.base, 0);
    const Session &foreign = timeline.extend (
        { 3 * i + 1, "", at (1000 * frame + i * frame), true });
    ck_assert_int_eq (foreign.base, -999 * frame);
    const Session &second
        = timeline.extend ({ 3 * i + 2, "b", at (i * frame, frame), true });
    ck_assert_int_eq (second.base, frame);
  }
  ck_assert_int_eq (timeline.sessions ().size (), 3);
  ck_assert_int_eq (timeline.end (), (hours + 1) * frame);
}
GST_END_TEST;

GST_START_TEST (test_timeline_gives_up_the_oldest_of_too_many_sessions)
{
  Timeline timeline;
  const int64_t minute = int64_t{ 60 } * 1000 * 1000 * 1000;
  for (int64_t i = 0; i < 30000; i++)
    timeline.extend ({ i, std::to_string (i), at (0, minute), true });
  ck_assert_int_le (timeline.sessions ().size (), 10000);
  ck_assert_int_eq (timeline.end (), 30000 * minute);
}
GST_END_TEST;

GST_START_TEST (test_timeline_ends_with_the_latest_end)
{
  /* I P B B in the order of decoding. */
  check_steps ({ { "a", at (0, 10), 0, false, 10 },
      { "a", at (30, 10), 0, false, 40 }, { "a", at (10, 10), 0, false, 40 },
      { "a", at (20, 10), 0, false, 40 }, { "b", at (0, 10), 40, true, 50 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_takes_dts_where_there_is_no_pts)
{
  const SessionTimes dts{ std::nullopt, -20, std::nullopt };
  const SessionTimes both{ 5, -20, 10 };
  check_steps ({ { "a", at (0, 10), 0, false, 10 }, { "b", dts, 30, true, 10 },
      { "b", both, 30, false, 45 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_gives_sessions_without_times_no_room)
{
  const SessionTimes none{};
  check_steps ({ { "a", at (5, 10), 0, false, 15 }, { "b", none, 15, true, 15 },
      { "b", none, 15, false, 15 }, { "c", at (0, 10), 15, true, 25 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_gives_a_first_session_without_times_no_room)
{
  const SessionTimes none{};
  check_steps ({ { "a", none, 0, false, 0 },
      { "b", at (21, 10), -21, true, 10 }, { "c", at (0, 10), 10, true, 20 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_places_a_session_by_its_first_time)
{
  const SessionTimes none{};
  check_steps ({ { "a", at (0, 10), 0, false, 10 }, { "b", none, 10, true, 10 },
      { "b", at (100, 10), -90, false, 20 } });
}
GST_END_TEST;

/* ---- what is passed over ---- */

GST_START_TEST (test_ranges_are_one_where_they_meet)
{
  Ranges ranges (10);
  for (auto [begin, end] : { std::pair{ 10, 20 }, { 30, 40 }, { 50, 60 },
           { 20, 22 }, { 28, 30 }, { 5, 5 } })
    ranges.add (begin, end);
  const std::pair<int64_t, int64_t> past[] = { { 5, 5 }, { 9, 9 }, { 10, 22 },
    { 21, 22 }, { 22, 22 }, { 28, 40 }, { 39, 40 }, { 45, 45 }, { 60, 60 } };
  for (auto [offset, next] : past)
    ck_assert_int_eq (ranges.past (offset), next);
  ranges.add (15, 50);
  ck_assert_int_eq (ranges.past (10), 60);
  ranges.add (0, 70);
  ck_assert_int_eq (ranges.past (0), 70);
  ranges.clear ();
  ck_assert_int_eq (ranges.past (10), 10);
}
GST_END_TEST;

GST_START_TEST (test_ranges_keep_the_newest_and_the_highest)
{
  Ranges ranges (3);
  for (int64_t begin : { 10, 20, 30, 40 })
    ranges.add (begin, begin + 5);
  ck_assert_int_eq (ranges.past (10), 10);
  ck_assert_int_eq (ranges.past (20), 25);
  ranges.add (0, 5);
  ck_assert_int_eq (ranges.past (0), 5);
  ck_assert_int_eq (ranges.past (20), 20);
  ck_assert_int_eq (ranges.past (40), 45);
}
GST_END_TEST;

/* ---- looking into a log ---- */

/* Offsets need not be neighbours. Counts what a real log would take time for:
 * going elsewhere, and every record. */
class FakeLog final : public Log {
 public:
  std::vector<LoggedRecord> records;
  int jumps = 0;
  int reads = 0;
  bool fails = false;

  void
  add (LoggedRecord record)
  {
    records.push_back (std::move (record));
  }

  int64_t
  high () const
  {
    return records.empty () ? 0 : records.back ().offset + 1;
  }

  std::optional<LoggedRecord>
  at_or_after (int64_t offset) override
  {
    if (fails)
      return std::nullopt;
    auto found = std::lower_bound (records.begin (), records.end (), offset,
        [] (const LoggedRecord &record, int64_t wanted) {
          return record.offset < wanted;
        });
    if (found == records.end ())
      return std::nullopt;
    jumps += offset != next_;
    reads++;
    next_ = found->offset + 1;
    return *found;
  }

  bool
  has_failed () const override
  {
    return fails;
  }

 private:
  int64_t next_ = -1;
};

constexpr int64_t kFrame = 40;
constexpr int64_t kGop = 10; /* frames */

/* Pictures of 40 ns with a sync point every ten, an offset of each second one
 * left out. Returns the session's length. */
static int64_t
add_video (FakeLog &log, const char *session, int frames, int64_t first_time)
{
  int64_t offset = log.high ();
  for (int i = 0; i < frames; i++) {
    int64_t time = first_time + i * kFrame;
    log.add ({ offset, session, { time, time, kFrame }, i % kGop == 0 });
    offset += 2;
  }
  return frames * kFrame;
}

/* I B B P in decode order: the P comes before the Bs, and two pictures' worth
 * of DTS come before the first PTS. */
static void
add_b_frames (FakeLog &log, const char *session, int groups)
{
  const int order[] = { 0, 3, 1, 2 };
  int64_t offset = log.high ();
  for (int i = 0; i < groups * 4; i++) {
    int64_t pts = (i / 4 * 4 + order[i % 4]) * kFrame;
    log.add (
        { offset++, session, { pts, (i - 2) * kFrame, kFrame }, i % 4 == 0 });
  }
}

static Timeline
survey (FakeLog &log)
{
  Timeline timeline;
  ck_assert (timeline.survey (log, 0, log.high ()));
  return timeline;
}

static Timeline
play (const FakeLog &log)
{
  Timeline timeline;
  for (const auto &record : log.records)
    timeline.extend (record);
  return timeline;
}

static void
check_same (const Timeline &surveyed, const Timeline &played)
{
  ck_assert_int_eq (surveyed.sessions ().size (), played.sessions ().size ());
  for (size_t i = 0; i < played.sessions ().size (); i++) {
    const Session &a = surveyed.sessions ()[i], &b = played.sessions ()[i];
    ck_assert_int_eq (a.first_offset, b.first_offset);
    ck_assert_int_eq (a.start (), b.start ());
    ck_assert_int_eq (a.base, b.base);
    ck_assert_int_eq (a.end (), b.end ());
  }
}

GST_START_TEST (test_survey_comes_to_what_playing_does)
{
  FakeLog log;
  add_video (log, "a", 3000, 21);
  add_b_frames (log, "b", 500);
  add_video (log, "c", 1, 7);
  log.add ({ log.high (), "d", {}, false }); /* an EOS record alone */
  add_video (log, "e", 777, -80);

  check_same (survey (log), play (log));
}
GST_END_TEST;

GST_START_TEST (test_survey_reads_little_of_a_long_log)
{
  FakeLog log;
  for (const char *session : { "a", "b", "c", "d" })
    add_video (log, session, 100000, 0);
  survey (log);
  ck_assert_int_lt (log.jumps, 4 * 40);
  ck_assert_int_lt (log.reads, 4 * 150);
}
GST_END_TEST;

GST_START_TEST (test_survey_goes_by_the_count_in_a_session)
{
  FakeLog log;
  for (int session = 0; session < 6; session++)
    for (int i = 0; i <= 100000 * session; i++)
      log.add ({ log.high (), std::to_string (session), at (i * kFrame, kFrame),
          i % kGop == 0, static_cast<uint64_t> (i) });
  Timeline timeline = survey (log);
  ck_assert_int_eq (timeline.sessions ().size (), 6);
  ck_assert_int_eq (timeline.end (), log.high () * kFrame);
  ck_assert_int_lt (log.jumps, 50);
}
GST_END_TEST;

/* Two writers that count what the other has written, or a hostile one. */
GST_START_TEST (test_survey_finds_seams_whatever_the_count)
{
  for (uint64_t seq :
      { uint64_t{ 0 }, uint64_t{ 7 }, uint64_t{ 10000000 }, UINT64_MAX }) {
    FakeLog log;
    for (const char *session : { "a", "b", "c" })
      for (int i = 0; i < 1000; i++)
        log.add ({ log.high (), session, at (i * kFrame, kFrame), true, seq });
    Timeline timeline = survey (log);
    ck_assert_int_eq (timeline.sessions ().size (), 3);
    ck_assert_int_eq (timeline.sessions ()[1].first_offset, 1000);
    ck_assert_int_eq (timeline.sessions ()[2].first_offset, 2000);
    ck_assert_int_lt (log.jumps, 120);
  }
}
GST_END_TEST;

GST_START_TEST (test_survey_goes_on_where_it_was)
{
  FakeLog log;
  add_video (log, "a", 1000, 0);
  Timeline timeline = survey (log);
  add_video (log, "a", 500, 1000 * kFrame);
  add_video (log, "b", 500, 0);
  log.jumps = 0;
  ck_assert (timeline.survey (log, 0, log.high ()));
  ck_assert_int_eq (timeline.end (), 2000 * kFrame);
  ck_assert_int_eq (timeline.sessions ()[1].base, 1500 * kFrame);
}
GST_END_TEST;

GST_START_TEST (test_survey_of_nothing_is_empty)
{
  FakeLog log;
  ck_assert (survey (log).is_empty ());
  ck_assert (!survey (log).find_sync_point (log, 0, Snap::BEFORE));
}
GST_END_TEST;

GST_START_TEST (test_survey_tells_of_a_log_that_fails)
{
  FakeLog log;
  add_video (log, "a", 100, 0);
  log.fails = true;
  Timeline timeline;
  ck_assert (!timeline.survey (log, 0, log.high ()));
}
GST_END_TEST;

GST_START_TEST (test_retention_moves_the_start_and_no_position)
{
  FakeLog log;
  add_video (log, "a", 1000, 0);
  add_video (log, "b", 1000, 0);
  Timeline timeline = survey (log);
  int64_t end = timeline.end ();
  ck_assert (timeline.survey (log, 2100, log.high ()));
  /* 100 offsets into the second one, of which half are holes. */
  ck_assert_int_eq (timeline.start (), 1051 * kFrame);
  ck_assert_int_eq (timeline.end (), end);
  auto point = timeline.find_sync_point (log, 0, Snap::BEFORE);
  ck_assert_int_eq (point->position, 1060 * kFrame);
  ck_assert_int_ge (point->offset, 2100);
}
GST_END_TEST;

GST_START_TEST (test_seek_finds_the_sync_point_at_or_before_every_frame)
{
  FakeLog log;
  add_video (log, "a", 300, 21);
  add_video (log, "b", 300, 500);
  Timeline timeline = survey (log);
  for (const auto &record : log.records) {
    int64_t base = timeline.extend (record).base;
    int64_t position = *record.times.pts + base;
    auto point = timeline.find_sync_point (log, position, Snap::BEFORE);
    ck_assert (point.has_value ());
    ck_assert_int_le (point->position, position);
    ck_assert_int_lt (position - point->position, kGop * kFrame);
    auto there = log.at_or_after (point->offset);
    ck_assert_int_eq (there->offset, point->offset);
    ck_assert (there->is_sync_point);
  }
}
GST_END_TEST;

GST_START_TEST (test_retention_inside_a_session_moves_the_start)
{
  FakeLog log;
  add_video (log, "a", 1000, 21);
  Timeline timeline = survey (log);
  int64_t end = timeline.end ();
  for (int64_t low : { 1, 2, 600, 1998 }) {
    ck_assert (timeline.survey (log, low, log.high ()));
    int64_t first = (low + 1) / 2;
    ck_assert_int_eq (timeline.start (), 21 + first * kFrame);
    ck_assert_int_eq (timeline.end (), end);
  }
}
GST_END_TEST;

GST_START_TEST (test_retention_of_all_leaves_a_place_to_go_on_from)
{
  FakeLog log;
  add_video (log, "a", 1000, 0);
  Timeline timeline = survey (log);
  int64_t end = timeline.end (), low = log.high ();
  log.records.clear ();
  ck_assert (timeline.survey (log, low, low));
  ck_assert_int_eq (timeline.start (), end);
  ck_assert_int_eq (timeline.end (), end);

  log.add ({ low, "b", { 5, 5, kFrame }, true });
  ck_assert (timeline.survey (log, low, log.high ()));
  ck_assert_int_eq (timeline.start (), end);
  ck_assert_int_eq (timeline.end (), end + kFrame);
}
GST_END_TEST;

GST_START_TEST (test_survey_of_a_topic_made_anew_goes_on_behind_the_old_one)
{
  FakeLog old, log;
  add_video (old, "a", 1000, 0);
  Timeline timeline = survey (old);
  add_video (log, "b", 100, 0);
  ck_assert (timeline.survey (log, 0, log.high ()));
  ck_assert_int_eq (timeline.start (), 1000 * kFrame);
  ck_assert_int_eq (timeline.end (), 1100 * kFrame);
  auto point = timeline.find_sync_point (log, 1055 * kFrame, Snap::BEFORE);
  ck_assert_int_eq (point->position, 1050 * kFrame);
  ck_assert_int_eq (point->offset, 100);
}
GST_END_TEST;

/* Session a for a while, then another program's records with it, in bursts. */
static void
add_mixture (FakeLog &log, int frames)
{
  const int64_t frame = 40 * 1000 * 1000;
  for (int i = 0; i < frames; i++) {
    log.add ({ log.high (), "a",
        { i * frame, std::nullopt, static_cast<uint64_t> (frame) }, true });
    for (int j = 0; i >= frames / 2 && j < i % 4; j++)
      log.add (
          { log.high (), "", { (7000 + i) * frame, std::nullopt, 0 }, true });
  }
}

GST_START_TEST (test_survey_of_sessions_that_alternate_is_over_soon)
{
  FakeLog log;
  add_mixture (log, 40000);
  Timeline timeline = survey (log);
  ck_assert_int_le (timeline.sessions ().size (), 2);
  ck_assert_int_lt (log.jumps, 200);
  log.jumps = 0;
  for (int i = 0; i < 100; i++) {
    /* As it grows. */
    int64_t high = log.high ();
    add_mixture (log, 50);
    for (auto &record : log.records)
      if (record.offset >= high)
        *record.times.pts += (40000 + i * 50) * int64_t{ 40000000 };
    ck_assert (timeline.survey (log, 0, log.high ()));
  }
  ck_assert_int_le (timeline.sessions ().size (), 2);
  ck_assert_int_lt (log.jumps, 100 * 20);
}
GST_END_TEST;

/* Found by fuzzing, and by a topic of a hundred thousand. */
GST_START_TEST (test_survey_of_many_short_sessions_reads_on)
{
  for (int length : { 1, 3, 50 }) {
    FakeLog log;
    for (int64_t i = 0; i < 100000; i++)
      log.add ({ i, "session" + std::to_string (i / length), at (0, 10), true,
          static_cast<uint64_t> (i % length) });
    Timeline timeline = survey (log);
    ck_assert_int_lt (log.jumps, 100);
    ck_assert_int_lt (log.reads, 2 * 100000);
    ck_assert_int_eq (timeline.end (), (100000 + length - 1) / length * 10);
    ck_assert_int_eq (timeline.next_offset (), 100000);
  }
}
GST_END_TEST;

GST_START_TEST (test_survey_of_short_sessions_comes_to_what_playing_does)
{
  FakeLog log;
  for (int i = 0; i < 200; i++)
    add_video (log, std::to_string (i).c_str (), i % 7 == 6 ? 200 : i % 5 + 1,
        i * kFrame);
  Timeline surveyed = survey (log);
  ck_assert_uint_eq (surveyed.sessions ().size (), 200);
  check_same (surveyed, play (log));
}
GST_END_TEST;

/* ---- sessions that come back ---- */

constexpr int64_t kSecond = int64_t{ 1000 } * 1000 * 1000;
constexpr int64_t kPicture = kSecond / 25;

/* Records of one producer, one after the other in the log. `start`: of the
 * first, by the session's clock, in pictures. Of other programs' nothing is
 * counted, nor do they tell a duration. */
struct Block {
  const char *session;
  int64_t pictures;
  int64_t start;
};

static FakeLog
log_of (const std::vector<Block> &blocks)
{
  FakeLog log;
  std::map<std::string, uint64_t> seqs;
  for (const auto &block : blocks)
    for (int64_t i = 0; i < block.pictures; i++) {
      LoggedRecord record;
      record.offset = log.high ();
      record.session = block.session;
      record.times.pts = (block.start + i) * kPicture;
      record.is_sync_point = true;
      if (!record.session.empty ()) {
        record.times.duration = static_cast<uint64_t> (kPicture);
        record.seq = seqs[record.session]++;
      }
      log.add (std::move (record));
    }
  return log;
}

/* The offset that is shown at a position when a log is played from `start` on:
 * another program's record is not shown before the one that it follows. */
static int64_t
shown_at (const FakeLog &log, int64_t position, int64_t start,
    const Timeline::BaseOf &base_of)
{
  Timeline timeline (base_of);
  int64_t shown = -1, latest = INT64_MIN;
  for (const auto &record : log.records) {
    if (record.offset < start)
      continue;
    int64_t place = *record.times.pts + timeline.extend (record).base;
    if (record.session.empty ())
      place = std::max (place, latest);
    latest = std::max (latest, place);
    if (place <= position)
      shown = record.offset;
    else if (place > position + 20 * kSecond)
      break;
  }
  return shown;
}

/* A seek shows what an uninterrupted play shows. */
static void
check_seeks (FakeLog &log, int count)
{
  const Timeline surveyed = survey (log);
  auto base_of = [&] (const Session &session, int64_t wish) {
    return surveyed.base_of (session.id, session.first_offset).value_or (wish);
  };
  for (int i = 0; i < count; i++) {
    int64_t position = surveyed.start ()
                       + (surveyed.end () - surveyed.start ()) / count * i
                       + kPicture / 3;
    auto point = surveyed.find_sync_point (log, position, Snap::BEFORE);
    ck_assert (point.has_value ());
    g_print ("%d ms: from %d on\n", static_cast<int> (position / 1000000),
        static_cast<int> (point->offset));
    ck_assert_int_le (point->position, position);
    ck_assert_int_eq (shown_at (log, position, point->offset, base_of),
        shown_at (log, position, 0, nullptr));
  }
}

static const std::vector<Block> kComingBack[] = {
  /* At once, later, much later; nobody's count tells. */
  { { "", 90, 0 }, { "a", 90, 0 }, { "", 90, 90 } },
  { { "", 90, 0 }, { "a", 90, 0 }, { "", 90, 180 } },
  { { "", 90, 0 }, { "a", 90, 0 }, { "", 90, 3000 } },
  { { "", 1000, 0 }, { "a", 400, 0 }, { "", 1000, 1000 }, { "b", 300, 0 },
      { "", 2000, 2400 } },
  { { "", 20, 0 }, { "a", 20, 0 }, { "", 20, 500 } },
  { { "a", 900, 0 }, { "", 600, 0 }, { "a", 900, 900 } },
  { { "a", 90, 0 }, { "b", 90, 0 }, { "a", 90, 500 } },
  { { "a", 900, 0 }, { "b", 600, 0 }, { "a", 900, 900 } },
  { { "a", 900, 0 }, { "b", 600, 0 }, { "a", 900, 900 }, { "c", 900, 0 } },
  { { "a", 900, 0 }, { "b", 600, 0 }, { "a", 900, 900 }, { "b", 900, 600 },
      { "a", 900, 1800 } },
  { { "x", 500, 0 }, { "a", 500, 0 }, { "b", 100, 0 }, { "c", 100, 0 },
      { "a", 500, 500 }, { "d", 70, 0 }, { "a", 900, 1000 } },
};

GST_START_TEST (test_survey_finds_what_lies_before_a_session_that_comes_back)
{
  FakeLog log = log_of (kComingBack[__i__]);
  check_same (survey (log), play (log));
}
GST_END_TEST;

GST_START_TEST (test_seek_around_a_session_that_comes_back_is_as_in_play)
{
  FakeLog log = log_of (kComingBack[__i__]);
  check_seeks (log, 60);
}
GST_END_TEST;

/* However short it is: a session counts its own records. */
GST_START_TEST (test_survey_finds_any_session_between_two_parts_of_one)
{
  const int64_t day = 200000;
  for (int64_t length : { 1, 64, 5000 })
    for (int64_t before : { int64_t{ 1 }, day / 3, day - 1 }) {
      FakeLog log = log_of ({ { "a", before, 0 }, { "b", length, 0 },
          { "a", day - before, before + 9000 } });
      Timeline surveyed = survey (log);
      ck_assert_int_lt (log.jumps, 80);
      check_same (surveyed, play (log));
    }
}
GST_END_TEST;

GST_START_TEST (test_survey_finds_a_sixteenth_between_other_programs_records)
{
  const int64_t day = 160000, sixteenth = day / 16;
  for (int64_t before = 1000; before < day - sixteenth; before += 7777) {
    FakeLog log = log_of ({ { "", before, 0 }, { "a", sixteenth, 0 },
        { "", day - before - sixteenth, before + 9000 } });
    Timeline surveyed = survey (log);
    ck_assert_int_lt (log.jumps, 80);
    check_same (surveyed, play (log));
  }
}
GST_END_TEST;

GST_START_TEST (test_survey_of_one_session_looks_a_dozen_times)
{
  FakeLog ours = log_of ({ { "a", 200000, 0 } });
  survey (ours);
  ck_assert_int_lt (ours.jumps, 10);
  FakeLog foreign = log_of ({ { "", 200000, 0 } });
  survey (foreign);
  ck_assert_int_lt (foreign.jumps, 24);
}
GST_END_TEST;

/* However short it is: what was added is read, not looked into. */
GST_START_TEST (test_survey_of_a_log_that_grows_finds_every_session)
{
  FakeLog all = log_of ({ { "", 500, 0 }, { "a", 3, 0 }, { "", 500, 600 },
      { "b", 1, 0 }, { "", 500, 1200 }, { "b", 400, 1 }, { "", 2, 1700 } });
  FakeLog log;
  Timeline surveyed;
  for (const auto &record : all.records) {
    log.add (record);
    if (record.offset % 30 == 29)
      ck_assert (surveyed.survey (log, 0, log.high ()));
  }
  ck_assert (surveyed.survey (log, 0, log.high ()));
  check_same (surveyed, play (log));
}
GST_END_TEST;

/* ---- other programs' clocks ---- */

GST_START_TEST (test_survey_finds_the_latest_before_a_clock_was_set_back)
{
  const struct {
    int64_t before, to, after;
  } cases[] = {
    { 100, -2500, 100 },
    { 10, -2500, 5 },
    { 1000, -2500, 100 },
    { 1000, 500, 100 },
    { 1000, -2500, 3000 },
    { 30000, 500, 20000 },
  };
  for (const auto &c : cases) {
    FakeLog log
        = log_of ({ { "", c.before, 100000 }, { "", c.after, 100000 + c.to } });
    Timeline timeline = survey (log);
    ck_assert_int_eq (timeline.start (), 0);
    ck_assert_int_eq (timeline.end (), (c.before - 1) * kPicture);
    ck_assert_int_lt (log.jumps, 40);
    for (int64_t i = 0; i < c.before; i += c.before / 10) {
      auto point
          = timeline.find_sync_point (log, i * kPicture + 10, Snap::BEFORE);
      ck_assert_int_eq (point->offset, i);
      ck_assert_int_eq (point->position, i * kPicture);
    }
  }
}
GST_END_TEST;

/* A producer whose clock is ahead, some records that come late. */
GST_START_TEST (test_seek_shows_who_is_ahead_as_play_does)
{
  for (int ahead : { 2, 75, 200 })
    for (int each : { 2, 3, 7, 20 }) {
      FakeLog log = log_of ({ { "", 2000, 0 } });
      for (auto &record : log.records)
        if (record.offset % each == each / 2)
          *record.times.pts += ahead * kPicture;
      g_print ("each %dth record %d pictures ahead\n", each, ahead);
      check_seeks (log, 100);
    }
}
GST_END_TEST;

GST_START_TEST (test_seek_snaps_to_either_side_of_who_is_ahead)
{
  FakeLog log = log_of ({ { "", 1000, 0 } });
  for (auto &record : log.records)
    if (record.offset % 2 == 1)
      *record.times.pts += 75 * kPicture;
  Timeline timeline = survey (log);
  /* The 425th is shown there, and the 426th with it. */
  for (Snap snap : { Snap::BEFORE, Snap::AFTER, Snap::NEAREST }) {
    auto point = timeline.find_sync_point (log, 501 * kPicture - 10, snap);
    bool is_after = snap == Snap::AFTER;
    ck_assert_int_eq (point->offset, is_after ? 427 : 426);
    ck_assert_int_eq (point->position, (is_after ? 502 : 500) * kPicture);
  }
}
GST_END_TEST;

/* Found by fuzzing: a record before those that are known, and later. */
GST_START_TEST (test_timeline_keeps_a_session_s_start_before_its_end)
{
  Timeline timeline;
  timeline.extend ({ 10, "a", at (0, 10), true });
  timeline.extend ({ 5, "a", at (1000, 10), true });
  const Session &session = timeline.sessions ().front ();
  ck_assert_int_le (session.start (), session.end ());
  /* And one whose times were not known yet. */
  timeline.extend ({ 20, "b", SessionTimes{}, true });
  timeline.extend ({ 15, "b", at (70, 10), true });
  ck_assert_int_eq (timeline.sessions ().back ().base, -60);
  ck_assert_int_eq (timeline.end (), 20);
}
GST_END_TEST;

GST_START_TEST (test_seek_to_the_ends_of_time_finds_a_place)
{
  FakeLog log;
  const int64_t most = (int64_t{ 1 } << 62) - 1;
  int64_t offset = 0;
  for (int64_t time : { most, -most, most, int64_t{ 0 }, -most })
    for (const char *session : { "a", "b", "c" })
      log.add ({ offset++ << 57, session, at (time, UINT64_MAX >> 3), true });
  Timeline timeline = survey (log);
  for (int64_t position : { INT64_MIN, -most, int64_t{ 0 }, most, INT64_MAX })
    for (Snap snap : { Snap::BEFORE, Snap::AFTER, Snap::NEAREST })
      ck_assert (timeline.find_sync_point (log, position, snap));
}
GST_END_TEST;

GST_START_TEST (test_seek_among_sessions_that_alternate_finds_both)
{
  const int64_t frame = 40 * 1000 * 1000;
  FakeLog log;
  add_mixture (log, 4000);
  Timeline timeline = survey (log);
  int of_others = 0;
  for (int i = 0; i < 4000; i += 7) {
    auto point = timeline.find_sync_point (log, i * frame + 10, Snap::BEFORE);
    ck_assert (point.has_value ());
    ck_assert_int_le (point->position, i * frame + 10);
    ck_assert_int_gt (point->position, i * frame - 10 * frame);
    of_others += log.at_or_after (point->offset)->session.empty ();
  }
  ck_assert_int_gt (of_others, 0);
}
GST_END_TEST;

GST_START_TEST (test_seek_snaps_to_either_side)
{
  FakeLog log;
  add_video (log, "a", 300, 0);
  Timeline timeline = survey (log);
  const int64_t gop = kGop * kFrame;
  auto find = [&] (int64_t position, Snap snap) {
    return timeline.find_sync_point (log, position, snap)->position;
  };
  ck_assert_int_eq (find (5 * gop + 1, Snap::BEFORE), 5 * gop);
  ck_assert_int_eq (find (5 * gop + 1, Snap::AFTER), 6 * gop);
  ck_assert_int_eq (find (5 * gop + 1, Snap::NEAREST), 5 * gop);
  ck_assert_int_eq (find (6 * gop - 1, Snap::NEAREST), 6 * gop);
  ck_assert_int_eq (find (5 * gop, Snap::AFTER), 5 * gop);
}
GST_END_TEST;

GST_START_TEST (test_seek_after_the_last_sync_point_of_a_session_is_the_next)
{
  FakeLog log;
  add_video (log, "a", 15, 0);
  add_video (log, "b", 15, 0);
  Timeline timeline = survey (log);
  auto point = timeline.find_sync_point (log, 12 * kFrame, Snap::AFTER);
  ck_assert_int_eq (point->position, 15 * kFrame);
  /* After the last of all is none: the last of all. */
  auto last = timeline.find_sync_point (log, 28 * kFrame, Snap::AFTER);
  ck_assert_int_lt (last->position, 28 * kFrame);
}
GST_END_TEST;

GST_START_TEST (test_seek_does_not_take_a_b_frame_for_a_later_time)
{
  FakeLog log;
  add_b_frames (log, "a", 200);
  Timeline timeline = survey (log);
  for (int64_t frame = 0; frame < 800; frame++) {
    auto point = timeline.find_sync_point (log, frame * kFrame, Snap::BEFORE);
    ck_assert_int_eq (point->position, frame / 4 * 4 * kFrame);
  }
}
GST_END_TEST;

GST_START_TEST (test_seek_takes_the_headers_before_a_key_picture_with_it)
{
  FakeLog log;
  for (int i = 0; i < 100; i++) {
    int64_t time = i * kFrame;
    bool is_key = i % kGop == 0;
    if (is_key) /* alignment=nal: pieces of one picture; one has no time */
      log.add ({ log.high (), "a", {}, true });
    if (is_key)
      log.add ({ log.high (), "a", { time, time, {} }, true });
    log.add ({ log.high (), "a", { time, time, kFrame }, is_key });
  }
  Timeline timeline = survey (log);
  auto point = timeline.find_sync_point (log, 55 * kFrame, Snap::BEFORE);
  ck_assert_int_eq (point->position, 50 * kFrame);
  ck_assert (!log.at_or_after (point->offset)->times.pts);
}
GST_END_TEST;

GST_START_TEST (test_seek_in_a_day_of_video_reads_little)
{
  FakeLog log;
  add_video (log, "a", 2600000, 0);
  Timeline timeline = survey (log);
  for (int64_t frame : { 1, 1299999, 2599990, 123456, 999999 }) {
    log.jumps = log.reads = 0;
    timeline.find_sync_point (log, frame * kFrame, Snap::BEFORE);
    ck_assert_int_le (log.jumps, 5);
    ck_assert_int_lt (log.reads, 150);
  }
}
GST_END_TEST;

/* A producer that pauses for a day, or sends in bursts. */
GST_START_TEST (test_seek_reads_little_where_the_rate_is_not_steady)
{
  FakeLog log;
  int64_t time = 0;
  for (int i = 0; i < 100000; i++) {
    time += i % 30000 == 0 ? 1000000000 : 1 + i % 7;
    log.add ({ i, "a", { time, time, 1 }, true });
  }
  Timeline timeline = survey (log);
  for (int frame : { 3, 29999, 30000, 60001, 99999 }) {
    log.jumps = 0;
    auto point = timeline.find_sync_point (
        log, *log.records[frame].times.pts, Snap::BEFORE);
    ck_assert_int_eq (point->offset, frame);
    ck_assert_int_lt (log.jumps, 45);
  }
}
GST_END_TEST;

GST_START_TEST (test_seek_without_any_sync_point_finds_the_record)
{
  FakeLog log;
  for (int i = 0; i < 100000; i++)
    log.add ({ i, "a", { i, i, 1 }, false });
  Timeline timeline = survey (log);
  log.reads = 0;
  for (Snap snap : { Snap::BEFORE, Snap::AFTER, Snap::NEAREST }) {
    auto point = timeline.find_sync_point (log, 50000, snap);
    ck_assert_int_le (point->position, 50000);
    ck_assert_int_gt (point->position, 49900);
    ck_assert_int_eq (point->offset, point->position);
  }
  ck_assert_int_lt (log.reads, 200000);
}
GST_END_TEST;

/* What the decoder lets pass: sums must not overflow. */
GST_START_TEST (test_timeline_survives_absurd_times)
{
  Timeline timeline;
  const int64_t absurd = (int64_t{ 1 } << 62) - 1;
  for (int i = 0; i < 100; i++)
    timeline.extend ({ i, std::to_string (i),
        { i % 2 ? absurd : -absurd, std::nullopt,
            static_cast<uint64_t> (absurd) },
        true });
  ck_assert_int_eq (timeline.sessions ().size (), 100);
}
GST_END_TEST;

/* What a session's base is, another source of the pipeline may know. */
GST_START_TEST (test_timeline_takes_a_base_that_was_agreed_on)
{
  Timeline timeline ([] (const Session &session, int64_t wish) {
    return session.id == "b" ? wish + 100 : wish;
  });
  timeline.extend ({ 0, "a", at (0, 10), true });
  ck_assert_int_eq (timeline.extend ({ 1, "b", at (0, 10), true }).base, 110);
  ck_assert_int_eq (timeline.extend ({ 2, "c", at (0, 10), true }).base, 120);
}
GST_END_TEST;

/* Where sessions begin, as a survey would tell. */
static Timeline
told_timeline ()
{
  return Timeline ([] (const Session &session, int64_t) {
    return session.id == "a" ? 0 : session.id == "b" ? 1000 : 2000;
  });
}

GST_START_TEST (test_timeline_knows_a_session_that_was_left_by_a_seek)
{
  Timeline timeline = told_timeline ();
  timeline.extend ({ 0, "a", at (0, 10), true });
  timeline.extend ({ 150, "b", at (500, 10), true });
  ck_assert_int_eq (timeline.extend ({ 50, "a", at (500, 10), true }).base, 0);
  ck_assert_int_eq (
      timeline.extend ({ 120, "b", at (200, 10), true }).base, 1000);
  ck_assert_int_eq (
      timeline.extend ({ 170, "b", at (700, 10), true }).base, 1000);
  ck_assert_int_eq (timeline.sessions ().size (), 2);
}
GST_END_TEST;

GST_START_TEST (test_timeline_knows_sessions_that_a_seek_passed_over)
{
  Timeline timeline = told_timeline ();
  timeline.extend ({ 250, "c", at (500, 10), true });
  ck_assert_int_eq (timeline.extend ({ 50, "a", at (500, 10), true }).base, 0);
  ck_assert_int_eq (
      timeline.extend ({ 150, "b", at (500, 10), true }).base, 1000);
  ck_assert_int_eq (timeline.sessions ().size (), 3);
  ck_assert_int_eq (timeline.end (), 2510);
}
GST_END_TEST;

static Suite *
timeline_suite ()
{
  Suite *suite = suite_create ("timeline");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_timeline_leaves_the_first_session_where_it_is);
  tcase_add_test (tcase, test_timeline_stacks_sessions);
  tcase_add_test (
      tcase, test_timeline_knows_a_session_that_comes_back_as_a_seam);
  tcase_add_test (tcase, test_timeline_ends_with_the_latest_end);
  tcase_add_test (tcase, test_timeline_takes_dts_where_there_is_no_pts);
  tcase_add_test (tcase, test_timeline_gives_sessions_without_times_no_room);
  tcase_add_test (
      tcase, test_timeline_gives_a_first_session_without_times_no_room);
  tcase_add_test (tcase, test_timeline_places_a_session_by_its_first_time);
  tcase_add_test (tcase, test_survey_comes_to_what_playing_does);
  tcase_add_loop_test (tcase,
      test_survey_finds_what_lies_before_a_session_that_comes_back, 0,
      G_N_ELEMENTS (kComingBack));
  tcase_add_loop_test (tcase,
      test_seek_around_a_session_that_comes_back_is_as_in_play, 0,
      G_N_ELEMENTS (kComingBack));
  tcase_add_test (
      tcase, test_survey_finds_any_session_between_two_parts_of_one);
  tcase_add_test (
      tcase, test_survey_finds_a_sixteenth_between_other_programs_records);
  tcase_add_test (tcase, test_ranges_are_one_where_they_meet);
  tcase_add_test (tcase, test_ranges_keep_the_newest_and_the_highest);
  tcase_add_test (tcase, test_survey_of_one_session_looks_a_dozen_times);
  tcase_add_test (tcase, test_survey_of_a_log_that_grows_finds_every_session);
  tcase_add_test (
      tcase, test_survey_finds_the_latest_before_a_clock_was_set_back);
  tcase_add_test (tcase, test_seek_shows_who_is_ahead_as_play_does);
  tcase_add_test (tcase, test_seek_snaps_to_either_side_of_who_is_ahead);
  tcase_add_test (tcase, test_survey_of_many_short_sessions_reads_on);
  tcase_add_test (
      tcase, test_survey_of_short_sessions_comes_to_what_playing_does);
  tcase_add_test (tcase, test_timeline_keeps_a_session_s_start_before_its_end);
  tcase_add_test (tcase, test_seek_to_the_ends_of_time_finds_a_place);
  tcase_add_test (tcase, test_survey_reads_little_of_a_long_log);
  tcase_add_test (tcase, test_survey_goes_by_the_count_in_a_session);
  tcase_add_test (tcase, test_survey_finds_seams_whatever_the_count);
  tcase_add_test (tcase, test_survey_goes_on_where_it_was);
  tcase_add_test (tcase, test_survey_of_nothing_is_empty);
  tcase_add_test (tcase, test_survey_tells_of_a_log_that_fails);
  tcase_add_test (tcase, test_retention_moves_the_start_and_no_position);
  tcase_add_test (
      tcase, test_seek_finds_the_sync_point_at_or_before_every_frame);
  tcase_add_test (tcase, test_seek_snaps_to_either_side);
  tcase_add_test (
      tcase, test_seek_after_the_last_sync_point_of_a_session_is_the_next);
  tcase_add_test (tcase, test_seek_does_not_take_a_b_frame_for_a_later_time);
  tcase_add_test (
      tcase, test_seek_takes_the_headers_before_a_key_picture_with_it);
  tcase_add_test (tcase, test_seek_in_a_day_of_video_reads_little);
  tcase_add_test (tcase, test_seek_reads_little_where_the_rate_is_not_steady);
  tcase_add_test (tcase, test_seek_without_any_sync_point_finds_the_record);
  tcase_add_test (tcase, test_timeline_survives_absurd_times);
  tcase_add_test (tcase, test_timeline_takes_a_base_that_was_agreed_on);
  tcase_add_test (tcase, test_timeline_knows_a_session_that_was_left_by_a_seek);
  tcase_add_test (tcase, test_timeline_knows_sessions_that_a_seek_passed_over);
  tcase_add_test (tcase, test_timeline_keeps_sessions_apart_that_alternate);
  tcase_add_test (
      tcase, test_timeline_gives_up_the_oldest_of_too_many_sessions);
  tcase_add_test (tcase, test_retention_inside_a_session_moves_the_start);
  tcase_add_test (tcase, test_retention_of_all_leaves_a_place_to_go_on_from);
  tcase_add_test (
      tcase, test_survey_of_a_topic_made_anew_goes_on_behind_the_old_one);
  tcase_add_test (tcase, test_survey_of_sessions_that_alternate_is_over_soon);
  tcase_add_test (tcase, test_seek_among_sessions_that_alternate_finds_both);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (timeline);
