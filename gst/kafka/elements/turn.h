/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A reader's turns to play a stream whose group it has joined: when one begins
 * and ends, from which place on, and what is to be said of that. One thread,
 * but for what says otherwise. */

#pragma once

#include "elements/complaints.h"
#include "elements/group.h"

#include <variant>

namespace gstkafka {

class Turn {
 public:
  /* `resumes`: the first turn begins at the group's place, too. What `usage`
   * says is committed. */
  Turn (
      const Complaints &complaints, bool resumes, std::shared_ptr<Usage> usage)
      : complaints_ (complaints), resumes_ (resumes), usage_ (std::move (usage))
  {}

  /* As Group::join (). */
  MaybeError join (const GroupSettings &settings, const ConfigEntries &config,
      const StreamAddress &stream, int partition,
      std::shared_ptr<Client> player);
  /* Until then it is always this reader's turn. */
  bool
  has_group () const
  {
    return group_ != nullptr;
  }

  /* As those of the group; none without one. */
  MaybeError refusal () const;
  MaybeError take_warning ();
  /* At once, from any thread; -1: none. */
  int64_t committed () const;

  /* Others may play, or have played, since it began. */
  bool
  is_over () const
  {
    return group_ && group_->turn () != number_;
  }
  void
  end (bool was_reading)
  {
    was_reading_ = was_reading;
  }

  struct NotYet {
    MaybeError outage, warning; /* one of them at most */
  };
  struct Begun {
    bool goes_on;      /* where it was, as if nothing had been */
    bool has_stood_by; /* and has said so */
    bool was_cut_off;  /* the last one, while reading; not where it goes on */
  };
  using Answer = std::variant<NotYet, Begun, Error>;
  /* Waits until then; a look at the group's place takes another slice. */
  Answer wait (std::chrono::milliseconds timeout, int partition);

  /* Where the group was when this turn began; nullopt: that does not matter. */
  std::optional<int64_t>
  place () const
  {
    return place_;
  }

  /* From here on what is used counts; as Usage::begin (). */
  void begin_account (int64_t start, int64_t used_up_to);
  /* The same for another log, which begins there; the group has no place in it.
   */
  void begin_other_log (int64_t low);

 private:
  NotYet keep_waiting (int partition);
  Begun begin (const Group::Place &place, bool is_first);

  const Complaints &complaints_;
  const bool resumes_;
  const std::shared_ptr<Usage> usage_;

  mutable std::mutex mutex_;     /* guards group_ being set */
  std::shared_ptr<Group> group_; /* once joined */
  uint64_t number_ = 0;          /* as group_ has it */
  bool was_warned_ = false;
  bool was_reading_ = false; /* when the turn before ended */
  std::optional<int64_t> place_;
};

} // namespace gstkafka
