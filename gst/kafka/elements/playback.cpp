/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/playback.h"

namespace gstkafka {

namespace {

/* Some ten seconds of video: whoever wrote that without a sync point writes
 * none (intra refresh), or flags all records as delta units. */
constexpr uint64_t kMaxWaitForSync = 300;

/* Streams of one partition whose counts are remembered. */
constexpr size_t kMaxStreams = 1000;

} // namespace

LoggedRecord
logged_record (int64_t offset, const DecodedRecord &decoded, bool is_intra_only)
{
  LoggedRecord record;
  record.offset = offset;
  record.session = decoded.session;
  record.times = { decoded.pts, decoded.dts, decoded.duration };
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
  if (record.caps
      && !(caps_ && gst_caps_is_equal (record.caps.get (), caps_.get ())))
    caps_ = std::move (record.caps);
  if (record.utc)
    utc_ = record.utc;
}

void
Playback::note_context (DecodedRecord &record)
{
  session_ = record.session;
  note_caps (record);
}

bool
Playback::is_sync_point (const DecodedRecord &record) const
{
  return logged_record (0, record, is_intra_only (caps_.get ())).is_sync_point;
}

Playback::Order
Playback::check_seq (const DecodedRecord &record, std::string_view key)
{
  std::string stream = record.session + '\n' + std::string (key);
  auto known = next_seq_.find (stream);
  if (known == next_seq_.end ()) {
    if (next_seq_.size () >= kMaxStreams)
      next_seq_.clear ();
    next_seq_.emplace (std::move (stream), record.seq + 1);
    return Order::NEXT;
  }
  uint64_t expected = known->second;
  if (record.seq < expected) {
    counts_.duplicates++;
    return Order::DUPLICATE;
  }
  known->second = record.seq + 1;
  counts_.gaps += record.seq - expected;
  return record.seq == expected ? Order::NEXT : Order::GAP;
}

Playback::Decision
Playback::take (DecodedRecord &record, int64_t offset, std::string_view key)
{
  Decision decision;
  Order order = check_seq (record, key);
  if (order == Order::DUPLICATE) {
    decision.is_duplicate = true;
    return decision;
  }
  if (session_ && *session_ != record.session)
    begin_session ();
  session_ = record.session;
  note_caps (record);

  const Session &session
      = timeline_.extend (logged_record (offset, record, false));
  if (order == Order::GAP)
    discont_ = true;
  if (record.eos)
    return decision;

  decision.is_sync_point = is_sync_point (record);
  if (needs_sync_ && !decision.is_sync_point) {
    if (++waited_for_sync_ < kMaxWaitForSync || !caps_) {
      counts_.skipped++;
      return decision;
    }
    decision.warn_no_sync = true;
  }
  needs_sync_ = false;
  waited_for_sync_ = 0;

  decision.give = true;
  decision.discont = std::exchange (discont_, false);
  decision.from_the_start = record.seq == 0 && session.base == 0;
  decision.base = session.base;
  return decision;
}

/* What is known of the session before does not hold, and a decoder that was
 * fed its pictures cannot use this one's before a sync point. */
void
Playback::begin_session ()
{
  caps_.reset ();
  utc_.reset ();
  resync ();
}

void
Playback::resync ()
{
  needs_sync_ = true;
  discont_ = true;
}

void
Playback::restart ()
{
  resync ();
  waited_for_sync_ = 0;
  session_.reset ();
  next_seq_.clear ();
  caps_.reset ();
  utc_.reset ();
}

} // namespace gstkafka
