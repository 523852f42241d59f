/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/outlet.h"

#include "elements/messages.h"

#include <gst/base/gstpushsrc.h>

namespace gstkafka {

namespace {

GstFlowReturn
withhold (const ReaderItem &item, GstFlowReturn reason)
{
  if (item.use)
    item.use->withdraw ();
  return reason;
}

/* Who stops begins at the sinks. */
bool
is_flushing (GstPad *pad)
{
  GstPad *peer = gst_pad_get_peer (pad);
  bool flushing
      = GST_PAD_IS_FLUSHING (pad) || (peer && GST_PAD_IS_FLUSHING (peer));
  gst_clear_object (&peer);
  return flushing;
}

} // namespace

Outlet::Outlet (GstBaseSrc *src, std::shared_ptr<Reader> reader,
    std::shared_ptr<Presentation> presentation, PipelineClock &clock,
    SinkRate &sink_rate)
    : src_ (src), reader_ (std::move (reader)),
      presentation_ (std::move (presentation)), clock_ (clock),
      sink_rate_ (sink_rate)
{}

GstFlowReturn
Outlet::give (ReaderItem item, GstBuffer **out)
{
  if (item.warning)
    post_warning (GST_ELEMENT (src_), *item.warning);
  if (item.caps && !set_caps (item.caps.get ()))
    return refuse_caps (item);
  if (item.caps)
    reader_->note_caps_taken ();
  bool is_wanted = item.buffer && place (item);
  /* Of what is left out, too: nothing else may come. */
  bool may_end = is_wanted || !item.buffer;
  if (may_end && presentation_->is_beyond_stop (src_->segment, item))
    return withhold (item, GST_FLOW_EOS);
  send_events (item);
  if (is_wanted) {
    track_use (item.buffer.get (), std::move (item.use));
    *out = item.buffer.release ();
  }
  return GST_FLOW_OK;
}

/* A key-unit seek begins at the sync point that was found, and an open one
 * wherever the recording has it. */
void
Outlet::settle (const SeekRequest &request, const Reader::Sought &sought)
{
  GstSegment segment = src_->segment;
  if (sought.range)
    presentation_->settle (segment, request, *sought.range, sought.wanted);
  if (request.flags & GST_SEEK_FLAG_KEY_UNIT)
    presentation_->snap (segment, request, sought.position);
  change_segment (Presentation::Change::EDITED, segment);
}

/* GST_FLOW_ERROR would make basesrc post a second ERROR, without a cause;
 * downstream gets its EOS either way. */
GstFlowReturn
Outlet::fail (const Error &error)
{
  post_error (GST_ELEMENT (src_), error);
  return GST_FLOW_EOS;
}

/* False: a live source had better skip it. */
bool
Outlet::place (const ReaderItem &item)
{
  GstSegment segment = src_->segment;
  auto change = presentation_->place (segment, item, clock_.now ());
  if (change != Presentation::Change::NONE)
    sink_rate_.take_over (*presentation_, segment, item,
        [this] { return reader_->is_interrupted (); });
  change_segment (change, segment);
  if (int64_t pause = presentation_->unexpected_pause (); pause > 0)
    post_warning (GST_ELEMENT (src_),
        Complaints::long_pause (std::chrono::nanoseconds (pause)));
  GstBuffer *buffer = item.buffer.get ();
  /* A decoder would begin anew, and lose what it keeps back, though only time
   * has jumped. */
  if (change == Presentation::Change::MOVED
      && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  GST_BUFFER_PTS (buffer) = presentation_->timestamp (item.pts);
  GST_BUFFER_DTS (buffer) = presentation_->timestamp (item.dts);
  return !presentation_->is_late () || !reader_->catch_up ();
}

/* A segment that was not sent yet is changed in place, so that it keeps the
 * seqnum of the seek that made it. */
void
Outlet::change_segment (Presentation::Change change, const GstSegment &segment)
{
  switch (change) {
  case Presentation::Change::NONE:
    return;
  case Presentation::Change::EDITED:
    GST_OBJECT_LOCK (src_);
    src_->segment = segment;
    GST_OBJECT_UNLOCK (src_);
    return;
  case Presentation::Change::NEW:
  case Presentation::Change::MOVED:
    gst_base_src_new_segment (src_, &segment);
    return;
  }
}

/* Asked first, as the pad would keep caps that are refused. */
bool
Outlet::set_caps (GstCaps *caps)
{
  return gst_pad_peer_query_accept_caps (GST_BASE_SRC_PAD (src_), caps)
         && gst_base_src_set_caps (src_, caps);
}

/* A pad that is being flushed takes none, and will want them afterwards. */
GstFlowReturn
Outlet::refuse_caps (const ReaderItem &item)
{
  if (is_flushing (GST_BASE_SRC_PAD (src_))) {
    reader_->repeat_caps ();
    return withhold (item, GST_FLOW_FLUSHING);
  }
  if (auto error = reader_->refuse_caps (item))
    return withhold (item, fail (*error));
  return GST_FLOW_OK;
}

/* Events ride on data. Without a buffer to follow they go at once. */
void
Outlet::send_events (ReaderItem &item)
{
  for (auto &riding : item.events) {
    GstEvent *event = riding.tags
                          ? gst_event_new_tag (riding.tags.release ())
                          : gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                              riding.custom.release ());
    if (item.buffer)
      send_before_buffer (event);
    else
      gst_pad_push_event (GST_BASE_SRC_PAD (src_), event);
  }
}

/* basesrc sends what waits here before the next buffer and after its segment.
 * Not by gst_element_send_event (), which takes the state lock: whoever stops
 * the element holds that and waits for this thread. */
void
Outlet::send_before_buffer (GstEvent *event)
{
  auto base_class
      = static_cast<GstElementClass *> (g_type_class_peek (GST_TYPE_PUSH_SRC));
  base_class->send_event (GST_ELEMENT (src_), event);
}

/* In use for as long as its memory is there, whatever becomes of the buffer
 * around it; and until it was pushed, as downstream may not take it. */
void
Outlet::track_use (GstBuffer *buffer, Usage::UsePtr use)
{
  static const GQuark quark = g_quark_from_static_string ("gst-kafka-use");
  if (!use)
    return;
  GstMiniObject *tracked
      = gst_buffer_n_memory (buffer) > 0
            ? GST_MINI_OBJECT_CAST (gst_buffer_peek_memory (buffer, 0))
            : GST_MINI_OBJECT_CAST (buffer);
  gst_mini_object_set_qdata (tracked, quark, new Usage::UsePtr (use),
      [] (gpointer data) { delete static_cast<Usage::UsePtr *> (data); });
  last_use_ = std::move (use);
}

} // namespace gstkafka
