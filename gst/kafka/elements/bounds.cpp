/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/bounds.h"

namespace gstkafka {

/* What records may take on their way, and clocks differ by. */
static constexpr int64_t kStopGraceMs = 5000;

void
Bounds::begin (int64_t start, int64_t high)
{
  waits_for_time_ = wanted_.start == StartPosition::TIME && start >= high;
  if (stop_offset_)
    return;
  if (wanted_.stop == StopPosition::END)
    stop_offset_ = high;
  else if (wanted_.stop == StopPosition::OFFSET)
    stop_offset_ = wanted_.stop_offset;
}

bool
Bounds::is_before_start (int64_t timestamp_ms)
{
  waits_for_time_ = waits_for_time_ && timestamp_ms < wanted_.start_time_ms;
  return waits_for_time_;
}

bool
Bounds::is_past_stop (int64_t timestamp_ms) const
{
  return wanted_.stop == StopPosition::TIME
         && timestamp_ms >= wanted_.stop_time_ms;
}

bool
Bounds::is_stop_over (int64_t now) const
{
  return wanted_.stop == StopPosition::TIME
         && now > wanted_.stop_time_ms + kStopGraceMs;
}

} // namespace gstkafka
