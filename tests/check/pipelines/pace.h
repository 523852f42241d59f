/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether a sink that keeps time shows everything, and when it is due. */

#pragma once

#include "common/pipeline.h"

#include <mutex>

namespace kafkacheck {

/* What entered a sink, before it waits for the time of each buffer: one that
 * comes before its time is shown in time. */
class Pace {
 public:
  explicit Pace (GstElement *sink);
  ~Pace ();
  Pace (const Pace &) = delete;
  Pace &operator= (const Pace &) = delete;

  /* Runs to EOS. Fails the test unless the sink has shown `count` buffers and
   * dropped none, none came late, and it all took as long as the recording. */
  void run (Pipeline &pipeline, uint64_t count);

 private:
  static GstPadProbeReturn on_buffer (
      GstPad *pad, GstPadProbeInfo *info, gpointer user_data);
  void note (GstBuffer *buffer);

  GstElement *const sink_;
  GstPad *const pad_;
  gulong probe_;

  std::mutex mutex_; /* guards all below */
  GstClockTimeDiff worst_lateness_ = G_MININT64;
  GstClockTime end_ = 0; /* running time */
};

} // namespace kafkacheck
