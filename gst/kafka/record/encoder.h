/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Buffers, and the events that ride on them, to a record's headers. Knows one
 * stream of one session; no threads, no Kafka. */

#pragma once

#include "header.h"
#include "record/media.h"

#include <optional>
#include <vector>

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
  /* Ride on the next record. False when they are left out: no reader could
   * take them, as with pointers in an event, or too many wait already. */
  bool add_tags (const GstTagList *tags);
  bool add_event (const GstStructure *structure);

  /* What `buffer` becomes. Nothing changes until commit (): a record that was
   * not accepted leaves no gap and takes no caps with it. `now` is any clock's
   * ns, for streams without timestamps. */
  Headers encode (const GstBuffer *buffer, uint64_t now) const;
  Headers encode_eos () const;

  /* The record that encode () or encode_eos () gave was accepted. */
  void commit (const GstBuffer *buffer, uint64_t now);
  void commit_eos ();

  uint64_t
  next_seq () const
  {
    return next_seq_;
  }
  bool
  has_pending_events () const
  {
    return !pending_.empty ();
  }

  /* Signed running time of PTS, else of DTS. */
  std::optional<int64_t> running_time (const GstBuffer *buffer) const;

 private:
  struct CapsSent {
    std::optional<int64_t> time; /* running time */
    uint64_t now;
  };

  bool has_room_for (const std::string &text) const;
  std::optional<int64_t> to_running_time (GstClockTime time) const;
  bool are_caps_due (const GstBuffer *buffer, uint64_t now) const;
  Headers common_headers () const;
  void commit_record ();

  Settings settings_;
  uint64_t next_seq_;
  GstSegment segment_;
  int64_t utc_ = 0;
  std::string caps_text_;
  bool intra_only_ = false;
  bool has_delta_units_ = false;
  std::optional<CapsSent> caps_sent_; /* of these caps_text_ */
  Headers pending_;                   /* tags and events, in order */
};

} // namespace gstkafka
