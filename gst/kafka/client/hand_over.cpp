/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/hand_over.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* As long as this, records that come fast wait for each other: a file being
 * transcoded then does not lose its core to a wake-up for each picture. */
constexpr std::chrono::milliseconds kLinger{ 20 };
/* Slower than 200 records a second is slow. */
constexpr std::chrono::milliseconds kSlowGap{ 5 };
constexpr std::chrono::seconds kLongestGap{ 1 };
/* Weight of the past in the smoothed gap. */
constexpr int kSmoothing = 8;

/* RD_KAFKA_IDEMP_MAX_INFLIGHT, by which librdkafka counts records. */
constexpr uint64_t kMaxInFlight = 5;

} // namespace

void
HandOver::note_record (Clock::time_point now, bool is_first)
{
  Clock::duration gap
      = std::min<Clock::duration> (now - last_record_, kLongestGap);
  gap_ += (gap - gap_) / kSmoothing;
  last_record_ = now;
  if (is_first)
    queued_since_ = now;
}

bool
HandOver::is_slow () const
{
  return gap_ > kSlowGap;
}

bool
HandOver::is_backlog (const Amount &queued, const Amount &in_flight) const
{
  return limits_.whole_batches
         && (queued.bytes + in_flight.bytes >= limits_.bytes
             || queued.records + in_flight.records >= limits_.records);
}

Amount
HandOver::quota (
    const Amount &queued, const Amount &in_flight, Clock::time_point now) const
{
  if (is_backlog (queued, in_flight)) {
    auto left = [] (uint64_t limit, uint64_t used) {
      return limit * kBatchesAhead > used ? limit * kBatchesAhead - used : 0;
    };
    Amount amount{ left (limits_.records, in_flight.records),
      left (limits_.bytes, in_flight.bytes) };
    return amount.bytes > 0 ? amount : Amount{};
  }
  if (in_flight.records == 0) {
    if (linger_left (now) > Clock::duration::zero ())
      return {};
    return { limits_.records, limits_.window_bytes };
  }
  /* What is in flight may not have left yet, and leaves as one batch with what
   * comes. */
  if (limits_.whole_batches && is_slow () && in_flight.records < kMaxInFlight)
    return { kMaxInFlight - in_flight.records, limits_.window_bytes };
  return {};
}

HandOver::Clock::duration
HandOver::linger_left (Clock::time_point now) const
{
  Clock::duration linger = Clock::duration::zero ();
  if (linger_)
    linger = *linger_;
  else if (!is_slow ())
    linger = kLinger;
  if (is_draining_)
    linger = Clock::duration::zero ();
  return std::max (queued_since_ + linger - now, Clock::duration::zero ());
}

bool
HandOver::needs_flush (const Amount &in_flight) const
{
  return in_flight.bytes < limits_.bytes && in_flight.records < limits_.records;
}

} // namespace gstkafka
