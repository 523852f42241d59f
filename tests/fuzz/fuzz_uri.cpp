/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What parses can be formatted, and that parses as the same. */

#include "fuzz.h"

#include "config/uri.h"

using namespace gstkafka;

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  auto uri = parse_uri ({ reinterpret_cast<const char *> (data), size });
  if (!uri) {
    require (uri.error ().kind == ErrorKind::SETTINGS);
    return 0;
  }
  require (!uri->bootstrap_servers.empty ());
  require (uri->topic.find ('\0') == std::string::npos);
  for (const auto &[name, value] : uri->query)
    require (!name.empty () && value.find ('\0') == std::string::npos);

  const std::string text = format_uri (*uri);
  auto again = parse_uri (text);
  require (again);
  require (again->bootstrap_servers == uri->bootstrap_servers);
  require (again->topic == uri->topic && again->query == uri->query);
  require (format_uri (*again) == text);
  return 0;
}
