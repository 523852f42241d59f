/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a reader has to say to people, each with what to do about it. */

#pragma once

#include "result.h"

#include <cstdint>
#include <string>

namespace gstkafka {

/* Of one stream. */
class Complaints {
 public:
  Complaints (std::string topic, std::string group)
      : topic_ (std::move (topic)), group_ (std::move (group))
  {}

  Error missing_topic (const Error &why, bool is_waited_for) const;
  Error lost_turn () const;
  Error others_turn (int partition) const;
  Error lost_records (int64_t count) const;
  Error other_topic (int64_t expected) const;
  Error malformed (int partition, int64_t offset, const Error &why) const;
  Error unknown_media () const;
  Error no_sync_point (int64_t offset) const;

 private:
  const std::string topic_, group_;
};

} // namespace gstkafka
