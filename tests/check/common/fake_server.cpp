/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/fake_server.h"

#include "common/pipeline.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace kafkacheck {

namespace {

constexpr int kForever = -1;

/* Bound to a free port of loopback, which then is nobody else's. */
int
bound_socket (std::string &address)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  auto *generic = reinterpret_cast<sockaddr *> (&where);
  socklen_t size = sizeof where;
  ck_assert_int_eq (bind (fd, generic, size), 0);
  ck_assert_int_eq (getsockname (fd, generic, &size), 0);
  address = "127.0.0.1:" + std::to_string (ntohs (where.sin_port));
  return fd;
}

} // namespace

FakeServer::FakeServer (std::string answer) : answer_ (std::move (answer))
{
  listener_ = bound_socket (address_);
  ck_assert_int_eq (listen (listener_, 16), 0);
  ck_assert_int_eq (pipe (stop_), 0);
  thread_ = std::thread (&FakeServer::serve, this);
}

FakeServer::~FakeServer ()
{
  close (stop_[1]);
  thread_.join ();
  close (stop_[0]);
  close (listener_);
}

void
FakeServer::serve ()
{
  std::vector<pollfd> sockets
      = { { stop_[0], POLLIN, 0 }, { listener_, POLLIN, 0 } };
  while (poll (sockets.data (), sockets.size (), kForever) > 0
         && !sockets[0].revents) {
    for (size_t i = 2; i < sockets.size (); i++) {
      char request[4096];
      if (!sockets[i].revents)
        continue;
      if (recv (sockets[i].fd, request, sizeof request, 0) <= 0) {
        close (sockets[i].fd);
        sockets[i].fd = -1; /* poll () passes it over */
      } else if (!answer_.empty ()) {
        send (sockets[i].fd, answer_.data (), answer_.size (), MSG_NOSIGNAL);
      }
    }
    if (sockets[1].revents) {
      int client = accept (listener_, nullptr, nullptr);
      sockets.push_back ({ client, POLLIN, 0 });
      std::lock_guard<std::mutex> lock (mutex_);
      clients_++;
      changed_.notify_all ();
    }
  }
  for (size_t i = 2; i < sockets.size (); i++)
    if (sockets[i].fd >= 0)
      close (sockets[i].fd);
}

void
FakeServer::wait_for_client ()
{
  std::unique_lock<std::mutex> lock (mutex_);
  bool came
      = changed_.wait_for (lock, patience (), [this] { return clients_ > 0; });
  ck_assert_msg (came, "nobody connects to %s", address_.c_str ());
}

/* Bound and not listening. */
ClosedPort::ClosedPort () : socket_ (bound_socket (address_)) {}

ClosedPort::~ClosedPort ()
{
  close (socket_);
}

} // namespace kafkacheck
