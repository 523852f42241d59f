/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <string>
#include <vector>

namespace gstkafka {

/* One librdkafka setting: `linger.ms`, `5`. */
struct ConfigEntry {
  std::string name;
  std::string value;
  std::string variable{}; /* of the environment, which says so; or empty */
};

using ConfigEntries = std::vector<ConfigEntry>;

} // namespace gstkafka
