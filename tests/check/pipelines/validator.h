/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Watches what a sink is given to show, and counts what must not be. */

#pragma once

#include "common/pad_probe.h"
#include "common/pipeline.h"
#include "oracle.h"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace kafkacheck {

/* A frame of which at least a part lies in its segment; others are a decoder's
 * run-up, and no sink shows them. */
struct Shown {
  std::string checksum;
  int64_t stream_time = 0, running_time = 0;
  double rate = 1.0;
  int64_t clock_time = 0; /* when it is due, but for the latency */
};
/* Frames that belong to each other: no flush, no seek, no restart between. */
using Stretch = std::vector<Shown>;

enum class Steps { EVERY_FRAME, SYNC_POINTS };

struct Verdict {
  size_t shown = 0;
  /* The first and the last frame of each stretch that has any. */
  std::vector<std::pair<size_t, size_t>> stretches;

  /* What must be 0: */
  size_t unknown = 0;   /* none of the recording's frames */
  size_t gaps = 0;      /* frames that were left out */
  size_t repeats = 0;   /* or came after a later one */
  size_t backwards = 0; /* running time went back */
  size_t misplaced = 0; /* stream time is not the frame's position */
  size_t late = 0;      /* dropped by the sink */
  /* Running time did not move on as stream time did. Right for a player that
   * had to wait for its producer, and for nobody else. */
  size_t shifts = 0;

  /* The first of them, for people. */
  std::string first_fault;

  size_t faults () const;
  std::string describe () const;
};

class Validator {
 public:
  explicit Validator (GstElement *sink);
  Validator (const Validator &) = delete;
  Validator &operator= (const Validator &) = delete;

  /* The next segment is that of a seek without a flush: another stretch. */
  void expect_jump ();
  /* Forgets what came so far. */
  void clear ();

  /* Of all stretches, or of this one. */
  size_t count () const;
  size_t count_in_stretch () const;
  /* Those that have a frame. */
  std::vector<Stretch> stretches () const;

  Verdict judge (const Oracle &oracle, Steps steps = Steps::EVERY_FRAME) const;

 private:
  void note (GstPadProbeInfo *info);
  void note_event (GstEvent *event);
  void note_buffer (GstBuffer *buffer);

  GstElement *const sink_;

  mutable std::mutex mutex_; /* guards all below but probe_ */
  GstSegment segment_;
  bool expects_jump_ = false;
  std::vector<Stretch> stretches_{ 1 };

  PadProbe probe_;
};

} // namespace kafkacheck
