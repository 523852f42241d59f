/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What has gone into one stream: a number for each buffer, and a checksum of
 * the newest ones. It takes all its memory at once, as what grows is looked
 * for. */

#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

class Ledger {
 public:
  /* The writer's. The number of this buffer. */
  uint64_t enter (GstBuffer *buffer);
  void begin_session ();
  /* So many of its buffers are in the log for sure; or else all of them. */
  void end_session (uint64_t acknowledged, bool cleanly);
  uint64_t count () const;

  /* The reader's, whose last number was that. What is wrong; empty: nothing. */
  std::string compare (GstBuffer *buffer, std::optional<uint64_t> last) const;

 private:
  static constexpr size_t kChecksums = 1 << 16;
  static constexpr size_t kSessions = 1 << 12;

  struct Session {
    uint64_t begin = 0;
    uint64_t sure_before = 0; /* its numbers below this are in the log */
  };

  const Session &session_of (uint64_t number) const;

  mutable std::mutex mutex_; /* guards all of it */
  uint64_t count_ = 0;
  uint64_t sessions_count_ = 0;
  std::vector<uint32_t> checksums_ = std::vector<uint32_t> (kChecksums, 0);
  std::vector<Session> sessions_ = std::vector<Session> (kSessions);
};
