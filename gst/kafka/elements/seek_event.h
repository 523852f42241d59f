/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A seek as applications say it, in stream time and of a recording that grows,
 * and as basesrc is told, in timestamps of the segment that there is. No
 * element, no threads. */

#pragma once

#include "elements/presentation.h"

#include <gst/gst.h>

namespace gstkafka {

struct SeekEvent {
  explicit SeekEvent (GstEvent *event);

  GstEvent *to_event () const;

  bool
  has (GstSeekFlags flag) const
  {
    return flags & flag;
  }
  /* Forwards, in TIME. */
  bool
  is_possible () const
  {
    return format == GST_FORMAT_TIME && rate > 0.0;
  }
  /* Neither start nor stop move. */
  bool
  stays () const
  {
    return start_type == GST_SEEK_TYPE_NONE && stop_type == GST_SEEK_TYPE_NONE;
  }
  /* Whether only the rate is another than in `segment`. */
  bool is_change_of_pace (const GstSegment &segment) const;

  /* For basesrc; the rest of it, which do_seek () is not told, is returned.
   * `range` is nullopt where it is not known yet. */
  SeekRequest translate (const GstSegment &segment,
      const std::optional<Recording::Range> &range, gint64 shift);

  /* After translate (): what the seek before has left open, and this one does
   * not name, stays so. */
  void inherit (SeekRequest &request, const SeekRequest &before) const;

  gdouble rate;
  GstFormat format;
  GstSeekFlags flags;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  guint32 seqnum;

 private:
  void resolve_ends (SeekRequest &request);
  void resolve_ends (const Recording::Range &range);
};

/* On which side of its position a seek begins. */
Snap snap_of (GstSeekFlags flags);

} // namespace gstkafka
