/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/losses.h"
#include "common/check.h"

using namespace gstkafka;

static void
check_description (const Losses &losses, const char *expected)
{
  const std::string text = losses.describe ();
  ck_assert_str_eq (text.c_str (), expected);
}

GST_START_TEST (test_losses_name_the_range_in_any_order)
{
  Losses losses;
  check_description (losses, "");
  losses.add (1, 7);
  check_description (
      losses, "Lost: 1 record, gst.seq 7 to 7 (not acknowledged).");
  losses.add (1, 9, 3);
  losses.add (1, 5);
  losses.add (1, 6, 0);
  ck_assert_uint_eq (losses.count (), 5);
  check_description (
      losses, "Lost: 5 records, gst.seq 5 to 11 (not acknowledged).");
}
GST_END_TEST;

GST_START_TEST (test_losses_keep_sessions_apart)
{
  Losses losses;
  losses.add (2, 0, 4);
  losses.add (1, 100, 2);
  check_description (losses,
      "Lost: 6 records, gst.seq 100 to 101 and, in the session after it, 0 to "
      "3 (not acknowledged).");
}
GST_END_TEST;

static Suite *
losses_suite ()
{
  Suite *suite = suite_create ("losses");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_losses_name_the_range_in_any_order);
  tcase_add_test (tcase, test_losses_keep_sessions_apart);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (losses);
