/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/turn.h"

namespace gstkafka {

MaybeError
Turn::join (const GroupSettings &settings, const ConfigEntries &config,
    const StreamAddress &stream, int partition, std::shared_ptr<Client> player)
{
  auto joined = Group::join (
      settings, config, stream, partition, std::move (player), usage_);
  if (!joined)
    return joined.error ();
  std::lock_guard<std::mutex> lock (mutex_);
  group_ = std::move (*joined);
  return std::nullopt;
}

MaybeError
Turn::refusal () const
{
  return group_ ? group_->refusal () : std::nullopt;
}

MaybeError
Turn::take_warning ()
{
  return group_ ? group_->take_warning () : std::nullopt;
}

int64_t
Turn::committed () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return group_ ? group_->committed () : -1;
}

Turn::Answer
Turn::wait (std::chrono::milliseconds timeout, int partition)
{
  uint64_t number = group_->wait_for_turn (timeout);
  if (number == 0)
    return keep_waiting (partition);
  Group::Place place = group_->look_up ();
  switch (place.lookup.state) {
  case CommittedLookup::REFUSED:
    return *place.lookup.error;
  case CommittedLookup::NO_ANSWER:
    return NotYet{ group_->outage (), std::nullopt };
  case CommittedLookup::FOUND:
  case CommittedLookup::NONE:
    break;
  }
  bool is_first = std::exchange (number_, number) == 0;
  return begin (place, is_first);
}

Turn::NotYet
Turn::keep_waiting (int partition)
{
  if (auto outage = group_->outage ())
    return { std::move (outage), std::nullopt };
  bool had_turn = was_reading_ && number_ != 0;
  if ((!had_turn && !group_->is_others_turn ())
      || std::exchange (was_warned_, true))
    return {};
  return { std::nullopt,
    had_turn ? complaints_.lost_turn () : complaints_.others_turn (partition) };
}

/* A broker that was away for some seconds ends everybody's turn: unless
 * somebody else has played in between, this one goes on as if nothing had been.
 */
Turn::Begun
Turn::begin (const Group::Place &place, bool is_first)
{
  bool has_stood_by = std::exchange (was_warned_, false);
  if (place.is_ours && !is_first && was_reading_) {
    group_->begin_turn (number_);
    return { true, has_stood_by, false };
  }
  bool counts = has_stood_by || was_reading_ || resumes_;
  place_.reset ();
  if (counts && place.lookup.state == CommittedLookup::FOUND)
    place_ = place.lookup.offset;
  return { false, has_stood_by, std::exchange (was_reading_, false) };
}

void
Turn::begin_account (int64_t start, int64_t used_up_to)
{
  usage_->begin (start, used_up_to);
  if (group_)
    group_->begin_turn (number_);
}

void
Turn::begin_other_log (int64_t low)
{
  if (group_)
    group_->forget_committed ();
  begin_account (low, low);
}

} // namespace gstkafka
