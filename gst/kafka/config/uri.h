/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* kafka://host[:port][,host[:port]...]/topic?name=value&...
 *
 * Pure text in, plain values out. What the query's names mean is for the
 * element to say: a name with a dot is librdkafka's, any other a property. */

#pragma once

#include "result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gstkafka {

struct Uri {
  std::string bootstrap_servers; /* host:port,host:port; never empty */
  std::string topic;             /* may be empty */
  std::vector<std::pair<std::string, std::string>> query; /* decoded */
};

constexpr std::string_view kUriProtocol = "kafka";

/* Errors are of kind SETTINGS. A password in the authority part is refused:
 * it would be shown wherever the URI is. */
Result<Uri> parse_uri (std::string_view text);

/* Whether what stands in this part of the query may be the rest of a secret,
 * which was cut off by an '&'. */
bool follows_secret (const Uri &uri, size_t index);

/* How to speak of this part: by its name, or else its number. */
std::string part_name (const Uri &uri, size_t index);

/* The inverse; whatever a URI cannot hold as it is gets percent-encoded. */
std::string format_uri (const Uri &uri);

} // namespace gstkafka
