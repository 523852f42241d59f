/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One run of one pipeline, as its kafkasinks share it: the session's id, its
 * place in wall-clock time, and who writes which stream. Any thread. */

#pragma once

#include "elements/pipeline_shared.h"
#include "result.h"

#include <gst/gst.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace gstkafka {

constexpr const char *kRunContextType = "gst.kafka.pipeline-run";

class PipelineRun final : public PipelineShared {
 public:
  PipelineRun ();

  /* The session's id. A flush that resets running time begins a new one; its
   * seqnum is the same for all sinks that it reaches. 0: none so far. */
  std::string session (guint32 flush_seqnum) const;

  /* ns since 1970 at running time 0. Moves when the pipeline was paused, as
   * running time stands still meanwhile. The same for all sinks. */
  int64_t utc (GstClock *clock, GstClockTime base_time);

  /* A stream has one writer; an error when another sink is. `stream` is any
   * text that names it. */
  MaybeError claim_stream (const std::string &stream, const std::string &sink);
  void release_stream (const std::string &stream);

  /* Where gst.seq goes on when a sink is put back into a run that lasts. */
  uint64_t next_seq (
      const std::string &session, const std::string &stream) const;
  void set_next_seq (
      const std::string &session, const std::string &stream, uint64_t next_seq);

 private:
  const std::string id_;

  /* Guards all below. */
  mutable std::mutex mutex_;
  GstClockTime base_time_ = GST_CLOCK_TIME_NONE;
  int64_t utc_ = 0;
  bool has_utc_ = false;
  std::map<std::string, std::string> writers_; /* stream: sink */
  std::map<std::string, uint64_t> next_seqs_;  /* session and stream */
};

} // namespace gstkafka
