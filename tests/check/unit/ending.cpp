/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/ending.h"

#include "common/check.h"

using namespace gstkafka;

GST_START_TEST (test_ending_at_end_is_where_nothing_follows_an_eos)
{
  Ending ending (EosPolicy::AT_END);
  ending.take_eos (0, false);
  ck_assert (!ending.has_ended ());
  ck_assert (ending.ends_at_end ());
  ending.note_given (5);
  ck_assert (!ending.ends_at_end ());
  ending.take_eos (0, true);
  ck_assert (ending.has_ended ());
}
GST_END_TEST;

GST_START_TEST (test_ending_always_is_at_each_eos)
{
  Ending ending (EosPolicy::ALWAYS);
  ck_assert (!ending.has_ended ());
  ending.take_eos (0, false);
  ck_assert (ending.has_ended ());
  ck_assert (!ending.ends_at_end ());
}
GST_END_TEST;

GST_START_TEST (test_ending_ignored_is_never)
{
  Ending ending (EosPolicy::IGNORE);
  ending.take_eos (0, true);
  ck_assert (!ending.has_ended ());
  ck_assert (!ending.ends_at_end ());
}
GST_END_TEST;

GST_START_TEST (test_ending_does_not_hold_elsewhere)
{
  Ending ending (EosPolicy::AT_END);
  ending.take_eos (0, true);
  ending.restart ();
  ck_assert (!ending.has_ended ());
  ck_assert (!ending.ends_at_end ());
  ck_assert (ending.may_pass ());
}
GST_END_TEST;

GST_START_TEST (test_ending_keeps_the_group_before_an_eos_that_nothing_follows)
{
  Ending ending (EosPolicy::AT_END);
  ck_assert (ending.may_pass ());
  ending.take_eos (0, false);
  ck_assert (!ending.may_pass ());
  ending.note_given (5);
  ck_assert (ending.may_pass ());
  ending.take_eos (0, true);
  ending.note_other ();
  ck_assert (ending.may_pass ());
}
GST_END_TEST;

/* It would never get past the first. */
GST_START_TEST (test_ending_always_lets_the_group_pass)
{
  Ending ending (EosPolicy::ALWAYS);
  ending.take_eos (0, true);
  ck_assert (ending.may_pass ());
}
GST_END_TEST;

/* A sink keeps its last record, so the place is before that: between it and the
 * EOS record nothing is new. */
GST_START_TEST (test_ending_always_is_not_where_it_ended_before)
{
  Ending ending (EosPolicy::ALWAYS);
  ending.resume_at (7);
  ending.note_given (7);
  ending.take_eos (7, false);
  ck_assert (!ending.has_ended ());
  ending.take_eos (7, false);
  ck_assert (ending.has_ended ());
}
GST_END_TEST;

GST_START_TEST (test_ending_always_is_behind_what_is_new_to_the_group)
{
  Ending ending (EosPolicy::ALWAYS);
  ending.resume_at (7);
  ending.note_given (7);
  ending.note_given (8);
  ending.take_eos (7, false);
  ck_assert (ending.has_ended ());
}
GST_END_TEST;

/* The group has used all of the session before: this is a new one, of which
 * there is one record or none. */
GST_START_TEST (test_ending_always_is_at_an_eos_behind_an_eos)
{
  Ending ending (EosPolicy::ALWAYS);
  ending.resume_at (7);
  ending.note_context (true);
  ending.note_given (7);
  ending.take_eos (7, false);
  ck_assert (ending.has_ended ());

  /* Where it began, to find a sync point, is not the place. */
  Ending before (EosPolicy::ALWAYS);
  before.resume_at (7);
  before.note_context (true);
  before.note_given (7);
  before.take_eos (5, false);
  ck_assert (!before.has_ended ());
}
GST_END_TEST;

/* Catching up does not change the place. */
GST_START_TEST (test_ending_that_skips_still_knows_the_place)
{
  Ending ending (EosPolicy::ALWAYS);
  ending.resume_at (7);
  ending.skip ();
  ending.take_eos (7, false);
  ck_assert (!ending.has_ended ());

  ending.resume_at (7);
  ending.restart ();
  ending.take_eos (7, false);
  ck_assert (ending.has_ended ());
}
GST_END_TEST;

static Suite *
ending_suite ()
{
  Suite *suite = suite_create ("ending");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_ending_at_end_is_where_nothing_follows_an_eos);
  tcase_add_test (tcase, test_ending_always_is_at_each_eos);
  tcase_add_test (tcase, test_ending_ignored_is_never);
  tcase_add_test (tcase, test_ending_does_not_hold_elsewhere);
  tcase_add_test (
      tcase, test_ending_keeps_the_group_before_an_eos_that_nothing_follows);
  tcase_add_test (tcase, test_ending_always_lets_the_group_pass);
  tcase_add_test (tcase, test_ending_always_is_not_where_it_ended_before);
  tcase_add_test (tcase, test_ending_always_is_behind_what_is_new_to_the_group);
  tcase_add_test (tcase, test_ending_always_is_at_an_eos_behind_an_eos);
  tcase_add_test (tcase, test_ending_that_skips_still_knows_the_place);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (ending);
