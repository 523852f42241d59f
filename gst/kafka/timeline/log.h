/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the timeline knows of a log: the times of its records, one at a time,
 * from any offset. Standard library only. */

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gstkafka {

/* ns of running time in the session; what a record's headers carry. */
struct SessionTimes {
  std::optional<int64_t> pts, dts;
  std::optional<uint64_t> duration;
};

struct LoggedRecord {
  int64_t offset = 0;
  std::string session;
  SessionTimes times;
  bool is_sync_point = false; /* a decoder may start here */
  /* Its number in the session, from 0; a hint only, as offsets have holes. */
  std::optional<uint64_t> seq;
  bool is_eos = false;            /* the writer's stream ended here */
  std::optional<int64_t> written; /* ns since 1970 */
};

/* ns that nothing comes, or one buffer lasts, without a doubt. */
constexpr int64_t kLongestGap = int64_t{ 24 * 60 * 60 } * 1000 * 1000 * 1000;

/* False when one record is so much later than another of the same session, a
 * day and what lies between their writing, that no writer can have come to it:
 * a player would wait for it for ever. */
bool is_plausible (const LoggedRecord &record, const LoggedRecord &beside);

class Log {
 public:
  virtual ~Log () = default;

  /* The stream's first record at `offset` or after it, as offsets have holes
   * and a partition other streams; nullopt when there is none, or when the log
   * cannot be read: then has_failed () from here on. Reading on from the
   * record before costs far less than going elsewhere. */
  virtual std::optional<LoggedRecord> at_or_after (int64_t offset) = 0;
  virtual bool has_failed () const = 0;
};

} // namespace gstkafka
