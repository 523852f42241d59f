/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which one of several consumers plays a stream. All of them are members of a
 * group that subscribes the topic; the one that Kafka assigns partition 0 is
 * the player, whatever partition the stream is in. Nothing is fetched here.
 *
 * Kafka hands partition 0 to the member whose name sorts first (the range
 * assignor, of all versions and languages), and names begin with client.id. So
 * that begins with the time when the member came: who came first plays until
 * it goes, and whoever loses its place comes last.
 *
 * poll () is to be called all the time, or the broker takes the member for
 * dead. All calls but wake () come from one thread. */

#pragma once

#include "client/client.h"

#include <chrono>

namespace gstkafka {

class Membership final : private RebalanceSink {
 public:
  enum class State {
    JOINING, /* not known yet */
    WAITING, /* another one plays */
    PLAYING,
    LOST, /* the broker, or we, have taken us for dead: leave */
  };

  /* Errors are of kind SETTINGS; the network is not waited for. `entries` are
   * the player's. */
  static Result<std::shared_ptr<Membership>> open (ConfigEntries entries,
      const std::string &group, const std::string &topic);
  ~Membership () override;

  /* Leaves the group at once, which nobody waits for. */
  static void leave (std::shared_ptr<Membership> membership);

  /* Waits for at most `timeout_ms`, or until wake (). */
  void poll (int timeout_ms);
  /* Any thread. */
  void wake ();

  State state () const;

  /* After how long without a sign the broker takes the member for dead. */
  std::chrono::milliseconds
  session_timeout () const
  {
    return session_timeout_;
  }

  /* Why the broker does not let us in; trying again cannot help. */
  const MaybeError &
  refusal () const
  {
    return refusal_;
  }
  /* Nobody tells us who plays, as all connections are down: the reason. */
  MaybeError outage () const;

 private:
  Membership () = default;

  void on_rebalance (rd_kafka_resp_err_t code,
      const rd_kafka_topic_partition_list_t &partitions) noexcept override;
  void take_error (const rd_kafka_message_t &message);

  std::shared_ptr<Client> client_;
  QueueHandle queue_;
  std::chrono::milliseconds session_timeout_{ 0 };

  State state_ = State::JOINING;
  /* Since when it is being decided anew who plays. */
  std::optional<std::chrono::steady_clock::time_point> undecided_since_;
  MaybeError refusal_;
};

} // namespace gstkafka
