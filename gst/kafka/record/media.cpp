/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/media.h"

#include <cstring>

namespace gstkafka {

namespace {

/* Theora's and Vorbis' headers in hexadecimal come to some 20 KB, a tag list
 * with a cover picture to a few hundred. */
constexpr size_t kMaxTextSize = 4 * 1024 * 1024;
constexpr int kMaxDepth = 64;

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

/* Counts brackets without regard to quotes: too many is too many, and a quoted
 * value with 64 open brackets is worth no risk. A value that nests a structure
 * or caps escapes the inner quotes once more a level, so runs of backslashes
 * double with depth and are bounded by length alone. */
bool
is_safe (std::string_view text)
{
  if (text.empty () || text.size () > kMaxTextSize
      || text.find ('\0') != std::string_view::npos
      || !g_utf8_validate (
          text.data (), static_cast<gssize> (text.size ()), nullptr))
    return false;
  int depth = 0;
  for (char c : text) {
    if (strchr ("<{[(", c))
      depth++;
    else if (strchr (">}])", c))
      depth--;
    if (depth > kMaxDepth)
      return false;
    if (depth < 0)
      depth = 0;
  }
  return true;
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
  if (!is_safe (text))
    return nullptr;
  return CapsPtr (gst_caps_from_string (std::string (text).c_str ()));
}

StructurePtr
structure_from_text (std::string_view text)
{
  if (!is_safe (text))
    return nullptr;
  return StructurePtr (
      gst_structure_from_string (std::string (text).c_str (), nullptr));
}

TagListPtr
tags_from_text (std::string_view text)
{
  StructurePtr structure = structure_from_text (text);
  if (!structure)
    return nullptr;
  TagListPtr tags (gst_tag_list_new_from_string (std::string (text).c_str ()));
  if (tags && gst_structure_has_name (structure.get (), kGlobalTags))
    gst_tag_list_set_scope (tags.get (), GST_TAG_SCOPE_GLOBAL);
  return tags;
}

} // namespace gstkafka
