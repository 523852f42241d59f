/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A process of the test's own, to be killed and frozen, that writes down what
 * it does: a line at a time, so that nothing of it is lost with the process. */

#pragma once

#include "common/check.h"

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace kafkacheck {

class LoggedProcess {
 public:
  /* Starts `program FILE ARGUMENTS...`, whose lines are read from FILE; those
   * that begin with a # are complaints. It ends with this thread, however that
   * ends. */
  LoggedProcess (
      const char *program, const std::vector<std::string> &arguments);
  ~LoggedProcess (); /* kills it */
  LoggedProcess (const LoggedProcess &) = delete;
  LoggedProcess &operator= (const LoggedProcess &) = delete;

  /* All that is written so far, but for complaints. */
  const std::vector<std::string> &lines () const;
  std::string complaints () const;
  void wait_for_complaint (const char *part) const;

  void signal (int number);
  void kill ();
  void freeze ();
  void thaw ();
  bool is_running () const;
  /* Fails the test unless it ends in time, and well. */
  void wait_for_end ();
  /* Its exit status; fails the test unless it ends in time. */
  int wait_for_status ();

 protected:
  /* True once `condition` holds; false when it does not in time, or when the
   * process has ended without it. */
  bool comes_to (const std::function<bool ()> &condition) const;
  /* Its complaints, and whether it still runs: for what a test says. */
  std::string describe () const;

 private:
  void read_on () const;

  const std::string path_;
  pid_t process_;

  /* What was read of the file. */
  mutable std::streamoff place_ = 0;
  mutable std::vector<std::string> lines_;
  mutable std::string complaints_;
};

} // namespace kafkacheck
