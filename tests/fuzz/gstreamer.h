/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* GStreamer for fuzz targets. */

#pragma once

#include <gst/gst.h>

#include <cstdlib>

namespace fuzz {

/* An assertion in GLib or GStreamer, or a complaint, is as bad as one of ours.
 * GLib's own trap is no signal of libFuzzer's. */
inline void
on_log (const gchar *domain, GLogLevelFlags level, const gchar *message,
    gpointer data)
{
  g_log_default_handler (domain, level, message, data);
  if (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
    std::abort ();
}

/* Once. */
inline void
begin_gstreamer ()
{
  static const bool has_begun = [] {
    gst_init (nullptr, nullptr);
    g_log_set_default_handler (on_log, nullptr);
    return true;
  }();
  (void)has_begun;
}

} // namespace fuzz
