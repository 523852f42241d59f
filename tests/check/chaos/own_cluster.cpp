/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "own_cluster.h"

#include "common/pipeline.h"
#include "common/scripts.h"

#include <unistd.h>

#include <csignal>
#include <fstream>

namespace kafkacheck {

OwnCluster::OwnCluster ()
    : parent_ (getpid ()), directory_ (new_directory ("cluster"))
{
  bring_up ();
}

/* Tests run in forked copies of this object, which end by exit (). */
OwnCluster::~OwnCluster ()
{
  if (getpid () == parent_)
    run_script ("wipe --dir " + directory_);
}

std::string
OwnCluster::run_script (const std::string &arguments) const
{
  return run_command (SOURCE_ROOT "/tests/kafka/cluster.sh " + arguments);
}

int
OwnCluster::process_at (const std::string &port) const
{
  for (int node = 1; node <= 3; node++) {
    std::ifstream file (directory_ + "/" + std::to_string (node) + "/pid");
    int pid = 0;
    std::string its_port;
    if (file >> pid >> its_port && its_port == port)
      return pid;
  }
  return 0;
}

static std::string
port_of (const std::string &servers)
{
  return servers.substr (servers.rfind (':') + 1);
}

void
OwnCluster::kill (const std::string &servers)
{
  int pid = process_at (port_of (servers));
  insist (pid > 0 && ::kill (pid, SIGKILL) == 0, "no node is at " + servers);
  insist (wait_until ([pid] { return ::kill (pid, 0) != 0; }),
      "the node at " + servers + " does not end");
}

void
OwnCluster::freeze (const std::string &servers)
{
  int pid = process_at (port_of (servers));
  insist (pid > 0 && ::kill (pid, SIGSTOP) == 0, "no node is at " + servers);
}

void
OwnCluster::bring_up ()
{
  for (int node = 1; node <= 3; node++) {
    int pid = 0;
    std::ifstream (directory_ + "/" + std::to_string (node) + "/pid") >> pid;
    if (pid > 0)
      ::kill (pid, SIGCONT);
  }
  std::string line = run_script ("start --dir " + directory_ + " --with-parent "
                                 + std::to_string (parent_));
  size_t equals = line.find ('=');
  insist (equals != std::string::npos, "cluster.sh said: " + line);
  g_setenv ("KAFKA_BOOTSTRAP_SERVERS",
      line.substr (equals + 1, line.find ('\n') - equals - 1).c_str (), TRUE);
}

} // namespace kafkacheck
