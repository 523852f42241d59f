/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "footage.h"

#include "bare.h"
#include "pipeline.h"

namespace gstkafka {

namespace {

constexpr uint64_t kSessions = 6;
constexpr size_t kFrameSize = 200;

constexpr const char *kCaps
    = "video/x-h264,stream-format=byte-stream,alignment=au,profile=main,"
      "width=1280,height=720,framerate=30/1";

GstBuffer *
make_frame (const Payloads &payloads, uint64_t index)
{
  auto *bytes = const_cast<char *> (payloads.at (index));
  size_t size = payloads.size ();
  GstBuffer *frame = gst_buffer_new_wrapped_full (
      GST_MEMORY_FLAG_READONLY, bytes, size, 0, size, nullptr, nullptr);
  GST_BUFFER_PTS (frame) = index * Footage::kFrameDuration;
  GST_BUFFER_DTS (frame) = GST_BUFFER_PTS (frame);
  GST_BUFFER_DURATION (frame) = Footage::kFrameDuration;
  if (index % Footage::kSyncInterval != 0)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  return frame;
}

} // namespace

/* Of different lengths, so that no seam is where halving looks first. */
Footage::Footage (uint64_t frames)
{
  uint64_t begin = 0;
  for (uint64_t i = 1; i <= kSessions; i++) {
    uint64_t end = frames * i * (i + 1) / (kSessions * (kSessions + 1));
    if (end > begin)
      sessions_.push_back ({ begin, end });
    begin = end;
  }
}

void
Footage::publish (const std::string &topic) const
{
  for (const Session &session : sessions_)
    publish_session (topic, session.end - session.begin);
}

void
Footage::publish_session (const std::string &topic, uint64_t frames)
{
  Payloads payloads (kFrameSize);
  Pipeline pipeline ("appsrc name=camera format=time block=true caps=\""
                     + std::string (kCaps) + "\" ! kafkasink"
                     + kafka_properties (topic));
  GstElement *camera = pipeline.element ("camera");
  pipeline.play ();
  GstFlowReturn flow = GST_FLOW_OK;
  for (uint64_t i = 0; i < frames && flow == GST_FLOW_OK; i++) {
    GstBuffer *frame = make_frame (payloads, i);
    g_signal_emit_by_name (camera, "push-buffer", frame, &flow);
    gst_buffer_unref (frame);
  }
  g_signal_emit_by_name (camera, "end-of-stream", &flow);
  pipeline.wait_for_end ();
  gst_object_unref (camera);
}

int64_t
Footage::sync_point_before (int64_t position) const
{
  auto frame = static_cast<uint64_t> (position / kFrameDuration);
  uint64_t begin = 0;
  for (const Session &session : sessions_)
    if (session.begin <= frame)
      begin = session.begin;
  uint64_t sync = begin + (frame - begin) / kSyncInterval * kSyncInterval;
  return static_cast<int64_t> (sync) * kFrameDuration;
}

} // namespace gstkafka
