/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What waits for the broker: its order, its limits, and what goes when they are
 * reached. Standard library only; no threads, no clock.
 *
 *   push ──▶ [ waiting ] ──▶ take () ──▶ in the works ──▶ settle ()
 *               may be dropped             counts until the report
 *
 * Runs are dropped as a whole. From the newest (UPSTREAM) it is what comes, up
 * to the next buffer that begins a run and finds room; from the oldest
 * (DOWNSTREAM) it is what waits at the front, up to the next beginning. */

#pragma once

#include "client/outgoing.h"

#include <deque>
#include <optional>

namespace gstkafka {

enum class Leaky {
  NONE,       /* who pushes waits */
  UPSTREAM,   /* what comes is dropped */
  DOWNSTREAM, /* what has waited longest is dropped */
};

/* Those of a row that grows at its end and shrinks at its beginning. Some have
 * none. */
class RowOfTimes {
 public:
  void push (int64_t time);
  void pop ();

  uint64_t
  size () const
  {
    return pushed_ - popped_;
  }
  bool
  is_empty () const
  {
    return size () == 0;
  }
  /* The first that there is. */
  std::optional<int64_t> oldest () const;

 private:
  struct Stamp {
    uint64_t number; /* in the row, from its first beginning */
    int64_t time;
  };

  std::deque<Stamp> stamps_;
  uint64_t pushed_ = 0, popped_ = 0;
};

class OutgoingQueue {
 public:
  struct Limits {
    uint64_t bytes = 0; /* payload and kBookkeeping each */
    uint64_t time = 0;  /* ns between the oldest and the newest; 0: none */
    Leaky leaky = Leaky::NONE;
  };

  /* What one costs beside its payload: headers, handles, a batch's share. */
  static constexpr uint64_t kBookkeeping = 1024;

  explicit OutgoingQueue (const Limits &limits) : limits_ (limits) {}

  /* One always has, however large, when nothing else is there. One that cannot
   * wait for that goes beyond the limit, by itself: a steady stream of small
   * ones never ends. */
  bool has_room_for (const Outgoing &next) const;

  /* False: the policy drops `next`, and whoever pushes the next one after it
   * lets that inherit. True: it may be added once there is room, which a policy
   * has made. */
  bool admit (Outgoing &next);

  /* Whether admit () began to drop and nobody has been told. A burst lasts
   * until half of the queue is free, and not by dropping alone: what it was
   * done for is settled, and all before that. */
  bool take_news ();

  void add (std::unique_ptr<Outgoing> next);

  /* The first; nullptr: nothing waits. */
  std::unique_ptr<Outgoing> take ();

  /* The oldest of those that were taken, whose cost that was, is done with. */
  void settle (uint64_t cost);

  static uint64_t cost_of (const Outgoing &outgoing);

  /* Of what waits. */
  size_t
  waiting () const
  {
    return waiting_.size ();
  }
  uint64_t
  payload () const
  {
    return payload_;
  }
  /* Bytes, waiting and in the works, as limits count. */
  uint64_t
  cost () const
  {
    return cost_;
  }
  uint64_t
  dropped () const
  {
    return dropped_;
  }

 private:
  bool has_bytes_for (const Outgoing &next) const;
  std::optional<int64_t> oldest_time () const;
  bool is_half_free (const Outgoing &next) const;
  void drop_oldest_run (Outgoing &next);
  std::unique_ptr<Outgoing> pop ();
  void note_drop ();

  const Limits limits_;
  std::deque<std::unique_ptr<Outgoing>> waiting_;
  RowOfTimes waiting_times_, times_in_works_;
  uint64_t payload_ = 0; /* bytes of what waits */
  uint64_t cost_ = 0;
  uint64_t dropped_ = 0;
  bool in_dropped_run_ = false; /* what comes continues one */
  bool marks_next_ = false;     /* as following one */
  uint64_t unsettled_ = 0;      /* of what dropping has left */
  bool is_bursting_ = false;
  bool has_news_ = false;
};

} // namespace gstkafka
