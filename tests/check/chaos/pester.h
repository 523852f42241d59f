/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Promise 7, while all goes wrong: a sink, a source and a source in a group
 * that are started, paused, flushed, sought and stopped at random. */

#pragma once

#include "common/pipeline.h"

#include <atomic>
#include <random>
#include <thread>

namespace kafkacheck {

class Pester {
 public:
  /* Begins. The sources read `read`, the sink writes into `written`. */
  Pester (const std::string &read, const std::string &written);
  ~Pester ();
  Pester (const Pester &) = delete;
  Pester &operator= (const Pester &) = delete;

  void stop ();
  /* Once it is stopped: fails the test when anything took longer than
   * stop_limit (). */
  void check () const;

  size_t
  actions () const
  {
    return actions_;
  }
  /* The slowest of them. */
  std::chrono::milliseconds
  worst () const
  {
    return std::chrono::milliseconds (worst_);
  }

 private:
  struct Victim {
    std::string name;
    bool is_held_up; /* by the broker, or the clock, for any time */
    Pipeline pipeline;
    GstState wanted = GST_STATE_NULL;
  };

  void run (std::mt19937 chance);
  void act (Victim &victim, std::mt19937 &chance);
  void change_state (Victim &victim, GstState state);
  void seek (Victim &victim, std::mt19937 &chance);
  void ask (Victim &victim);
  void watch_step (const std::string &what, const std::function<void ()> &step);

  std::vector<std::unique_ptr<Victim>> victims_;
  std::atomic<bool> stopping_{ false };
  std::atomic<size_t> actions_{ 0 };
  std::atomic<int64_t> worst_{ 0 };

  std::string complaint_; /* the thread's, until it has ended */

  std::thread thread_;
};

} // namespace kafkacheck
