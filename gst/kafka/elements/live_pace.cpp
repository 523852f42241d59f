/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/live_pace.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* Of the latency, what decoders and sinks take. */
constexpr uint64_t kDecodeMargin = 40 * 1000 * 1000;

constexpr int64_t kHalfWindow = 1000 * 1000 * 1000;

/* A writer that sends many at once has the newest of them wait for the others'
 * turn: no more than so much of them. What would wait for longer was captured
 * by a clock that was set meanwhile. */
constexpr int64_t kLongestBurst = int64_t{ 5 } * 1000 * 1000 * 1000;

/* 36 years, so that the sums below have room. */
constexpr uint64_t kLongestLatency = uint64_t{ 1 } << 60;

} // namespace

LivePace::LivePace (uint64_t latency)
    : allowance_ (
        static_cast<int64_t> (latency - std::min (kDecodeMargin, latency / 2))),
      longest_wait_ (static_cast<int64_t> (std::min (latency, kLongestLatency))
                     + kLongestBurst)
{}

int64_t
LivePace::take (const Arrival &arrival)
{
  turn_window (arrival.now);
  oldest_ = std::max (oldest_.value_or (arrival.age), arrival.age);

  bool is_slow = arrival.is_fresh && arrival.age - need_ > allowance_;
  bool is_from_the_future = arrival.age < std::min<int64_t> (need_, 0);
  bool waits_too_long = need_ > most_for (arrival.age);
  if (is_slow || is_from_the_future || waits_too_long)
    need_ = need_for (arrival.age);
  return need_;
}

/* Gives back what nothing has needed for a whole window. */
void
LivePace::turn_window (int64_t now)
{
  if (half_began_ && now - *half_began_ < kHalfWindow)
    return;
  if (oldest_ && oldest_before_)
    need_ = std::min (need_, need_for (std::max (*oldest_, *oldest_before_)));
  oldest_before_ = oldest_;
  oldest_.reset ();
  half_began_ = now;
}

int64_t
LivePace::most_for (int64_t age) const
{
  return age + longest_wait_;
}

int64_t
LivePace::need_for (int64_t age) const
{
  return age >= 0 && age <= allowance_ ? 0 : age;
}

} // namespace gstkafka
