/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/backtrace.h"

#include <glib.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace kafkacheck {

/* It writes by itself: this process stands still meanwhile, so nobody would
 * read what it has to say. */
static bool
ask_gdb ()
{
  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  std::string process = std::to_string (getpid ());
  const char *arguments[]
      = { "gdb", "--batch", "-nx", "-iex", "set debuginfod enabled off", "-ex",
          "thread apply all backtrace 30", "-p", process.c_str (), nullptr };
  return g_spawn_sync (nullptr, const_cast<gchar **> (arguments), nullptr,
      static_cast<GSpawnFlags> (
          G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL),
      nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
}

static std::string
first_line (const std::filesystem::path &path)
{
  std::string line;
  std::getline (std::ifstream (path), line);
  return line;
}

static void
ask_kernel ()
{
  std::error_code ignored;
  for (const auto &task :
      std::filesystem::directory_iterator ("/proc/self/task", ignored))
    g_printerr ("thread %s (%s): in %s\n", task.path ().filename ().c_str (),
        first_line (task.path () / "comm").c_str (),
        first_line (task.path () / "wchan").c_str ());
}

void
print_backtraces ()
{
  if (!ask_gdb ())
    ask_kernel ();
}

} // namespace kafkacheck
