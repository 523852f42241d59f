/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/seek_event.h"

#include <algorithm>
#include <utility>

namespace gstkafka {

SeekEvent::SeekEvent (GstEvent *event) : seqnum (gst_event_get_seqnum (event))
{
  gst_event_parse_seek (
      event, &rate, &format, &flags, &start_type, &start, &stop_type, &stop);
}

GstEvent *
SeekEvent::to_event () const
{
  GstEvent *event = gst_event_new_seek (
      rate, format, flags, start_type, start, stop_type, stop);
  gst_event_set_seqnum (event, seqnum);
  return event;
}

bool
SeekEvent::is_change_of_pace (const GstSegment &segment) const
{
  constexpr guint mode = GST_SEEK_FLAG_SEGMENT | GST_SEGMENT_INSTANT_FLAGS;
  return is_possible () && stays () && !has (GST_SEEK_FLAG_FLUSH)
         && !has (GST_SEEK_FLAG_SEGMENT)
         && (flags & mode) == (static_cast<guint> (segment.flags) & mode);
}

SeekRequest
SeekEvent::translate (const GstSegment &segment,
    const std::optional<Recording::Range> &range, gint64 shift)
{
  SeekRequest request{};
  request.flags = flags;
  request.moves = start_type != GST_SEEK_TYPE_NONE;
  request.seqnum = seqnum;
  request.shift = static_cast<GstClockTime> (shift);
  request.is_open = !range;
  if (range)
    resolve_ends (*range);
  else
    resolve_ends (request);

  auto move = [shift] (GstSeekType type, gint64 &value) {
    if (type == GST_SEEK_TYPE_SET && value >= 0)
      value = std::min (value, G_MAXINT64 - shift) + shift;
  };
  move (start_type, start);
  move (stop_type, stop);
  if (stop_type == GST_SEEK_TYPE_NONE && GST_CLOCK_TIME_IS_VALID (segment.stop)
      && start_type == GST_SEEK_TYPE_SET
      && start > static_cast<gint64> (segment.stop)) {
    stop_type = GST_SEEK_TYPE_SET;
    stop = start;
  }
  /* All of it lies before what is retained, or before what was played: its end
   * comes at once. */
  gint64 from = request.moves ? start
                              : static_cast<gint64> (
                                  std::max (segment.start, segment.position));
  if (stop_type == GST_SEEK_TYPE_SET && stop >= 0)
    stop = std::max (stop, from);
  return request;
}

void
SeekEvent::inherit (SeekRequest &request, const SeekRequest &before) const
{
  if (!before.is_open)
    return;
  request.is_open = true;
  if (start_type == GST_SEEK_TYPE_NONE)
    request.start_from_end = before.start_from_end;
  if (stop_type == GST_SEEK_TYPE_NONE)
    request.stop_from_end = before.stop_from_end;
}

/* What counts from the end has to wait for it. */
void
SeekEvent::resolve_ends (SeekRequest &request)
{
  if (start_type == GST_SEEK_TYPE_END) {
    request.start_from_end = std::exchange (start, 0);
    start_type = GST_SEEK_TYPE_SET;
  }
  if (stop_type == GST_SEEK_TYPE_END) {
    request.stop_from_end = std::exchange (stop, -1);
    stop_type = GST_SEEK_TYPE_SET;
  }
}

void
SeekEvent::resolve_ends (const Recording::Range &range)
{
  auto resolve = [&range] (GstSeekType &type, gint64 &value) {
    if (type != GST_SEEK_TYPE_END)
      return;
    type = GST_SEEK_TYPE_SET;
    /* Below 0 it would mean none. */
    value = value > G_MAXINT64 - range.end
                ? G_MAXINT64
                : std::max<gint64> (value + range.end, 0);
  };
  resolve (start_type, start);
  resolve (stop_type, stop);
  if (start_type == GST_SEEK_TYPE_SET)
    start = std::clamp<gint64> (
        start, range.start, std::max (range.start, range.end));
}

Snap
snap_of (GstSeekFlags flags)
{
  constexpr int nearest = GST_SEEK_FLAG_SNAP_NEAREST;
  if (!(flags & GST_SEEK_FLAG_KEY_UNIT))
    return Snap::BEFORE;
  if ((flags & nearest) == nearest)
    return Snap::NEAREST;
  return flags & GST_SEEK_FLAG_SNAP_AFTER ? Snap::AFTER : Snap::BEFORE;
}

} // namespace gstkafka
