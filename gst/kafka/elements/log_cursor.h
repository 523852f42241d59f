/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A place in a partition's log, and the way on from there: over a batch that
 * cannot be read and over what retention has taken. Where it is in doubt
 * whether this is still the log that was being read, that is found out first.
 * One thread. */

#pragma once

#include "client/consumer.h"
#include "elements/damage_search.h"
#include "elements/log_check.h"

#include <chrono>

namespace gstkafka {

class LogCursor {
 public:
  /* Nobody else reads from it. */
  explicit LogCursor (Consumer &consumer) : consumer_ (consumer) {}

  void
  set_partition (int partition)
  {
    partition_ = partition;
  }

  /* Reads on from there. */
  void go_to (int64_t offset);
  /* The offset to be read next. */
  int64_t
  next () const
  {
    return next_;
  }

  struct Busy {}; /* call again */
  struct Lost {   /* goes on where the log begins now */
    int64_t from;
    Watermarks marks;
  };
  struct OtherLog { /* goes on where it begins */
    int64_t last;   /* what was read of the old one */
    Watermarks marks;
  };
  /* NothingYet: not in that time. */
  using Found = std::variant<Busy, NothingYet, IncomingRecord, EndOfPartition,
      Lost, OtherLog, DamagedBatch, Error>;
  /* Waits for at most `timeout_ms`, and for one slice more. */
  Found read (int timeout_ms);

  /* Once read () has brought a DamagedBatch, which it does once for each. */
  void look_behind_damage ();

  /* The broker said that there is no such topic. */
  void
  note_missing ()
  {
    check_.note_missing ();
  }
  /* As LogCheck::doubts (), of the record that came last. */
  bool doubts_log () const;
  /* Looks at the record before that one first; then it comes again. */
  void check_log ();
  /* It was dealt with: from now on the log is known by it. */
  void note_handled ();

 private:
  std::optional<Found> look_closer (const RecordTrace &came);
  void look_in_silence ();
  void begin_check (int64_t resume_at);
  Found handle_lost_offset ();
  Found handle_damage (DamagedBatch damaged);
  Found finish_check (const RecordTrace &found);
  Found begin_anew (const Watermarks &marks);
  void move_to (int64_t offset);

  Consumer &consumer_;
  int partition_ = -1;
  int64_t next_ = 0;
  bool needs_seek_ = false; /* to next_ */
  std::optional<DamageSearch> damage_;
  LogCheck check_;
  int64_t resume_at_ = 0;                           /* once that is done */
  std::chrono::steady_clock::time_point next_look_; /* while nothing comes */
  RecordTrace last_;                                /* that came */
};

} // namespace gstkafka
