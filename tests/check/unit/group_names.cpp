/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/group_names.h"

#include "common/check.h"

#include <set>
#include <vector>

using namespace gstkafka;

/* Ids and keys out of what the names are made of. */
static std::vector<std::string>
texts ()
{
  std::vector<std::string> all{ "", "a", "1", ".", ":", "%", "a.1", "a:1",
    "a:t:0", "a:1:t:0", "a::", "%3A", "%25", "%253A" };
  const std::vector<std::string> some = all;
  for (const auto &one : some)
    for (const auto &other : some)
      all.push_back (one + other);
  return all;
}

GST_START_TEST (test_group_names_are_the_users_where_they_can_be)
{
  check_text (place_group ("com.example", ""), "com.example");
  check_text (place_group ("cameras", "yard"), "cameras:yard");
  check_text (member_group ("cameras", "", "t", 3), "cameras:t:3");
  check_text (member_group ("cameras", "yard", "t", 3), "cameras:yard:t:3");
  check_text (place_group ("urn:x", ""), "urn:x:::");
  check_text (place_group ("cameras", "a:b%"), "cameras:a%3Ab%25");
}
GST_END_TEST;

GST_START_TEST (test_group_names_are_those_of_one_stream)
{
  std::set<std::string> ids, keys, names;
  for (const auto &text : texts ()) {
    keys.insert (text);
    if (!text.empty ())
      ids.insert (text);
  }
  for (const auto &id : ids)
    for (const auto &key : keys)
      for (const auto &name :
          { place_group (id, key), member_group (id, key, "t", 0),
              member_group (id, key, "t", 1), member_group (id, key, "1", 0) })
        ck_assert_msg (names.insert (name).second, "twice: %s", name.c_str ());
}
GST_END_TEST;

/* Rights are given by prefix. */
GST_START_TEST (test_group_names_begin_with_the_users)
{
  for (const auto &id : texts ())
    for (const char *key : { "", "k" }) {
      ck_assert (
          g_str_has_prefix (place_group (id, key).c_str (), id.c_str ()));
      ck_assert (g_str_has_prefix (
          member_group (id, key, "t", 0).c_str (), id.c_str ()));
    }
}
GST_END_TEST;

static Suite *
group_names_suite ()
{
  Suite *suite = suite_create ("group_names");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_group_names_are_the_users_where_they_can_be);
  tcase_add_test (tcase, test_group_names_are_those_of_one_stream);
  tcase_add_test (tcase, test_group_names_begin_with_the_users);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (group_names);
