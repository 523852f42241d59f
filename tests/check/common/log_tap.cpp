/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "log_tap.h"

#include <mutex>

namespace kafkacheck {

namespace {

/* A thread that logs may be about to call a function that is removed just now:
 * what that uses is there for good. */
struct Slot {
  std::mutex mutex; /* guards look */
  const LogTap::Look *look = nullptr;
};

Slot &
the_slot ()
{
  static auto *slot = new Slot;
  return *slot;
}

void
set_look (const LogTap::Look *look)
{
  std::lock_guard<std::mutex> lock (the_slot ().mutex);
  the_slot ().look = look;
}

void
on_line (GstDebugCategory *category, GstDebugLevel, const gchar *,
    const gchar *, gint, GObject *, GstDebugMessage *message, gpointer)
{
  const char *text = gst_debug_message_get (message);
  std::lock_guard<std::mutex> lock (the_slot ().mutex);
  if (the_slot ().look)
    (*the_slot ().look) (category, text);
}

} // namespace

LogTap::LogTap (Look look) : look_ (std::move (look))
{
  set_look (&look_);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (on_line, nullptr, nullptr);
}

LogTap::~LogTap ()
{
  gst_debug_remove_log_function (on_line);
  set_look (nullptr);
}

} // namespace kafkacheck
