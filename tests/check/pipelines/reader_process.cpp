/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "reader_process.h"

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
  return scratch_directory () + "/reader-" + std::to_string (getpid ()) + "-"
         + std::to_string (count++);
}

ReaderProcess::ReaderProcess (const std::string &source) : path_ (new_path ())
{
  std::string text = source + " ! fakesink name=end sync=true";
  process_ = fork ();
  ck_assert_int_ge (process_, 0);
  if (process_ > 0)
    return;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  execl (READER, READER, path_.c_str (), text.c_str (), nullptr);
  _exit (127);
}

ReaderProcess::~ReaderProcess ()
{
  if (process_ > 0)
    kill ();
}

std::vector<UsedFrame>
ReaderProcess::used () const
{
  std::vector<UsedFrame> frames;
  std::ifstream file (path_);
  for (std::string line; std::getline (file, line);)
    if (line[0] != '#' && line.size () == 34)
      frames.push_back ({ line.substr (0, 32), line[33] == '1' });
  return frames;
}

std::string
ReaderProcess::complaints () const
{
  std::string all;
  std::ifstream file (path_);
  for (std::string line; std::getline (file, line);)
    if (line[0] == '#')
      all += line + "\n";
  return all;
}

void
ReaderProcess::wait_for (size_t frames) const
{
  ck_assert_msg (wait_until ([&] { return used ().size () >= frames; }),
      "%zu frames of %zu were used; %s", used ().size (), frames,
      complaints ().c_str ());
}

void
ReaderProcess::wait_for_complaint (const char *part) const
{
  ck_assert_msg (wait_until ([&] {
    return complaints ().find (part) != std::string::npos;
  }),
      "no '%s', but: %s", part, complaints ().c_str ());
}

void
ReaderProcess::signal (int number)
{
  ck_assert_int_eq (::kill (process_, number), 0);
}

void
ReaderProcess::kill ()
{
  signal (SIGKILL);
  waitpid (process_, nullptr, 0);
  process_ = -1;
}

void
ReaderProcess::freeze ()
{
  signal (SIGSTOP);
}

void
ReaderProcess::thaw ()
{
  signal (SIGCONT);
}

void
ReaderProcess::wait_for_eos ()
{
  int status = 0;
  ck_assert_msg (wait_until ([&] {
    return waitpid (process_, &status, WNOHANG) == process_;
  }),
      "the reader does not end; %s", complaints ().c_str ());
  process_ = -1;
  ck_assert_msg (WIFEXITED (status) && WEXITSTATUS (status) == 0, "%s",
      complaints ().c_str ());
}

} // namespace kafkacheck
