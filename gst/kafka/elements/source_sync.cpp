/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/source_sync.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* At a seam another track may end a little later than the one that meets the
 * next session first. */
constexpr int64_t kSeamMargin = 100 * GST_MSECOND;

/* Seeks that some source may still have to hear of; and sessions. */
constexpr size_t kMaxSeeks = 100;
constexpr size_t kMaxBases = 10000;

/* 36 years: what a hostile topic piles up does not overflow. */
constexpr int64_t kLongestDelay = int64_t{ 1 } << 60;

/* Forgets the oldest, or what comes first. */
template <typename Map>
void
limit (Map &map, size_t size)
{
  while (map.size () > size)
    map.erase (map.begin ());
}

} // namespace

int64_t
SourceSync::base_of (const Session &session, int64_t wish)
{
  bool has_company = users () > 1;
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = bases_.find (session.id);
  if (known != bases_.end ())
    return known->second;
  if (has_company && !bases_.empty ())
    wish += kSeamMargin;
  limit (bases_, kMaxBases);
  bases_.emplace (session.id, wish);
  return wish;
}

int64_t
SourceSync::anchor (guint32 epoch, int64_t wish, double rate)
{
  std::lock_guard<std::mutex> lock (mutex_);
  limit (epochs_, kMaxSeeks);
  Epoch &now = epochs_[epoch];
  if (!now.anchor) {
    now.anchor = wish;
    now.last = { wish, 0, rate };
    epoch_ = epoch;
  }
  return *now.anchor;
}

SourceSync::Place
SourceSync::agree_on_seek (guint32 epoch, guint32 seqnum, const Place &wish)
{
  std::lock_guard<std::mutex> lock (mutex_);
  limit (seeks_, kMaxSeeks);
  auto [known, is_new] = seeks_.emplace (seqnum, wish);
  if (is_new)
    epochs_[epoch].last = wish;
  return known->second;
}

guint32
SourceSync::epoch () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return epoch_;
}

SourceSync::Place
SourceSync::last_place (guint32 epoch) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = epochs_.find (epoch);
  return known == epochs_.end () ? Epoch{}.last : known->second.last;
}

guint32
SourceSync::take_over (guint32 seqnum)
{
  std::lock_guard<std::mutex> lock (mutex_);
  limit (take_overs_, kMaxSeeks);
  guint32 &taken = take_overs_[seqnum];
  if (taken == GST_SEQNUM_INVALID)
    taken = gst_util_seqnum_next ();
  return taken;
}

bool
SourceSync::was_taken_over (guint32 seqnum) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return take_overs_.count (seqnum) > 0;
}

bool
SourceSync::is_take_over (guint32 seqnum) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return std::any_of (take_overs_.begin (), take_overs_.end (),
      [seqnum] (const auto &known) { return known.second == seqnum; });
}

SourceSync::Delay
SourceSync::delay (guint32 epoch) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = epochs_.find (epoch);
  return known == epochs_.end () ? Delay{} : known->second.delay;
}

void
SourceSync::add_delay (guint32 epoch, const Delay &known, int64_t more)
{
  std::lock_guard<std::mutex> lock (mutex_);
  Delay &now = epochs_[epoch].delay;
  if (now.changes == known.changes) {
    now.time = std::clamp (
        now.time + std::clamp (more, -2 * kLongestDelay, 2 * kLongestDelay),
        -kLongestDelay, kLongestDelay);
    now.changes++;
  }
}

int64_t
SourceSync::wall_at_zero (
    GstClockTime base_time, const std::function<int64_t ()> &measure)
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (base_time_ != base_time) {
    base_time_ = base_time;
    wall_at_zero_ = measure ();
  }
  return wall_at_zero_;
}

void
SourceSync::note_need (const void *source, int64_t need)
{
  std::lock_guard<std::mutex> lock (mutex_);
  needs_[source] = need;
}

void
SourceSync::forget_need (const void *source)
{
  std::lock_guard<std::mutex> lock (mutex_);
  needs_.erase (source);
}

int64_t
SourceSync::agree_on_need (int64_t need, int64_t most) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  for (const auto &other : needs_)
    if (other.second <= most)
      need = std::max (need, other.second);
  return need;
}

} // namespace gstkafka
