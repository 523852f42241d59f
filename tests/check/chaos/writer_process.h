/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A writer in a process of its own, to be killed and frozen; see writer.cpp. */

#pragma once

#include "common/logged_process.h"

namespace kafkacheck {

class WriterProcess : public LoggedProcess {
 public:
  /* Starts. `sink` is a kafkasink. */
  explicit WriterProcess (const std::string &sink);

  /* Fails the test when the broker doesn't acknowledge that many more in time.
   */
  void wait_for_acknowledgements (size_t more);

  /* Ends it well, all that it took being acknowledged. */
  void finish ();

 private:
  size_t acknowledged () const;
};

} // namespace kafkacheck
