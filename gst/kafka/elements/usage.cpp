/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/usage.h"

#include <algorithm>

namespace gstkafka {

Usage::Use::~Use ()
{
  if (usage_)
    usage_->release (account_, offset_);
}

void
Usage::begin (int64_t start, int64_t used_up_to)
{
  std::lock_guard<std::mutex> lock (mutex_);
  account_++;
  next_ = start;
  beginning_ = std::max (start, used_up_to);
  in_use_.clear ();
  flushing_ = false;
  held_place_ = reached ();
}

Usage::UsePtr
Usage::give (int64_t offset)
{
  std::lock_guard<std::mutex> lock (mutex_);
  in_use_.insert (offset);
  next_ = std::max (next_, offset + 1);
  return std::make_shared<Use> (shared_from_this (), account_, offset);
}

void
Usage::advance_to (int64_t offset)
{
  std::lock_guard<std::mutex> lock (mutex_);
  next_ = std::max (next_, offset);
}

void
Usage::release (uint64_t account, int64_t offset)
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (account == account_)
    in_use_.erase (offset);
}

/* With mutex_ held. */
std::optional<int64_t>
Usage::reached () const
{
  int64_t place = in_use_.empty () ? next_ : *in_use_.begin ();
  return place > beginning_ ? std::make_optional (place) : std::nullopt;
}

/* With mutex_ held. What was reached when the first reason came up stays. */
void
Usage::hold_or_go_on (bool playing, bool flushing)
{
  if (!is_held ())
    held_place_ = reached ();
  playing_ = playing;
  flushing_ = flushing;
}

void
Usage::set_playing (bool playing)
{
  std::lock_guard<std::mutex> lock (mutex_);
  hold_or_go_on (playing, flushing_);
}

void
Usage::set_flushing (bool flushing)
{
  std::lock_guard<std::mutex> lock (mutex_);
  hold_or_go_on (playing_, flushing);
}

std::optional<int64_t>
Usage::place () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return is_held () ? held_place_ : reached ();
}

bool
Usage::has_moved () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return reached ().has_value ();
}

} // namespace gstkafka
