/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/pipeline_clock.h"

namespace gstkafka {

namespace {

/* All of it, so that each sink has something to show. */
bool
is_pipeline_playing (GstBaseSrc *src)
{
  GstObject *top = GST_OBJECT (gst_object_ref (src));
  while (GstObject *parent = gst_object_get_parent (top)) {
    gst_object_unref (top);
    top = parent;
  }
  bool is_playing = GST_STATE (top) == GST_STATE_PLAYING;
  gst_object_unref (top);
  return is_playing;
}

} // namespace

void
PipelineClock::begin (GstClockTime latency)
{
  base_time_before_flush_ = GST_CLOCK_TIME_NONE;
  latency_ = latency;
}

void
PipelineClock::set_clock (GstClock *clock)
{
  ClockPtr mine (clock ? GST_CLOCK (gst_object_ref (clock)) : nullptr);
  std::lock_guard<std::mutex> lock (mutex_);
  clock_.swap (mine);
}

void
PipelineClock::note_flush ()
{
  base_time_before_flush_ = gst_element_get_base_time (GST_ELEMENT (src_));
}

/* A live source gives nothing before PLAYING, but its state may not say so
 * yet. */
std::optional<PipelineTime>
PipelineClock::now ()
{
  ClockPtr clock = current_clock ();
  bool is_playing
      = GST_STATE (src_) == GST_STATE_PLAYING || gst_base_src_is_live (src_);
  GstClockTime base = gst_element_get_base_time (GST_ELEMENT (src_));
  if (!clock || !is_playing || !counts_anew (base))
    return std::nullopt;
  return PipelineTime{ base,
    GST_CLOCK_DIFF (base, gst_clock_get_time (clock.get ())), latency_ };
}

ClockPtr
PipelineClock::current_clock ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  return ClockPtr (
      clock_ ? GST_CLOCK (gst_object_ref (clock_.get ())) : nullptr);
}

/* After a flush sinks wait for something to show, and only then does the
 * pipeline begin at running time 0 again, by another base time. That may be
 * long after the seek, where it is the producer who is waited for; the source
 * stays in PLAYING. The base time is not another one where an application has
 * seen to that, or where sinks do not wait (async=false): there the old one
 * holds as soon as the pipeline is in PLAYING. That alone will not do, as a
 * sink that is added later takes the pipeline from it, too. */
bool
PipelineClock::counts_anew (GstClockTime base_time)
{
  if (base_time_before_flush_ == GST_CLOCK_TIME_NONE)
    return true;
  if (base_time == base_time_before_flush_ && !is_pipeline_playing (src_))
    return false;
  base_time_before_flush_ = GST_CLOCK_TIME_NONE;
  return true;
}

} // namespace gstkafka
