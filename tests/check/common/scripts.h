/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For those that run scripts before there is a test. */

#pragma once

#include <string>

namespace kafkacheck {

/* Or else the process ends; check's assertions need a test around them. */
void insist (bool is_fine, const std::string &complaint);
/* A temporary one, with that in its name. */
std::string new_directory (const char *name);
/* Its standard output; insists on success. */
std::string run_command (const std::string &command);

} // namespace kafkacheck
