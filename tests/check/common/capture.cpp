/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/capture.h"

#include "common/pipeline.h"
#include "record/media.h"

#include <algorithm>
#include <utility>

namespace kafkacheck {

namespace {

std::string
take (gchar *text)
{
  std::string taken (text ? text : "");
  g_free (text);
  return taken;
}

std::optional<int64_t>
running_time (const GstSegment &segment, GstClockTime time)
{
  if (!GST_CLOCK_TIME_IS_VALID (time))
    return std::nullopt;
  /* filesrc's and some parsers' buffers: no running time, so from 0. */
  if (segment.format != GST_FORMAT_TIME)
    return static_cast<int64_t> (time);
  guint64 running = 0;
  int sign = gst_segment_to_running_time_full (
      &segment, GST_FORMAT_TIME, time, &running);
  if (sign == 0)
    return std::nullopt;
  return sign * static_cast<int64_t> (running);
}

std::optional<uint64_t>
valid (guint64 number)
{
  return number == GST_BUFFER_OFFSET_NONE ? std::nullopt
                                          : std::optional<uint64_t> (number);
}

std::optional<uint64_t>
capture_time (GstBuffer *buffer)
{
  GstCaps *unix_time = gst_caps_new_empty_simple ("timestamp/x-unix");
  auto *meta = gst_buffer_get_reference_timestamp_meta (buffer, unix_time);
  gst_caps_unref (unix_time);
  return meta ? std::optional<uint64_t> (meta->timestamp) : std::nullopt;
}

std::string
tags_text (const GstTagList *tags)
{
  const char *scope = gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL
                          ? "global "
                          : "stream ";
  return scope + take (gst_tag_list_to_string (tags));
}

std::string
shorten (const std::string &text, size_t from = 0)
{
  constexpr size_t most = 300;
  size_t begin = from > most / 2 ? from - most / 2 : 0;
  if (begin == 0 && text.size () <= most)
    return "\"" + text + "\"";
  return "\"" + std::string (begin > 0 ? "..." : "") + text.substr (begin, most)
         + "...\"";
}

std::string
show (const std::optional<int64_t> &number)
{
  return number ? std::to_string (*number) : "none";
}

std::string
show (const std::optional<uint64_t> &number)
{
  return number ? std::to_string (*number) : "none";
}

std::string
show (size_t number)
{
  return std::to_string (number);
}

std::string
show (const std::vector<std::string> &texts)
{
  std::string all = "[";
  for (const auto &text : texts)
    all += (all.size () > 1 ? ", " : "") + shorten (text);
  return all + "]";
}

std::string
show_flags (uint32_t flags)
{
  gchar text[16];
  g_snprintf (text, sizeof text, "0x%x", flags);
  return text;
}

std::string
first_difference (const CapturedBuffer &in, const CapturedBuffer &out)
{
  auto differ
      = [] (const char *what, const std::string &a, const std::string &b) {
          return std::string (what) + ": " + a + " went in, " + b + " came out";
        };
  if (in.events != out.events)
    return differ ("events before it", show (in.events), show (out.events));
  if (in.caps != out.caps) {
    auto [at, ignored] = std::mismatch (
        in.caps.begin (), in.caps.end (), out.caps.begin (), out.caps.end ());
    auto from = static_cast<size_t> (at - in.caps.begin ());
    return differ ("caps", shorten (in.caps, from), shorten (out.caps, from));
  }
  if (in.size != out.size)
    return differ ("size", show (in.size), show (out.size));
  if (in.checksum != out.checksum)
    return differ ("bytes", in.checksum, out.checksum);
  if (in.pts != out.pts)
    return differ ("PTS", show (in.pts), show (out.pts));
  if (in.dts != out.dts)
    return differ ("DTS", show (in.dts), show (out.dts));
  if (in.duration != out.duration)
    return differ ("duration", show (in.duration), show (out.duration));
  if (in.offset != out.offset)
    return differ ("offset", show (in.offset), show (out.offset));
  if (in.offset_end != out.offset_end)
    return differ ("offset end", show (in.offset_end), show (out.offset_end));
  if (in.flags != out.flags)
    return differ ("flags", show_flags (in.flags), show_flags (out.flags));
  return "";
}

} // namespace

std::string
checksum_of (const void *data, size_t size)
{
  return take (g_compute_checksum_for_data (
      G_CHECKSUM_SHA1, static_cast<const guchar *> (data), size));
}

std::string
checksum_of (GstBuffer *buffer)
{
  GstMapInfo map;
  ck_assert (gst_buffer_map (buffer, &map, GST_MAP_READ));
  std::string sum = checksum_of (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return sum;
}

static GstPad *
pad_of (GstElement *element, const char *name)
{
  GstPad *pad = gst_element_get_static_pad (element, name);
  ck_assert_msg (
      pad != nullptr, "%s has no pad '%s'", GST_OBJECT_NAME (element), name);
  return pad;
}

GstSegment
no_segment ()
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_UNDEFINED);
  return segment;
}

Capture::Capture (GstElement *element, const char *pad_name)
    : segment_ (no_segment ()),
      probe_ (pad_of (element, pad_name),
          GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
          [this] (GstPadProbeInfo *info) { note (info); })
{}

void
Capture::note (GstPadProbeInfo *info)
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (GST_IS_BUFFER (info->data)) {
    note_buffer (GST_PAD_PROBE_INFO_BUFFER (info));
  } else if (GST_IS_BUFFER_LIST (info->data)) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    for (guint i = 0; i < gst_buffer_list_length (list); i++)
      note_buffer (gst_buffer_list_get (list, i));
  } else {
    note_event (GST_PAD_PROBE_INFO_EVENT (info));
  }
  changed_.notify_all ();
}

void
Capture::note_buffer (GstBuffer *buffer)
{
  CapturedBuffer noted;
  noted.checksum = checksum_of (buffer);
  noted.size = gst_buffer_get_size (buffer);
  noted.pts = running_time (segment_, GST_BUFFER_PTS (buffer));
  noted.dts = running_time (segment_, GST_BUFFER_DTS (buffer));
  noted.duration = valid (GST_BUFFER_DURATION (buffer));
  noted.offset = valid (GST_BUFFER_OFFSET (buffer));
  noted.offset_end = valid (GST_BUFFER_OFFSET_END (buffer));
  noted.flags = GST_BUFFER_FLAGS (buffer) & gstkafka::kTravellingFlags;
  noted.caps = caps_;
  noted.events = std::exchange (events_, {});
  noted.utc = capture_time (buffer);
  captured_.buffers.push_back (std::move (noted));
}

void
Capture::note_event (GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS: {
    GstCaps *caps;
    gst_event_parse_caps (event, &caps);
    caps_ = take (gst_caps_to_string (caps));
    break;
  }
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &segment_);
    break;
  case GST_EVENT_TAG: {
    GstTagList *tags;
    gst_event_parse_tag (event, &tags);
    events_.push_back (tags_text (tags));
    break;
  }
  case GST_EVENT_CUSTOM_DOWNSTREAM:
  case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
    events_.push_back (
        take (gst_structure_to_string (gst_event_get_structure (event))));
    break;
  case GST_EVENT_FLUSH_STOP:
    captured_.last_flush = captured_.buffers.size ();
    break;
  case GST_EVENT_EOS:
    captured_.last_events = std::exchange (events_, {});
    captured_.has_eos = true;
    break;
  default:
    break;
  }
}

Captured
Capture::get () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return captured_;
}

size_t
Capture::count () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return captured_.buffers.size ();
}

void
Capture::wait_for_buffers (size_t count) const
{
  std::unique_lock<std::mutex> lock (mutex_);
  bool came = changed_.wait_for (
      lock, patience (), [&] { return captured_.buffers.size () >= count; });
  ck_assert_msg (
      came, "%zu buffers came, not %zu", captured_.buffers.size (), count);
}

bool
Capture::gets_eos_within (std::chrono::milliseconds time) const
{
  std::unique_lock<std::mutex> lock (mutex_);
  return changed_.wait_for (lock, time, [&] { return captured_.has_eos; });
}

void
Capture::wait_for_eos () const
{
  ck_assert_msg (
      gets_eos_within (patience ()), "no EOS after %zu buffers", count ());
}

static void
move (CapturedBuffer &buffer, int64_t by)
{
  for (auto *time : { &buffer.pts, &buffer.dts })
    if (*time)
      **time += by;
}

int64_t
Captured::end () const
{
  int64_t end = 0;
  for (const auto &buffer : buffers)
    if (auto time = buffer.pts ? buffer.pts : buffer.dts)
      end = std::max (
          end, *time + static_cast<int64_t> (buffer.duration.value_or (0)));
  return end;
}

Captured
starting_at (const Captured &in, size_t first)
{
  ck_assert_uint_lt (first, in.buffers.size ());
  Captured out = in;
  out.buffers.erase (out.buffers.begin (),
      out.buffers.begin () + static_cast<std::ptrdiff_t> (first));
  auto start = out.buffers[0].pts ? out.buffers[0].pts : out.buffers[0].dts;
  for (auto &buffer : out.buffers)
    move (buffer, -start.value_or (0));
  return out;
}

Captured
one_after_another (const Captured &first, const Captured &second)
{
  ck_assert (!second.buffers.empty ());
  Captured out = first;
  const CapturedBuffer &seam = second.buffers[0];
  int64_t start = seam.pts ? *seam.pts : seam.dts.value_or (0);
  int64_t by = first.end () - start;
  for (CapturedBuffer buffer : second.buffers) {
    move (buffer, by);
    out.buffers.push_back (std::move (buffer));
  }
  CapturedBuffer &at_seam = out.buffers[first.buffers.size ()];
  at_seam.flags |= GST_BUFFER_FLAG_DISCONT;
  at_seam.events.insert (at_seam.events.begin (), first.last_events.begin (),
      first.last_events.end ());
  out.last_events = second.last_events;
  return out;
}

std::string
first_difference (const Captured &in, const Captured &out)
{
  size_t common = std::min (in.buffers.size (), out.buffers.size ());
  for (size_t i = 0; i < common; i++) {
    CapturedBuffer expected = in.buffers[i];
    if (i == 0)
      expected.flags |= GST_BUFFER_FLAG_DISCONT;
    std::string difference = first_difference (expected, out.buffers[i]);
    if (!difference.empty ())
      return "buffer " + std::to_string (i) + " of "
             + std::to_string (in.buffers.size ()) + ": " + difference;
  }
  if (in.buffers.size () != out.buffers.size ())
    return show (in.buffers.size ()) + " buffers went in, "
           + show (out.buffers.size ()) + " came out";
  if (in.last_events != out.last_events)
    return "after the last buffer: " + show (in.last_events) + " went in, "
           + show (out.last_events) + " came out";
  if (in.has_eos != out.has_eos)
    return in.has_eos ? "EOS is missing" : "EOS is too much";
  return "";
}

void
check_identical (const Captured &in, const Captured &out)
{
  std::string difference = first_difference (in, out);
  ck_assert_msg (difference.empty (), "%s", difference.c_str ());
}

} // namespace kafkacheck
