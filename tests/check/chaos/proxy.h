/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The network between clients and one broker, as bad as a test wants it:
 *
 *   client ──▶ servers () ──[ cut, slow, reset ]──▶ broker
 *
 * The broker advertises the proxy's address, so that no client goes round it.
 */

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kafkacheck {

class Proxy {
 public:
  /* Takes a free port; nothing is served before start (), so that there can be
   * a port in one process and the proxy in those that it forks. */
  Proxy ();
  ~Proxy ();
  Proxy (const Proxy &) = delete;
  Proxy &operator= (const Proxy &) = delete;

  /* host:port */
  std::string servers () const;

  /* `broker` is host:port of the same host. */
  void start (const std::string &broker);
  /* Ends all connections; start () goes on at the same port. */
  void stop ();

  /* Nothing gets through any more; connections stay, and new ones are taken. */
  void cut ();
  /* Requests arrive and answers don't. */
  void cut_answers ();
  /* Each byte comes so much later; and so many of them a second at most in each
   * direction of a connection, 0 for any number. */
  void slow_down (std::chrono::milliseconds delay, size_t bytes_per_second);
  /* As the network was made. */
  void heal ();
  /* All connections end with RST. */
  void reset ();

 private:
  using Clock = std::chrono::steady_clock;

  struct Quality {
    bool passes_requests = true;
    bool passes_answers = true;
    std::chrono::milliseconds delay{ 0 };
    size_t bytes_per_second = 0;
  };
  struct Portion {
    Clock::time_point due;
    std::vector<char> bytes;
    size_t done = 0;
  };
  struct Flow {
    std::deque<Portion> portions;
    size_t size = 0;             /* of them all */
    Clock::time_point free_at{}; /* when the line has passed all that it took */
  };
  struct Connection {
    int client = -1;
    int broker = -1;
    Flow requests, answers;
    bool is_over = false;
  };

  void change (const Quality &quality);
  void wake () const;
  void run ();
  Quality quality ();
  void take_connection ();
  void reset_all ();
  void serve (Connection &connection, const Quality &quality, short client,
      short broker);
  bool take (int from, Flow &flow, const Quality &quality) const;
  bool give (int to, Flow &flow) const;
  std::chrono::milliseconds time_left (const Quality &quality) const;
  static bool is_due (const Flow &flow);
  static void end (const Connection &connection);

  int listener_;
  int port_ = 0;
  int broker_port_ = 0;
  int wake_ = -1;
  std::list<Connection> connections_; /* the thread's */
  std::atomic<bool> stopping_{ false };

  /* Guards what follows. */
  std::mutex mutex_;
  Quality quality_;
  bool has_to_reset_ = false;

  std::thread thread_;
};

} // namespace kafkacheck
