/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A GstBuffer that is kept mapped for as long as librdkafka reads from it. */

#pragma once

#include <gst/gst.h>

#include <memory>

namespace gstkafka {

class MappedBuffer {
 public:
  /* nullptr when the buffer cannot be mapped. Takes a reference. A buffer of
   * several memories is merged into a copy here; `buffer` stays as it is. */
  static std::shared_ptr<const MappedBuffer>
  make (GstBuffer *buffer)
  {
    std::shared_ptr<MappedBuffer> mapped (new MappedBuffer);
    if (!gst_buffer_map (buffer, &mapped->map_, GST_MAP_READ))
      return nullptr;
    mapped->buffer_ = gst_buffer_ref (buffer);
    return mapped;
  }

  ~MappedBuffer ()
  {
    if (!buffer_)
      return;
    gst_buffer_unmap (buffer_, &map_);
    gst_buffer_unref (buffer_);
  }
  MappedBuffer (const MappedBuffer &) = delete;
  MappedBuffer &operator= (const MappedBuffer &) = delete;

  GstBuffer *
  buffer () const
  {
    return buffer_;
  }
  size_t
  size () const
  {
    return map_.size;
  }
  /* Never null: that would make a record without a value, the EOS record. */
  const char *
  data () const
  {
    return map_.size > 0 ? reinterpret_cast<const char *> (map_.data) : "";
  }

 private:
  MappedBuffer () = default;

  GstBuffer *buffer_ = nullptr;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
};

} // namespace gstkafka
