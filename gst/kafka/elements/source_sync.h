/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the kafkasrcs of one pipeline agree on, so that lips and sound stay
 * together: where each session begins in the recording, which position running
 * time counts from, and by how much it was moved on to wait for a producer.
 * Whoever comes first decides, the others follow. Any thread. */

#pragma once

#include "elements/pipeline_shared.h"
#include "timeline/timeline.h"

#include <map>
#include <string>

namespace gstkafka {

class SourceSync final : public PipelineShared {
 public:
  /* Position of the session's time 0. */
  int64_t base_of (const Session &session, int64_t wish);

  /* An epoch is what begins with a flushing seek, by its seqnum, or, as 0, with
   * the start: running time counts from 0, at the position anchor (). */
  int64_t anchor (guint32 epoch, int64_t wish);

  /* How much later than that everything is by now, ns. */
  GstClockTime delay (guint32 epoch) const;

  /* Makes it later by `more`, unless somebody did already since it was
   * `known`; the new delay. */
  GstClockTime raise_delay (
      guint32 epoch, GstClockTime known, GstClockTime more);

 private:
  struct Epoch {
    bool has_anchor = false;
    int64_t anchor = 0;
    GstClockTime delay = 0;
  };

  mutable std::mutex mutex_; /* guards both */
  std::map<std::string, int64_t> bases_;
  std::map<guint32, Epoch> epochs_;
};

} // namespace gstkafka
