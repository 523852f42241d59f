/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/riding_events.h"

#include "record/media.h"
#include "record/names.h"

namespace gstkafka {

bool
RidingEvents::has_room_for (const std::string &text) const
{
  size_t size = text.size ();
  for (const auto &header : headers_)
    size += header.value.size ();
  return headers_.size () < kMaxEvents && size <= kMaxEventsSize;
}

bool
RidingEvents::add_tags (const GstTagList *tags)
{
  std::string text = tags_to_text (tags);
  if (!has_room_for (text) || !tags_from_text (text))
    return false;
  headers_.push_back ({ kTagsHeader, std::move (text) });
  return true;
}

bool
RidingEvents::add_event (const GstStructure *structure)
{
  std::string text = structure_to_text (structure);
  if (!has_room_for (text) || !structure_from_text (text))
    return false;
  headers_.push_back ({ kEventHeader, std::move (text) });
  return true;
}

bool
RidingEvents::append (RidingEvents later)
{
  for (auto &header : later.headers_) {
    if (!has_room_for (header.value))
      return false;
    headers_.push_back (std::move (header));
  }
  return true;
}

void
RidingEvents::add_to (Headers &headers) const
{
  headers.insert (headers.end (), headers_.begin (), headers_.end ());
}

} // namespace gstkafka
