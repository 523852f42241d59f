/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace kafkacheck {

namespace {

/* What a line holds before it takes no more. */
constexpr size_t kLine = 1024 * 1024;
constexpr size_t kPortion = 64 * 1024;

sockaddr_in
local (int port)
{
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (static_cast<uint16_t> (port));
  return address;
}

/* Before and outside of any test. */
void
insist (bool is_fine, const char *what)
{
  if (is_fine)
    return;
  std::perror (what);
  std::exit (1);
}

void
make_ready (int socket)
{
  int on = 1;
  setsockopt (socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl (socket, F_SETFL, O_NONBLOCK);
}

bool
is_only_busy ()
{
  return errno == EAGAIN || errno == EINTR;
}

} // namespace

Proxy::Proxy () : listener_ (socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
  sockaddr_in address = local (0);
  auto *generic = reinterpret_cast<sockaddr *> (&address);
  socklen_t size = sizeof address;
  insist (listener_ >= 0 && bind (listener_, generic, size) == 0
              && listen (listener_, SOMAXCONN) == 0
              && getsockname (listener_, generic, &size) == 0,
      "no port for a proxy");
  fcntl (listener_, F_SETFL, O_NONBLOCK);
  port_ = ntohs (address.sin_port);
}

Proxy::~Proxy ()
{
  stop ();
  close (listener_);
}

std::string
Proxy::servers () const
{
  return "127.0.0.1:" + std::to_string (port_);
}

void
Proxy::start (const std::string &broker)
{
  broker_port_ = std::atoi (broker.substr (broker.rfind (':') + 1).c_str ());
  wake_ = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread (&Proxy::run, this);
}

void
Proxy::stop ()
{
  if (!thread_.joinable ())
    return;
  stopping_ = true;
  wake ();
  thread_.join ();
  stopping_ = false;
  reset_all ();
  close (wake_);
}

/* ---- any thread ---- */

void
Proxy::cut ()
{
  Quality quality;
  quality.passes_requests = quality.passes_answers = false;
  change (quality);
}

void
Proxy::cut_answers ()
{
  Quality quality;
  quality.passes_answers = false;
  change (quality);
}

void
Proxy::slow_down (std::chrono::milliseconds delay, size_t bytes_per_second)
{
  Quality quality;
  quality.delay = delay;
  quality.bytes_per_second = bytes_per_second;
  change (quality);
}

void
Proxy::heal ()
{
  change (Quality ());
}

void
Proxy::change (const Quality &quality)
{
  std::lock_guard<std::mutex> lock (mutex_);
  quality_ = quality;
  wake ();
}

void
Proxy::reset ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  has_to_reset_ = true;
  wake ();
}

void
Proxy::wake () const
{
  eventfd_write (wake_, 1);
}

/* ---- the thread ---- */

/* With the resets that were asked for: they come before what is changed
 * afterwards. */
Proxy::Quality
Proxy::quality ()
{
  bool has_to_reset;
  Quality now;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    has_to_reset = std::exchange (has_to_reset_, false);
    now = quality_;
  }
  if (has_to_reset)
    reset_all ();
  return now;
}

void
Proxy::run ()
{
  while (!stopping_) {
    Quality now = quality ();
    std::vector<pollfd> polled{ { wake_, POLLIN, 0 },
      { listener_, POLLIN, 0 } };
    for (const auto &one : connections_) {
      auto events = [] (bool takes, const Flow &out, bool gives) {
        return static_cast<short> (
            (takes ? POLLIN : 0) | (gives && is_due (out) ? POLLOUT : 0));
      };
      bool asks = now.passes_requests && one.requests.size < kLine;
      bool answers = now.passes_answers && one.answers.size < kLine;
      /* Without events not even the end of a connection is of interest. */
      short client = events (asks, one.answers, now.passes_answers);
      short broker = events (answers, one.requests, now.passes_requests);
      polled.push_back ({ client ? one.client : -1, client, 0 });
      polled.push_back ({ broker ? one.broker : -1, broker, 0 });
    }
    poll (polled.data (), polled.size (),
        static_cast<int> (time_left (now).count ()));
    eventfd_t ignored;
    eventfd_read (wake_, &ignored);
    size_t i = 2;
    for (auto &one : connections_) {
      serve (one, now, polled[i].revents, polled[i + 1].revents);
      i += 2;
    }
    connections_.remove_if ([] (const Connection &one) {
      if (one.is_over)
        end (one);
      return one.is_over;
    });
    if (polled[1].revents)
      take_connection ();
  }
}

/* A broker that is not there ends the client's connection, too. */
void
Proxy::take_connection ()
{
  Connection fresh;
  fresh.client = accept4 (listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fresh.client < 0)
    return;
  fresh.broker = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = local (broker_port_);
  fresh.is_over = connect (fresh.broker,
                      reinterpret_cast<sockaddr *> (&address), sizeof address)
                  != 0;
  make_ready (fresh.client);
  make_ready (fresh.broker);
  if (fresh.is_over)
    end (fresh);
  else
    connections_.push_back (std::move (fresh));
}

void
Proxy::reset_all ()
{
  for (const auto &one : connections_)
    end (one);
  connections_.clear ();
}

void
Proxy::end (const Connection &connection)
{
  linger at_once{ 1, 0 };
  for (int socket : { connection.client, connection.broker }) {
    setsockopt (socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close (socket);
  }
}

void
Proxy::serve (
    Connection &one, const Quality &quality, short client, short broker)
{
  constexpr short input = POLLIN | POLLHUP | POLLERR;
  bool is_well = true;
  if ((client & input) && quality.passes_requests)
    is_well &= take (one.client, one.requests, quality);
  if ((broker & input) && quality.passes_answers)
    is_well &= take (one.broker, one.answers, quality);
  if (quality.passes_requests)
    is_well &= give (one.broker, one.requests);
  if (quality.passes_answers)
    is_well &= give (one.client, one.answers);
  one.is_over = !is_well;
}

/* False: that side has ended it. */
bool
Proxy::take (int from, Flow &flow, const Quality &quality) const
{
  if (flow.size >= kLine)
    return true;
  std::vector<char> bytes (kPortion);
  ssize_t got = recv (from, bytes.data (), bytes.size (), 0);
  if (got <= 0)
    return got < 0 && is_only_busy ();
  bytes.resize (static_cast<size_t> (got));
  flow.size += bytes.size ();
  auto now = Clock::now ();
  flow.free_at = std::max (flow.free_at, now);
  if (quality.bytes_per_second > 0)
    flow.free_at += std::chrono::microseconds (
        bytes.size () * 1000000 / quality.bytes_per_second);
  flow.portions.push_back (
      { flow.free_at + quality.delay, std::move (bytes), 0 });
  return true;
}

bool
Proxy::is_due (const Flow &flow)
{
  return !flow.portions.empty () && flow.portions.front ().due <= Clock::now ();
}

bool
Proxy::give (int to, Flow &flow) const
{
  while (is_due (flow)) {
    Portion &portion = flow.portions.front ();
    ssize_t sent = send (to, portion.bytes.data () + portion.done,
        portion.bytes.size () - portion.done, MSG_NOSIGNAL);
    if (sent < 0)
      return is_only_busy ();
    flow.size -= static_cast<size_t> (sent);
    portion.done += static_cast<size_t> (sent);
    if (portion.done == portion.bytes.size ())
      flow.portions.pop_front ();
  }
  return true;
}

/* Until something is due that is not yet; -1: until something happens. */
std::chrono::milliseconds
Proxy::time_left (const Quality &quality) const
{
  constexpr std::chrono::milliseconds for_ever{ -1 };
  auto now = Clock::now ();
  std::chrono::milliseconds least = for_ever;
  auto note = [&] (const Flow &flow) {
    if (flow.portions.empty () || flow.portions.front ().due <= now)
      return;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds> (
                    flow.portions.front ().due - now)
                + std::chrono::milliseconds (1);
    least = least == for_ever ? left : std::min (least, left);
  };
  for (const auto &one : connections_) {
    if (quality.passes_requests)
      note (one.requests);
    if (quality.passes_answers)
      note (one.answers);
  }
  return least;
}

} // namespace kafkacheck
