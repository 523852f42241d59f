/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Knows which frame belongs at which time of a recording, from what its
 * producers made: it has seen neither Kafka nor kafkasrc. */

#pragma once

#include "common/capture.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kafkacheck {

struct Frame {
  int64_t position = 0; /* in the recording, ns */
  int64_t duration = 0;
  bool is_sync_point = false;

  int64_t
  end () const
  {
    return position + duration;
  }
};

enum class Snap { BEFORE, AFTER, NEAREST };

class Oracle {
 public:
  /* The next one, which goes on where the one before ends. `encoded` is what
   * entered kafkasink, `shown` what a decoder makes of the same. Fails the test
   * when two frames look the same: nobody could tell where they belong. */
  void add_session (const Captured &encoded, const Captured &shown);

  size_t
  count () const
  {
    return frames_.size ();
  }
  const Frame &
  frame (size_t index) const
  {
    return frames_.at (index);
  }
  /* The first of a session, which is counted from 0. */
  size_t
  sessions () const
  {
    return session_starts_.size ();
  }
  size_t session_of (size_t index) const;
  size_t
  first_of_session (size_t session) const
  {
    return session_starts_.at (session);
  }
  /* Running time of its producer. */
  int64_t session_time (size_t index) const;
  int64_t
  end () const
  {
    return end_;
  }

  /* Which one looks like that. */
  std::optional<size_t> find (const std::string &checksum) const;
  /* The one on show then, or the next one; none after the end. */
  std::optional<size_t> shown_at (int64_t position) const;
  /* The last one to be seen by whoever stops then; none before the first. */
  std::optional<size_t> last_before (int64_t stop) const;
  /* None where there is none on that side. */
  std::optional<size_t> sync_point (int64_t position, Snap snap) const;
  std::optional<size_t> next_sync_point (size_t index) const;

 private:
  void add_frame (
      const CapturedBuffer &shown, const Captured &encoded, int64_t base);

  std::vector<Frame> frames_;
  std::map<std::string, size_t> by_checksum_;
  std::vector<size_t> session_starts_;
  std::vector<int64_t> session_bases_;
  int64_t end_ = 0;
};

} // namespace kafkacheck
