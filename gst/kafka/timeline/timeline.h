/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where records stand in the recording that a topic is.
 *
 *   log:       [ session A: 0 .. 30 s ] [ session B: 0 .. 10 s ] ...
 *   position:    0 ................. 30   30 .............. 40
 *
 * Sessions are stacked: the first keeps its own times, each later one begins
 * where the one before ended, so a restart of the producer is a seam and not a
 * hole. Standard library only; no threads, no clock. */

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

class Timeline {
 public:
  struct Place {
    int64_t offset; /* position = session time + offset */
    bool is_seam;   /* first record of a session that is not the first */
  };

  /* The next record in the order of the log. */
  Place place (const std::string &session, const SessionTimes &times);

  /* Where the recording ends so far. */
  int64_t
  end () const
  {
    return end_;
  }

 private:
  std::optional<std::string> session_;
  bool is_placed_ = false; /* the session has had a time */
  bool is_first_ = true;   /* no session before it had one */
  int64_t offset_ = 0;
  int64_t end_ = 0;
};

} // namespace gstkafka
