/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether a sink that keeps time shows everything, and when it is due. */

#pragma once

#include "common/pad_probe.h"
#include "common/pipeline.h"

#include <mutex>

namespace kafkacheck {

/* What entered a sink, before it waits for the time of each buffer: one that
 * comes before its time is shown in time. */
class Pace {
 public:
  explicit Pace (GstElement *sink);
  Pace (const Pace &) = delete;
  Pace &operator= (const Pace &) = delete;

  /* Fails the test unless `count` buffers came, and in time: none so late that
   * the sink drops it. */
  void check (size_t count);

  /* Runs to EOS and checks the same, and that it all took `length` ns. */
  void run (Pipeline &pipeline, size_t count, int64_t length);

 private:
  void note (GstBuffer *buffer);

  GstElement *const sink_;

  std::mutex mutex_; /* guards all below but probe_ */
  size_t count_ = 0;
  std::vector<GstClockTimeDiff> lateness_; /* of each; negative: early */

  PadProbe probe_;
};

} // namespace kafkacheck
