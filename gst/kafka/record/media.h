/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a record needs to know of GStreamer's media: which flags travel, where
 * a decoder may start, which texts are safe to parse. */

#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gstkafka {

struct CapsDeleter {
  void
  operator() (GstCaps *caps) const
  {
    gst_caps_unref (caps);
  }
};
struct TagListDeleter {
  void
  operator() (GstTagList *tags) const
  {
    gst_tag_list_unref (tags);
  }
};
struct StructureDeleter {
  void
  operator() (GstStructure *structure) const
  {
    gst_structure_free (structure);
  }
};
struct BufferDeleter {
  void
  operator() (GstBuffer *buffer) const
  {
    gst_buffer_unref (buffer);
  }
};
using BufferPtr = std::unique_ptr<GstBuffer, BufferDeleter>;
using CapsPtr = std::unique_ptr<GstCaps, CapsDeleter>;
using TagListPtr = std::unique_ptr<GstTagList, TagListDeleter>;
using StructurePtr = std::unique_ptr<GstStructure, StructureDeleter>;

/* GstBufferFlags and media-specific flags; not those that describe the memory
 * or the mini object of one process. */
constexpr uint32_t kTravellingFlags
    = ~uint32_t{ (GST_MINI_OBJECT_FLAG_LAST - 1) | GST_BUFFER_FLAG_TAG_MEMORY };

/* nullptr stays that. */
inline CapsPtr
copy_caps (GstCaps *caps)
{
  return CapsPtr (caps ? gst_caps_ref (caps) : nullptr);
}

/* Every picture or packet stands on its own, whatever its flags say: pngenc,
 * for one, marks all of its pictures as delta units. */
bool is_intra_only (const GstCaps *caps);

std::string caps_to_text (const GstCaps *caps);
std::string structure_to_text (const GstStructure *structure);
/* Keeps the scope: see record-format.md. */
std::string tags_to_text (const GstTagList *tags);

/* nullptr when `text` is not what it should be, or not safe to parse. Caps are
 * fixed, and have plain values only: see values.h. */
CapsPtr caps_from_text (std::string_view text);
StructurePtr structure_from_text (std::string_view text);
TagListPtr tags_from_text (std::string_view text);

} // namespace gstkafka
