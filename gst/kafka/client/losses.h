/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which records were accepted and are lost, as people are told. Standard
 * library only. */

#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gstkafka {

class Losses {
 public:
  /* `seq` counts in the session, of which this is the n-th of its stream; in
   * any order. */
  void add (unsigned session, uint64_t seq, uint64_t records = 1);

  uint64_t
  count () const
  {
    return count_;
  }

  /* How many, and which gst.seq; "" when there are none. */
  std::string describe () const;

 private:
  struct Range {
    uint64_t first, last;
  };

  uint64_t count_ = 0;
  std::map<unsigned, Range> ranges_;
};

} // namespace gstkafka
