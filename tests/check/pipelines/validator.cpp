/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "validator.h"

#include "common/capture.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace kafkacheck {

namespace {

/* Rates that are no whole numbers make rounding errors. */
constexpr int64_t kRounding = 2;

using ToTime = int (*) (const GstSegment *, GstFormat, guint64, guint64 *);

/* With its sign: what began before the segment may still be on show in it. */
int64_t
convert (ToTime to_time, const GstSegment &segment, GstClockTime time)
{
  guint64 converted = 0;
  int sign = to_time (&segment, GST_FORMAT_TIME, time, &converted);
  return sign * static_cast<int64_t> (converted);
}

bool
is_shown_in (const GstSegment &segment, GstBuffer *buffer)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);
  GstClockTime duration = GST_BUFFER_DURATION (buffer);
  GstClockTime end
      = GST_CLOCK_TIME_IS_VALID (duration) ? start + duration : start;
  return GST_CLOCK_TIME_IS_VALID (start)
         && gst_segment_clip (
             &segment, GST_FORMAT_TIME, start, end, nullptr, nullptr);
}

/* Goes over the stretches, one frame after the other. */
class Judge {
 public:
  Judge (const Oracle &oracle, Steps steps) : oracle_ (oracle), steps_ (steps)
  {}

  void
  begin_stretch ()
  {
    index_.reset ();
    before_.reset ();
  }

  void
  see (const Shown &shown)
  {
    verdict_.shown++;
    check_time (shown);
    auto index = oracle_.find (shown.checksum);
    if (!index) {
      count (verdict_.unknown, shown, "is no frame of the recording");
      return;
    }
    check_order (*index, shown);
    check_place (*index, shown);
    note_index (*index);
  }

  const Verdict &
  verdict () const
  {
    return verdict_;
  }

 private:
  void
  count (size_t &kind, const Shown &shown, const std::string &fault,
      size_t number = 1)
  {
    if (verdict_.first_fault.empty ())
      verdict_.first_fault = "what is shown at "
                             + std::to_string (shown.stream_time) + " ns "
                             + fault;
    kind += number;
  }

  void
  check_time (const Shown &shown)
  {
    if (before_) {
      int64_t step = shown.running_time - before_->running_time;
      int64_t expected = static_cast<int64_t> (
          static_cast<double> (shown.stream_time - before_->stream_time)
          / shown.rate);
      if (step < 0)
        count (verdict_.backwards, shown,
            "is " + std::to_string (-step) + " ns before the one before");
      if (std::abs (step - expected) > kRounding)
        count (verdict_.shifts, shown,
            "comes after " + std::to_string (step) + " ns, not "
                + std::to_string (expected));
    }
    before_ = shown;
  }

  void
  check_order (size_t index, const Shown &shown)
  {
    if (!index_)
      return;
    std::string frame = "is frame " + std::to_string (index) + " after "
                        + std::to_string (*index_);
    auto next = steps_ == Steps::EVERY_FRAME
                    ? std::optional (*index_ + 1)
                    : oracle_.next_sync_point (*index_);
    if (index <= *index_)
      count (verdict_.repeats, shown, frame);
    else if (index != next)
      count (verdict_.gaps, shown, frame, index - next.value_or (*index_));
  }

  void
  check_place (size_t index, const Shown &shown)
  {
    /* A decoder cuts off what lies before the segment, or after it. */
    const Frame &frame = oracle_.frame (index);
    bool goes_on = index_ && index == *index_ + 1;
    bool is_cut = !goes_on && shown.stream_time < frame.end ();
    bool is_right = is_cut ? shown.stream_time >= frame.position
                           : shown.stream_time == frame.position;
    if (!is_right)
      count (verdict_.misplaced, shown,
          "is frame " + std::to_string (index) + ", which belongs at "
              + std::to_string (frame.position));
  }

  void
  note_index (size_t index)
  {
    if (!index_)
      verdict_.stretches.emplace_back (index, index);
    verdict_.stretches.back ().second = index;
    index_ = index;
  }

  const Oracle &oracle_;
  const Steps steps_;
  Verdict verdict_;
  std::optional<size_t> index_; /* of the frame before */
  std::optional<Shown> before_;
};

} // namespace

size_t
Verdict::faults () const
{
  return unknown + gaps + repeats + backwards + misplaced + late + shifts;
}

std::string
Verdict::describe () const
{
  const std::pair<const char *, size_t> counts[] = { { "unknown", unknown },
    { "gaps", gaps }, { "repeats", repeats }, { "backwards", backwards },
    { "misplaced", misplaced }, { "late", late }, { "shifts", shifts } };
  std::string text = std::to_string (shown) + " shown";
  for (const auto &[name, number] : counts)
    if (number > 0)
      text += ", " + std::to_string (number) + " " + name;
  return first_fault.empty () ? text : text + ": " + first_fault;
}

Validator::Validator (GstElement *sink)
    : sink_ (sink), segment_ (no_segment ()),
      probe_ (gst_element_get_static_pad (sink, "sink"),
          GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
              | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
          [this] (GstPadProbeInfo *info) { note (info); })
{}

void
Validator::expect_jump ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  expects_jump_ = true;
}

void
Validator::clear ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  stretches_.assign (1, {});
}

size_t
Validator::count () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  size_t count = 0;
  for (const auto &stretch : stretches_)
    count += stretch.size ();
  return count;
}

size_t
Validator::count_in_stretch () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return stretches_.back ().size ();
}

std::vector<Stretch>
Validator::stretches () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  std::vector<Stretch> shown;
  for (const auto &stretch : stretches_)
    if (!stretch.empty ())
      shown.push_back (stretch);
  return shown;
}

void
Validator::note (GstPadProbeInfo *info)
{
  if (GST_IS_BUFFER (info->data))
    note_buffer (GST_PAD_PROBE_INFO_BUFFER (info));
  else
    note_event (GST_PAD_PROBE_INFO_EVENT (info));
}

void
Validator::note_event (GstEvent *event)
{
  std::lock_guard<std::mutex> lock (mutex_);
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
  case GST_EVENT_FLUSH_STOP:
    expects_jump_ = false;
    stretches_.emplace_back ();
    break;
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &segment_);
    if (std::exchange (expects_jump_, false))
      stretches_.emplace_back ();
    break;
  default:
    break;
  }
}

void
Validator::note_buffer (GstBuffer *buffer)
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (!is_shown_in (segment_, buffer))
    return;
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  Shown shown;
  shown.checksum = checksum_of (buffer);
  shown.stream_time = convert (gst_segment_to_stream_time_full, segment_, pts);
  shown.running_time
      = convert (gst_segment_to_running_time_full, segment_, pts);
  shown.rate = segment_.rate;
  shown.clock_time = static_cast<int64_t> (gst_element_get_base_time (sink_))
                     + shown.running_time;
  stretches_.back ().push_back (std::move (shown));
}

Verdict
Validator::judge (const Oracle &oracle, Steps steps) const
{
  Judge judge (oracle, steps);
  for (const auto &stretch : stretches ()) {
    judge.begin_stretch ();
    for (const auto &shown : stretch)
      judge.see (shown);
  }
  Verdict verdict = judge.verdict ();
  verdict.late = static_cast<size_t> (stat (sink_, "dropped"));
  return verdict;
}

} // namespace kafkacheck
