/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config/config_file.h"
#include "common/check.h"
#include "unit/temporary_file.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace gstkafka;
using namespace std::string_view_literals;

using Pairs = std::vector<std::pair<std::string, std::string>>;

static Pairs
pairs_of (const ConfigEntries &entries)
{
  Pairs pairs;
  for (const auto &entry : entries)
    pairs.emplace_back (entry.name, entry.value);
  return pairs;
}

/* ---- text ---- */

static const struct {
  std::string_view text;
  Pairs pairs;
} kTexts[] = {
  { "", {} },
  { "\n\n", {} },
  { " \t\r\n", {} },
  { "# a=b", {} },
  { "  # a=b\n#", {} },
  { "a=b", { { "a", "b" } } },
  { "a=b\n", { { "a", "b" } } },
  { "\xEF\xBB\xBF", {} },
  { "\xEF\xBB\xBF"
    "a=b\n",
      { { "a", "b" } } },
  { "a=b\r\nc=d\r\n", { { "a", "b" }, { "c", "d" } } },
  { "  a \t=  b c \n", { { "a", "b c" } } },
  { "a=", { { "a", "" } } },
  { "a=b=c", { { "a", "b=c" } } },
  { "a=#b", { { "a", "#b" } } },
  { "a=b # c", { { "a", "b # c" } } },
  { "a=\"b\"\\$HOME", { { "a", "\"b\"\\$HOME" } } },
  { "a=1\nb=2\na=3", { { "a", "1" }, { "b", "2" }, { "a", "3" } } },
};

GST_START_TEST (test_config_is_one_setting_a_line)
{
  auto entries = parse_config (kTexts[__i__].text, "f");
  ck_assert (entries);
  ck_assert (pairs_of (*entries) == kTexts[__i__].pairs);
}
GST_END_TEST;

static const struct {
  std::string_view text;
  const char *line;
} kBadTexts[] = {
  { "Secret", "Line 1 " },
  { "=Secret", "Line 1 " },
  { "  =Secret", "Line 1 " },
  { "a=b\n\n# c\nSecret\n", "Line 4 " },
  { "a=Secret\0"sv, "Line 1 " },
  { "a=b\nSec\0ret=c"sv, "Line 2 " },
  { "sasl.password: Secret==", "Line 1 " },
  { "sasl.password Secret==", "Line 1 " },
  { "a=b\nexport sasl.password=Secret", "Line 2 " },
  { "sasl.password;Secret=", "Line 1 " },
};

GST_START_TEST (test_config_error_names_the_line_and_shows_nothing_of_it)
{
  auto entries = parse_config (kBadTexts[__i__].text, "some.conf");
  ck_assert (!entries);
  const Error &error = entries.error ();
  ck_assert (error.kind == ErrorKind::SETTINGS);
  ck_assert (error.message.find (kBadTexts[__i__].line) != std::string::npos);
  ck_assert (error.message.find ("some.conf") != std::string::npos);
  ck_assert ((error.message + error.detail).find ("Sec") == std::string::npos);
}
GST_END_TEST;

/* ---- files ---- */

static void
check_cannot_be_read (const std::string &name, const char *reason)
{
  auto entries = read_config_file (name);
  ck_assert (!entries);
  const std::string &message = entries.error ().message;
  ck_assert (entries.error ().kind == ErrorKind::SETTINGS);
  ck_assert_msg (message.find (name) != std::string::npos
                     && message.find (reason) != std::string::npos,
      "%s", message.c_str ());
}

GST_START_TEST (test_config_file_is_read)
{
  TemporaryFile file ("sasl.password=x y\n");
  auto entries = read_config_file (file.name ());
  ck_assert (entries);
  ck_assert (pairs_of (*entries) == Pairs ({ { "sasl.password", "x y" } }));
}
GST_END_TEST;

GST_START_TEST (test_config_file_may_be_empty)
{
  TemporaryFile file ("");
  auto entries = read_config_file (file.name ());
  ck_assert (entries);
  ck_assert (entries->empty ());
}
GST_END_TEST;

GST_START_TEST (test_config_file_that_is_not_there_is_an_error)
{
  check_cannot_be_read ("/nowhere/some.conf", "No such file");
}
GST_END_TEST;

GST_START_TEST (test_config_file_that_is_a_directory_is_an_error)
{
  check_cannot_be_read (g_get_tmp_dir (), "not a regular file");
}
GST_END_TEST;

/* Nobody ever writes into it. */
GST_START_TEST (test_config_file_that_is_a_fifo_is_an_error_at_once)
{
  TemporaryFile place ("");
  const std::string name = place.name () + ".fifo";
  ck_assert_int_eq (mkfifo (name.c_str (), 0600), 0);
  check_cannot_be_read (name, "not a regular file");
  unlink (name.c_str ());
}
GST_END_TEST;

GST_START_TEST (test_config_file_is_limited_in_size)
{
  const std::string line = "# " + std::string (1024 - 3, 'x') + "\n";
  std::string text;
  for (int i = 0; i < 1024; i++)
    text += line;
  ck_assert (read_config_file (TemporaryFile (text).name ()));
  TemporaryFile larger (text + "#");
  check_cannot_be_read (larger.name (), "larger than 1 MiB");
}
GST_END_TEST;

static Suite *
config_file_suite ()
{
  Suite *suite = suite_create ("config_file");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (
      tcase, test_config_is_one_setting_a_line, 0, G_N_ELEMENTS (kTexts));
  tcase_add_loop_test (tcase,
      test_config_error_names_the_line_and_shows_nothing_of_it, 0,
      G_N_ELEMENTS (kBadTexts));
  tcase_add_test (tcase, test_config_file_is_read);
  tcase_add_test (tcase, test_config_file_may_be_empty);
  tcase_add_test (tcase, test_config_file_that_is_not_there_is_an_error);
  tcase_add_test (tcase, test_config_file_that_is_a_directory_is_an_error);
  tcase_add_test (tcase, test_config_file_that_is_a_fifo_is_an_error_at_once);
  tcase_add_test (tcase, test_config_file_is_limited_in_size);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (config_file);
