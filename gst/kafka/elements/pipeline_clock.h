/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What time it is in a source's pipeline, by which its sinks go. The source
 * keeps the clock to itself: see gst_kafka_src_set_clock (). Any thread, but
 * for what says otherwise. */

#pragma once

#include "elements/presentation.h"

#include <gst/base/gstbasesrc.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace gstkafka {

struct ClockUnref {
  void
  operator() (GstClock *clock) const
  {
    gst_object_unref (clock);
  }
};
using ClockPtr = std::unique_ptr<GstClock, ClockUnref>;

class PipelineClock {
 public:
  /* `src` outlives it. */
  explicit PipelineClock (GstBaseSrc *src) : src_ (src) {}

  /* Another run of the pipeline. */
  void begin (GstClockTime latency);

  void set_clock (GstClock *clock);

  /* What the pipeline has made of all latencies. */
  void
  set_latency (GstClockTime latency)
  {
    latency_ = latency;
  }

  /* A seek flushes; with the stream lock. */
  void note_flush ();

  /* nullopt where sinks do not go by it. The streaming thread's. */
  std::optional<PipelineTime> now ();

 private:
  ClockPtr current_clock ();
  bool counts_anew (GstClockTime base_time);

  GstBaseSrc *const src_;
  std::mutex mutex_; /* guards clock_ */
  ClockPtr clock_;
  std::atomic<GstClockTime> latency_{ 0 };
  /* See counts_anew (); GST_CLOCK_TIME_NONE: it does. */
  std::atomic<GstClockTime> base_time_before_flush_{ GST_CLOCK_TIME_NONE };
};

} // namespace gstkafka
