/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A reader in a process of its own, to be killed and frozen; see reader.cpp. */

#pragma once

#include "common/logged_process.h"

#include <cstdint>

namespace kafkacheck {

struct UsedFrame {
  std::string checksum;
  bool is_sync_point;
  int64_t ms; /* when, by the machine's monotonic clock */
};

class ReaderProcess : public LoggedProcess {
 public:
  /* Starts. `source` is up to the sink, which keeps to the clock, unless `end`
   * says otherwise of it. */
  explicit ReaderProcess (
      const std::string &source, const std::string &end = "sync=true");

  /* What it has used so far. */
  const std::vector<UsedFrame> &used () const;

  /* Fails the test when they don't come in time. */
  void wait_for (size_t frames) const;

 private:
  mutable std::vector<UsedFrame> used_;
};

} // namespace kafkacheck
