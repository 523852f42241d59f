/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/encoder.h"

#include "record/names.h"

namespace gstkafka {

namespace {

std::string
hexadecimal (uint32_t number)
{
  char text[16];
  g_snprintf (text, sizeof text, "0x%x", number);
  return text;
}

std::optional<int64_t>
to_running_time (const GstSegment &segment, GstClockTime time)
{
  if (!GST_CLOCK_TIME_IS_VALID (time))
    return std::nullopt;
  /* Outside of TIME (filesrc's BYTES) there is no running time; what
   * timestamps there are count from 0. */
  guint64 running = time;
  int sign = 1;
  if (segment.format == GST_FORMAT_TIME)
    sign = gst_segment_to_running_time_full (
        &segment, GST_FORMAT_TIME, time, &running);
  if (sign == 0 || running > uint64_t{ kMaxTime })
    return std::nullopt;
  return sign * static_cast<int64_t> (running);
}

} // namespace

Encoder::Encoder (Settings settings)
    : settings_ (std::move (settings)), next_seq_ (settings_.first_seq)
{
  gst_segment_init (&segment_, GST_FORMAT_TIME);
}

void
Encoder::begin_session (std::string session, uint64_t first_seq)
{
  settings_.session = std::move (session);
  next_seq_ = first_seq;
  caps_sent_.reset ();
}

void
Encoder::set_caps (const GstCaps *caps)
{
  std::string text = caps_to_text (caps);
  if (text == caps_text_)
    return;
  caps_text_ = std::move (text);
  intra_only_ = is_intra_only (caps);
  has_delta_units_ = false;
  caps_sent_.reset ();
}

void
Encoder::set_segment (const GstSegment &segment)
{
  segment_ = segment;
}

void
Encoder::set_utc (int64_t ns_at_running_time_zero)
{
  utc_ = ns_at_running_time_zero;
}

std::optional<int64_t>
Encoder::running_time (const GstSegment &segment, const GstBuffer *buffer)
{
  auto pts = to_running_time (segment, GST_BUFFER_PTS (buffer));
  return pts ? pts : to_running_time (segment, GST_BUFFER_DTS (buffer));
}

std::optional<int64_t>
Encoder::running_time (const GstBuffer *buffer) const
{
  return running_time (segment_, buffer);
}

bool
Encoder::are_caps_due (const GstBuffer *buffer, uint64_t now) const
{
  if (!caps_sent_)
    return true;
  bool is_sync_point
      = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT)
        || GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER);
  if (has_delta_units_ && is_sync_point)
    return true;
  /* By the media's clock, so that a reader who looks back finds caps within
   * that much of the recording; by ours too, for streams that are slow or have
   * no timestamps. */
  auto time = running_time (buffer);
  if (time && caps_sent_->time
      && static_cast<uint64_t> (std::abs (*time - *caps_sent_->time))
             >= settings_.caps_interval)
    return true;
  return now - caps_sent_->now >= settings_.caps_interval;
}

Headers
Encoder::common_headers (uint64_t seq) const
{
  Headers headers;
  headers.reserve (12);
  headers.push_back ({ kVersionHeader, std::string (kFormatVersion) });
  headers.push_back ({ kSessionHeader, settings_.session });
  headers.push_back ({ kSeqHeader, std::to_string (seq) });
  return headers;
}

Headers
Encoder::encode (const GstBuffer *buffer, uint64_t now, bool repeat_caps) const
{
  Headers headers = common_headers (next_seq_);
  auto add = [&headers] (std::string_view name, auto number) {
    headers.push_back ({ name, std::to_string (number) });
  };

  if (auto pts = to_running_time (segment_, GST_BUFFER_PTS (buffer)))
    add (kPtsHeader, *pts);
  if (auto dts = to_running_time (segment_, GST_BUFFER_DTS (buffer)))
    add (kDtsHeader, *dts);
  if (GST_BUFFER_DURATION (buffer) <= kMaxDuration)
    add (kDurationHeader, GST_BUFFER_DURATION (buffer));
  if (GST_BUFFER_OFFSET_IS_VALID (buffer))
    add (kOffsetHeader, GST_BUFFER_OFFSET (buffer));
  if (GST_BUFFER_OFFSET_END_IS_VALID (buffer))
    add (kOffsetEndHeader, GST_BUFFER_OFFSET_END (buffer));
  uint32_t flags = GST_BUFFER_FLAGS (buffer) & kTravellingFlags;
  if (discont_)
    flags |= GST_BUFFER_FLAG_DISCONT;
  if (flags)
    headers.push_back ({ kFlagsHeader, hexadecimal (flags) });
  if (!caps_text_.empty () && (repeat_caps || are_caps_due (buffer, now))) {
    headers.push_back ({ kCapsHeader, caps_text_ });
    add (kUtcHeader, utc_);
  }
  riding_.add_to (headers);
  return headers;
}

Headers
Encoder::encode_eos () const
{
  Headers headers = common_headers (next_seq_);
  riding_.add_to (headers);
  headers.push_back ({ kEosHeader, "1" });
  return headers;
}

Header
Encoder::chunk_header (uint64_t index, uint64_t count)
{
  return { kChunkHeader,
    std::to_string (index) + "/" + std::to_string (count) };
}

Headers
Encoder::encode_chunk (uint64_t index, uint64_t count) const
{
  Headers headers = common_headers (next_seq_ + index);
  headers.push_back (chunk_header (index, count));
  return headers;
}

void
Encoder::commit (const GstBuffer *buffer, uint64_t now, uint64_t records)
{
  if (are_caps_due (buffer, now))
    caps_sent_ = CapsSent{ running_time (buffer), now };
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT)
      && !intra_only_)
    has_delta_units_ = true;
  discont_ = false;
  commit_records (records);
}

void
Encoder::commit_eos ()
{
  commit_records (1);
}

void
Encoder::commit_records (uint64_t count)
{
  next_seq_ += count;
  riding_.clear ();
}

} // namespace gstkafka
