/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/media.h"

#include "record/safe_text.h"
#include "record/values.h"

#include <atomic>
#include <cstring>

namespace gstkafka {

namespace {

/* In the name of a tag list's structure. */
constexpr const char *kStreamTags = "taglist";
constexpr const char *kGlobalTags = "taglist-global";

std::string
take (gchar *text)
{
  if (!text)
    return {};
  std::string out (text);
  g_free (text);
  return out;
}

/* Bytes of text. The parser does not free a list in which something is wrong
 * (1.22), some thirty times as much. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
/* A fuzzer spoils more in a minute, and would find all refused after that. */
constexpr int64_t kMaxSpoilt = 1024 * 1024 * 1024;
#else
constexpr int64_t kMaxSpoilt = 1024 * 1024;
#endif
std::atomic<int64_t> spoilt{ 0 };

bool
may_be_lost (std::string_view text)
{
  return text.find_first_of ("{<\"") != text.npos;
}

/* Whether GStreamer may have it: as long as it has not lost too much. */
bool
is_affordable (std::string_view text)
{
  return !may_be_lost (text) || spoilt < kMaxSpoilt;
}

void
note_spoilt (std::string_view text)
{
  if (may_be_lost (text))
    spoilt += static_cast<int64_t> (text.size ());
}

/* Tags are registered for good; a hostile topic gets that many. */
constexpr int kMaxNewTags = 256;

/* Private tags, as qtdemux has them, are known only where that element ran.
 * GStreamer complains of a tag list with others. */
bool
register_tag (const gchar *tag, const GValue *value)
{
  static std::atomic<int> left{ kMaxNewTags };
  GType type = G_VALUE_TYPE (value);
  if (GST_VALUE_HOLDS_LIST (value) && gst_value_list_get_size (value) > 0)
    type = G_VALUE_TYPE (gst_value_list_get_value (value, 0));
  /* There is no tag that is a list. */
  if (type == GST_TYPE_LIST || left.fetch_sub (1) <= 0)
    return false;
  gst_tag_register (tag, GST_TAG_FLAG_META, type, tag, "read from a topic",
      gst_tag_merge_use_first);
  return true;
}

/* A value of another type than the tag's, or several where there can be but
 * one, make the tag list's accessors assert. */
bool
is_value_of_tag (const gchar *tag, const GValue *value)
{
  if (!gst_tag_exists (tag) && !register_tag (tag, value))
    return false;
  const GType type = gst_tag_get_type (tag);
  if (!GST_VALUE_HOLDS_LIST (value))
    return G_VALUE_HOLDS (value, type);
  const guint count = gst_value_list_get_size (value);
  for (guint i = 0; i < count; i++)
    if (!G_VALUE_HOLDS (gst_value_list_get_value (value, i), type))
      return false;
  return count > 0 && !gst_tag_is_fixed (tag);
}

} // namespace

bool
is_intra_only (const GstCaps *caps)
{
  if (!caps || gst_caps_get_size (caps) == 0)
    return false;
  const gchar *name = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  return g_str_has_prefix (name, "image/") || g_str_has_prefix (name, "audio/")
         || strcmp (name, "video/x-raw") == 0;
}

std::string
caps_to_text (const GstCaps *caps)
{
  return take (gst_caps_to_string (caps));
}

std::string
structure_to_text (const GstStructure *structure)
{
  return take (gst_structure_to_string (structure));
}

std::string
tags_to_text (const GstTagList *tags)
{
  std::string text = take (gst_tag_list_to_string (tags));
  if (gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL
      && text.compare (0, strlen (kStreamTags), kStreamTags) == 0)
    text.replace (0, strlen (kStreamTags), kGlobalTags);
  return text;
}

CapsPtr
caps_from_text (std::string_view text)
{
  if (!is_safe_text (text, TextKind::CAPS) || !is_affordable (text))
    return nullptr;
  CapsPtr caps (gst_caps_from_string (std::string (text).c_str ()));
  if (!caps)
    note_spoilt (text);
  if (!caps || !are_plain_caps (caps.get ()))
    return nullptr;
  return caps;
}

StructurePtr
structure_from_text (std::string_view text)
{
  if (!is_safe_text (text, TextKind::STRUCTURE) || !is_affordable (text))
    return nullptr;
  const std::string copy (text);
  gchar *end = nullptr;
  StructurePtr structure (gst_structure_from_string (copy.c_str (), &end));
  if (!structure)
    note_spoilt (text);
  if (!structure || *end != '\0' || !has_even_lists (structure.get ()))
    return nullptr;
  return structure;
}

TagListPtr
tags_from_text (std::string_view text)
{
  StructurePtr structure = structure_from_text (text);
  if (!structure)
    return nullptr;
  const bool is_global = gst_structure_has_name (structure.get (), kGlobalTags);
  if (!is_global && !gst_structure_has_name (structure.get (), kStreamTags))
    return nullptr;
  for (gint i = 0; i < gst_structure_n_fields (structure.get ()); i++) {
    const gchar *tag = gst_structure_nth_field_name (structure.get (), i);
    if (!is_value_of_tag (tag, gst_structure_get_value (structure.get (), tag)))
      return nullptr;
  }

  /* A tag list keeps the name of what it was made from. */
  gst_structure_set_name (structure.get (), kStreamTags);
  TagListPtr tags (gst_tag_list_new_from_string (
      structure_to_text (structure.get ()).c_str ()));
  if (tags && is_global)
    gst_tag_list_set_scope (tags.get (), GST_TAG_SCOPE_GLOBAL);
  return tags;
}

} // namespace gstkafka
