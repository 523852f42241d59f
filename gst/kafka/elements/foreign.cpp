/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/foreign.h"

#include <gst/base/gsttypefindhelper.h>

#include <algorithm>
#include <cstring>

namespace gstkafka {

namespace {

/* As many first bytes make two records' media the same: more than any magic
 * number has, and what a PNG's size is in. */
constexpr size_t kBeginning = 32;

/* Producers' clocks may differ by that much without being wrong. */
constexpr int64_t kClockTolerance = 10 * GST_SECOND;
/* As far as a record's timestamp may be, with all corrections: whoever adds to
 * it has room. */
constexpr int64_t kFarthest = int64_t{ 1 } << 62;
/* A second of video: by then no other producer is ahead. */
constexpr int kSetBackAfter = 30;

std::string_view
trim (std::string_view text)
{
  auto is_edge = [] (char c) { return g_ascii_isspace (c) || c == '"'; };
  while (!text.empty () && is_edge (text.front ()))
    text.remove_prefix (1);
  while (!text.empty () && is_edge (text.back ()))
    text.remove_suffix (1);
  return text;
}

/* Some frameworks write contentType. */
bool
is_content_type (std::string_view name)
{
  constexpr std::string_view wanted = "contenttype";
  size_t matched = 0;
  for (char c : name) {
    if (c == '-')
      continue;
    if (matched == wanted.size () || g_ascii_tolower (c) != wanted[matched++])
      return false;
  }
  return matched == wanted.size ();
}

std::string_view
find_content_type (const HeaderViews &headers)
{
  for (const auto &header : headers)
    if (is_content_type (header.name))
      return header.value;
  return {};
}

/* What GStreamer calls otherwise. nullptr: needs fields that a MIME type does
 * not have, or says nothing at all. */
const char *
gstreamer_name (const std::string &mime)
{
  static const struct {
    const char *mime, *caps;
  } others[] = {
    { "application/octet-stream", nullptr },
    { "application/x-octet-stream", nullptr },
    { "binary/octet-stream", nullptr },
    { "application/unknown", nullptr },
    { "audio/mp3", nullptr },
    { "audio/mp4", nullptr },
    { "audio/mpeg", nullptr },
    { "audio/aac", nullptr },
    { "video/mpeg", nullptr },
    { "video/mp4", nullptr },
    { "audio/vnd.wave", "audio/x-wav" },
    { "audio/wav", "audio/x-wav" },
    { "audio/wave", "audio/x-wav" },
    { "image/jpg", "image/jpeg" },
    { "image/pjpeg", "image/jpeg" },
    { "image/x-png", "image/png" },
    { "video/h264", "video/x-h264, stream-format=byte-stream" },
    { "video/h265", "video/x-h265, stream-format=byte-stream" },
  };
  for (const auto &other : others)
    if (mime == other.mime)
      return other.caps;
  return mime.c_str ();
}

/* Nothing but type/subtype, as anything else would be parsed as caps. */
bool
is_mime_type (std::string_view text)
{
  auto is_plain = [] (char c) {
    return g_ascii_isalnum (c) || (c != '\0' && strchr ("/-+._", c));
  };
  return std::count (text.begin (), text.end (), '/') == 1
         && g_ascii_isalpha (text.front ()) && text.back () != '/'
         && std::all_of (text.begin (), text.end (), is_plain);
}

} // namespace

CapsPtr
caps_of_content_type (std::string_view value)
{
  std::string_view text = trim (value);
  /* Caps have a comma before their fields, MIME types a semicolon before their
   * parameters. */
  size_t comma = text.find (','), semicolon = text.find (';');
  if (comma != std::string_view::npos && comma < semicolon)
    return caps_from_text (trim (value));
  std::string mime (trim (text.substr (0, semicolon)));
  if (!is_mime_type (mime))
    return nullptr;
  for (char &c : mime)
    c = g_ascii_tolower (c);
  const char *name = gstreamer_name (mime);
  return name ? caps_from_text (name) : nullptr;
}

GstCaps *
ForeignCaps::look_at_header (std::string_view content_type)
{
  if (content_type != content_type_) {
    content_type_ = std::string (content_type);
    told_ = caps_of_content_type (content_type);
  }
  return told_.get ();
}

/* Where typefinding is sure it takes no time, and its caps may say the
 * picture's size: then it is asked for each record. Elsewhere it takes up to a
 * millisecond. */
GstCaps *
ForeignCaps::look_at_bytes (const void *data, size_t size)
{
  std::string beginning (
      static_cast<const char *> (data), std::min (size, kBeginning));
  if (!is_sure_ && beginning == beginning_)
    return found_.get ();
  beginning_ = std::move (beginning);
  GstTypeFindProbability probability = GST_TYPE_FIND_NONE;
  CapsPtr caps (
      size == 0 ? nullptr
                : gst_type_find_helper_for_data (nullptr,
                    static_cast<const guint8 *> (data), size, &probability));
  is_sure_ = caps && probability == GST_TYPE_FIND_MAXIMUM;
  if (!caps || !gst_caps_is_fixed (caps.get ()))
    found_.reset ();
  else if (!found_ || !gst_caps_is_equal (caps.get (), found_.get ()))
    found_ = std::move (caps);
  return found_.get ();
}

CapsPtr
ForeignCaps::find (const HeaderViews &headers, const void *data, size_t size)
{
  GstCaps *caps = set_.get ();
  std::string_view content_type;
  if (!caps)
    content_type = find_content_type (headers);
  has_content_type_ = !content_type.empty ();
  if (!caps && has_content_type_)
    caps = look_at_header (content_type);
  if (!caps)
    caps = look_at_bytes (data, size);
  return copy_caps (caps);
}

int64_t
ForeignClock::take (int64_t written_at)
{
  int64_t time = std::min (written_at + correction_, kFarthest);
  if (!last_ || time >= *last_) {
    behind_ = 0;
    last_ = time;
    return time;
  }
  if (*last_ - time > kClockTolerance && ++behind_ == kSetBackAfter) {
    behind_ = 0;
    correction_ = std::min (correction_ + *last_ - time, kFarthest / 2);
  }
  return *last_;
}

void
ForeignClock::restart ()
{
  *this = ForeignClock ();
}

} // namespace gstkafka
