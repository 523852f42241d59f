/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a process holds, counted: to see that nothing is left behind. */

#pragma once

#include "common/check.h"

namespace kafkacheck {

class Resources {
 public:
  /* As it is now. */
  Resources ();

  /* No more open files and threads of librdkafka than then. Threads end a
   * moment later than who waits for them hears of it, so this waits, and fails
   * the test in the end. */
  void check_back_now () const;

 private:
  bool is_back_now () const;

  int files_;
  int threads_;
};

/* Why the memory that a process has says nothing of what it would have; empty:
 * it does. Sanitizers and valgrind keep more than the program asks for. */
std::string why_memory_is_no_measure ();

/* Kilobytes of memory that this process has had resident at most, since the
 * beginning or since the peak was forgotten. */
long peak_memory ();
void forget_peak_memory ();

} // namespace kafkacheck
