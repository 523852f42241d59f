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

} // namespace

LivePace::LivePace (uint64_t latency)
    : allowance_ (
        static_cast<int64_t> (latency - std::min (kDecodeMargin, latency / 2)))
{}

int64_t
LivePace::take (const Arrival &arrival)
{
  turn_window (arrival.now);
  oldest_ = std::max (oldest_.value_or (arrival.age), arrival.age);

  bool is_slow = arrival.is_fresh && arrival.age - need_ > allowance_;
  bool is_from_the_future = arrival.age < std::min<int64_t> (need_, 0);
  if (is_slow || is_from_the_future)
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
LivePace::need_for (int64_t age) const
{
  return age >= 0 && age <= allowance_ ? 0 : age;
}

} // namespace gstkafka
