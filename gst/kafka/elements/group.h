/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A stream's place in a consumer group: who plays, and how far the group has
 * come. A kafkasrc is told which partition, or even key, to play, so Kafka's
 * assignment of partitions does not decide that. Two groups do:
 *
 *   place_group ()    keeps the offset of the first record that was not used;
 *                     nobody is a member
 *   member_group ()   has all sources of this stream as members, of which one
 *                     plays
 *
 * A thread serves both, for a paused pipeline as well. Calls come from any
 * thread. */

#pragma once

#include "client/committer.h"
#include "client/membership.h"
#include "elements/group_names.h"
#include "elements/usage.h"

#include <condition_variable>
#include <thread>

namespace gstkafka {

struct GroupSettings {
  std::string id; /* empty: no group */
  std::chrono::nanoseconds commit_interval{ 0 };
};

class Group {
 public:
  /* Errors are of kind SETTINGS; the network is not waited for. `config` and
   * `player` are the reading consumer's, whose group.id is place_group ().
   * What `usage` says is committed. */
  static Result<std::unique_ptr<Group>> join (const GroupSettings &settings,
      const ConfigEntries &config, const StreamAddress &stream, int partition,
      std::shared_ptr<Client> player, std::shared_ptr<Usage> usage);
  /* Commits what is left, if the broker answers at once, and leaves. */
  ~Group ();

  /* The number of this source's turn to play, counted from 1; 0: it is not its
   * turn. Another number than before: others may have played in between. */
  uint64_t turn () const;
  /* The same, but waits for a turn until then. */
  uint64_t wait_for_turn (std::chrono::milliseconds timeout) const;
  /* Another source plays. */
  bool is_others_turn () const;
  /* From here on `usage` speaks of that turn, and so is committed. */
  void begin_turn (uint64_t turn);

  /* Where the group has come to. Blocks for one slice at most. */
  struct Place {
    CommittedLookup lookup;
    bool is_ours; /* nobody else has committed since we did */
  };
  Place look_up ();

  /* The broker has: the topic was deleted. */
  void forget_committed ();

  /* The last offset that is known to be committed; -1: none. */
  int64_t committed () const;

  /* What has been found out since the last call, for the bus. */
  MaybeError take_warning ();
  /* Why nothing can come of it. */
  MaybeError refusal () const;
  /* All connections are down: the reason. */
  MaybeError outage () const;

 private:
  using Clock = std::chrono::steady_clock;

  Group (std::chrono::nanoseconds commit_interval, const ConfigEntries &config,
      std::string member_group, std::shared_ptr<Client> player, int partition,
      std::shared_ptr<Usage> usage);

  MaybeError become_member ();
  void run ();
  bool note_state ();
  bool has_stood_still () const;
  uint64_t present_turn () const;
  void rejoin ();
  void commit_when_due ();
  void commit_last ();
  std::optional<int64_t> uncommitted () const;
  void take_answer (std::chrono::milliseconds timeout);

  const std::chrono::nanoseconds commit_interval_;
  const ConfigEntries config_;
  const std::string member_group_;
  const std::shared_ptr<Client> player_;
  const std::shared_ptr<Usage> usage_;
  Committer committer_;
  Clock::time_point next_commit_; /* the thread's */
  bool is_failing_ = false;       /* the thread's: the last commit did */

  mutable std::mutex mutex_; /* guards all below; changed_ tells of turns */
  mutable std::condition_variable changed_;
  std::shared_ptr<Membership> membership_;     /* changed by the thread only */
  Clock::time_point alive_at_ = Clock::now (); /* the thread */
  bool stopping_ = false;
  uint64_t turn_ = 0;
  uint64_t turns_ = 0;
  uint64_t begun_turn_ = 0; /* the one that usage_ speaks of */
  bool is_others_turn_ = false;
  int64_t committed_ = -1;
  MaybeError warning_, refusal_, outage_;

  std::thread thread_;
};

} // namespace gstkafka
