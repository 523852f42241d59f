/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Looks at what GStreamer logs, instead of its printing that, for as long as it
 * lives. One at a time. */

#pragma once

#include <functional>
#include <gst/gst.h>

namespace kafkacheck {

class LogTap {
 public:
  /* In the thread that logs, one line after the other. What it uses has to live
   * as long as this: best to have this as the last member. */
  using Look = std::function<void (GstDebugCategory *, const char *text)>;

  explicit LogTap (Look look);
  ~LogTap ();
  LogTap (const LogTap &) = delete;
  LogTap &operator= (const LogTap &) = delete;

 private:
  const Look look_;
};

} // namespace kafkacheck
