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

/* One record each 40 ms; ages in ms. */
struct Way {
  LivePace pace{ kLatency };
  int64_t now = 0;

  int64_t
  take (int64_t age, bool is_fresh = true)
  {
    now += 40;
    return pace.take ({ now * kMs, age * kMs, is_fresh }) / kMs;
  }
  int64_t
  take_for (int64_t seconds, int64_t age)
  {
    int64_t need = 0;
    for (int64_t i = 0; i < 25 * seconds; i++)
      need = take (age);
    return need;
  }
};

GST_START_TEST (test_live_pace_is_that_of_the_capture)
{
  Way way;
  for (int64_t age : { 0, 20, 5, 150, 30 })
    ck_assert_int_eq (way.take (age), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_gives_way_to_what_takes_longer_than_latency)
{
  Way way;
  ck_assert_int_eq (way.take (2000), 2000);
  /* From there latency counts anew, and only for what is slower. */
  ck_assert_int_eq (way.take (2100), 2000);
  ck_assert_int_eq (way.take (2200), 2200);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_keeps_time_when_many_come_at_once)
{
  Way way;
  ck_assert_int_eq (way.take (500), 500);
  for (int round = 0; round < 20; round++)
    for (int64_t age : { 500, 400, 300, 200, 100, 20 })
      ck_assert_int_eq (way.take (age, age == 20), 500);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_comes_back_when_the_way_is_short_again)
{
  Way way;
  way.take (3000);
  ck_assert_int_eq (way.take (50), 3000);
  ck_assert_int_eq (way.take_for (3, 50), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_does_not_wait_for_a_clock_that_was_behind)
{
  for (int64_t behind : { 10 * 1000, 3600 * 1000, 24 * 3600 * 1000 }) {
    Way way;
    ck_assert_int_eq (way.take_for (3, behind + 20), behind + 20);
    ck_assert_int_eq (way.take (20), 0);
    ck_assert_int_eq (way.take_for (3, 20), 0);
  }
}
GST_END_TEST;

/* Five seconds, and what latency absorbs. */
GST_START_TEST (test_live_pace_waits_for_a_burst_and_not_for_longer)
{
  Way way;
  ck_assert_int_eq (way.take (5220), 5220);
  ck_assert_int_eq (way.take (20), 5220);
  ck_assert_int_eq (way.take (19), 0);
  /* Nor for a single record that says it is old. */
  ck_assert_int_eq (way.take (3600 * 1000), 3600 * 1000);
  ck_assert_int_eq (way.take (-10), -10);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_follows_a_clock_that_is_ahead)
{
  Way way;
  ck_assert_int_eq (way.take (-5000), -5000);
  /* Jitter is absorbed as ever. */
  ck_assert_int_eq (way.take (-4900), -5000);
  ck_assert_int_eq (way.take (-5010), -5010);
  ck_assert_int_eq (way.take (-4000), -4000);
  ck_assert_int_eq (way.take (30), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_does_not_wait_for_what_is_old)
{
  Way way;
  ck_assert_int_eq (way.take (3000, false), 0);
  ck_assert_int_eq (way.take (2000, false), 0);
  ck_assert_int_eq (way.take (20), 0);
}
GST_END_TEST;

GST_START_TEST (test_live_pace_leaves_decoders_a_part_of_the_latency)
{
  auto need = [] (uint64_t latency, int64_t age) {
    return LivePace (latency).take ({ 0, age, true });
  };
  ck_assert_int_eq (need (kLatency, 160 * kMs), 0);
  ck_assert_int_eq (need (kLatency, 161 * kMs), 161 * kMs);
  ck_assert_int_eq (need (20 * kMs, 10 * kMs), 0);
  ck_assert_int_eq (need (20 * kMs, 11 * kMs), 11 * kMs);
  ck_assert_int_eq (need (0, 0), 0);
  ck_assert_int_eq (need (0, 1), 1);
  ck_assert_int_eq (need (INT64_MAX, 1), 0);
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
  tcase_add_test (tcase, test_live_pace_keeps_time_when_many_come_at_once);
  tcase_add_test (tcase, test_live_pace_comes_back_when_the_way_is_short_again);
  tcase_add_test (
      tcase, test_live_pace_does_not_wait_for_a_clock_that_was_behind);
  tcase_add_test (tcase, test_live_pace_waits_for_a_burst_and_not_for_longer);
  tcase_add_test (tcase, test_live_pace_follows_a_clock_that_is_ahead);
  tcase_add_test (tcase, test_live_pace_does_not_wait_for_what_is_old);
  tcase_add_test (tcase, test_live_pace_leaves_decoders_a_part_of_the_latency);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (live_pace)
