/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/losses.h"

#include <algorithm>

namespace gstkafka {

void
Losses::add (unsigned session, uint64_t seq, uint64_t records)
{
  if (records == 0)
    return;
  const uint64_t last = seq + records - 1;
  Range &range
      = ranges_.try_emplace (session, Range{ seq, last }).first->second;
  range.first = std::min (range.first, seq);
  range.last = std::max (range.last, last);
  count_ += records;
}

std::string
Losses::describe () const
{
  if (count_ == 0)
    return "";
  std::string text = "Lost: " + std::to_string (count_)
                     + (count_ == 1 ? " record" : " records") + ", gst.seq ";
  const char *between = "";
  for (const auto &entry : ranges_) {
    text += between + std::to_string (entry.second.first) + " to "
            + std::to_string (entry.second.last);
    between = " and, in the session after it, ";
  }
  return text + " (not acknowledged).";
}

} // namespace gstkafka
