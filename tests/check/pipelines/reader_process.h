/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A reader in a process of its own, to be killed and frozen; see reader.cpp. */

#pragma once

#include "common/check.h"

#include <string>
#include <vector>

namespace kafkacheck {

struct UsedFrame {
  std::string checksum;
  bool is_sync_point;
};

class ReaderProcess {
 public:
  /* Starts. `source` is up to the sink, which keeps to the clock. */
  explicit ReaderProcess (const std::string &source);
  ~ReaderProcess (); /* kills it */
  ReaderProcess (const ReaderProcess &) = delete;
  ReaderProcess &operator= (const ReaderProcess &) = delete;

  /* What it has used so far, and what its bus has complained of. */
  std::vector<UsedFrame> used () const;
  std::string complaints () const;

  /* Fails the test when they don't come in time. */
  void wait_for (size_t frames) const;
  void wait_for_complaint (const char *part) const;

  void kill ();
  void freeze ();
  void thaw ();
  /* Fails the test unless EOS comes. */
  void wait_for_eos ();

 private:
  void signal (int number);

  const std::string path_;
  int process_ = -1;
};

} // namespace kafkacheck
