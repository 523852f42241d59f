/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/buffer_maker.h"

namespace gstkafka {

namespace {

/* Below it a copy costs less than what it would pin: a payload holds its whole
 * fetch response, a megabyte and more. */
constexpr size_t kWrapThreshold = 16 * 1024;
/* What may be pinned downstream; beyond it payloads are copied. */
constexpr uint64_t kMaxPinned = 64 * 1024 * 1024;

/* Keeps a record's memory for as long as a GstMemory points into it. */
struct PinnedRecord {
  IncomingRecord record;
  std::shared_ptr<std::atomic<uint64_t>> pinned;

  ~PinnedRecord () { *pinned -= record.size (); }
};

void
unpin (gpointer data)
{
  delete static_cast<PinnedRecord *> (data);
}

GstCaps *
unix_time_caps ()
{
  static GstCaps *const caps = [] {
    GstCaps *made = gst_caps_new_empty_simple ("timestamp/x-unix");
    GST_MINI_OBJECT_FLAG_SET (made, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
    return made;
  }();
  return caps;
}

void
copy_header_fields (GstBuffer *buffer, const DecodedRecord &decoded)
{
  GST_BUFFER_FLAG_SET (buffer, decoded.flags);
  if (decoded.duration)
    GST_BUFFER_DURATION (buffer) = *decoded.duration;
  if (decoded.offset)
    GST_BUFFER_OFFSET (buffer) = *decoded.offset;
  if (decoded.offset_end)
    GST_BUFFER_OFFSET_END (buffer) = *decoded.offset_end;
}

} // namespace

GstBuffer *
BufferMaker::wrap_payload (IncomingRecord record)
{
  size_t size = record.size ();
  if (size < kWrapThreshold || *pinned_ + size > kMaxPinned) {
    GstBuffer *buffer = gst_buffer_new_allocate (nullptr, size, nullptr);
    gst_buffer_fill (buffer, 0, record.payload (), size);
    return buffer;
  }
  *pinned_ += size;
  auto *holder = new PinnedRecord{ std::move (record), pinned_ };
  return gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY,
      const_cast<void *> (holder->record.payload ()), size, 0, size, holder,
      unpin);
}

BufferPtr
BufferMaker::make (
    Payload payload, const DecodedRecord &decoded, std::optional<int64_t> utc)
{
  auto *record = std::get_if<IncomingRecord> (&payload);
  BufferPtr buffer = record ? BufferPtr (wrap_payload (std::move (*record)))
                            : std::move (std::get<BufferPtr> (payload));
  copy_header_fields (buffer.get (), decoded);
  if (utc && decoded.pts && *utc + *decoded.pts > 0)
    gst_buffer_add_reference_timestamp_meta (buffer.get (), unix_time_caps (),
        static_cast<GstClockTime> (*utc + *decoded.pts), GST_CLOCK_TIME_NONE);
  return buffer;
}

} // namespace gstkafka
