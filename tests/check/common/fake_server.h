/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Who may be at an address instead of a broker. All on loopback, on ports that
 * the system chooses. */

#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace kafkacheck {

/* Takes every connection and keeps it. Says nothing, or `answer` to whoever
 * sends something. */
class FakeServer {
 public:
  explicit FakeServer (std::string answer = "");
  ~FakeServer ();
  FakeServer (const FakeServer &) = delete;
  FakeServer &operator= (const FakeServer &) = delete;

  /* host:port */
  const std::string &
  address () const
  {
    return address_;
  }
  /* Fails the test when nobody connects in time. */
  void wait_for_client ();

 private:
  void serve ();

  const std::string answer_;
  std::string address_;
  int listener_ = -1;
  int stop_[2] = { -1, -1 }; /* a pipe: closing its end stops the thread */

  std::mutex mutex_; /* guards clients_ */
  std::condition_variable changed_;
  int clients_ = 0; /* so far */

  std::thread thread_;
};

/* A port that refuses connections for as long as this lives. */
class ClosedPort {
 public:
  ClosedPort ();
  ~ClosedPort ();
  ClosedPort (const ClosedPort &) = delete;
  ClosedPort &operator= (const ClosedPort &) = delete;

  const std::string &
  address () const
  {
    return address_;
  }

 private:
  std::string address_; /* before socket_, whose making fills it in */
  int socket_;
};

} // namespace kafkacheck
