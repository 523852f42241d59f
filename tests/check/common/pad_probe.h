/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Looks at what passes a pad, for as long as it lives. */

#pragma once

#include <condition_variable>
#include <functional>
#include <gst/gst.h>
#include <mutex>

namespace kafkacheck {

class PadProbe {
 public:
  /* In the thread that pushes. What it uses has to live as long as this: best
   * to have this as the last member. */
  using Look = std::function<void (GstPadProbeInfo *)>;

  /* Takes the reference to `pad`. */
  PadProbe (GstPad *pad, int types, Look look);
  /* Data may still flow, and be looked at just now: that is waited for. */
  ~PadProbe ();
  PadProbe (const PadProbe &) = delete;
  PadProbe &operator= (const PadProbe &) = delete;

  GstPad *
  pad () const
  {
    return pad_;
  }

 private:
  static GstPadProbeReturn on_data (
      GstPad *pad, GstPadProbeInfo *info, gpointer user_data);
  static void on_removed (gpointer user_data);

  GstPad *const pad_;
  const Look look_;

  std::mutex mutex_; /* guards is_removed_, of which changed_ tells */
  std::condition_variable changed_;
  bool is_removed_ = false;

  const gulong probe_;
};

} // namespace kafkacheck
