/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/logged_process.h"

#include "common/pipeline.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace kafkacheck {

static std::string
new_path ()
{
  static int count = 0;
  return scratch_directory () + "/process-" + std::to_string (getpid ()) + "-"
         + std::to_string (count++);
}

LoggedProcess::LoggedProcess (
    const char *program, const std::vector<std::string> &arguments)
    : path_ (new_path ())
{
  std::vector<char *> argv{ const_cast<char *> (program),
    const_cast<char *> (path_.c_str ()) };
  for (const auto &argument : arguments)
    argv.push_back (const_cast<char *> (argument.c_str ()));
  argv.push_back (nullptr);
  process_ = fork ();
  ck_assert_int_ge (process_, 0);
  if (process_ > 0)
    return;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  execv (program, argv.data ());
  _exit (127);
}

LoggedProcess::~LoggedProcess ()
{
  if (process_ > 0)
    kill ();
}

/* Whole lines only. */
void
LoggedProcess::read_on () const
{
  std::ifstream file (path_);
  file.seekg (place_);
  for (std::string line; std::getline (file, line) && !file.eof ();) {
    place_ += static_cast<std::streamoff> (line.size ()) + 1;
    if (line[0] == '#')
      complaints_ += line + "\n";
    else
      lines_.push_back (std::move (line));
  }
}

const std::vector<std::string> &
LoggedProcess::lines () const
{
  read_on ();
  return lines_;
}

std::string
LoggedProcess::complaints () const
{
  read_on ();
  return complaints_;
}

void
LoggedProcess::wait_for_complaint (const char *part) const
{
  ck_assert_msg (
      comes_to ([&] { return complaints ().find (part) != std::string::npos; }),
      "no '%s', but: %s", part, describe ().c_str ());
}

bool
LoggedProcess::comes_to (const std::function<bool ()> &condition) const
{
  bool holds = false;
  wait_until ([&] {
    bool is_last_look = !is_running ();
    holds = condition ();
    return holds || is_last_look;
  });
  return holds;
}

std::string
LoggedProcess::describe () const
{
  return complaints () + (is_running () ? "it runs" : "it has ended");
}

void
LoggedProcess::signal (int number)
{
  ck_assert_int_eq (::kill (process_, number), 0);
}

void
LoggedProcess::kill ()
{
  signal (SIGKILL);
  waitpid (process_, nullptr, 0);
  process_ = -1;
}

void
LoggedProcess::freeze ()
{
  signal (SIGSTOP);
}

void
LoggedProcess::thaw ()
{
  signal (SIGCONT);
}

bool
LoggedProcess::is_running () const
{
  siginfo_t info{};
  return process_ > 0
         && waitid (P_PID, static_cast<id_t> (process_), &info,
                WEXITED | WNOHANG | WNOWAIT)
                == 0
         && info.si_pid == 0;
}

int
LoggedProcess::wait_for_status ()
{
  ck_assert_msg (wait_until ([this] { return !is_running (); }),
      "process %d does not end; %s", static_cast<int> (process_),
      complaints ().c_str ());
  int status = 0;
  waitpid (process_, &status, 0);
  process_ = -1;
  ck_assert_msg (WIFEXITED (status), "ended by signal %d; %s",
      WTERMSIG (status), complaints ().c_str ());
  return WEXITSTATUS (status);
}

void
LoggedProcess::wait_for_end ()
{
  int status = wait_for_status ();
  ck_assert_msg (
      status == 0, "ended with status %d; %s", status, complaints ().c_str ());
}

} // namespace kafkacheck
