/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/log_cursor.h"

#include <algorithm>

namespace gstkafka {

using std::chrono::steady_clock;

/* While nothing comes. */
constexpr std::chrono::seconds kLookInterval{ 1 };

static RecordTrace
trace_of (const IncomingRecord &record)
{
  return { record.offset (), record.timestamp_ms (), record.size () };
}

void
LogCursor::move_to (int64_t offset)
{
  next_ = offset;
  needs_seek_ = true;
}

void
LogCursor::go_to (int64_t offset)
{
  move_to (offset);
  damage_.reset ();
  check_.interrupt ();
}

LogCursor::Found
LogCursor::read (int timeout_ms)
{
  if (needs_seek_ && !consumer_.seek (partition_, next_)) {
    consumer_.poll (1);
    return Busy{};
  }
  needs_seek_ = false;
  Fetched fetched = consumer_.poll (timeout_ms);
  if (auto *record = std::get_if<IncomingRecord> (&fetched)) {
    const RecordTrace trace = trace_of (*record);
    if (auto found = look_closer (trace))
      return std::move (*found);
    last_ = trace;
    next_ = last_.offset + 1;
    return std::move (*record);
  }
  if (auto *end = std::get_if<EndOfPartition> (&fetched)) {
    if (auto found = look_closer ({ end->offset }))
      return std::move (*found);
    next_ = std::max (next_, end->offset);
    return *end;
  }
  if (std::holds_alternative<OffsetLost> (fetched))
    return handle_lost_offset ();
  if (auto *damaged = std::get_if<DamagedBatch> (&fetched))
    return handle_damage (std::move (*damaged));
  if (auto *error = std::get_if<Error> (&fetched))
    return std::move (*error);
  look_in_silence ();
  return NothingYet{};
}

/* librdkafka tells of an end once only: a log that was made anew, and ends
 * where the old one did, brings nothing. While there is none the seek fails at
 * once. */
void
LogCursor::look_in_silence ()
{
  const auto now = steady_clock::now ();
  if (damage_ || !check_.is_due () || check_.is_running () || now < next_look_)
    return;
  next_look_ = now + kLookInterval;
  if (!consumer_.seek (partition_, check_.offset ()))
    return;
  resume_at_ = next_;
  next_ = check_.begin ();
}

/* Where something is to be found out first, what came is for that only. */
std::optional<LogCursor::Found>
LogCursor::look_closer (const RecordTrace &came)
{
  if (damage_) {
    damage_->note_good (came.offset);
    look_behind_damage ();
    return Busy{};
  }
  if (check_.is_running ())
    return finish_check (came);
  if (check_.is_due ()) {
    begin_check (next_);
    return Busy{};
  }
  return std::nullopt;
}

/* How many records were in it, the count of the next one tells. */
LogCursor::Found
LogCursor::handle_damage (DamagedBatch damaged)
{
  if (!damage_) {
    damage_.emplace (std::max (damaged.offset, next_));
    return damaged;
  }
  damage_->note_bad (next_);
  look_behind_damage ();
  return Busy{};
}

void
LogCursor::look_behind_damage ()
{
  auto found = damage_->found ();
  move_to (found ? *found : damage_->next (consumer_.known_end (partition_)));
  if (found)
    damage_.reset ();
}

LogCursor::Found
LogCursor::handle_lost_offset ()
{
  auto marks = consumer_.query_watermarks (partition_);
  if (!marks) {
    needs_seek_ = true; /* so that it says so again */
    return Busy{};
  }
  /* It was not there just now: another log may have grown meanwhile. */
  if (next_ >= marks->low && next_ <= marks->high) {
    check_.note_missing ();
    needs_seek_ = true;
    return Busy{};
  }
  const bool is_check = check_.is_running ();
  if (is_check)
    next_ = check_.offset () + 1;
  if (next_ > marks->high)
    return begin_anew (*marks);
  if (is_check) {
    next_ = resume_at_;
    check_.forget ();
  }
  const int64_t from = next_;
  move_to (std::max (from, marks->low));
  return Lost{ from, *marks };
}

bool
LogCursor::doubts_log () const
{
  return check_.doubts (last_.offset);
}

void
LogCursor::check_log ()
{
  begin_check (last_.offset);
}

void
LogCursor::begin_check (int64_t resume_at)
{
  resume_at_ = resume_at;
  move_to (check_.begin ());
}

void
LogCursor::note_handled ()
{
  if (!check_.is_running ())
    check_.note_read (last_);
}

LogCursor::Found
LogCursor::finish_check (const RecordTrace &found)
{
  const bool is_same = check_.is_same (found);
  auto marks = is_same ? std::nullopt : consumer_.query_watermarks (partition_);
  if (!is_same && !marks) {
    begin_check (resume_at_);
    return Busy{};
  }
  next_ = check_.offset () + 1;
  check_.end ();
  /* What retention took is no other log. */
  if (!is_same && marks->low < next_)
    return begin_anew (*marks);
  if (!is_same || resume_at_ != next_)
    move_to (resume_at_);
  return Busy{};
}

LogCursor::Found
LogCursor::begin_anew (const Watermarks &marks)
{
  const int64_t last = next_ - 1;
  check_.forget ();
  move_to (marks.low);
  return OtherLog{ last, marks };
}

} // namespace gstkafka
