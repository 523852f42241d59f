/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Buffers, and the events that ride on them, to a record's headers. Knows one
 * stream of one session; no threads, no Kafka. */

#pragma once

#include "record/media.h"
#include "record/riding_events.h"

#include <optional>

namespace gstkafka {

class Encoder {
 public:
  struct Settings {
    std::string session;
    uint64_t first_seq = 0;
    uint64_t caps_interval = GST_SECOND; /* ns; 0: caps on every record */
  };

  explicit Encoder (Settings settings);

  /* After a flush. Caps, and what rides on the next record, stay. */
  void begin_session (std::string session, uint64_t first_seq);

  void set_caps (const GstCaps *caps);
  void set_segment (const GstSegment &segment);
  void set_utc (int64_t ns_at_running_time_zero);
  /* What rides on the next record. */
  RidingEvents &
  riding ()
  {
    return riding_;
  }
  /* Something before the next buffer is missing. */
  void
  mark_discont ()
  {
    discont_ = true;
  }

  /* What `buffer` becomes. Nothing changes until commit (): a record that was
   * not accepted leaves no gap and takes no caps with it. `now` is any clock's
   * ns, for streams without timestamps. With `repeat_caps` they are there
   * though they are not due. */
  Headers encode (
      const GstBuffer *buffer, uint64_t now, bool repeat_caps = false) const;
  Headers encode_eos () const;

  /* What the pieces of a buffer that is too large for one record have: the
   * first one all that encode () gave, and its place. */
  Headers encode_chunk (uint64_t index, uint64_t count) const;
  static Header chunk_header (uint64_t index, uint64_t count);

  /* The record, or the chunks, that encode () or encode_eos () gave headers for
   * were accepted. */
  void commit (const GstBuffer *buffer, uint64_t now, uint64_t records = 1);
  void commit_eos ();

  uint64_t
  next_seq () const
  {
    return next_seq_;
  }

  /* Signed running time of PTS, else of DTS. */
  static std::optional<int64_t> running_time (
      const GstSegment &segment, const GstBuffer *buffer);

 private:
  struct CapsSent {
    std::optional<int64_t> time; /* running time */
    uint64_t now;
  };

  std::optional<int64_t> running_time (const GstBuffer *buffer) const;
  bool are_caps_due (const GstBuffer *buffer, uint64_t now) const;
  Headers common_headers (uint64_t seq) const;
  void commit_records (uint64_t count);

  Settings settings_;
  uint64_t next_seq_;
  GstSegment segment_;
  int64_t utc_ = 0;
  std::string caps_text_;
  bool intra_only_ = false;
  bool has_delta_units_ = false;
  std::optional<CapsSent> caps_sent_; /* of these caps_text_ */
  RidingEvents riding_;
  bool discont_ = false;
};

} // namespace gstkafka
