/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/ranges.h"

#include <algorithm>

namespace gstkafka {

void
Ranges::add (int64_t begin, int64_t end)
{
  if (begin >= end)
    return;
  auto next = ranges_.upper_bound (begin);
  if (next != ranges_.begin () && std::prev (next)->second >= begin) {
    --next;
    begin = next->first;
  }
  while (next != ranges_.end () && next->first <= end) {
    end = std::max (end, next->second);
    next = ranges_.erase (next);
  }
  if (ranges_.size () >= most_)
    ranges_.erase (ranges_.begin ());
  ranges_[begin] = end;
}

int64_t
Ranges::past (int64_t offset) const
{
  auto next = ranges_.upper_bound (offset);
  return next == ranges_.begin () ? offset
                                  : std::max (offset, std::prev (next)->second);
}

} // namespace gstkafka
