/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A broker with TLS, logins and ACLs, which takes seconds to start: one for all
 * suites that need it. */

#include "pipelines/security.h"

#include "common/pipeline.h"

#include <fstream>

using namespace kafkacheck;

static SecureBroker *broker;

SecureBroker &
secure_broker ()
{
  return *broker;
}

std::string
with_paths (const std::string &settings)
{
  std::string text = settings;
  size_t at;
  while ((at = text.find ('@')) != std::string::npos)
    text.replace (at, 1, broker->path (""));
  return text;
}

std::string
by_file (const std::string &listener, const std::string &settings)
{
  static int count = 0;
  std::string path
      = scratch_directory () + "/client-" + std::to_string (count++) + ".conf";
  std::ofstream (path) << with_paths (settings);
  return "bootstrap-servers=" + broker->address (listener)
         + " config-file=" + path;
}

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  Suite *suite = suite_create ("security");
  suite_add_tcase (suite, security_access_tests ());
  suite_add_tcase (suite, security_denial_tests ());
  suite_add_tcase (suite, security_secret_tests ());

  std::string obstacle = SecureBroker::why_impossible ();
  if (!obstacle.empty ())
    return skip_suite (suite, "security", obstacle);
  static SecureBroker own;
  broker = &own;
  return gst_check_run_suite (suite, "security", __FILE__);
}
