/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/group_names.h"

namespace gstkafka {

namespace {

bool
has_colon (const std::string &id)
{
  return id.find (':') != std::string::npos;
}

std::string
without_colons (const std::string &key)
{
  std::string text;
  for (char c : key)
    text += c == ':' ? "%3A" : c == '%' ? "%25" : std::string (1, c);
  return text;
}

std::string
stream_name (const std::string &id, const std::string &key)
{
  if (key.empty () && !has_colon (id))
    return id;
  return id + ":" + without_colons (key);
}

} // namespace

std::string
place_group (const std::string &id, const std::string &key)
{
  return stream_name (id, key) + (has_colon (id) ? "::" : "");
}

std::string
member_group (const std::string &id, const std::string &key,
    const std::string &topic, int partition)
{
  return stream_name (id, key) + ":" + topic + ":" + std::to_string (partition);
}

} // namespace gstkafka
