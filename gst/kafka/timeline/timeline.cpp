/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/timeline.h"

#include <algorithm>

namespace gstkafka {

Timeline::Place
Timeline::place (const std::string &session, const SessionTimes &times)
{
  bool is_seam = session_ && *session_ != session;
  if (is_seam || !session_) {
    session_ = session;
    is_first_ = is_first_ && !is_placed_;
    is_placed_ = false;
  }

  std::optional<int64_t> start = times.pts ? times.pts : times.dts;
  if (start && !is_placed_) {
    offset_ = is_first_ ? 0 : end_ - *start;
    is_placed_ = true;
  }
  if (start) {
    int64_t duration = static_cast<int64_t> (times.duration.value_or (0));
    end_ = std::max (end_, *start + duration + offset_);
  }
  return { offset_, is_seam };
}

} // namespace gstkafka
