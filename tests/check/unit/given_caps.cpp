/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/given_caps.h"

#include "common/check.h"

using namespace gstkafka;

static CapsPtr
caps (const std::string &text)
{
  return CapsPtr (gst_caps_from_string (text.c_str ()));
}

GST_START_TEST (test_given_caps_are_given_when_they_change)
{
  GivenCaps given;
  CapsPtr first = caps ("video/x-raw,width=1");
  CapsPtr same = caps ("video/x-raw,width=1");
  CapsPtr other = caps ("video/x-raw,width=2");
  ck_assert (!given.take_changed (nullptr));
  CapsPtr taken = given.take_changed (first.get ());
  ck_assert (taken && gst_caps_is_equal (taken.get (), first.get ()));
  ck_assert (!given.take_changed (first.get ()));
  ck_assert (!given.take_changed (same.get ()));
  ck_assert (!given.take_changed (nullptr));
  ck_assert (given.take_changed (other.get ()) != nullptr);
  ck_assert (given.take_changed (first.get ()) != nullptr);
}
GST_END_TEST;

GST_START_TEST (test_given_caps_are_repeated_on_demand)
{
  GivenCaps given;
  CapsPtr some = caps ("video/x-raw,width=1");
  ck_assert (given.take_changed (some.get ()) != nullptr);
  given.repeat ();
  ck_assert (given.take_changed (some.get ()) != nullptr);
  ck_assert (!given.take_changed (some.get ()));
}
GST_END_TEST;

GST_START_TEST (test_given_caps_that_were_taken_once_were_taken)
{
  GivenCaps given;
  ck_assert (!given.were_taken ());
  given.note_taken ();
  given.repeat ();
  ck_assert (given.were_taken ());
}
GST_END_TEST;

GST_START_TEST (test_caps_in_brief_end_between_two_characters)
{
  CapsPtr few = caps ("video/x-raw,width=1");
  check_text (caps_in_brief (few.get ()), caps_to_text (few.get ()));

  /* Values are escaped, names of fields are not. */
  for (size_t shift = 0; shift < 2; shift++) {
    std::string name (shift, 'a');
    for (int i = 0; i < 200; i++)
      name += "\u00e4";
    CapsPtr many (gst_caps_new_simple (
        "video/x-raw", name.c_str (), G_TYPE_INT, 1, nullptr));
    const std::string brief = caps_in_brief (many.get ());
    ck_assert_uint_le (brief.size (), 200 + 3);
    ck_assert_uint_ge (brief.size (), 200 + 3 - 1);
    ck_assert (g_utf8_validate (brief.c_str (), -1, nullptr));
    ck_assert (g_str_has_suffix (brief.c_str (), "..."));
  }
}
GST_END_TEST;

static Suite *
given_caps_suite ()
{
  Suite *suite = suite_create ("given_caps");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_given_caps_are_given_when_they_change);
  tcase_add_test (tcase, test_given_caps_are_repeated_on_demand);
  tcase_add_test (tcase, test_given_caps_that_were_taken_once_were_taken);
  tcase_add_test (tcase, test_caps_in_brief_end_between_two_characters);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (given_caps);
