/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a reader counts while it reads: what `stats` shows of it. Any thread. */

#pragma once

#include "elements/playback.h"

#include <atomic>
#include <mutex>

namespace gstkafka {

struct ReaderStats {
  uint64_t records = 0;      /* given out */
  uint64_t bytes = 0;        /* payload of those */
  uint64_t chunks = 0;       /* records that are parts of larger buffers */
  uint64_t quarantined = 0;  /* malformed, set aside: records, and buffers */
  uint64_t lost = 0;         /* retention passed the reader by */
  uint64_t skipped_live = 0; /* to catch up */
  Playback::Counts playback;
  int64_t offset = -1; /* of the next record */
  int partition = -1;
  int64_t committed = -1; /* of the group; -1: none, as far as is known */
  /* -1: not known yet */
  int64_t lag = -1;        /* records to the end of the log */
  int64_t round_trip = -1; /* ns */
};

class ReaderCounts {
 public:
  void begin (int partition);

  /* Where the log was read up to; -1: nowhere yet. */
  void
  note_read (int64_t up_to)
  {
    read_up_to_ = up_to;
  }
  int64_t
  read_up_to () const
  {
    return read_up_to_;
  }

  void add_given (uint64_t bytes, int64_t next_offset);
  /* It was refused. */
  void take_back (uint64_t bytes);
  void add_chunk ();
  void add_quarantined (const Playback::Counts &playback);
  void add_lost (int64_t records);
  void add_skipped_live (int64_t records);
  void note_playback (const Playback::Counts &playback);

  /* All but what others know: `committed`, `lag`, `round_trip`. */
  ReaderStats stats () const;

 private:
  mutable std::mutex mutex_; /* guards stats_ */
  ReaderStats stats_;
  std::atomic<int64_t> read_up_to_{ -1 }; /* with each record */
};

} // namespace gstkafka
