/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/background.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace gstkafka {

namespace {

/* rd_kafka_destroy () of librdkafka 2.8 takes a second now and then: a broker
 * thread misses its wake-up (docs/reports/librdkafka-slow-destroy.c).
 * rd_kafka_consumer_close () waits for the answer to a commit. */
struct State {
  std::mutex mutex; /* guards the rest, and who is done */
  std::condition_variable changed;
  int busy = 0;
};

/* A thread may outlive the process's patience, so it shares the state. */
std::shared_ptr<State>
shared_state ()
{
  static const auto state = std::make_shared<State> ();
  return state;
}

/* When the process ends, what is nearly done is let finish. */
struct LastMoment {
  ~LastMoment ()
  {
    constexpr std::chrono::milliseconds patience{ 1000 };
    auto state = shared_state ();
    std::unique_lock<std::mutex> lock (state->mutex);
    state->changed.wait_for (
        lock, patience, [&state] { return state->busy == 0; });
  }
};

/* False: this process cannot have another thread. */
bool
start_thread (const std::function<void ()> &body)
{
  try {
    std::thread (body).detach ();
    return true;
  } catch (const std::system_error &) {
    return false;
  }
}

} // namespace

void
run_in_background (
    std::function<void ()> work, std::chrono::milliseconds patience)
{
  auto state = shared_state ();
  static LastMoment last_moment; /* goes before the state does */
  auto is_done = std::make_shared<bool> (false);
  auto shared_work
      = std::make_shared<std::function<void ()>> (std::move (work));
  auto body = [state, is_done, shared_work] {
    (*shared_work) ();
    *shared_work = nullptr;
    std::lock_guard<std::mutex> lock (state->mutex);
    *is_done = true;
    state->busy--;
    state->changed.notify_all ();
  };
  {
    std::lock_guard<std::mutex> lock (state->mutex);
    state->busy++;
  }
  if (!start_thread (body))
    body ();
  std::unique_lock<std::mutex> lock (state->mutex);
  state->changed.wait_for (lock, patience, [&is_done] { return *is_done; });
}

} // namespace gstkafka
