/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/scripts.h"

#include <glib.h>

#include <cstdlib>

namespace kafkacheck {

void
insist (bool is_fine, const std::string &complaint)
{
  if (is_fine)
    return;
  g_printerr ("%s\n", complaint.c_str ());
  std::exit (1);
}

std::string
new_directory (const char *name)
{
  std::string pattern = std::string ("gst-kafka-") + name + "-XXXXXX";
  gchar *made = g_dir_make_tmp (pattern.c_str (), nullptr);
  insist (made != nullptr, "no temporary directory can be made");
  std::string path = made;
  g_free (made);
  return path;
}

std::string
run_command (const std::string &command)
{
  gchar *output = nullptr;
  gint status = 0;
  GError *error = nullptr;
  bool ran = g_spawn_command_line_sync (
      command.c_str (), &output, nullptr, &status, &error);
  insist (ran && status == 0,
      command + " failed" + (error ? std::string (": ") + error->message : ""));
  std::string text = output;
  g_free (output);
  return text;
}

} // namespace kafkacheck
