/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/bounds.h"

#include "common/check.h"

using namespace gstkafka;

GST_START_TEST (test_bounds_by_default_never_end)
{
  Bounds bounds ({});
  bounds.begin (0, 10);
  ck_assert (!bounds.is_before_start (0));
  ck_assert (!bounds.ends_before (INT64_MAX));
  ck_assert (!bounds.is_past_stop (INT64_MAX));
  ck_assert (!bounds.is_stop_over (INT64_MAX));
}
GST_END_TEST;

GST_START_TEST (test_bounds_end_is_what_was_there_when_reading_first_began)
{
  WantedBounds wanted;
  wanted.stop = StopPosition::END;
  Bounds bounds (wanted);
  ck_assert (!bounds.ends_before (10)); /* not known yet */
  bounds.begin (0, 10);
  ck_assert (!bounds.ends_before (9));
  ck_assert (bounds.ends_before (10));
  bounds.begin (5, 20);
  ck_assert (bounds.ends_before (10));
}
GST_END_TEST;

GST_START_TEST (test_bounds_stop_offset_is_not_wanted_itself)
{
  WantedBounds wanted;
  wanted.stop = StopPosition::OFFSET;
  wanted.stop_offset = 15;
  Bounds bounds (wanted);
  bounds.begin (0, 10);
  ck_assert (!bounds.ends_before (14));
  ck_assert (bounds.ends_before (15));
}
GST_END_TEST;

GST_START_TEST (test_bounds_start_time_in_the_future_passes_over_what_is_older)
{
  WantedBounds wanted;
  wanted.start = StartPosition::TIME;
  wanted.start_time_ms = 1000;
  Bounds bounds (wanted);
  bounds.begin (10, 10);
  ck_assert (bounds.is_before_start (999));
  ck_assert (!bounds.is_before_start (1000));
  /* Producers' clocks differ. */
  ck_assert (!bounds.is_before_start (999));
}
GST_END_TEST;

GST_START_TEST (test_bounds_start_time_is_not_waited_for_after_a_seek)
{
  WantedBounds wanted;
  wanted.start = StartPosition::TIME;
  wanted.start_time_ms = 1000;
  Bounds bounds (wanted);
  bounds.begin (10, 10);
  bounds.forget_start_time ();
  ck_assert (!bounds.is_before_start (999));
}
GST_END_TEST;

GST_START_TEST (test_bounds_stop_time_is_over_when_nothing_older_can_come)
{
  WantedBounds wanted;
  wanted.stop = StopPosition::TIME;
  wanted.stop_time_ms = 1000;
  Bounds bounds (wanted);
  bounds.begin (0, 10);
  ck_assert (!bounds.is_past_stop (999));
  ck_assert (bounds.is_past_stop (1000));
  ck_assert (!bounds.is_stop_over (1001)); /* a record may be on its way */
  ck_assert (bounds.is_stop_over (60000));
}
GST_END_TEST;

static Suite *
bounds_suite ()
{
  Suite *suite = suite_create ("bounds");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_bounds_by_default_never_end);
  tcase_add_test (
      tcase, test_bounds_end_is_what_was_there_when_reading_first_began);
  tcase_add_test (tcase, test_bounds_stop_offset_is_not_wanted_itself);
  tcase_add_test (
      tcase, test_bounds_start_time_in_the_future_passes_over_what_is_older);
  tcase_add_test (tcase, test_bounds_start_time_is_not_waited_for_after_a_seek);
  tcase_add_test (
      tcase, test_bounds_stop_time_is_over_when_nothing_older_can_come);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (bounds);
