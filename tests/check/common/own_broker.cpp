/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/own_broker.h"

#include "common/pipeline.h"

#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace kafkacheck {

namespace {

std::string
new_directory ()
{
  gchar *made = g_dir_make_tmp ("gst-kafka-broker-XXXXXX", nullptr);
  ck_assert_msg (made != nullptr, "no temporary directory can be made");
  std::string path = made;
  g_free (made);
  return path;
}

} // namespace

std::string
OwnBroker::why_impossible ()
{
  const gchar *home = g_getenv ("JAVA_HOME");
  gchar *java = g_find_program_in_path ("java");
  bool is_there = home || java;
  g_free (java);
  return is_there ? "" : "it starts a broker of its own, and there is no java";
}

OwnBroker::OwnBroker (const std::string &options)
    : options_ (options), parent_ (getpid ()), directory_ (new_directory ())
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
  std::string command = SOURCE_ROOT "/tests/kafka/kafka.sh " + arguments;
  gchar *output = nullptr;
  gint status = 0;
  GError *error = nullptr;
  bool ran = g_spawn_command_line_sync (
      command.c_str (), &output, nullptr, &status, &error);
  ck_assert_msg (ran && status == 0, "%s failed: %s", command.c_str (),
      error ? error->message : "see above");
  std::string text = output;
  g_free (output);
  return text;
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
  ck_assert_msg (
      equals != std::string::npos, "kafka.sh said: %s", line.c_str ());
  servers_ = line.substr (equals + 1, line.find ('\n') - equals - 1);
}

int
OwnBroker::process () const
{
  int pid = 0;
  std::ifstream (directory_ + "/pid") >> pid;
  return pid;
}

void
OwnBroker::freeze ()
{
  ck_assert_int_eq (::kill (process (), SIGSTOP), 0);
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
  ck_assert_int_eq (::kill (process (), SIGKILL), 0);
}

void
OwnBroker::bring_up ()
{
  thaw ();
  start ();
}

} // namespace kafkacheck
