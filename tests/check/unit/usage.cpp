/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/usage.h"

#include "common/check.h"

#include <vector>

using namespace gstkafka;

static std::shared_ptr<Usage>
playing (int64_t start = 10, int64_t used_up_to = 0)
{
  auto usage = std::make_shared<Usage> ();
  usage->begin (start, used_up_to);
  usage->set_playing (true);
  return usage;
}

/* -1: nothing to say. */
static int64_t
place (const std::shared_ptr<Usage> &usage)
{
  return usage->place ().value_or (-1);
}

GST_START_TEST (test_usage_has_no_place_before_something_was_used)
{
  auto fresh = std::make_shared<Usage> ();
  fresh->set_playing (true);
  ck_assert_int_eq (place (fresh), -1);

  auto usage = playing ();
  ck_assert_int_eq (place (usage), -1);
  auto use = usage->give (10);
  ck_assert_int_eq (place (usage), -1);
  use.reset ();
  ck_assert_int_eq (place (usage), 11);
}
GST_END_TEST;

GST_START_TEST (test_usage_is_held_up_by_the_first_record_in_use)
{
  auto usage = playing ();
  std::vector<Usage::UsePtr> uses;
  for (int64_t offset = 10; offset < 14; offset++)
    uses.push_back (usage->give (offset));
  uses[0].reset ();
  ck_assert_int_eq (place (usage), 11);
  uses[2].reset ();
  uses[3].reset ();
  ck_assert_int_eq (place (usage), 11);
  uses[1].reset ();
  ck_assert_int_eq (place (usage), 14);
}
GST_END_TEST;

GST_START_TEST (test_usage_lasts_as_long_as_any_copy)
{
  auto usage = playing ();
  auto use = usage->give (10);
  auto copy = use;
  use.reset ();
  ck_assert_int_eq (place (usage), -1);
  copy.reset ();
  ck_assert_int_eq (place (usage), 11);
}
GST_END_TEST;

GST_START_TEST (test_usage_counts_holes_and_what_is_not_given)
{
  auto usage = playing ();
  usage->advance_to (12);
  ck_assert_int_eq (place (usage), 12);
  auto use = usage->give (15);
  ck_assert_int_eq (place (usage), 15);
  usage->advance_to (20);
  ck_assert_int_eq (place (usage), 15);
  use.reset ();
  ck_assert_int_eq (place (usage), 20);
  usage->advance_to (18);
  ck_assert_int_eq (place (usage), 20);
}
GST_END_TEST;

/* Looking for the sync point before the place, it does not fall behind. */
GST_START_TEST (test_usage_does_not_fall_behind_where_it_resumes)
{
  auto usage = playing (10, 13);
  for (int64_t offset = 10; offset < 13; offset++) {
    usage->give (offset).reset ();
    ck_assert_int_eq (place (usage), -1);
  }
  usage->give (13).reset ();
  ck_assert_int_eq (place (usage), 14);
}
GST_END_TEST;

GST_START_TEST (test_usage_of_an_earlier_place_does_not_count_any_more)
{
  auto usage = playing ();
  auto before = usage->give (10);
  usage->begin (5, 5);
  auto after = usage->give (5);
  usage->give (6).reset ();
  ck_assert_int_eq (place (usage), -1);
  before.reset ();
  ck_assert_int_eq (place (usage), -1);
  after.reset ();
  ck_assert_int_eq (place (usage), 7);
}
GST_END_TEST;

GST_START_TEST (test_usage_that_was_withdrawn_never_ends)
{
  auto usage = playing ();
  usage->give (10).reset ();
  auto use = usage->give (11);
  use->withdraw ();
  use.reset ();
  usage->give (12).reset ();
  ck_assert_int_eq (place (usage), 11);
}
GST_END_TEST;

GST_START_TEST (test_usage_does_not_count_what_is_dropped_on_the_way_to_a_stop)
{
  auto usage = playing ();
  usage->give (10).reset ();
  auto use = usage->give (11);
  usage->set_playing (false);
  use.reset ();
  ck_assert_int_eq (place (usage), 11);
  /* It was a pause only. */
  usage->set_playing (true);
  ck_assert_int_eq (place (usage), 12);
}
GST_END_TEST;

GST_START_TEST (test_usage_does_not_count_what_is_flushed)
{
  auto usage = playing ();
  usage->give (10).reset ();
  auto use = usage->give (11);
  usage->set_flushing (true);
  use.reset ();
  ck_assert_int_eq (place (usage), 11);
  usage->begin (20, 20);
  ck_assert_int_eq (place (usage), -1);
  usage->give (20).reset ();
  ck_assert_int_eq (place (usage), 21);
}
GST_END_TEST;

GST_START_TEST (test_usage_goes_on_where_there_was_no_flush)
{
  auto usage = playing ();
  auto use = usage->give (10);
  usage->set_flushing (true);
  use.reset ();
  usage->set_flushing (false);
  ck_assert_int_eq (place (usage), 11);
}
GST_END_TEST;

/* Both reasons at once, in any order: the first place holds. */
GST_START_TEST (test_usage_is_held_by_any_reason)
{
  auto usage = playing ();
  usage->give (10).reset ();
  usage->set_playing (false);
  auto use = usage->give (11);
  use.reset ();
  usage->set_flushing (true);
  usage->set_playing (true);
  ck_assert_int_eq (place (usage), 11);
  usage->begin (30, 30);
  usage->set_playing (false);
  usage->give (30).reset ();
  ck_assert_int_eq (place (usage), -1);
}
GST_END_TEST;

GST_START_TEST (test_usage_outlives_its_account)
{
  Usage::UsePtr use;
  {
    auto usage = playing ();
    use = usage->give (10);
  }
  use.reset ();
}
GST_END_TEST;

static Suite *
usage_suite ()
{
  Suite *suite = suite_create ("usage");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_usage_has_no_place_before_something_was_used);
  tcase_add_test (tcase, test_usage_is_held_up_by_the_first_record_in_use);
  tcase_add_test (tcase, test_usage_lasts_as_long_as_any_copy);
  tcase_add_test (tcase, test_usage_counts_holes_and_what_is_not_given);
  tcase_add_test (tcase, test_usage_does_not_fall_behind_where_it_resumes);
  tcase_add_test (
      tcase, test_usage_of_an_earlier_place_does_not_count_any_more);
  tcase_add_test (tcase, test_usage_that_was_withdrawn_never_ends);
  tcase_add_test (
      tcase, test_usage_does_not_count_what_is_dropped_on_the_way_to_a_stop);
  tcase_add_test (tcase, test_usage_does_not_count_what_is_flushed);
  tcase_add_test (tcase, test_usage_goes_on_where_there_was_no_flush);
  tcase_add_test (tcase, test_usage_is_held_by_any_reason);
  tcase_add_test (tcase, test_usage_outlives_its_account);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (usage);
