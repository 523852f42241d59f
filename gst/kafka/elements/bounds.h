/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where reading begins and where it ends, as the user wants it. Times are those
 * of the records, ms since 1970, and so is `now`. Standard library only: what
 * takes a broker to know is asked by who reads. */

#pragma once

#include <cstdint>
#include <optional>

namespace gstkafka {

enum class StartPosition {
  EARLIEST,
  LATEST,
  LATEST_SYNC,
  COMMITTED,
  OFFSET,
  TIME
};
enum class StopPosition { NEVER, END, OFFSET, TIME };

struct WantedBounds {
  StartPosition start = StartPosition::EARLIEST;
  int64_t start_offset = 0;
  int64_t start_time_ms = 0;
  StopPosition stop = StopPosition::NEVER;
  int64_t stop_offset = 0;
  int64_t stop_time_ms = 0;
};

class Bounds {
 public:
  explicit Bounds (const WantedBounds &wanted) : wanted_ (wanted) {}

  /* Reading begins at `start` of a log that ends at `high`. Begun once more, it
   * ends where it was to end before. */
  void begin (int64_t start, int64_t high);

  /* The user has gone elsewhere: start-time is not waited for any more. */
  void
  forget_start_time ()
  {
    waits_for_time_ = false;
  }

  /* Nothing was as new as start-time when reading began, and nothing has come
   * since that is. */
  bool is_before_start (int64_t timestamp_ms);

  /* The record at `offset` is not wanted, whatever it is. */
  bool
  ends_before (int64_t offset) const
  {
    return stop_offset_ && offset >= *stop_offset_;
  }
  /* It is as new as stop-time. */
  bool is_past_stop (int64_t timestamp_ms) const;
  /* Nobody is going to write anything that is older than stop-time. */
  bool is_stop_over (int64_t now) const;

 private:
  const WantedBounds wanted_;
  std::optional<int64_t> stop_offset_;
  bool waits_for_time_ = false;
};

} // namespace gstkafka
