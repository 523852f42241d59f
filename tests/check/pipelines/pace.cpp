/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pace.h"

#include <algorithm>

namespace kafkacheck {

/* For nine of ten buffers. The others may find a machine that has something
 * else to do. */
static constexpr GstClockTimeDiff kLate = 20 * GST_MSECOND;
static constexpr GstClockTimeDiff kSlack = 500 * GST_MSECOND;

Pace::Pace (GstElement *sink)
    : sink_ (sink),
      probe_ (gst_element_get_static_pad (sink, "sink"),
          GST_PAD_PROBE_TYPE_BUFFER,
          [this] (auto *info) { note (GST_PAD_PROBE_INFO_BUFFER (info)); })
{}

void
Pace::note (GstBuffer *buffer)
{
  GstEvent *event
      = gst_pad_get_sticky_event (probe_.pad (), GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  gst_event_parse_segment (event, &segment);
  GstClockTime due = gst_segment_to_running_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  gst_event_unref (event);

  std::lock_guard<std::mutex> lock (mutex_);
  count_++;
  /* Before it is prerolled there is no running time, and no lateness. */
  GstClockTime now = gst_element_get_current_running_time (sink_);
  if (GST_CLOCK_TIME_IS_VALID (now) && GST_STATE (sink_) == GST_STATE_PLAYING)
    lateness_.push_back (GST_CLOCK_DIFF (due, now));
}

void
Pace::check (size_t count)
{
  gint64 limit = 0;
  g_object_get (sink_, "max-lateness", &limit, nullptr);

  std::lock_guard<std::mutex> lock (mutex_);
  ck_assert (!lateness_.empty ());
  std::sort (lateness_.begin (), lateness_.end ());
  GstClockTimeDiff usual = lateness_[lateness_.size () * 9 / 10];
  GstClockTimeDiff worst = lateness_.back ();
  g_print ("%zu came, %.1f ms ahead of time, at least %.1f ms\n", count_,
      static_cast<double> (-usual) / GST_MSECOND,
      static_cast<double> (-worst) / GST_MSECOND);
  ck_assert_uint_eq (count_, count);
  ck_assert_int_lt (usual, kLate);
  ck_assert (limit < 0 || worst < limit);
}

void
Pace::run (Pipeline &pipeline, size_t count, int64_t length)
{
  pipeline.reach_state (GST_STATE_PLAYING);
  gint64 begin = g_get_monotonic_time ();
  auto time = std::chrono::duration_cast<std::chrono::milliseconds> (
      std::chrono::nanoseconds (length));
  ck_assert_msg (
      pipeline.wait_for_end (patience () + time) == Pipeline::Ending::EOS, "%s",
      pipeline.describe ().c_str ());
  int64_t took = (g_get_monotonic_time () - begin) * GST_USECOND;

  check (count);
  ck_assert_msg (ABS (took - length) < kSlack, "%.2f s took %.2f s",
      static_cast<double> (length) / GST_SECOND,
      static_cast<double> (took) / GST_SECOND);
}

} // namespace kafkacheck
