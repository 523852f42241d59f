/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/group.h"

#include <algorithm>

namespace gstkafka {

namespace {

using std::chrono::milliseconds;

/* How often the thread looks what there is to commit, at least and at most. */
constexpr milliseconds kMinTick{ 10 };
constexpr milliseconds kMaxTick{ 100 };

/* What a stop waits for the last commit. */
constexpr milliseconds kLastPatience{ 200 };

int
to_ms (milliseconds time)
{
  return static_cast<int> (std::max (time, milliseconds (0)).count ());
}

} // namespace

Result<std::unique_ptr<Group>>
Group::join (const GroupSettings &settings, const ConfigEntries &config,
    const StreamAddress &stream, int partition, std::shared_ptr<Client> player,
    std::shared_ptr<Usage> usage)
{
  std::string name
      = member_group (settings.id, stream.key, stream.topic, partition);
  std::unique_ptr<Group> group (new Group (settings.commit_interval, config,
      std::move (name), std::move (player), partition, std::move (usage)));
  if (auto error = group->become_member ())
    return *error;
  group->thread_ = std::thread (&Group::run, group.get ());
  return group;
}

Group::Group (std::chrono::nanoseconds commit_interval,
    const ConfigEntries &config, std::string member_group,
    std::shared_ptr<Client> player, int partition, std::shared_ptr<Usage> usage)
    : commit_interval_ (commit_interval), config_ (config),
      member_group_ (std::move (member_group)), player_ (std::move (player)),
      usage_ (std::move (usage)), committer_ (player_, partition)
{}

Group::~Group ()
{
  {
    std::lock_guard<std::mutex> lock (mutex_);
    stopping_ = true;
    if (membership_)
      membership_->wake ();
  }
  if (thread_.joinable ())
    thread_.join ();
  if (membership_)
    Membership::leave (std::move (membership_));
}

MaybeError
Group::become_member ()
{
  auto joined
      = Membership::open (config_, member_group_, player_->context ().topic);
  std::lock_guard<std::mutex> lock (mutex_);
  if (!joined)
    return joined.error ();
  membership_ = std::move (*joined);
  return std::nullopt;
}

/* ---- the thread ---- */

void
Group::run ()
{
  auto interval = std::chrono::duration_cast<milliseconds> (commit_interval_);
  int tick = to_ms (std::clamp (interval, kMinTick, kMaxTick));
  while (true) {
    membership_->poll (tick);
    if (!note_state ())
      rejoin ();
    take_answer (milliseconds (0));
    commit_when_due ();
    std::lock_guard<std::mutex> lock (mutex_);
    if (stopping_)
      break;
  }
  commit_last ();
}

/* False: another membership is needed. */
bool
Group::note_state ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  Membership::State state
      = has_stood_still () ? Membership::State::LOST : membership_->state ();
  alive_at_ = Clock::now ();
  if (!refusal_)
    refusal_ = membership_->refusal ();
  outage_ = membership_->outage ();
  if (state != Membership::State::PLAYING)
    turn_ = 0;
  else if (turn_ == 0)
    turn_ = ++turns_;
  is_others_turn_ = state == Membership::State::WAITING;
  changed_.notify_all ();
  return state != Membership::State::LOST;
}

/* With mutex_ held. A process that was frozen is dead to the broker; it does
 * not have to hear of that before it stops to play. */
bool
Group::has_stood_still () const
{
  return Clock::now () - alive_at_ > membership_->session_timeout ();
}

/* As a new member, behind those that wait. */
void
Group::rejoin ()
{
  Membership::leave (membership_);
  auto error = become_member ();
  std::lock_guard<std::mutex> lock (mutex_);
  if (error)
    refusal_ = error;
}

/* What there is to say, and the broker does not know yet. */
std::optional<int64_t>
Group::uncommitted () const
{
  auto place = usage_->place ();
  std::lock_guard<std::mutex> lock (mutex_);
  uint64_t turn = present_turn ();
  if (turn == 0 || turn != begun_turn_ || place == committed_)
    return std::nullopt;
  return place;
}

void
Group::commit_when_due ()
{
  auto now = Clock::now ();
  if (now < next_commit_ || committer_.is_busy ())
    return;
  auto place = uncommitted ();
  if (!place)
    return;
  committer_.commit (*place);
  next_commit_ = now + commit_interval_;
}

void
Group::take_answer (milliseconds timeout)
{
  auto answer = committer_.take_answer (to_ms (timeout));
  if (!answer)
    return;
  std::lock_guard<std::mutex> lock (mutex_);
  if (!answer->error) {
    player_->note_contact ();
    is_failing_ = false;
    committed_ = answer->offset;
  } else if (answer->is_refusal) {
    refusal_ = std::move (answer->error);
  } else if (!std::exchange (is_failing_, true)) {
    warning_ = std::move (answer->error);
    warning_->message = "The broker did not take the place to resume at, which "
                        "is tried again: "
                        + warning_->message;
  }
}

/* Whoever takes over begins there. */
void
Group::commit_last ()
{
  auto deadline = Clock::now () + kLastPatience;
  auto left = [deadline] {
    return std::chrono::duration_cast<milliseconds> (deadline - Clock::now ());
  };
  if (player_->outage ())
    return;
  take_answer (left ());
  if (committer_.is_busy ())
    return;
  auto place = uncommitted ();
  if (!place)
    return;
  committer_.commit (*place);
  take_answer (left ());
}

/* ---- any thread ---- */

/* With mutex_ held. */
uint64_t
Group::present_turn () const
{
  return has_stood_still () ? 0 : turn_;
}

uint64_t
Group::turn () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return present_turn ();
}

uint64_t
Group::wait_for_turn (milliseconds timeout) const
{
  std::unique_lock<std::mutex> lock (mutex_);
  changed_.wait_for (lock, timeout,
      [this] { return present_turn () != 0 || refusal_.has_value (); });
  return present_turn ();
}

bool
Group::is_others_turn () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return is_others_turn_;
}

void
Group::begin_turn (uint64_t turn)
{
  std::lock_guard<std::mutex> lock (mutex_);
  begun_turn_ = turn;
}

Group::Place
Group::look_up ()
{
  Place place{ committer_.look_up (), false };
  std::lock_guard<std::mutex> lock (mutex_);
  if (place.lookup.state == CommittedLookup::FOUND
      || place.lookup.state == CommittedLookup::NONE)
    place.is_ours = std::exchange (committed_, place.lookup.offset)
                    == place.lookup.offset;
  return place;
}

void
Group::forget_committed ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  committed_ = -1;
}

int64_t
Group::committed () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return committed_;
}

MaybeError
Group::take_warning ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  return std::exchange (warning_, std::nullopt);
}

MaybeError
Group::refusal () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return refusal_;
}

MaybeError
Group::outage () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return outage_;
}

} // namespace gstkafka
