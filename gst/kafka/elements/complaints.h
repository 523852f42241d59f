/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a source has to say to people, each with what to do about it. */

#pragma once

#include "result.h"

#include <chrono>
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
  Error other_topic (int64_t last) const;
  Error place_beyond_end (int64_t place) const;
  Error malformed (int partition, int64_t offset, const Error &why) const;
  Error more_malformed (
      int partition, uint64_t count, int64_t last, const Error &why) const;
  Error refused_caps (
      int partition, int64_t offset, const std::string &caps) const;
  Error unknown_media (bool has_content_type) const;
  Error no_sync_point (int64_t offset) const;
  static Error long_pause (std::chrono::nanoseconds pause);

 private:
  const std::string topic_, group_;
};

/* What is said of malformed records, of which a hostile topic may have a
 * million: the first is told of at once, those that follow at most once a
 * second, together. Each is counted elsewhere. */
class Quarantine {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Quarantine (const Complaints &complaints) : complaints_ (complaints)
  {}

  /* What is to be said now, if anything. */
  MaybeError note (int partition, int64_t offset, const Error &why, Time now);
  MaybeError take_due (Time now);
  /* Nothing more is going to come. */
  MaybeError take_rest ();

 private:
  const Complaints &complaints_;
  std::optional<Time> told_at_;
  /* Since then: */
  uint64_t count_ = 0;
  int partition_ = -1;
  int64_t last_ = -1;
  MaybeError why_;
};

} // namespace gstkafka
