/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "samples.h"

#include <filesystem>
#include <iostream>
#include <malloc.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

long
entries_of (const char *directory)
{
  std::error_code ignored;
  return std::distance (
      fs::directory_iterator (directory, ignored), fs::directory_iterator ());
}

long
resident_kb ()
{
  long total = 0, resident = 0;
  std::ifstream ("/proc/self/statm") >> total >> resident;
  return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

/* What is allocated, in all arenas: what is resident has holes in it, too. */
long
heap_kb ()
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const auto info = mallinfo2 ();
  return static_cast<long> ((info.uordblks + info.hblkhd) / 1024);
#else
  return 0;
#endif
}

/* Segments come and go meanwhile. */
long
kb_of (const std::string &directory)
{
  uintmax_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator files (directory, error), end;
  while (!error && files != end) {
    std::error_code ignored;
    /* Index files are made large and sparse: only logs count. */
    if (files->path ().extension () == ".log") {
      uintmax_t size = files->file_size (ignored);
      bytes += ignored ? 0 : size;
    }
    files.increment (error);
  }
  return static_cast<long> (bytes / 1024);
}

} // namespace

Samples::Samples (const std::string &csv, std::string disk)
    : disk_ (std::move (disk)), begin_ (std::chrono::steady_clock::now ())
{
  if (!csv.empty ())
    file_.open (csv);
  (csv.empty () ? std::cout : file_)
      << "seconds,rss_kb,heap_kb,files,threads,disk_kb" << std::endl;
}

void
Samples::take ()
{
  using Seconds = std::chrono::duration<double>;
  Seconds passed = std::chrono::steady_clock::now () - begin_;
  std::ostream &out = file_.is_open () ? file_ : std::cout;
  out << static_cast<long> (passed.count ()) << ',' << resident_kb () << ','
      << heap_kb () << ',' << entries_of ("/proc/self/fd") << ','
      << entries_of ("/proc/self/task") << ','
      << (disk_.empty () ? 0 : kb_of (disk_)) << std::endl;
}
