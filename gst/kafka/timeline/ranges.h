/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Offsets at which there is nothing to look for. Standard library only. */

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace gstkafka {

class Ranges {
 public:
  /* Of more than that the lowest are forgotten. */
  explicit Ranges (size_t most) : most_ (most) {}

  /* `end` is one after the last. */
  void add (int64_t begin, int64_t end);

  /* The first offset from there on that is in none. */
  int64_t past (int64_t offset) const;

  void
  clear ()
  {
    ranges_.clear ();
  }

 private:
  size_t most_;
  std::map<int64_t, int64_t> ranges_; /* begin and end, with gaps between */
};

} // namespace gstkafka
