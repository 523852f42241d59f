/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/playback.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* Some ten seconds of video: whoever wrote that without a sync point writes
 * none (intra refresh), or flags all records as delta units. */
constexpr uint64_t kMaxWaitForSync = 300;

/* Caps come once a second, as a rule. Who never got any has none to write. */
constexpr uint64_t kMaxWaitForCaps = 2000;

/* Nobody has lost that many: the number is wrong, and those that follow it are
 * not doubled. */
constexpr uint64_t kMaxGap = 1000 * 1000 * 1000;
/* Streams whose caps are remembered: those that are written at the same time.
 */
constexpr size_t kMaxOthers = 16;

} // namespace

LoggedRecord
logged_record (int64_t offset, const DecodedRecord &decoded, bool is_intra_only)
{
  LoggedRecord record;
  record.offset = offset;
  record.session = decoded.session;
  record.times = { decoded.pts, decoded.dts, decoded.duration };
  record.is_eos = decoded.eos;
  /* A header goes before a key frame, with which it belongs; matroskamux and
   * h264parse flag theirs as delta units. */
  record.is_sync_point
      = !decoded.eos
        && (is_intra_only || !(decoded.flags & GST_BUFFER_FLAG_DELTA_UNIT)
            || decoded.flags & GST_BUFFER_FLAG_HEADER);
  return record;
}

void
Playback::note_caps (DecodedRecord &record)
{
  Stream &stream = *stream_;
  if (record.caps
      && !(stream.caps
           && gst_caps_is_equal (record.caps.get (), stream.caps.get ())))
    stream.caps = std::move (record.caps);
  if (record.utc)
    stream.utc = record.utc;
  stream.has_begun |= record.seq == 0 || record.foreign;
}

/* Whether it is another one than before. */
bool
Playback::switch_to (const std::string &stream)
{
  if (stream_ && stream_->name == stream)
    return false;
  bool is_first = !stream_;
  if (stream_)
    others_.push_back (std::move (*stream_));
  stream_ = Stream{};
  stream_->name = stream;
  auto known = std::find_if (others_.begin (), others_.end (),
      [&stream] (const Stream &other) { return other.name == stream; });
  if (known != others_.end ()) {
    stream_ = std::move (*known);
    others_.erase (known);
  }
  if (others_.size () > kMaxOthers)
    others_.erase (others_.begin ());
  return !is_first;
}

void
Playback::note_context (DecodedRecord &record, std::string_view key)
{
  switch_to (stream_name (record, key));
  note_caps (record);
}

bool
Playback::is_sync_point (const DecodedRecord &record) const
{
  return logged_record (0, record, is_intra_only (caps ())).is_sync_point;
}

/* Whether who starts here has missed nothing that he would need. */
bool
Playback::is_beginning (const DecodedRecord &record, bool is_sync_point) const
{
  bool is_first = record.seq == 0 && !record.foreign;
  return is_first || (is_sync_point && !lacks_caps ());
}

/* Retention may have taken the record that had them. */
bool
Playback::lacks_caps () const
{
  return !caps () && !stream_->has_begun;
}

bool
Playback::knows (const DecodedRecord &record, std::string_view key) const
{
  return streams_.knows (stream_name (record, key));
}

Playback::Order
Playback::count (const DecodedRecord &record, std::string_view key)
{
  const std::string name = stream_name (record, key);
  if (StreamCount *known = streams_.find (name))
    return place_in (*known, record.seq);
  streams_[name].next = record.seq + 1;
  return Order::FIRST;
}

Playback::Order
Playback::place_in (StreamCount &stream, uint64_t seq)
{
  if (seq < stream.next)
    return fill_gap (stream, seq);
  const uint64_t missing = seq - stream.next;
  if (missing == 0) {
    stream.next++;
    return Order::NEXT;
  }
  discont_ = true;
  if (missing > kMaxGap)
    return Order::GAP;
  counts_.gaps += missing;
  stream.missing_from = std::exchange (stream.next, seq + 1);
  stream.missing_to = seq;
  return Order::GAP;
}

/* What a crashed writer's retry has doubled was there before; what seemed to be
 * missing was only late. */
Playback::Order
Playback::fill_gap (StreamCount &stream, uint64_t seq)
{
  if (seq < stream.missing_from || seq >= stream.missing_to) {
    counts_.duplicates++;
    return Order::DUPLICATE;
  }
  counts_.gaps--;
  stream.missing_from = seq + 1;
  discont_ = true;
  return Order::GAP;
}

Playback::Decision
Playback::take (DecodedRecord &record, int64_t offset, std::string_view key,
    std::optional<int64_t> written)
{
  Decision decision;
  /* A decoder that was fed another stream's pictures cannot use this one's
   * before a sync point. */
  if (switch_to (stream_name (record, key)))
    resync ();
  note_caps (record);

  const Session &session
      = timeline_.extend (logged_record (offset, record, false));
  if (record.eos)
    return decision;

  decision.is_sync_point = is_sync_point (record);
  if (needs_sync_ && !is_beginning (record, decision.is_sync_point)) {
    uint64_t limit = lacks_caps () ? kMaxWaitForCaps : kMaxWaitForSync;
    if (++waited_for_sync_ < limit) {
      counts_.skipped++;
      return decision;
    }
    decision.warn_no_sync = !decision.is_sync_point;
  }
  needs_sync_ = false;
  waited_for_sync_ = 0;

  decision.give = true;
  decision.discont = std::exchange (discont_, false);
  place (record, decision, session);
  decision.jumps = note_shown (record, decision.base, written);
  decision.discont |= decision.jumps;
  return decision;
}

/* Whether it is nowhere near what was shown before. The record after one with a
 * wrong time is so, too. */
bool
Playback::note_shown (
    const DecodedRecord &record, int64_t base, std::optional<int64_t> written)
{
  if (!record.pts && !record.dts)
    return false;
  auto at = [base] (std::optional<int64_t> time) {
    constexpr int64_t farthest = int64_t{ 1 } << 61;
    return time ? std::make_optional (
               std::clamp (*time + base, -farthest, farthest))
                : std::nullopt;
  };
  LoggedRecord shown;
  shown.session = "shown";
  shown.times.pts = at (record.pts);
  shown.times.dts = at (record.dts);
  shown.written = written;
  auto before = std::exchange (shown_, shown);
  return before
         && !(is_plausible (shown, *before) && is_plausible (*before, shown));
}

/* Another program's clock is not that of the records around it; its pictures
 * are not late for that. */
void
Playback::place (DecodedRecord &record, Decision &decision, const Session &own)
{
  decision.from_the_start = record.seq == 0 && own.base == 0;
  decision.base = own.base;
  auto time = record.pts ? record.pts : record.dts;
  if (!time)
    return;
  if (record.foreign && *time + own.base < given_from_)
    decision.base = given_from_ - *time;
  given_from_ = std::max (given_from_, *time + decision.base);
}

void
Playback::resync ()
{
  needs_sync_ = true;
  discont_ = true;
}

void
Playback::resync (const std::string &stream)
{
  if (stream_ && stream_->name == stream)
    resync ();
}

void
Playback::skip_lost ()
{
  streams_.clear ();
  resync ();
}

/* Sessions are placed anew, too: this timeline knows only what was played. */
void
Playback::restart (int64_t position)
{
  resync ();
  waited_for_sync_ = 0;
  stream_.reset ();
  others_.clear ();
  streams_.clear ();
  shown_.reset ();
  timeline_ = Timeline (base_of_);
  given_from_ = position;
}

} // namespace gstkafka
