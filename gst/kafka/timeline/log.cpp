/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/log.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* Years; so that sums have room. */
constexpr int64_t kLongestWait = int64_t{ 1 } << 61;

std::optional<int64_t>
latest_time (const SessionTimes &times)
{
  if (times.pts && times.dts)
    return std::max (*times.pts, *times.dts);
  return times.pts ? times.pts : times.dts;
}

} // namespace

bool
is_plausible (const LoggedRecord &record, const LoggedRecord &beside)
{
  auto time = latest_time (record.times), other = latest_time (beside.times);
  /* Another program's time is when it was written. */
  if (!time || !other || record.session.empty ()
      || record.session != beside.session)
    return true;
  /* A producer that was paused goes on in its time. */
  int64_t waited = 0;
  if (record.written && beside.written)
    waited = std::clamp<int64_t> (
        *record.written - *beside.written, 0, kLongestWait);
  return *time - *other <= kLongestGap + waited;
}

} // namespace gstkafka
