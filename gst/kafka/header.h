/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A record's headers as text. Standard library only: the meeting point of the
 * rooms record/ and client/, which know nothing of each other. */

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gstkafka {

/* On the way out. Names are constants; values are made for the record. */
struct Header {
  std::string_view name;
  std::string value;
};

/* On the way in: points into the record. */
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

using Headers = std::vector<Header>;
using HeaderViews = std::vector<HeaderView>;

} // namespace gstkafka
