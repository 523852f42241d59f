/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "ledger.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace kafkacheck {

void
Account::operator+= (const Account &other)
{
  published += other.published;
  acknowledged += other.acknowledged;
  read += other.read;
  lost += other.lost;
  doubled += other.doubled;
  out_of_order += other.out_of_order;
  unknown += other.unknown;
  bad_starts += other.bad_starts;
  worst_pause = std::max (worst_pause, other.worst_pause);
}

void
Account::check () const
{
  ck_assert_uint_gt (read, 0);
  ck_assert_msg (lost + doubled + out_of_order + unknown + bad_starts == 0,
      "%zu lost, %zu doubled, %zu out of order, %zu unknown, %zu bad starts",
      lost, doubled, out_of_order, unknown, bad_starts);
}

/* Of what it has written in its last moment a line may be missing, but that
 * was not acknowledged. */
void
Ledger::add_writer (const std::vector<std::string> &lines)
{
  const size_t first = entries_.size ();
  for (const auto &text : lines) {
    std::istringstream line (text);
    char kind = 0;
    size_t number = 0;
    std::string checksum;
    line >> kind >> number >> checksum;
    if (kind == '+') {
      ck_assert_uint_eq (first + number, entries_.size ());
      entries_.push_back ({ writers_, false });
      places_.emplace (checksum, first + number);
    } else {
      entries_.at (first + number).is_acknowledged = true;
    }
  }
  writers_++;
}

/* Of what a writer has written when it was killed, the end may not have come.
 */
size_t
Ledger::count_lost (
    size_t begin, size_t end, const std::vector<bool> &seen) const
{
  size_t lost = 0;
  for (size_t i = begin; i < end; i++) {
    bool has_to_come = entries_[i].is_acknowledged
                       || (end < entries_.size ()
                           && entries_[i].writer == entries_[end].writer);
    lost += has_to_come && !seen[i];
  }
  return lost;
}

/* `reached` is what comes behind all that was read so far. */
void
Ledger::read_one (const std::vector<UsedFrame> &frames, bool is_first,
    size_t &reached, Account &account) const
{
  std::vector<bool> seen (entries_.size ());
  bool is_start = true;
  size_t next = reached;
  for (const auto &frame : frames) {
    account.read++;
    auto found = places_.find (frame.checksum);
    if (found == places_.end ()) {
      account.unknown++;
      continue;
    }
    size_t place = found->second;
    account.lost += count_lost (next, place, seen);
    if (seen[place])
      account.doubled++;
    else if (!is_start && place < next)
      account.out_of_order++;
    if (std::exchange (is_start, false) && !is_first && !frame.is_sync_point)
      account.bad_starts++;
    seen[place] = true;
    next = place + 1;
    reached = std::max (reached, next);
  }
}

Account
Ledger::judge (const std::vector<std::vector<UsedFrame>> &readers) const
{
  Account account;
  account.published = entries_.size ();
  account.acknowledged
      = static_cast<size_t> (std::count_if (entries_.begin (), entries_.end (),
          [] (const Entry &entry) { return entry.is_acknowledged; }));
  size_t reached = 0;
  std::optional<int64_t> last;
  for (size_t i = 0; i < readers.size (); i++) {
    read_one (readers[i], i == 0, reached, account);
    for (const auto &frame : readers[i]) {
      if (last)
        account.worst_pause = std::max (account.worst_pause, frame.ms - *last);
      last = frame.ms;
    }
  }
  account.lost += count_lost (
      reached, entries_.size (), std::vector<bool> (entries_.size ()));
  return account;
}

} // namespace kafkacheck
