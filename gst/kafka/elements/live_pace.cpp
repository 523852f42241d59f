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

} // namespace

LivePace::LivePace (uint64_t latency)
    : allowance_ (
        static_cast<int64_t> (latency - std::min (kDecodeMargin, latency / 2)))
{}

int64_t
LivePace::take (int64_t age, bool is_newest)
{
  bool is_early = age < need_;
  bool is_slow = is_newest && age - need_ > allowance_;
  if (is_early || is_slow)
    need_ = age >= 0 && age <= allowance_ ? 0 : age;
  return need_;
}

} // namespace gstkafka
