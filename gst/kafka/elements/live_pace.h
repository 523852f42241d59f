/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a live source's records are due. As a rule that is when they were
 * captured, in the pipeline's running time; sinks show them `latency` later,
 * which absorbs what their way here takes. Two things can be in the way:
 *
 * - They take longer than that, as an encoder looks ahead, or the writer's
 *   clock is behind: then everything is later by what the newest record needs.
 * - They seem to come before they were captured, as its clock is ahead, or the
 *   way has become shorter: then everything is earlier by as much.
 *
 * Older records that are late, while there are newer ones, change nothing: the
 * source had better skip them. Times in ns. No threads, no clock. */

#pragma once

#include <cstdint>

namespace gstkafka {

class LivePace {
 public:
  explicit LivePace (uint64_t latency);

  /* A record has arrived: `age` is the time since it was captured, as clocks
   * have it; `is_newest` when the log had nothing newer. How much later than
   * captured this source's records are due from here on. */
  int64_t take (int64_t age, bool is_newest);

 private:
  const int64_t allowance_; /* of it, for the way here */
  int64_t need_ = 0;
};

} // namespace gstkafka
