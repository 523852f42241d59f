/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/membership.h"

#include "client/background.h"

#include <algorithm>
#include <cstdio>

namespace gstkafka {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* Whoever has this one plays. Any topic has it. */
constexpr int kPrize = 0;

/* Digits sort like numbers until the year 2286. */
std::string
seniority ()
{
  auto now = std::chrono::system_clock::now ().time_since_epoch ();
  auto ms = std::chrono::duration_cast<milliseconds> (now).count ();
  char text[32];
  snprintf (text, sizeof text, "%013lld", static_cast<long long> (ms));
  return text;
}

ConfigEntries
member_config (ConfigEntries entries, const std::string &group)
{
  const std::string *id = find_entry (entries, "client.id");
  const ConfigEntry own[] = {
    { "client.id", seniority () + (id ? "-" + *id : "") },
    { "group.id", group },
    /* See the top of membership.h. */
    { "partition.assignment.strategy", "range" },
  };
  /* The broker's own assignors do not go by names. */
  auto is_other = [&own] (const ConfigEntry &entry) {
    return entry.name.compare (0, 14, "group.protocol") == 0
           || entry.name == "group.remote.assignor"
           || std::any_of (std::begin (own), std::end (own),
               [&entry] (const auto &mine) { return mine.name == entry.name; });
  };
  entries.erase (std::remove_if (entries.begin (), entries.end (), is_other),
      entries.end ());
  entries.insert (entries.end (), std::begin (own), std::end (own));
  return entries;
}

rd_kafka_resp_err_t
subscribe (Client &client)
{
  PartitionListHandle topics
      = client.list_of (RD_KAFKA_PARTITION_UA, RD_KAFKA_OFFSET_INVALID);
  return rd_kafka_subscribe (client.handle (), topics.get ());
}

} // namespace

Result<std::shared_ptr<Membership>>
Membership::open (
    ConfigEntries entries, const std::string &group, const std::string &topic)
{
  std::shared_ptr<Membership> membership (new Membership);
  auto client = Client::open (RD_KAFKA_CONSUMER,
      member_config (std::move (entries), group), topic, nullptr,
      membership.get ());
  if (!client)
    return client.error ();
  rd_kafka_t *handle = (*client)->handle ();
  rd_kafka_poll_set_consumer (handle);
  membership->client_ = std::move (*client);
  membership->queue_.reset (rd_kafka_queue_get_consumer (handle));
  membership->session_timeout_ = milliseconds (
      std::atoi (membership->client_->setting ("session.timeout.ms").c_str ()));
  if (auto code = subscribe (*membership->client_))
    return describe_error (code, "", membership->client_->context ());
  return membership;
}

Membership::~Membership () = default;

/* It is needed until the last callback has come. */
void
Membership::leave (std::shared_ptr<Membership> membership)
{
  run_in_background (
      [membership = std::move (membership)] () mutable {
        rd_kafka_consumer_close (membership->client_->handle ());
        membership.reset ();
      },
      milliseconds (0));
}

void
Membership::poll (int timeout_ms)
{
  MessageHandle message (
      rd_kafka_consumer_poll (client_->handle (), timeout_ms));
  if (message && message->err)
    take_error (*message);
}

void
Membership::wake ()
{
  rd_kafka_queue_yield (queue_.get ());
}

/* While it is decided anew, who played goes on. That takes as long as the
 * broker waits for a member that is dead, or somebody else plays already. */
Membership::State
Membership::state () const
{
  if (state_ == State::PLAYING && undecided_since_
      && steady_clock::now () - *undecided_since_ > 2 * session_timeout_)
    return State::LOST;
  return state_;
}

/* Where it is decided, it does not tell when they are up again. */
MaybeError
Membership::outage () const
{
  bool is_decided = state_ != State::JOINING && !undecided_since_;
  return is_decided ? std::nullopt : client_->outage ();
}

void
Membership::take_error (const rd_kafka_message_t &message)
{
  const char *reason = rd_kafka_message_errstr (&message);
  client_->note_error (message.err, reason);
  if (is_refusal (message.err))
    refusal_ = describe_error (message.err, reason, client_->context ());
  else if (message.err == RD_KAFKA_RESP_ERR__FATAL)
    refusal_ = client_->fatal_error ();
  else if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
    state_ = State::LOST; /* the process stood still */
}

/* Whatever it is, nothing is fetched: an empty assignment is one, too. */
void
Membership::on_rebalance (rd_kafka_resp_err_t code,
    const rd_kafka_topic_partition_list_t &partitions) noexcept
{
  rd_kafka_t *handle = client_->handle ();
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    bool has_prize = false;
    for (int i = 0; i < partitions.cnt; i++)
      has_prize |= partitions.elems[i].partition == kPrize;
    if (state_ != State::LOST)
      state_ = has_prize ? State::PLAYING : State::WAITING;
    undecided_since_.reset ();
    client_->note_contact ();
    PartitionListHandle none (rd_kafka_topic_partition_list_new (1));
    rd_kafka_assign (handle, none.get ());
    return;
  }
  if (rd_kafka_assignment_lost (handle) && state_ == State::PLAYING)
    state_ = State::LOST;
  undecided_since_ = steady_clock::now ();
  rd_kafka_assign (handle, nullptr);
}

} // namespace gstkafka
