/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A GstBuffer as the payload of a record, kept mapped for as long as
 * librdkafka reads from it. */

#pragma once

#include "client/producer.h"

#include <gst/gst.h>

namespace gstkafka {

class MappedBuffer final : public OutgoingRecord {
 public:
  /* nullptr when the buffer cannot be mapped. Takes a reference. A buffer of
   * several memories is merged into a copy here; `buffer` stays as it is. */
  static std::unique_ptr<OutgoingRecord>
  make (GstBuffer *buffer)
  {
    std::unique_ptr<MappedBuffer> mapped (new MappedBuffer);
    if (!gst_buffer_map (buffer, &mapped->map_, GST_MAP_READ))
      return nullptr;
    mapped->buffer_ = gst_buffer_ref (buffer);
    /* A null pointer would make a record without a value: the EOS record. */
    mapped->payload = mapped->map_.size > 0
                          ? static_cast<const void *> (mapped->map_.data)
                          : static_cast<const void *> ("");
    mapped->size = mapped->map_.size;
    return mapped;
  }

  ~MappedBuffer () override
  {
    if (!buffer_)
      return;
    gst_buffer_unmap (buffer_, &map_);
    gst_buffer_unref (buffer_);
  }

 private:
  MappedBuffer () = default;

  GstBuffer *buffer_ = nullptr;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
};

} // namespace gstkafka
