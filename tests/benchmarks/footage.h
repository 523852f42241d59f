/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A long recording to look for things in: what a camera with an H.264 encoder
 * publishes, started anew a few times, with little in each frame. */

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gstkafka {

class Footage {
 public:
  static constexpr int64_t kFrameDuration = 33333333; /* ns */
  static constexpr uint64_t kSyncInterval = 60;       /* frames: two seconds */

  explicit Footage (uint64_t frames);

  /* Published by kafkasink, as fast as it can; only for child processes. */
  void publish (const std::string &topic) const;

  uint64_t
  frames () const
  {
    return sessions_.back ().end;
  }
  int64_t
  duration () const
  {
    return static_cast<int64_t> (frames ()) * kFrameDuration;
  }
  size_t
  sessions () const
  {
    return sessions_.size ();
  }

  /* Where in the recording a decoder must start to show that position. */
  int64_t sync_point_before (int64_t position) const;

 private:
  struct Session {
    uint64_t begin, end; /* frames of the whole */
  };
  static void publish_session (const std::string &topic, uint64_t frames);

  std::vector<Session> sessions_;
};

} // namespace gstkafka
