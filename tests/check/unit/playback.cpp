/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/playback.h"
#include "unit/records.h"

using namespace gstkafka;

constexpr uint32_t kDelta = GST_BUFFER_FLAG_DELTA_UNIT;
constexpr uint32_t kHeader = GST_BUFFER_FLAG_HEADER;

static DecodedRecord
make_record (const char *session, uint64_t seq, uint32_t flags = 0,
    const char *caps = nullptr)
{
  DecodedRecord record;
  record.session = session;
  record.seq = seq;
  record.flags = flags;
  record.pts = static_cast<int64_t> (seq) * 10;
  record.duration = 10;
  if (caps)
    record.caps = make_caps (caps);
  return record;
}

static Playback::Decision
take (Playback &playback, DecodedRecord record, const char *key = "")
{
  static int64_t offset = 0; /* only the order counts */
  if (playback.count (record, key) == Playback::Order::DUPLICATE)
    return {};
  return playback.take (record, offset++, key);
}

/* One that has been playing H.264 of session a up to seq 2. */
static Playback
playing ()
{
  Playback playback (nullptr);
  take (playback, make_record ("a", 0, 0, "video/x-h264"));
  take (playback, make_record ("a", 1, kDelta));
  take (playback, make_record ("a", 2, kDelta));
  return playback;
}

/* ---- counting ---- */

GST_START_TEST (test_playback_gives_records_one_after_the_other)
{
  Playback playback (nullptr);
  auto first = take (playback, make_record ("a", 0));
  ck_assert (first.give && first.discont && first.from_the_start);
  for (uint64_t seq = 1; seq < 4; seq++) {
    auto next = take (playback, make_record ("a", seq));
    ck_assert (next.give && !next.discont && !next.from_the_start);
  }
  ck_assert_int_eq (playback.counts ().gaps, 0);
  ck_assert_int_eq (playback.counts ().duplicates, 0);
  ck_assert_int_eq (playback.counts ().skipped, 0);
}
GST_END_TEST;

GST_START_TEST (test_playback_takes_no_gap_from_where_it_starts)
{
  Playback playback (nullptr);
  auto first = take (playback, make_record ("a", 77, 0, "video/x-h264"));
  ck_assert (first.give && first.discont && !first.from_the_start);
  ck_assert_int_eq (playback.counts ().gaps, 0);
}
GST_END_TEST;

GST_START_TEST (test_playback_does_not_give_a_duplicate)
{
  Playback playback = playing ();
  for (uint64_t seq : { 2, 0, 1 })
    ck_assert (!take (playback, make_record ("a", seq)).give);
  ck_assert_int_eq (playback.counts ().duplicates, 3);
  auto next = take (playback, make_record ("a", 3, kDelta));
  ck_assert (next.give && !next.discont);
}
GST_END_TEST;

GST_START_TEST (test_playback_forgets_the_stream_that_was_silent_longest)
{
  Playback playback = playing ();
  auto take_others = [&playback, from = 0] (int count) mutable {
    for (int i = 0; i < count; i++)
      take (
          playback, make_record (("b" + std::to_string (from++)).c_str (), 0));
  };
  take_others (990);
  take (playback, make_record ("a", 3));
  for (int i = 0; i < 3; i++) {
    take_others (500);
    ck_assert (!take (playback, make_record ("a", 3)).give);
  }
  ck_assert (!take (playback, make_record ("b2000", 0)).give);
  ck_assert (take (playback, make_record ("b0", 0)).give);
  ck_assert_int_eq (playback.counts ().duplicates, 4);
  ck_assert_int_eq (playback.counts ().gaps, 0);
}
GST_END_TEST;

GST_START_TEST (test_playback_takes_no_caps_from_a_duplicate)
{
  Playback playback = playing ();
  take (playback, make_record ("a", 1, 0, "image/png"));
  check_text (caps_to_text (playback.caps ()), "video/x-h264");
}
GST_END_TEST;

GST_START_TEST (test_playback_marks_a_gap_and_counts_it)
{
  Playback playback = playing ();
  auto after = take (playback, make_record ("a", 6, kDelta));
  ck_assert (after.give && after.discont);
  ck_assert_int_eq (playback.counts ().gaps, 3);
  ck_assert (!take (playback, make_record ("a", 7, kDelta)).discont);
}
GST_END_TEST;

/* One record of a broken or hostile writer does not end its session. */
GST_START_TEST (test_playback_does_not_believe_a_seq_that_is_far_too_high)
{
  Playback playback = playing ();
  for (uint64_t far : { UINT64_MAX, UINT64_MAX - 1, uint64_t{ 1 } << 40 })
    ck_assert (take (playback, make_record ("a", far, kDelta)).discont);
  ck_assert (take (playback, make_record ("a", 3, kDelta)).give);
  ck_assert (!take (playback, make_record ("a", 3, kDelta)).give);
  ck_assert_uint_eq (playback.counts ().gaps, 0);
  ck_assert_uint_eq (playback.counts ().duplicates, 1);
}
GST_END_TEST;

/* There and back. */
GST_START_TEST (test_playback_marks_a_time_that_no_writer_has_come_to)
{
  constexpr int64_t hour = 3600 * int64_t{ 1000000000 };
  const struct {
    int64_t jump, written;
    bool is_one;
  } cases[] = {
    { 23 * hour, 0, false },
    { 25 * hour, 0, true },
    { 25 * hour, 2 * hour, false }, /* it has waited for that */
    { 25 * hour, -2 * hour, true },
    { -23 * hour, 0, false },
    { -100 * hour, 0, true },
    { int64_t{ 1 } << 61, hour, true },
  };
  for (const auto &c : cases) {
    Playback playback (nullptr);
    constexpr int64_t start = 1000 * hour;
    auto play = [&] (uint64_t seq, int64_t pts, int64_t written) {
      DecodedRecord record = make_record ("a", seq);
      record.pts = pts;
      playback.count (record, "");
      auto decision
          = playback.take (record, static_cast<int64_t> (seq), "", written);
      ck_assert (decision.give);
      ck_assert (!decision.jumps || decision.discont);
      return decision.jumps;
    };
    ck_assert (!play (0, start, start));
    ck_assert (play (1, start + c.jump, start + c.written) == c.is_one);
    if (c.is_one)
      ck_assert (play (2, start + 2, start));
    ck_assert (!play (3, c.is_one ? start + 3 : start + c.jump, start));
  }
}
GST_END_TEST;

/* A writer that is not idempotent sends a batch again after the next one. */
GST_START_TEST (test_playback_gives_what_seemed_to_be_missing_and_is_late)
{
  Playback playback = playing ();
  take (playback, make_record ("a", 5, kDelta));
  ck_assert_uint_eq (playback.counts ().gaps, 2);
  for (uint64_t late : { 3, 4 }) {
    auto decision = take (playback, make_record ("a", late, kDelta));
    ck_assert (decision.give && decision.discont);
    ck_assert (!take (playback, make_record ("a", late, kDelta)).give);
  }
  ck_assert (take (playback, make_record ("a", 6, kDelta)).give);
  ck_assert_uint_eq (playback.counts ().gaps, 0);
  ck_assert_uint_eq (playback.counts ().duplicates, 2);
}
GST_END_TEST;

GST_START_TEST (test_playback_counts_each_stream_of_a_session)
{
  Playback playback (nullptr);
  for (uint64_t seq = 0; seq < 3; seq++) {
    ck_assert (take (playback, make_record ("a", seq), "left").give);
    ck_assert (take (playback, make_record ("a", seq), "right").give);
  }
  ck_assert_int_eq (playback.counts ().gaps, 0);
  ck_assert_int_eq (playback.counts ().duplicates, 0);
}
GST_END_TEST;

/* ---- sync points ---- */

GST_START_TEST (test_playback_starts_at_a_sync_point)
{
  Playback playback (nullptr);
  DecodedRecord context = make_record ("a", 3, kDelta, "video/x-h264");
  playback.note_context (context, "");
  ck_assert (!take (playback, make_record ("a", 4, kDelta)).give);
  ck_assert (!take (playback, make_record ("a", 5, kDelta)).give);
  auto first = take (playback, make_record ("a", 6));
  ck_assert (first.give && first.discont && !first.warn_no_sync);
  ck_assert_int_eq (playback.counts ().skipped, 2);
  ck_assert (take (playback, make_record ("a", 7, kDelta)).give);
}
GST_END_TEST;

GST_START_TEST (test_playback_starts_at_a_header_whatever_its_flags)
{
  Playback playback (nullptr);
  DecodedRecord header = make_record ("a", 5, kDelta | kHeader, "video/x-h264");
  ck_assert (take (playback, std::move (header)).give);
}
GST_END_TEST;

static const char *const kIntraOnly[]
    = { "image/png", "audio/x-opus", "video/x-raw" };

GST_START_TEST (test_playback_starts_anywhere_in_intra_only_media)
{
  Playback playback (nullptr);
  auto first = take (playback, make_record ("a", 5, kDelta, kIntraOnly[__i__]));
  ck_assert (first.give && first.discont);
}
GST_END_TEST;

GST_START_TEST (test_playback_goes_on_at_a_sync_point_after_a_bad_record)
{
  Playback playback = playing ();
  playback.resync ();
  ck_assert (!take (playback, make_record ("a", 4, kDelta)).give);
  auto after = take (playback, make_record ("a", 5));
  ck_assert (after.give && after.discont);
  ck_assert (!take (playback, make_record ("a", 6, kDelta)).discont);
}
GST_END_TEST;

/* What is wrong in one that is not being given is no concern of this one. */
GST_START_TEST (test_playback_goes_on_after_another_streams_bad_buffer)
{
  Playback playback = playing ();
  DecodedRecord other = make_record ("b", 0);
  playback.resync (stream_name (other, ""));
  auto next = take (playback, make_record ("a", 3, kDelta));
  ck_assert (next.give && !next.discont);
  DecodedRecord own = make_record ("a", 4);
  playback.resync (stream_name (own, ""));
  ck_assert (!take (playback, make_record ("a", 4, kDelta)).give);
}
GST_END_TEST;

GST_START_TEST (test_playback_gives_up_waiting_for_a_sync_point)
{
  Playback playback (nullptr);
  DecodedRecord context = make_record ("a", 0, kDelta, "video/x-h264");
  playback.note_context (context, "");
  uint64_t seq = 1;
  Playback::Decision decision;
  while (!decision.give && seq < 1000)
    decision = take (playback, make_record ("a", seq++, kDelta));
  ck_assert (decision.give && decision.discont && decision.warn_no_sync);
  ck_assert_int_eq (playback.counts ().skipped, seq - 2);
  ck_assert (!take (playback, make_record ("a", seq, kDelta)).warn_no_sync);
}
GST_END_TEST;

GST_START_TEST (test_playback_gives_nothing_without_caps_and_sync_point)
{
  Playback playback (nullptr);
  for (uint64_t seq = 1; seq < 1000; seq++)
    ck_assert (!take (playback, make_record ("a", seq, kDelta)).give);
  ck_assert (
      take (playback, make_record ("a", 1000, kDelta, "video/x-h264")).give);
}
GST_END_TEST;

/* Retention has taken the record that had them. */
GST_START_TEST (test_playback_waits_for_caps_at_sync_points_too)
{
  Playback playback (nullptr);
  ck_assert (!take (playback, make_record ("a", 5)).give);
  ck_assert (take (playback, make_record ("a", 6, 0, "image/jpeg")).give);
  ck_assert_int_eq (playback.counts ().skipped, 1);
}
GST_END_TEST;

GST_START_TEST (test_playback_gives_up_waiting_for_caps)
{
  Playback playback (nullptr);
  uint64_t seq = 1;
  while (!take (playback, make_record ("a", seq)).give && seq < 10000)
    seq++;
  ck_assert_int_eq (seq, 2000);
}
GST_END_TEST;

GST_START_TEST (test_playback_knows_that_a_stream_has_no_caps)
{
  Playback playback (nullptr);
  DecodedRecord context = make_record ("a", 0);
  playback.note_context (context, "");
  ck_assert (take (playback, make_record ("a", 5)).give);
}
GST_END_TEST;

/* Who has the first has missed nothing, whatever its flags say. */
GST_START_TEST (test_playback_starts_with_the_first_record_whatever_its_flags)
{
  Playback playback (nullptr);
  auto first = take (playback, make_record ("a", 0, kDelta, "video/x-apple"));
  ck_assert (first.give && !first.warn_no_sync);
  ck_assert (take (playback, make_record ("a", 1, kDelta)).give);
}
GST_END_TEST;

/* ---- sessions ---- */

GST_START_TEST (test_playback_begins_a_session_at_a_sync_point)
{
  Playback playback = playing ();
  ck_assert (!take (playback, make_record ("b", 8, kDelta)).give);
  auto first = take (playback, make_record ("b", 9, 0, "video/x-h264"));
  ck_assert (first.give && first.discont);
  ck_assert_int_eq (playback.counts ().gaps, 0);
}
GST_END_TEST;

GST_START_TEST (test_playback_puts_a_session_behind_the_one_before)
{
  Playback playback = playing ();
  auto first = take (playback, make_record ("b", 0));
  ck_assert (!first.from_the_start);
  ck_assert_int_eq (first.base, 30);
}
GST_END_TEST;

GST_START_TEST (test_playback_forgets_the_caps_at_a_seam)
{
  Playback playback = playing ();
  ck_assert (take (playback, make_record ("b", 0)).give);
  ck_assert (!playback.caps ());
}
GST_END_TEST;

GST_START_TEST (test_playback_takes_no_caps_from_the_session_before_its_start)
{
  Playback playback (nullptr);
  DecodedRecord before = make_record ("a", 5, 0, "image/jpeg");
  playback.note_context (before, "");
  ck_assert (playback.caps ());
  ck_assert (take (playback, make_record ("b", 0)).give);
  ck_assert (!playback.caps ());
}
GST_END_TEST;

GST_START_TEST (test_playback_tells_how_records_follow_each_other)
{
  Playback playback = playing ();
  const struct {
    uint64_t seq;
    Playback::Order order;
  } cases[] = {
    { 1, Playback::Order::DUPLICATE },
    { 3, Playback::Order::NEXT },
    { 3, Playback::Order::DUPLICATE },
    { 5, Playback::Order::GAP },
    { 6, Playback::Order::NEXT },
  };
  for (const auto &c : cases)
    ck_assert (playback.count (make_record ("a", c.seq), "") == c.order);
  ck_assert (
      playback.count (make_record ("b", 7), "") == Playback::Order::FIRST);
}
GST_END_TEST;

GST_START_TEST (test_playback_remembers_the_caps_of_streams_that_alternate)
{
  Playback playback (nullptr);
  take (playback, make_record ("a", 0, 0, "image/jpeg"), "left");
  take (playback, make_record ("a", 0, 0, "image/png"), "right");
  for (uint64_t seq = 1; seq < 100; seq++) {
    take (playback, make_record ("a", seq), "left");
    check_text (caps_to_text (playback.caps ()), "image/jpeg");
    take (playback, make_record ("a", seq), "right");
    check_text (caps_to_text (playback.caps ()), "image/png");
  }
}
GST_END_TEST;

GST_START_TEST (test_playback_takes_no_other_streams_caps_from_before_its_start)
{
  Playback playback (nullptr);
  DecodedRecord ours = make_record ("a", 5, 0, "image/jpeg");
  playback.note_context (ours, "");
  DecodedRecord others = make_record ("", 5, 0, "image/png");
  playback.note_context (others, "");
  ck_assert (take (playback, make_record ("a", 6)).give);
  check_text (caps_to_text (playback.caps ()), "image/jpeg");
}
GST_END_TEST;

GST_START_TEST (test_playback_gives_foreign_records_no_earlier_position)
{
  Playback playback (nullptr);
  take (playback, make_record ("a", 0));
  DecodedRecord foreign = make_record ("", 1001);
  foreign.pts = 10000;
  foreign.foreign = true;
  auto first = take (playback, make_record ("", 1000, 0, "image/png"));
  ck_assert_int_eq (10000 + first.base, 10);
  take (playback, make_record ("a", 50));
  playback.count (foreign, "");
  auto second = playback.take (foreign, 1000, "");
  ck_assert_int_eq (10000 + second.base, 500);
}
GST_END_TEST;

GST_START_TEST (test_playback_does_not_count_what_is_lost_as_a_gap)
{
  Playback playback = playing ();
  playback.skip_lost ();
  auto after = take (playback, make_record ("a", 50));
  ck_assert (after.give && after.discont);
  ck_assert_int_eq (playback.counts ().gaps, 0);
}
GST_END_TEST;

/* ---- what is no buffer ---- */

GST_START_TEST (test_playback_gives_no_buffer_for_eos)
{
  Playback playback = playing ();
  DecodedRecord eos = make_record ("a", 3);
  eos.eos = true;
  playback.count (eos, "");
  ck_assert (!playback.take (eos, 1000, "").give);
  ck_assert_int_eq (playback.counts ().skipped, 0);
  auto next = take (playback, make_record ("a", 4, kDelta));
  ck_assert (next.give && !next.discont);
}
GST_END_TEST;

GST_START_TEST (test_playback_remembers_caps_and_utc)
{
  Playback playback (nullptr);
  DecodedRecord context = make_record ("a", 0, 0, "image/png");
  context.utc = 5;
  playback.note_context (context, "");
  take (playback, make_record ("a", 1));
  check_text (caps_to_text (playback.caps ()), "image/png");
  ck_assert (playback.utc () == 5);
  take (playback, make_record ("a", 2, 0, "image/jpeg"));
  check_text (caps_to_text (playback.caps ()), "image/jpeg");
}
GST_END_TEST;

static Suite *
playback_suite ()
{
  Suite *suite = suite_create ("playback");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_playback_gives_records_one_after_the_other);
  tcase_add_test (tcase, test_playback_takes_no_gap_from_where_it_starts);
  tcase_add_test (tcase, test_playback_does_not_give_a_duplicate);
  tcase_add_test (
      tcase, test_playback_forgets_the_stream_that_was_silent_longest);
  tcase_add_test (tcase, test_playback_takes_no_caps_from_a_duplicate);
  tcase_add_test (tcase, test_playback_marks_a_gap_and_counts_it);
  tcase_add_test (
      tcase, test_playback_does_not_believe_a_seq_that_is_far_too_high);
  tcase_add_test (tcase, test_playback_marks_a_time_that_no_writer_has_come_to);
  tcase_add_test (
      tcase, test_playback_gives_what_seemed_to_be_missing_and_is_late);
  tcase_add_test (tcase, test_playback_counts_each_stream_of_a_session);
  tcase_add_test (tcase, test_playback_starts_at_a_sync_point);
  tcase_add_test (tcase, test_playback_starts_at_a_header_whatever_its_flags);
  tcase_add_loop_test (tcase, test_playback_starts_anywhere_in_intra_only_media,
      0, G_N_ELEMENTS (kIntraOnly));
  tcase_add_test (
      tcase, test_playback_goes_on_at_a_sync_point_after_a_bad_record);
  tcase_add_test (
      tcase, test_playback_goes_on_after_another_streams_bad_buffer);
  tcase_add_test (tcase, test_playback_gives_up_waiting_for_a_sync_point);
  tcase_add_test (
      tcase, test_playback_gives_nothing_without_caps_and_sync_point);
  tcase_add_test (tcase, test_playback_waits_for_caps_at_sync_points_too);
  tcase_add_test (tcase, test_playback_gives_up_waiting_for_caps);
  tcase_add_test (tcase, test_playback_knows_that_a_stream_has_no_caps);
  tcase_add_test (
      tcase, test_playback_starts_with_the_first_record_whatever_its_flags);
  tcase_add_test (tcase, test_playback_begins_a_session_at_a_sync_point);
  tcase_add_test (tcase, test_playback_puts_a_session_behind_the_one_before);
  tcase_add_test (tcase, test_playback_gives_no_buffer_for_eos);
  tcase_add_test (tcase, test_playback_remembers_caps_and_utc);
  tcase_add_test (tcase, test_playback_forgets_the_caps_at_a_seam);
  tcase_add_test (
      tcase, test_playback_takes_no_caps_from_the_session_before_its_start);
  tcase_add_test (tcase, test_playback_tells_how_records_follow_each_other);
  tcase_add_test (
      tcase, test_playback_remembers_the_caps_of_streams_that_alternate);
  tcase_add_test (
      tcase, test_playback_takes_no_other_streams_caps_from_before_its_start);
  tcase_add_test (
      tcase, test_playback_gives_foreign_records_no_earlier_position);
  tcase_add_test (tcase, test_playback_does_not_count_what_is_lost_as_a_gap);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (playback);
