/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/background.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace gstkafka {

namespace {

/* rd_kafka_destroy () of librdkafka 2.8 takes a second now and then: a broker
 * thread misses its wake-up (docs/reports/librdkafka-slow-destroy.c).
 * rd_kafka_consumer_close () waits for the answer to a commit. */
class Background {
 public:
  ~Background ()
  {
    std::unique_lock<std::mutex> lock (mutex_);
    changed_.wait_for (lock, kLastPatience, [this] { return busy_ == 0; });
  }

  void
  run (std::function<void ()> work, std::chrono::milliseconds patience)
  {
    auto is_done = std::make_shared<bool> (false);
    std::unique_lock<std::mutex> lock (mutex_);
    busy_++;
    std::thread ([this, work = std::move (work), is_done] () mutable {
      work ();
      work = nullptr;
      std::lock_guard<std::mutex> done_lock (mutex_);
      *is_done = true;
      busy_--;
      changed_.notify_all ();
    }).detach ();
    changed_.wait_for (lock, patience, [&] { return *is_done; });
  }

 private:
  static constexpr std::chrono::seconds kLastPatience{ 3 };

  std::mutex mutex_; /* guards busy_ and who is done */
  std::condition_variable changed_;
  int busy_ = 0;
};

} // namespace

void
run_in_background (
    std::function<void ()> work, std::chrono::milliseconds patience)
{
  static Background background;
  background.run (std::move (work), patience);
}

} // namespace gstkafka
