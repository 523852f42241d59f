/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How much later than captured a live source's records are due. */

#include "common/check.h"

#include "elements/live_pace.h"

using namespace gstkafka;

constexpr int64_t kMs = 1000 * 1000;
constexpr uint64_t kLatency = 200 * kMs;

GST_START_TEST (test_live_pace_is_that_of_the_capture)
{
  LivePace pace (kLatency);
  for (int64_t age : { 0, 20, 5, 150, 30 })
    ck_assert_int_eq (pace.take (age * kMs, true), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_gives_way_to_what_takes_longer_than_latency)
{
  LivePace pace (kLatency);
  ck_assert_int_eq (pace.take (2000 * kMs, true), 2000 * kMs);
  /* From there latency counts anew, and only for what is slower. */
  ck_assert_int_eq (pace.take (2100 * kMs, true), 2000 * kMs);
  ck_assert_int_eq (pace.take (2200 * kMs, true), 2200 * kMs);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_comes_back_when_the_way_is_short_again)
{
  LivePace pace (kLatency);
  pace.take (3000 * kMs, true);
  ck_assert_int_eq (pace.take (1000 * kMs, true), 1000 * kMs);
  ck_assert_int_eq (pace.take (50 * kMs, true), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_follows_a_clock_that_is_ahead)
{
  LivePace pace (kLatency);
  ck_assert_int_eq (pace.take (-5000 * kMs, true), -5000 * kMs);
  /* Jitter is absorbed as ever. */
  ck_assert_int_eq (pace.take (-4900 * kMs, true), -5000 * kMs);
  ck_assert_int_eq (pace.take (-4000 * kMs, true), -4000 * kMs);
  ck_assert_int_eq (pace.take (30 * kMs, true), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_does_not_wait_for_what_is_old)
{
  LivePace pace (kLatency);
  ck_assert_int_eq (pace.take (3000 * kMs, false), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_leaves_decoders_a_part_of_the_latency)
{
  ck_assert_int_eq (LivePace (kLatency).take (160 * kMs, true), 0);
  ck_assert_int_eq (LivePace (kLatency).take (161 * kMs, true), 161 * kMs);
  ck_assert_int_eq (LivePace (20 * kMs).take (10 * kMs, true), 0);
  ck_assert_int_eq (LivePace (20 * kMs).take (11 * kMs, true), 11 * kMs);
  ck_assert_int_eq (LivePace (0).take (0, true), 0);
  ck_assert_int_eq (LivePace (0).take (1, true), 1);
}
GST_END_TEST;

static Suite *
live_pace_suite ()
{
  Suite *suite = suite_create ("live_pace");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_live_pace_is_that_of_the_capture);
  tcase_add_test (
      tcase, test_live_pace_gives_way_to_what_takes_longer_than_latency);
  tcase_add_test (tcase, test_live_pace_comes_back_when_the_way_is_short_again);
  tcase_add_test (tcase, test_live_pace_follows_a_clock_that_is_ahead);
  tcase_add_test (tcase, test_live_pace_does_not_wait_for_what_is_old);
  tcase_add_test (tcase, test_live_pace_leaves_decoders_a_part_of_the_latency);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (live_pace)
