/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/start.h"

#include <algorithm>

namespace gstkafka {

static std::optional<int64_t>
find_last_sync (const Watermarks &marks, Recording &recording)
{
  auto last = recording.find_last ();
  if (!last)
    return std::nullopt;
  return last->point ? last->point->offset : marks.high;
}

static std::optional<int64_t>
find_wanted (const WantedBounds &wanted, const Watermarks &marks, int partition,
    Consumer &player, Recording &recording)
{
  switch (wanted.start) {
  case StartPosition::EARLIEST:
    return marks.low;
  case StartPosition::LATEST:
    return marks.high;
  case StartPosition::LATEST_SYNC:
    return find_last_sync (marks, recording);
  case StartPosition::COMMITTED:
    return marks.low; /* nothing is */
  case StartPosition::OFFSET:
    return std::clamp (wanted.start_offset, marks.low, marks.high);
  case StartPosition::TIME:
    break;
  }
  /* Below 0 the broker takes it for something else. */
  return player.query_offset (
      partition, std::max<int64_t> (wanted.start_time_ms, 0));
}

std::optional<Start>
find_start (const WantedBounds &wanted, std::optional<int64_t> committed,
    int partition, Consumer &player, Recording &recording)
{
  auto marks = player.query_watermarks (partition);
  if (!marks)
    return std::nullopt;
  std::optional<int64_t> place;
  if (committed)
    place = std::clamp (*committed, marks->low, marks->high);
  auto offset
      = place ? recording.find_resume (*place)
              : find_wanted (wanted, *marks, partition, player, recording);
  if (!offset)
    return std::nullopt;
  return Start{ *offset, place, *marks };
}

} // namespace gstkafka
