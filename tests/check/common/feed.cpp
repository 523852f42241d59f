/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/feed.h"

namespace kafkacheck {

static void
add_memories (GstBuffer *buffer, const std::string &bytes, int count)
{
  size_t size = bytes.size ();
  size_t begin = 0;
  for (int i = 1; i <= count; i++) {
    size_t end = size * static_cast<size_t> (i) / static_cast<size_t> (count);
    GstMemory *memory = gst_allocator_alloc (nullptr, end - begin, nullptr);
    GstMapInfo map;
    gst_memory_map (memory, &map, GST_MAP_WRITE);
    bytes.copy (reinterpret_cast<char *> (map.data), end - begin, begin);
    gst_memory_unmap (memory, &map);
    gst_buffer_append_memory (buffer, memory);
    begin = end;
  }
}

GstBuffer *
make_buffer (const Made &made)
{
  GstBuffer *buffer = gst_buffer_new ();
  add_memories (buffer, made.bytes, made.memories);
  GST_BUFFER_PTS (buffer) = made.pts.value_or (GST_CLOCK_TIME_NONE);
  GST_BUFFER_DTS (buffer) = made.dts.value_or (GST_CLOCK_TIME_NONE);
  GST_BUFFER_DURATION (buffer) = made.duration.value_or (GST_CLOCK_TIME_NONE);
  GST_BUFFER_OFFSET (buffer) = made.offset.value_or (GST_BUFFER_OFFSET_NONE);
  GST_BUFFER_OFFSET_END (buffer)
      = made.offset_end.value_or (GST_BUFFER_OFFSET_NONE);
  GST_BUFFER_FLAG_SET (buffer, made.flags);
  return buffer;
}

Feed::Feed (GstElement *appsrc) : appsrc_ (appsrc)
{
  g_object_set (
      appsrc, "max-bytes", guint64{ 0 }, "max-buffers", guint64{ 0 }, nullptr);
  gst_util_set_object_arg (G_OBJECT (appsrc), "format", "time");
}

void
Feed::caps (const char *text)
{
  GstCaps *caps = gst_caps_from_string (text);
  ck_assert_msg (caps != nullptr, "bad caps: %s", text);
  g_object_set (appsrc_, "caps", caps, nullptr);
  gst_caps_unref (caps);
}

void
Feed::push (const Made &made)
{
  GstBuffer *buffer = make_buffer (made);
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name (appsrc_, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  ck_assert_int_eq (flow, GST_FLOW_OK);
}

void
Feed::push_list (const std::vector<Made> &list)
{
  GstBufferList *buffers = gst_buffer_list_new ();
  for (const auto &made : list)
    gst_buffer_list_add (buffers, make_buffer (made));
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name (appsrc_, "push-buffer-list", buffers, &flow);
  gst_buffer_list_unref (buffers);
  ck_assert_int_eq (flow, GST_FLOW_OK);
}

void
Feed::tags (GstTagList *tags)
{
  send (gst_event_new_tag (tags));
}

void
Feed::event (const char *structure)
{
  GstStructure *parsed = gst_structure_from_string (structure, nullptr);
  ck_assert_msg (parsed != nullptr, "bad structure: %s", structure);
  send (gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, parsed));
}

void
Feed::finish ()
{
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name (appsrc_, "end-of-stream", &flow);
  ck_assert_int_eq (flow, GST_FLOW_OK);
}

/* appsrc queues it between the buffers. */
void
Feed::send (GstEvent *event)
{
  ck_assert (gst_element_send_event (appsrc_, event));
}

} // namespace kafkacheck
