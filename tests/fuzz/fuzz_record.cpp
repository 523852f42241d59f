/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A record's headers, name=value, with a record separator (0x1e) between two.
 * What can be decoded can be written and decoded again, and is the same. Caps
 * can be compared, and nothing makes GStreamer complain. */

#include "fuzz.h"
#include "gstreamer.h"

#include "record/decoder.h"
#include "record/names.h"

using namespace gstkafka;

namespace {

HeaderViews
cut (std::string_view text)
{
  HeaderViews headers;
  fuzz::Input input (
      reinterpret_cast<const uint8_t *> (text.data ()), text.size ());
  while (!input.is_over ()) {
    std::string_view header = input.text_to ('\x1e');
    const size_t equals = std::min (header.find ('='), header.size ());
    headers.push_back ({ header.substr (0, equals),
        header.substr (std::min (equals + 1, header.size ())) });
  }
  return headers;
}

template <typename T>
void
write_number (
    Headers &out, std::string_view name, const std::optional<T> &value)
{
  if (value)
    out.push_back ({ name, std::to_string (*value) });
}

std::string
hexadecimal (uint32_t number)
{
  char text[16];
  std::snprintf (text, sizeof text, "0x%x", number);
  return text;
}

Headers
write (const DecodedRecord &record)
{
  Headers out{ { kVersionHeader, std::string (kFormatVersion) },
    { kSessionHeader, record.session },
    { kSeqHeader, std::to_string (record.seq) },
    { kFlagsHeader, hexadecimal (record.flags) } };
  write_number (out, kPtsHeader, record.pts);
  write_number (out, kDtsHeader, record.dts);
  write_number (out, kDurationHeader, record.duration);
  write_number (out, kOffsetHeader, record.offset);
  write_number (out, kOffsetEndHeader, record.offset_end);
  write_number (out, kUtcHeader, record.utc);
  if (record.chunk)
    out.push_back (
        { kChunkHeader, std::to_string (record.chunk->index) + "/"
                            + std::to_string (record.chunk->count) });
  if (record.caps)
    out.push_back ({ kCapsHeader, caps_to_text (record.caps.get ()) });
  for (const auto &event : record.events)
    out.push_back (
        event.tags
            ? Header{ kTagsHeader, tags_to_text (event.tags.get ()) }
            : Header{ kEventHeader, structure_to_text (event.custom.get ()) });
  if (record.eos)
    out.push_back ({ kEosHeader, "1" });
  return out;
}

HeaderViews
view (const Headers &headers)
{
  HeaderViews views;
  for (const auto &header : headers)
    views.push_back ({ header.name, header.value });
  return views;
}

void
check_bounds (const DecodedRecord &record)
{
  auto is_time = [] (const std::optional<int64_t> &time) {
    return !time || (*time >= -kMaxTime && *time <= kMaxTime);
  };
  require (!record.session.empty () && record.session.size () <= 128);
  require (record.seq < UINT64_MAX);
  require (is_time (record.pts) && is_time (record.dts));
  require (is_time (record.utc));
  require (record.duration.value_or (0) <= kMaxDuration);
  require ((record.flags & ~kTravellingFlags) == 0);
  require (!record.chunk || record.chunk->index < record.chunk->count);
  require (!record.caps || gst_caps_is_fixed (record.caps.get ()));
  require (record.events.size () <= kMaxHeaders);
  for (const auto &event : record.events)
    require (!event.tags != !event.custom);
}

void
check_same (const DecodedRecord &a, const DecodedRecord &b)
{
  require (a.session == b.session && a.seq == b.seq && a.pts == b.pts
           && a.dts == b.dts && a.duration == b.duration);
  require (a.offset == b.offset && a.offset_end == b.offset_end
           && a.flags == b.flags && a.utc == b.utc && a.eos == b.eos);
  require (a.chunk.has_value () == b.chunk.has_value ());
  require (!a.chunk
           || (a.chunk->index == b.chunk->index
               && a.chunk->count == b.chunk->count));
  require (!a.caps == !b.caps && a.events.size () == b.events.size ());
  /* As kafkasrc asks with each that it reads. */
  require (!a.caps || gst_caps_is_equal (a.caps.get (), b.caps.get ()));
}

} // namespace

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz::begin_gstreamer ();
  const HeaderViews headers
      = cut ({ reinterpret_cast<const char *> (data), size });
  auto decoded = decode_record (headers);
  if (!decoded) {
    require (decoded.error ().kind == ErrorKind::MALFORMED);
    require (decoded.error ().message.size () < 100);
    return 0;
  }
  if (decoded->foreign)
    return 0;
  check_bounds (*decoded);
  const Headers written = write (*decoded);
  auto same = decode_record (headers);
  require (same);
  check_same (*decoded, *same);
  auto again = decode_record (view (written));
  require (again);
  check_same (*decoded, *again);
  /* Texts settle with the first writing. */
  const Headers rewritten = write (*again);
  require (written.size () == rewritten.size ());
  for (size_t i = 0; i < written.size (); i++)
    require (written[i].value == rewritten[i].value);
  return 0;
}
