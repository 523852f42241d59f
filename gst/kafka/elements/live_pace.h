/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a live source's records are due. As a rule that is when they were
 * captured, in the pipeline's running time; sinks show them `latency` later,
 * which absorbs what their way here takes. Two things can be in the way:
 *
 * - They take longer than that, as an encoder looks ahead, a writer sends many
 *   at once, or its clock is behind: then all is later by what they need.
 * - They seem to come before they were captured, as its clock is ahead: then
 * all is earlier by as much.
 *
 * What is late because something stood still for a while changes nothing: the
 * source had better skip it. Nor does anything wait for as long as a clock was
 * behind that has been set right. Times in ns. No threads, no clock. */

#pragma once

#include <cstdint>
#include <optional>

namespace gstkafka {

class LivePace {
 public:
  explicit LivePace (uint64_t latency);

  struct Arrival {
    int64_t now; /* in running time */
    int64_t age; /* since the capture, as clocks have it */
    /* Nothing held it up: the log had ended before the first of a session, or
     * has nothing newer. */
    bool is_fresh;
  };

  /* How much later than captured this source's records are due from here on. */
  int64_t take (const Arrival &arrival);

  /* What that may be at most, whoever needs it, for what is so old. */
  int64_t most_for (int64_t age) const;

 private:
  void turn_window (int64_t now);
  int64_t need_for (int64_t age) const;

  const int64_t allowance_; /* for the way here */
  const int64_t longest_wait_;
  int64_t need_ = 0;

  /* The oldest that came in each of two halves: a need lasts for as long as
   * there are some that have it. */
  std::optional<int64_t> half_began_;
  std::optional<int64_t> oldest_, oldest_before_;
};

} // namespace gstkafka
