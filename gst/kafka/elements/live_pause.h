/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The pause of a live source. basesrc interrupts create () when it pauses, and
 * looks only after it whether it plays. If it does again by then, it takes
 * FLUSHING for a flush and stops for good (1.22 to 1.26: live_running in
 * gst_base_src_get_range (), which gst_base_src_set_playing () changes while
 * create () is on its way back). So create () does not come back for a pause,
 * but waits for its end. Any thread. */

#pragma once

#include <condition_variable>
#include <mutex>

namespace gstkafka {

class LivePause {
 public:
  /* Whether the next begin () is for a pause. */
  void
  expect (bool expected)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    is_expected_ = expected;
  }

  /* False when it is for something else. */
  bool
  begin ()
  {
    std::lock_guard<std::mutex> lock (mutex_);
    is_paused_ = is_paused_ || is_expected_;
    return is_expected_;
  }

  void
  end ()
  {
    std::lock_guard<std::mutex> lock (mutex_);
    is_paused_ = false;
    ended_.notify_all ();
  }

  void
  wait_for_end ()
  {
    std::unique_lock<std::mutex> lock (mutex_);
    ended_.wait (lock, [this] { return !is_paused_; });
  }

 private:
  std::mutex mutex_; /* guards all below */
  std::condition_variable ended_;
  bool is_expected_ = false;
  bool is_paused_ = false;
};

} // namespace gstkafka
