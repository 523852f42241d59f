/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/decoder.h"

#include "record/names.h"

#include <algorithm>
#include <charconv>

namespace gstkafka {

namespace {

constexpr size_t kMaxSessionSize = 128;
constexpr size_t kMaxKeptKey = 256;
/* What is quoted in an error message. */
constexpr size_t kMaxQuote = 40;

template <typename T>
bool
parse_number (std::string_view text, T &number, int base = 10)
{
  const char *end = text.data () + text.size ();
  auto [stop, error] = std::from_chars (text.data (), end, number, base);
  return error == std::errc () && stop == end && !text.empty ();
}

template <typename T, typename Limit>
bool
parse_bounded (
    std::string_view text, std::optional<T> &out, Limit low, Limit high)
{
  T number{};
  if (out || !parse_number (text, number) || number < low || number > high)
    return false;
  out = number;
  return true;
}

bool
parse_count (std::string_view text, std::optional<uint64_t> &out)
{
  /* The largest stands for "none" in a GstBuffer. */
  return parse_bounded (text, out, uint64_t{ 0 }, UINT64_MAX - 1);
}

bool
parse_flags (std::string_view text, std::optional<uint32_t> &out)
{
  uint32_t flags = 0;
  if (out || text.substr (0, 2) != "0x"
      || !parse_number (text.substr (2), flags, 16)
      || (flags & ~kTravellingFlags) != 0)
    return false;
  out = flags;
  return true;
}

bool
parse_chunk (std::string_view text, std::optional<DecodedRecord::Chunk> &out)
{
  size_t slash = text.find ('/');
  DecodedRecord::Chunk chunk{};
  if (out || slash == std::string_view::npos
      || !parse_number (text.substr (0, slash), chunk.index)
      || !parse_number (text.substr (slash + 1), chunk.count)
      || chunk.index >= chunk.count)
    return false;
  out = chunk;
  return true;
}

bool
parse_session (std::string_view text, std::string &session)
{
  auto is_plain = [] (unsigned char c) { return c > ' ' && c < 0x7f; };
  if (!session.empty () || text.empty () || text.size () > kMaxSessionSize
      || !std::all_of (text.begin (), text.end (), is_plain))
    return false;
  session = std::string (text);
  return true;
}

bool
parse_caps (std::string_view text, CapsPtr &out)
{
  CapsPtr caps = out ? nullptr : caps_from_text (text);
  if (!caps)
    return false;
  out = std::move (caps);
  return true;
}

bool
append_tags (TagListPtr tags, std::vector<RidingEvent> &events)
{
  if (!tags)
    return false;
  events.push_back ({ std::move (tags), nullptr });
  return true;
}

bool
append_custom (StructurePtr custom, std::vector<RidingEvent> &events)
{
  if (!custom)
    return false;
  events.push_back ({ nullptr, std::move (custom) });
  return true;
}

struct Parser {
  DecodedRecord record;
  std::optional<uint64_t> seq;
  std::optional<uint32_t> flags;
  bool has_version = false;

  /* Whether the value is well-formed; names that are not known are. */
  bool parse (const HeaderView &header);
};

bool
Parser::parse (const HeaderView &header)
{
  const auto &[name, value] = header;
  if (name == kVersionHeader)
    return !std::exchange (has_version, true) && value == kFormatVersion;
  if (name == kSessionHeader)
    return parse_session (value, record.session);
  if (name == kSeqHeader)
    return parse_count (value, seq);
  if (name == kPtsHeader)
    return parse_bounded (value, record.pts, -kMaxTime, kMaxTime);
  if (name == kDtsHeader)
    return parse_bounded (value, record.dts, -kMaxTime, kMaxTime);
  if (name == kDurationHeader)
    return parse_bounded (value, record.duration, uint64_t{ 0 }, kMaxDuration);
  if (name == kOffsetHeader)
    return parse_count (value, record.offset);
  if (name == kOffsetEndHeader)
    return parse_count (value, record.offset_end);
  if (name == kFlagsHeader)
    return parse_flags (value, flags);
  if (name == kCapsHeader)
    return parse_caps (value, record.caps);
  if (name == kUtcHeader)
    return parse_bounded (value, record.utc, -kMaxTime, kMaxTime);
  if (name == kChunkHeader)
    return parse_chunk (value, record.chunk);
  if (name == kTagsHeader)
    return append_tags (tags_from_text (value), record.events);
  if (name == kEventHeader)
    return append_custom (structure_from_text (value), record.events);
  if (name == kEosHeader)
    return !std::exchange (record.eos, true) && value == "1";
  return true;
}

Error
malformed (std::string_view name, std::string_view value)
{
  std::string quote;
  for (char c : value.substr (0, kMaxQuote))
    quote += g_ascii_isprint (c) ? c : '?';
  return { ErrorKind::MALFORMED,
    "header " + std::string (name) + " is malformed",
    "value: '" + quote + (value.size () > kMaxQuote ? "...'" : "'") };
}

Error
missing (std::string_view name)
{
  return { ErrorKind::MALFORMED, "header " + std::string (name) + " is missing",
    "" };
}

} // namespace

std::string
key_trace (std::string_view key)
{
  if (key.size () <= kMaxKeptKey)
    return std::string (key);
  gchar *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256,
      reinterpret_cast<const guchar *> (key.data ()), key.size ());
  std::string trace = digest;
  g_free (digest);
  return trace;
}

std::string
stream_name (const DecodedRecord &record, std::string_view key)
{
  return record.session + '\n' + key_trace (key);
}

Result<DecodedRecord>
decode_record (const HeaderViews &headers)
{
  auto is_ours = [] (const HeaderView &header) {
    return header.name.substr (0, kHeaderPrefix.size ()) == kHeaderPrefix;
  };
  Parser parser;
  parser.record.foreign
      = std::none_of (headers.begin (), headers.end (), is_ours);
  if (parser.record.foreign)
    return std::move (parser.record);
  if (headers.size () > kMaxHeaders)
    return Error{ ErrorKind::MALFORMED, "more headers than any record has",
      std::to_string (headers.size ()) + " headers" };

  for (const auto &header : headers)
    if (!parser.parse (header))
      return malformed (header.name, header.value);
  if (!parser.has_version)
    return missing (kVersionHeader);
  if (parser.record.session.empty ())
    return missing (kSessionHeader);
  if (!parser.seq)
    return missing (kSeqHeader);
  parser.record.seq = *parser.seq;
  parser.record.flags = parser.flags.value_or (0);
  return std::move (parser.record);
}

} // namespace gstkafka
