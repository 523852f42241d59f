/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where the log can be read again behind a batch that cannot be. librdkafka
 * (2.0.2 to 2.15) means to pass over it and does not: it computes the end of
 * the batch wrongly, and fetches it again and again. So the reader looks for
 * the end itself, at offsets ever further away and then by halves. Standard
 * library only. */

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace gstkafka {

class DamageSearch {
 public:
  /* `bad` cannot be read. */
  explicit DamageSearch (int64_t bad) : bad_ (bad) {}

  /* What was tried last. */
  void
  note_bad (int64_t offset)
  {
    bad_ = std::max (bad_, offset);
    if (good_)
      good_ = std::max (*good_, bad_ + 1);
  }
  void
  note_good (int64_t offset)
  {
    good_ = std::min (good_.value_or (offset), offset);
  }

  /* The first offset that can be read. */
  std::optional<int64_t>
  found () const
  {
    return good_ && *good_ - bad_ <= 1 ? good_ : std::nullopt;
  }

  /* What to try, when it is not found yet. `high`: where the log ends, which
   * can be waited for. */
  int64_t
  next (int64_t high)
  {
    if (good_)
      return bad_ + (*good_ - bad_) / 2;
    int64_t offset = bad_ + step_;
    step_ *= 2;
    return std::max (std::min (offset, high), bad_ + 1);
  }

 private:
  int64_t bad_;
  std::optional<int64_t> good_;
  int64_t step_ = 1;
};

} // namespace gstkafka
