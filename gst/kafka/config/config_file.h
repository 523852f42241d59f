/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A file of librdkafka settings, as kcat's -F reads it: `name=value` a line,
 * blank lines, lines that begin with `#` and a byte order mark left out,
 * nothing expanded. It is the place for secrets. */

#pragma once

#include "config/entry.h"
#include "result.h"

#include <string>
#include <string_view>

namespace gstkafka {

/* Errors name the line, never what stands on it: it may be a password. */
Result<ConfigEntries> parse_config (
    std::string_view text, const std::string &file_name);

Result<ConfigEntries> read_config_file (const std::string &file_name);

} // namespace gstkafka
