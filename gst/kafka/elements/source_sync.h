/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the kafkasrcs of one pipeline agree on, so that lips and sound stay
 * together: where each session begins in the recording, which position running
 * time counts from, by how much it was moved, and what live sources need. Any
 * thread. */

#pragma once

#include "elements/pipeline_shared.h"
#include "timeline/timeline.h"

#include <functional>
#include <map>
#include <string>

namespace gstkafka {

class SourceSync final : public PipelineShared {
 public:
  /* Position of the session's time 0. Whoever comes first decides. */
  int64_t base_of (const Session &session, int64_t wish);

  /* An epoch is what begins with a flushing seek, by its seqnum, or, as 0, with
   * the start: running time counts from 0, at the position anchor (). Whoever
   * comes first decides. */
  int64_t anchor (guint32 epoch, int64_t wish, double rate);

  /* Where a seek without a flush, or another rate, goes on in its epoch: at
   * which position, at which running time, and how fast. Whoever comes first
   * decides. */
  struct Place {
    int64_t position, base;
    double rate;
  };
  Place agree_on_seek (guint32 epoch, guint32 seqnum, const Place &wish);

  /* For a source that joins when others play: what epoch it is, and where that,
   * or what came last in it, begins. */
  guint32 epoch () const;
  Place last_place (guint32 epoch) const;

  /* Sinks' instant rate, which came by `seqnum`, becomes that of the segments:
   * this is by a seqnum of its own, the same for all. */
  guint32 take_over (guint32 seqnum);
  bool was_taken_over (guint32 seqnum) const;
  bool is_take_over (guint32 seqnum) const;

  /* How much later than that everything is by now, in ns: more after a wait for
   * the producer, less where records were lost. */
  struct Delay {
    int64_t time = 0;
    unsigned changes = 0;
  };
  Delay delay (guint32 epoch) const;

  /* Adds to it, unless somebody did since it was `known`. */
  void add_delay (guint32 epoch, const Delay &known, int64_t more);

  /* Wall-clock time at running time 0, ns since 1970, for as long as the base
   * time is this; `measure` is asked once for all. */
  int64_t wall_at_zero (
      GstClockTime base_time, const std::function<int64_t ()> &measure);

  /* How much later than captured a live source has to give its records. */
  void note_need (const void *source, int64_t need);
  void forget_need (const void *source);

  /* What holds for all of them, so for the slowest. Others' above `most` do not
   * count: theirs is another clock, or will be given back. */
  int64_t agree_on_need (int64_t need, int64_t most) const;

 private:
  struct Epoch {
    std::optional<int64_t> anchor;
    Place last = { 0, 0, 1.0 };
    Delay delay;
  };

  mutable std::mutex mutex_; /* guards all */
  std::map<std::string, int64_t> bases_;
  std::map<guint32, Epoch> epochs_;
  guint32 epoch_ = 0; /* the last that is anchored */
  std::map<guint32, Place> seeks_;
  std::map<guint32, guint32> take_overs_;
  std::map<const void *, int64_t> needs_;
  GstClockTime base_time_ = GST_CLOCK_TIME_NONE;
  int64_t wall_at_zero_ = 0;
};

} // namespace gstkafka
