/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/own_broker.h"

#include "common/pipeline.h"
#include "common/scripts.h"

#include <glib.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace kafkacheck {

std::string
OwnBroker::why_impossible ()
{
  const gchar *home = g_getenv ("JAVA_HOME");
  gchar *java = g_find_program_in_path ("java");
  bool is_there = home || java;
  g_free (java);
  return is_there ? "" : "it starts a broker of its own, and there is no java";
}

OwnBroker::OwnBroker (const std::string &options, const std::string &directory)
    : options_ (options), parent_ (getpid ()),
      directory_ (directory.empty () ? new_directory ("broker") : directory)
{
  start ();
  g_setenv ("KAFKA_BOOTSTRAP_SERVERS", servers_.c_str (), TRUE);
}

/* Tests run in forked copies of this object, which end by exit (). */
OwnBroker::~OwnBroker ()
{
  if (getpid () != parent_)
    return;
  thaw ();
  run_script ("wipe --dir " + directory_);
}

std::string
OwnBroker::run_script (const std::string &arguments) const
{
  return run_command (SOURCE_ROOT "/tests/kafka/kafka.sh " + arguments);
}

void
OwnBroker::start ()
{
  std::string port
      = servers_.empty () ? "0" : servers_.substr (servers_.rfind (':') + 1);
  std::string line = run_script ("start --dir " + directory_ + " --port " + port
                                 + " --with-parent " + std::to_string (parent_)
                                 + " --wipe-at-end " + options_);
  size_t equals = line.find ('=');
  insist (equals != std::string::npos, "kafka.sh said: " + line);
  servers_ = line.substr (equals + 1, line.find ('\n') - equals - 1);
}

int
OwnBroker::process () const
{
  int pid = 0;
  std::ifstream (directory_ + "/pid") >> pid;
  return pid;
}

/* It holds a lock on its file for as long as it lives. */
bool
OwnBroker::is_running () const
{
  int fd = open ((directory_ + "/pid").c_str (), O_RDONLY | O_CLOEXEC);
  bool is_free = fd < 0 || flock (fd, LOCK_SH | LOCK_NB) == 0;
  if (fd >= 0)
    close (fd);
  return !is_free;
}

std::string
OwnBroker::setting (const std::string &name) const
{
  std::ifstream settings (directory_ + "/server.properties");
  for (std::string line; std::getline (settings, line);)
    if (line.compare (0, name.size () + 1, name + "=") == 0)
      return line.substr (name.size () + 1);
  insist (false, directory_ + " does not tell " + name);
  return "";
}

std::string
OwnBroker::controller () const
{
  std::string voter = setting ("controller.quorum.voters");
  return voter.substr (voter.find ('@') + 1);
}

void
OwnBroker::freeze ()
{
  insist (::kill (process (), SIGSTOP) == 0, "there is no broker to freeze");
}

void
OwnBroker::thaw ()
{
  int pid = process ();
  if (pid > 0)
    ::kill (pid, SIGCONT);
}

void
OwnBroker::kill ()
{
  insist (::kill (process (), SIGKILL) == 0, "there is no broker to kill");
  /* A busy machine takes its time, and a broker that is still there would not
   * be started again. */
  insist (wait_until ([this] { return !is_running (); }),
      "the broker does not end");
}

void
OwnBroker::bring_up ()
{
  if (is_running ())
    thaw ();
  else
    start ();
}

} // namespace kafkacheck
