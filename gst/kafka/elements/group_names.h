/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a stream's two consumer groups are called. All names begin with the
 * user's group-id, as rights may be given by prefix, and no two of them are the
 * same, whatever ids and keys are:
 *
 *   id[:key]                   where the offset is kept
 *   id[:key]:topic:partition   who may play
 *
 * Topics have no colons, and a key's are written %3A. So colons tell what is
 * what; where the id has some of its own, nothing is left out:
 *
 *   id:[key]::
 *   id:[key]:topic:partition
 *
 * Standard library only. */

#pragma once

#include <string>

namespace gstkafka {

std::string place_group (const std::string &id, const std::string &key);
std::string member_group (const std::string &id, const std::string &key,
    const std::string &topic, int partition);

} // namespace gstkafka
