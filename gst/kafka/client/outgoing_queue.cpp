/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/outgoing_queue.h"

#include <algorithm>

namespace gstkafka {

void
RowOfTimes::push (int64_t time)
{
  if (time >= 0)
    stamps_.push_back ({ pushed_, time });
  pushed_++;
}

void
RowOfTimes::pop ()
{
  popped_++;
  if (!stamps_.empty () && stamps_.front ().number < popped_)
    stamps_.pop_front ();
}

std::optional<int64_t>
RowOfTimes::oldest () const
{
  if (stamps_.empty ())
    return std::nullopt;
  return stamps_.front ().time;
}

uint64_t
OutgoingQueue::cost_of (const Outgoing &outgoing)
{
  return outgoing.size + kBookkeeping;
}

std::optional<int64_t>
OutgoingQueue::oldest_time () const
{
  auto oldest = times_in_works_.oldest ();
  return oldest ? oldest : waiting_times_.oldest ();
}

bool
OutgoingQueue::has_bytes_for (const Outgoing &next) const
{
  const uint64_t cost = cost_of (next);
  bool goes_beyond = cost > limits_.bytes && limits_.leaky != Leaky::NONE;
  return cost_ + (goes_beyond ? 0 : cost) <= limits_.bytes;
}

bool
OutgoingQueue::has_room_for (const Outgoing &next) const
{
  if (waiting_.empty () && times_in_works_.is_empty ())
    return true;
  if (!has_bytes_for (next))
    return false;
  auto oldest = oldest_time ();
  return limits_.time == 0 || !oldest || next.time <= *oldest
         || static_cast<uint64_t> (next.time - *oldest) <= limits_.time;
}

bool
OutgoingQueue::is_half_free (const Outgoing &next) const
{
  auto oldest = oldest_time ();
  bool is_recent
      = limits_.time == 0 || !oldest
        || next.time - *oldest <= static_cast<int64_t> (limits_.time / 2);
  return is_recent && cost_ <= limits_.bytes / 2;
}

bool
OutgoingQueue::admit (Outgoing &next)
{
  if (limits_.leaky == Leaky::NONE || !next.is_droppable)
    return true;
  if (in_dropped_run_ && !next.begins_run) {
    note_drop ();
    return false;
  }
  const uint64_t dropped_before = dropped_;
  if (limits_.leaky == Leaky::DOWNSTREAM)
    while (!has_room_for (next) && !waiting_.empty ()
           && waiting_.front ()->is_droppable)
      drop_oldest_run (next);
  /* All of the run that `next` belongs to may have gone. */
  bool is_torn = waiting_.empty () && marks_next_ && !next.begins_run;
  in_dropped_run_ = is_torn || !has_room_for (next);
  if (in_dropped_run_)
    note_drop ();
  else if (dropped_ != dropped_before)
    unsettled_++; /* what it was done for */
  return !in_dropped_run_;
}

/* What rode on it goes on with what is next in the queue, or comes. */
void
OutgoingQueue::drop_oldest_run (Outgoing &next)
{
  do {
    std::unique_ptr<Outgoing> dropped = pop ();
    cost_ -= cost_of (*dropped);
    note_drop ();
    Outgoing &heir = waiting_.empty () ? next : *waiting_.front ();
    heir.inherit (*dropped);
  } while (!waiting_.empty () && waiting_.front ()->is_droppable
           && !waiting_.front ()->begins_run);
  if (!waiting_.empty ()) {
    waiting_.front ()->follows_drop = true;
    marks_next_ = false;
  }
  unsettled_ = waiting_.size () + times_in_works_.size ();
}

void
OutgoingQueue::note_drop ()
{
  dropped_++;
  marks_next_ = true;
  has_news_ |= !std::exchange (is_bursting_, true);
}

bool
OutgoingQueue::take_news ()
{
  return std::exchange (has_news_, false);
}

void
OutgoingQueue::add (std::unique_ptr<Outgoing> next)
{
  cost_ += cost_of (*next);
  payload_ += next->size;
  next->follows_drop |= std::exchange (marks_next_, false);
  if (unsettled_ == 0 && is_half_free (*next))
    is_bursting_ = false;
  waiting_times_.push (next->time);
  waiting_.push_back (std::move (next));
}

std::unique_ptr<Outgoing>
OutgoingQueue::pop ()
{
  std::unique_ptr<Outgoing> first = std::move (waiting_.front ());
  waiting_.pop_front ();
  waiting_times_.pop ();
  payload_ -= first->size;
  return first;
}

std::unique_ptr<Outgoing>
OutgoingQueue::take ()
{
  if (waiting_.empty ())
    return nullptr;
  std::unique_ptr<Outgoing> first = pop ();
  times_in_works_.push (first->time);
  return first;
}

void
OutgoingQueue::settle (uint64_t cost)
{
  cost_ -= cost;
  times_in_works_.pop ();
  if (unsettled_ > 0)
    unsettled_--;
}

} // namespace gstkafka
