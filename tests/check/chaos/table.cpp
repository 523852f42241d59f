/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "table.h"

#include <cstdio>

namespace kafkacheck {

/* Shared with the tests, and gone with the last of them. */
static std::FILE *rows;

static std::string
seconds (int64_t ms)
{
  char text[32];
  std::snprintf (text, sizeof text, "%.2f s", static_cast<double> (ms) / 1000);
  return text;
}

void
add_row (const std::string &fault, int rounds, const Account &account,
    const Pester *pester)
{
  std::string calls = "-", slowest = "-";
  if (pester) {
    calls = std::to_string (pester->actions ());
    slowest = seconds (pester->worst ().count ());
  }
  std::fprintf (rows,
      "| %s | %d | %zu | %zu | %zu | %zu | %zu | %zu | %s | %s | %s |\n",
      fault.c_str (), rounds, account.published, account.acknowledged,
      account.read, account.lost, account.doubled, account.out_of_order,
      seconds (account.worst_pause).c_str (), calls.c_str (), slowest.c_str ());
  std::fflush (rows);
}

static void
print_table ()
{
  std::string text;
  std::rewind (rows);
  for (int c; (c = std::fgetc (rows)) != EOF;)
    text += static_cast<char> (c);
  std::fclose (rows);
  if (text.empty ())
    return;
  g_print ("\n| fault | rounds | published | acknowledged | read | lost | "
           "doubled | out of order | worst pause | calls | slowest |\n"
           "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n%s\n",
      text.c_str ());
}

/* It is there before the first test, as those are processes of their own. */
int
run_for_table (Suite *suite, const char *name, const char *file)
{
  rows = std::tmpfile ();
  int failed = gst_check_run_suite (suite, name, file);
  print_table ();
  return failed;
}

} // namespace kafkacheck
