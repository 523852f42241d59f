/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/sink_rate.h"

#include <future>

namespace gstkafka {

/* How soon an interruption is noticed. */
constexpr auto kSlice = std::chrono::milliseconds (10);

bool
SinkRate::change (const Presentation &presentation, const SeekEvent &seek)
{
  if (!seek.is_possible () || !seek.stays () || seek.has (GST_SEEK_FLAG_FLUSH))
    return false;
  flags_ = seek.flags & GST_SEGMENT_INSTANT_FLAGS;
  auto multiplier = presentation.multiplier_for (seek.rate, seek.seqnum);
  return !multiplier || tell (*multiplier, seek.seqnum);
}

void
SinkRate::end (const Presentation &presentation, const SeekEvent &seek)
{
  if (presentation.instant_rate ().multiplier != 1.0
      && !seek.has (GST_SEEK_FLAG_FLUSH))
    tell (1.0, seek.seqnum);
}

/* basesink takes what has passed since for `multiplier` times as long instead
 * of as short, and shows nothing until then. With the rate in the segment there
 * is nothing to reckon. */
void
SinkRate::take_over (Presentation &presentation, GstSegment &segment,
    const ReaderItem &item, const std::function<bool ()> &is_interrupted)
{
  if (auto seqnum = presentation.take_over_instant_rate (segment, item))
    tell_from_elsewhere (1.0, *seqnum, is_interrupted);
}

/* The pipeline answers with its state lock. Whoever seeks or stops holds that,
 * and may be waiting for the streaming thread. */
void
SinkRate::tell_from_elsewhere (double multiplier, guint32 seqnum,
    const std::function<bool ()> &is_interrupted)
{
  struct Telling {
    SinkRate &rate;
    double multiplier;
    guint32 seqnum;
    std::promise<void> done;
  };
  auto telling = new Telling{ *this, multiplier, seqnum, {} };
  std::future<void> done = telling->done.get_future ();
  gst_element_call_async (
      GST_PAD_PARENT (pad_),
      [] (GstElement *, gpointer data) {
        auto *now = static_cast<Telling *> (data);
        now->rate.tell (now->multiplier, now->seqnum);
        now->done.set_value ();
      },
      telling, [] (gpointer data) { delete static_cast<Telling *> (data); });
  while (done.wait_for (kSlice) == std::future_status::timeout)
    if (is_interrupted ())
      return;
}

/* A pad repeats what it said last with each segment, and sinks take an older
 * seqnum for another request: where it was another source that asked, this one
 * says the same, which its sink knows already. */
InstantRate
SinkRate::heed (GstEvent *event)
{
  InstantRate rate;
  GstClockTime running_time = 0, upstream_running_time = 0;
  gst_event_parse_instant_rate_sync_time (
      event, &rate.multiplier, &running_time, &upstream_running_time);
  rate.running_time = static_cast<int64_t> (running_time);
  rate.upstream_running_time = static_cast<int64_t> (upstream_running_time);
  rate.seqnum = gst_event_get_seqnum (event);
  if (!has_told (rate.seqnum))
    tell (rate.multiplier, rate.seqnum);
  return rate;
}

/* They and the pipeline come to terms before this returns. */
bool
SinkRate::tell (double multiplier, guint32 seqnum)
{
  GstEvent *event = gst_event_new_instant_rate_change (
      multiplier, static_cast<GstSegmentFlags> (flags_.load ()));
  gst_event_set_seqnum (event, seqnum);
  return gst_pad_push_event (pad_, event);
}

bool
SinkRate::has_told (guint32 seqnum) const
{
  GstEvent *told
      = gst_pad_get_sticky_event (pad_, GST_EVENT_INSTANT_RATE_CHANGE, 0);
  if (!told)
    return false;
  bool is_same = gst_event_get_seqnum (told) == seqnum;
  gst_event_unref (told);
  return is_same;
}

} // namespace gstkafka
