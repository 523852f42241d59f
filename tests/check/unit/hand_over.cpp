/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/hand_over.h"
#include "common/check.h"

using namespace gstkafka;
using std::chrono::milliseconds;
using std::chrono::seconds;

static constexpr uint64_t kRecord = 1000;
static constexpr Amount kNone{};

static Amount
records (uint64_t count)
{
  return { count, count * kRecord };
}

/* A HandOver, and records that come in time with each other. */
class Stream {
 public:
  explicit Stream (milliseconds gap,
      std::optional<HandOver::Clock::duration> linger = std::nullopt,
      bool whole_batches = true)
      : hand_over (linger)
  {
    BatchLimits limits;
    limits.bytes = 100 * kRecord;
    limits.records = 1000;
    limits.window_bytes = 95 * kRecord;
    limits.whole_batches = whole_batches;
    hand_over.set_limits (limits);
    for (int i = 0; i < 100; i++)
      hand_over.note_record (now += gap, true);
  }

  Amount
  quota (const Amount &queued, const Amount &in_flight) const
  {
    return hand_over.quota (queued, in_flight, now);
  }

  HandOver::Clock::time_point now{ seconds (100) };
  HandOver hand_over;
};

GST_START_TEST (test_hand_over_keeps_no_slow_record_waiting)
{
  Stream slow (milliseconds (33));
  ck_assert_uint_ge (slow.quota (records (1), kNone).records, 1);
  ck_assert_int_eq (slow.hand_over.linger_left (slow.now).count (), 0);
}
GST_END_TEST;

/* Which is where librdkafka does not spin. */
GST_START_TEST (test_hand_over_has_five_slow_records_in_flight_at_most)
{
  Stream slow (milliseconds (33));
  for (uint64_t in_flight = 1; in_flight < 5; in_flight++)
    ck_assert_uint_eq (
        slow.quota (records (3), records (in_flight)).records, 5 - in_flight);
  ck_assert_uint_eq (slow.quota (records (3), records (5)).records, 0);
}
GST_END_TEST;

GST_START_TEST (test_hand_over_lets_fast_records_wait_for_company)
{
  Stream fast (milliseconds (1));
  ck_assert_uint_eq (fast.quota (records (1), kNone).records, 0);
  ck_assert (fast.hand_over.linger_left (fast.now) == milliseconds (20));
  fast.now += milliseconds (20);
  ck_assert_uint_ge (fast.quota (records (20), kNone).records, 20);
  /* And while those are on their way the next ones gather. */
  ck_assert_uint_eq (fast.quota (records (20), records (20)).records, 0);
}
GST_END_TEST;

GST_START_TEST (test_hand_over_waits_as_long_as_the_user_says)
{
  for (int gap : { 1, 33 }) {
    Stream patient (milliseconds (gap), milliseconds (50));
    ck_assert (
        patient.hand_over.linger_left (patient.now) == milliseconds (50));
    Stream impatient (milliseconds (gap), milliseconds (0));
    ck_assert_uint_ge (impatient.quota (records (1), kNone).records, 1);
  }
}
GST_END_TEST;

GST_START_TEST (test_hand_over_waits_for_nothing_when_somebody_waits_for_it)
{
  Stream fast (milliseconds (1), milliseconds (50));
  fast.hand_over.set_draining (true);
  ck_assert_uint_ge (fast.quota (records (1), kNone).records, 1);
  fast.hand_over.set_draining (false);
  ck_assert_uint_eq (fast.quota (records (1), kNone).records, 0);
}
GST_END_TEST;

GST_START_TEST (test_hand_over_keeps_a_few_batches_ahead_of_a_backlog)
{
  Stream fast (milliseconds (1));
  const uint64_t ahead = HandOver::kBatchesAhead * 100;
  ck_assert (fast.hand_over.is_backlog (records (100), kNone));
  ck_assert (fast.hand_over.is_backlog (records (40), records (60)));
  ck_assert_uint_eq (fast.quota (records (1000), kNone).bytes, ahead * kRecord);
  ck_assert_uint_eq (
      fast.quota (records (1000), records (300)).bytes, 100 * kRecord);
  for (uint64_t in_flight : { ahead, ahead + 100 })
    ck_assert_uint_eq (
        fast.quota (records (1000), records (in_flight)).records, 0);
}
GST_END_TEST;

/* A topic that takes less than a batch.size refuses the batch as a whole. */
GST_START_TEST (test_hand_over_never_exceeds_a_window_where_batches_are_too_big)
{
  for (int gap : { 1, 33 }) {
    Stream narrow (milliseconds (gap), milliseconds (0), false);
    ck_assert (!narrow.hand_over.is_backlog (records (1000), kNone));
    ck_assert_uint_eq (
        narrow.quota (records (1000), kNone).bytes, 95 * kRecord);
    ck_assert_uint_eq (narrow.quota (records (1000), records (1)).records, 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_hand_over_flushes_what_is_no_whole_batch)
{
  Stream fast (milliseconds (1));
  ck_assert (fast.hand_over.needs_flush (records (99)));
  ck_assert (!fast.hand_over.needs_flush (records (100)));
  ck_assert (!fast.hand_over.needs_flush ({ 1000, 1000 }));
}
GST_END_TEST;

static Suite *
hand_over_suite ()
{
  Suite *suite = suite_create ("hand_over");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_hand_over_keeps_no_slow_record_waiting);
  tcase_add_test (
      tcase, test_hand_over_has_five_slow_records_in_flight_at_most);
  tcase_add_test (tcase, test_hand_over_lets_fast_records_wait_for_company);
  tcase_add_test (tcase, test_hand_over_waits_as_long_as_the_user_says);
  tcase_add_test (
      tcase, test_hand_over_waits_for_nothing_when_somebody_waits_for_it);
  tcase_add_test (tcase, test_hand_over_keeps_a_few_batches_ahead_of_a_backlog);
  tcase_add_test (
      tcase, test_hand_over_never_exceeds_a_window_where_batches_are_too_big);
  tcase_add_test (tcase, test_hand_over_flushes_what_is_no_whole_batch);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (hand_over);
