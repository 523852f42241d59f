/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How many times as fast as segments say sinks play: instant rate changes, as a
 * source's pad tells of them. Any thread. */

#pragma once

#include "elements/seek_event.h"

#include <atomic>
#include <functional>

namespace gstkafka {

class SinkRate {
 public:
  /* `pad` outlives it. */
  explicit SinkRate (GstPad *pad) : pad_ (pad) {}

  /* The sinks change their rate, what is given to them stays as it is. False:
   * that is not what `seek` can be for, or nobody takes it. */
  bool change (const Presentation &presentation, const SeekEvent &seek);

  /* A seek's rate is all there is to it: no instant rate on top. */
  void end (const Presentation &presentation, const SeekEvent &seek);

  /* The rate becomes that of `segment`, which is another one than `item`'s
   * predecessor had. Waits until sinks know, or `is_interrupted`. The streaming
   * thread's. */
  void take_over (Presentation &presentation, GstSegment &segment,
      const ReaderItem &item, const std::function<bool ()> &is_interrupted);

  /* Of a GST_EVENT_INSTANT_RATE_SYNC_TIME, which whoever asked for the rate
   * brings; the pad has told of it when this returns. */
  InstantRate heed (GstEvent *event);

 private:
  bool tell (double multiplier, guint32 seqnum);
  void tell_from_elsewhere (double multiplier, guint32 seqnum,
      const std::function<bool ()> &is_interrupted);
  bool has_told (guint32 seqnum) const;

  GstPad *const pad_;
  std::atomic<guint> flags_{ 0 }; /* of the seek that asked last */
};

} // namespace gstkafka
