/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How much librdkafka is handed, and when. Standard library only; no clock, no
 * threads.
 *
 * librdkafka's idempotent producer spins on a core while records that are past
 * their linger.ms wait for a response: for a batch of more than five records it
 * may not send another, yet it looks whether it may without a pause
 * (rd_kafka_msgq_allow_wakeup_at: a wake-up time in the past means "now"). A
 * batch that is complete by size or count, on the other hand, waits for the
 * response quietly. Hence:
 *
 *   backlog      librdkafka's linger is made so long that it never ends, and
 *                it holds more than a batch all the time: whole batches leave
 *                by themselves, one a round trip, as fast as it can;
 *   no backlog   one window, below a batch, when nothing is in flight, sent off
 *                by rd_kafka_flush (), which is "no linger" while it runs;
 *   slow stream  up to five records in flight, which is where it does not
 *                spin, so that a long round trip delays none of them. */

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace gstkafka {

/* What a batch may have; constant once the topic is known. */
struct BatchLimits {
  uint64_t bytes = 0;        /* batch.size, as librdkafka counts: no headers */
  uint64_t records = 0;      /* batch.num.messages */
  uint64_t window_bytes = 0; /* headers and all: what surely is one batch */
  /* The topic takes a batch.size; if not, librdkafka must never have more than
   * a window. */
  bool whole_batches = false;
};

struct Amount {
  uint64_t records = 0, bytes = 0;
};

class HandOver {
 public:
  using Clock = std::chrono::steady_clock;

  /* Batches that librdkafka is given to choose from. */
  static constexpr uint64_t kBatchesAhead = 4;

  /* `linger`: the user's linger.ms. Without one, records that come fast wait a
   * little for each other and slow ones do not. */
  explicit HandOver (std::optional<Clock::duration> linger) : linger_ (linger)
  {}

  void
  set_limits (const BatchLimits &limits)
  {
    limits_ = limits;
  }
  /* Somebody waits for the queue to empty: nothing waits for company. */
  void
  set_draining (bool draining)
  {
    is_draining_ = draining;
  }

  /* A record came. `is_first`: nothing was queued. */
  void note_record (Clock::time_point now, bool is_first);

  bool is_backlog (const Amount &queued, const Amount &in_flight) const;

  /* What may go now: records, and bytes with headers. One record may always
   * exceed the bytes. */
  Amount quota (const Amount &queued, const Amount &in_flight,
      Clock::time_point now) const;

  /* How long the queued records wait for company. */
  Clock::duration linger_left (Clock::time_point now) const;

  /* What is in flight may be an incomplete batch. */
  bool needs_flush (const Amount &in_flight) const;

 private:
  bool is_slow () const;

  const std::optional<Clock::duration> linger_;
  BatchLimits limits_;
  bool is_draining_ = false;
  Clock::time_point last_record_{};
  Clock::time_point queued_since_{};
  Clock::duration gap_ = std::chrono::seconds (1); /* smoothed */
};

} // namespace gstkafka
