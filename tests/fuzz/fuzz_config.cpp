/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A config-file. Its entries, written one a line, are the same file; and what
 * an error says is not what stands in the file. */

#include "fuzz.h"

#include "config/config_file.h"

using namespace gstkafka;

namespace {

bool
is_trimmed (const std::string &text)
{
  constexpr const char *blanks = " \t\r\n";
  return text.empty ()
         || (text.find_first_of (blanks) != 0
             && text.find_last_of (blanks) != text.size () - 1);
}

} // namespace

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  auto entries
      = parse_config ({ reinterpret_cast<const char *> (data), size }, "f");
  if (!entries) {
    require (entries.error ().message.size () < 100);
    return 0;
  }
  /* A byte order mark in the first name is no longer at the beginning. */
  std::string text = "\n";
  for (const auto &entry : *entries) {
    const auto &name = entry.name, &value = entry.value;
    require (is_trimmed (name) && is_trimmed (value));
    require (name.find_first_of (std::string_view ("=\n\0", 3))
             == std::string::npos);
    require (value.find_first_of (std::string_view ("\n\0", 2))
             == std::string::npos);
    text += name + "=" + value + "\n";
  }
  auto again = parse_config (text, "f");
  require (again && again->size () == entries->size ());
  for (size_t i = 0; i < again->size (); i++) {
    require ((*again)[i].name == (*entries)[i].name);
    require ((*again)[i].value == (*entries)[i].value);
  }
  return 0;
}
