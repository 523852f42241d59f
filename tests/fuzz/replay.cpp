/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Feeds files to a fuzz target, as libFuzzer would: all in the directories that
 * are named, or the files. So what was found once stays mended wherever the
 * tests run, also without clang and under valgrind. */

#include "fuzz.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path>
files_in (const char *name)
{
  if (!std::filesystem::is_directory (name))
    return { name };
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator (name))
    files.push_back (entry.path ());
  std::sort (files.begin (), files.end ());
  return files;
}

/* Memory of just that size, so that a checker sees who reads past it. */
void
replay (const std::filesystem::path &path)
{
  std::ifstream file (path, std::ios::binary);
  require (file);
  const std::vector<char> read ((std::istreambuf_iterator<char> (file)),
      std::istreambuf_iterator<char> ());
  const std::vector<uint8_t> data (read.begin (), read.end ());
  std::fprintf (stderr, "%s\n", path.c_str ());
  LLVMFuzzerTestOneInput (data.data (), data.size ());
}

} // namespace

int
main (int argc, char **argv)
{
  size_t count = 0;
  for (int i = 1; i < argc; i++)
    for (const auto &path : files_in (argv[i])) {
      replay (path);
      count++;
    }
  std::printf ("%zu inputs\n", count);
  return count > 0 ? 0 : 1;
}
