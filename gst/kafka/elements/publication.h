/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One stream on its way out. The streaming thread puts together what records
 * are made of; the producer's worker makes them when their turn has come
 * (client/outgoing.h): only then it is known what was dropped before, how many
 * records a buffer takes, and with that which number each has.
 *
 *   streaming thread                              worker
 *   caps, segment, events ┐
 *   buffer ───────────────┴▶ [ queue ] ──▶ Encoder ──▶ record, or chunks */

#pragma once

#include "client/outgoing.h"
#include "elements/pipeline_run.h"
#include "record/encoder.h"

#include <atomic>
#include <functional>

namespace gstkafka {

class Publication : public std::enable_shared_from_this<Publication> {
 public:
  struct Settings {
    std::shared_ptr<PipelineRun> run;
    std::string stream; /* as the run knows it */
    std::string topic;
    uint64_t caps_interval = GST_SECOND; /* ns */
    /* There was no record for the last tags and events, or no room in it. From
     * the worker. */
    std::function<void ()> on_left_out;
  };

  explicit Publication (Settings settings);

  /* ---- streaming thread; holds for what is made from then on ---- */

  /* A flush that resets running time; 0: none so far. */
  void begin_session (guint32 flush_seqnum);
  void set_caps (const GstCaps *caps);
  void set_segment (const GstSegment &segment);
  /* What rides on the next buffer. */
  RidingEvents &
  events ()
  {
    return changes_.events;
  }

  /* nullptr when the buffer's memory cannot be read. `utc`: ns since 1970 at
   * running time 0. */
  std::unique_ptr<Outgoing> make_buffer (GstBuffer *buffer, int64_t utc);
  std::unique_ptr<Outgoing> make_eos (bool has_record);

  /* It was not taken: what rides on it rides on the next. */
  void take_back (Outgoing &outgoing);

  /* ---- when the worker has ended ---- */

  void end ();

 private:
  /* Since the buffer before; of each the latest counts. */
  struct Changes {
    std::string session; /* empty: the same */
    CapsPtr caps;
    std::optional<GstSegment> segment;
    RidingEvents events;

    /* `earlier` came before these. False when not all events have room. */
    bool precede_by (Changes earlier);
  };

  class Item;
  class BufferItem;
  class EosItem;

  bool begins_run (const GstBuffer *buffer);
  Encoder &encoder_after (Changes changes);
  Error too_large (size_t size, size_t overhead, const RecordRoom &room) const;

  const Settings settings_;
  std::atomic<bool> has_left_out_{ false };

  /* Streaming thread. */
  Changes changes_;
  GstSegment segment_;
  bool is_intra_only_ = false;
  bool was_sync_point_ = false, was_header_ = false;
  GstClockTime last_pts_ = GST_CLOCK_TIME_NONE;

  /* Worker thread. */
  std::string session_;
  unsigned session_count_ = 0;
  std::optional<Encoder> encoder_;
};

} // namespace gstkafka
