/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config/config_file.h"

#include "config/settings.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace gstkafka {

namespace {

constexpr size_t kMaxFileSize = 1024 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view
trim (std::string_view text)
{
  constexpr const char *blanks = " \t\r\n";
  size_t first = text.find_first_not_of (blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr (first, text.find_last_not_of (blanks) - first + 1);
}

Error
bad_line (const std::string &file_name, int line)
{
  return { ErrorKind::SETTINGS,
    "Line " + std::to_string (line) + " of the config-file '" + file_name
        + "' is not name=value; a comment begins with #.",
    "" };
}

Error
bad_file (const std::string &file_name, const std::string &why)
{
  return { ErrorKind::SETTINGS,
    "Could not read the config-file '" + file_name + "': " + why + ".", "" };
}

} // namespace

Result<ConfigEntries>
parse_config (std::string_view text, const std::string &file_name)
{
  ConfigEntries entries;
  if (text.substr (0, kByteOrderMark.size ()) == kByteOrderMark)
    text.remove_prefix (kByteOrderMark.size ());
  for (int number = 1; !text.empty (); number++) {
    size_t end = std::min (text.find ('\n'), text.size ());
    std::string_view line = trim (text.substr (0, end));
    text.remove_prefix (std::min (end + 1, text.size ()));
    if (line.empty () || line.front () == '#')
      continue;
    size_t equals = line.find ('=');
    std::string_view name = trim (line.substr (0, equals));
    if (equals == std::string_view::npos || !is_setting_name (name)
        || line.find ('\0') != std::string_view::npos)
      return bad_line (file_name, number);
    entries.push_back (
        { std::string (name), std::string (trim (line.substr (equals + 1))) });
  }
  return entries;
}

Result<ConfigEntries>
read_config_file (const std::string &file_name)
{
  /* Before it is opened: that would wait for the other end of a FIFO. */
  std::error_code unknown;
  auto status = std::filesystem::status (file_name, unknown);
  if (exists (status) && !is_regular_file (status))
    return bad_file (file_name, "it is not a regular file");
  errno = 0;
  std::ifstream file (file_name, std::ios::binary);
  if (!file)
    return bad_file (file_name, std::strerror (errno));
  std::string text (kMaxFileSize + 1, '\0');
  file.read (text.data (), static_cast<std::streamsize> (text.size ()));
  if (file.bad ())
    return bad_file (file_name, std::strerror (errno));
  text.resize (static_cast<size_t> (file.gcount ()));
  if (text.size () > kMaxFileSize)
    return bad_file (file_name, "it is larger than 1 MiB");
  return parse_config (text, file_name);
}

} // namespace gstkafka
