/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/resources.h"

#include "common/pipeline.h"

#include <malloc.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace kafkacheck {

namespace {

namespace fs = std::filesystem;

int
count_files ()
{
  int count = 0;
  for (const auto &entry : fs::directory_iterator ("/proc/self/fd"))
    count += entry.path ().empty () ? 0 : 1;
  return count;
}

std::string
name_of_thread (const fs::path &task)
{
  std::string name;
  std::getline (std::ifstream (task / "comm"), name);
  return name;
}

/* Only librdkafka's, by their names: GLib keeps idle ones for a while. One that
 * has just begun still has the name of the process. */
int
count_threads ()
{
  const std::string process = name_of_thread ("/proc/self");
  const std::string main = std::to_string (getpid ());
  int count = 0;
  std::error_code ended_meanwhile;
  for (const auto &entry :
      fs::directory_iterator ("/proc/self/task", ended_meanwhile)) {
    std::string name = name_of_thread (entry.path ());
    bool is_new = name == process && entry.path ().filename () != main;
    count += is_new || name.rfind ("rdk:", 0) == 0 ? 1 : 0;
  }
  return count;
}

} // namespace

Resources::Resources ()
{
#if defined(__SANITIZE_THREAD__)
  /* It has a thread of its own from the first one on that is started. */
  std::thread ([] {}).join ();
#endif
  files_ = count_files ();
  threads_ = count_threads ();
}

bool
Resources::is_back_now () const
{
  return count_files () <= files_ && count_threads () <= threads_;
}

void
Resources::check_back_now () const
{
  ck_assert_msg (wait_until ([this] { return is_back_now (); }),
      "%d files and %d threads of librdkafka were here, now %d and %d", files_,
      threads_, count_files (), count_threads ());
}

std::string
why_memory_is_no_measure ()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "a sanitizer keeps more memory than the program asks for";
#else
  const gchar *preloaded = g_getenv ("LD_PRELOAD");
  return preloaded && strstr (preloaded, "vgpreload")
             ? "valgrind keeps more memory than the program asks for"
             : "";
#endif
}

long
peak_memory ()
{
  const std::string label = "VmHWM:";
  std::ifstream status ("/proc/self/status");
  for (std::string line; std::getline (status, line);)
    if (line.compare (0, label.size (), label) == 0)
      return std::stol (line.substr (label.size ()));
  ck_abort_msg ("the system does not tell");
  return 0;
}

void
forget_peak_memory ()
{
  malloc_trim (0);
  /* See proc(5); where it is not allowed the old peak stays. */
  std::ofstream ("/proc/self/clear_refs") << 5;
}

} // namespace kafkacheck
