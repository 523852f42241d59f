/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/publication.h"

#include "elements/mapped_buffer.h"
#include "record/names.h"

#include <algorithm>

namespace gstkafka {

/* ---- what waits in the queue ---- */

class Publication::Item : public Outgoing {
 public:
  Item (std::shared_ptr<Publication> publication, Changes changes)
      : publication_ (std::move (publication)), changes_ (std::move (changes))
  {}

  void
  inherit (Outgoing &dropped) override
  {
    if (!changes_.precede_by (static_cast<Item &> (dropped).take_changes ()))
      publication_->has_left_out_ = true;
  }

  Changes
  take_changes ()
  {
    return std::exchange (changes_, Changes{});
  }

 protected:
  /* What it takes effect with. */
  Encoder &
  take_turn ()
  {
    Encoder &encoder = publication_->encoder_after (take_changes ());
    session = publication_->session_count_;
    seq = encoder.next_seq ();
    return encoder;
  }

  std::unique_ptr<OutgoingRecord>
  make_record (Headers headers, uint64_t number) const
  {
    auto record = std::make_unique<OutgoingRecord> ();
    record->headers = std::move (headers);
    record->session = session;
    record->seq = number;
    record->timestamp_ms = timestamp_ms_;
    record->time = time;
    return record;
  }

  const std::shared_ptr<Publication> publication_;

 private:
  Changes changes_;
  const int64_t timestamp_ms_ = g_get_real_time () / 1000;
};

class Publication::BufferItem final : public Item {
 public:
  BufferItem (std::shared_ptr<Publication> publication, Changes changes,
      std::shared_ptr<const MappedBuffer> mapped, int64_t utc)
      : Item (std::move (publication), std::move (changes)),
        mapped_ (std::move (mapped)), utc_ (utc)
  {
    size = mapped_->size ();
    is_droppable = true;
  }

  Result<OutgoingRecords>
  make_records (const RecordRoom &room) override
  {
    Encoder &encoder = take_turn ();
    encoder.set_utc (utc_);
    if (follows_drop)
      encoder.mark_discont ();
    Headers headers = encoder.encode (mapped_->buffer (), now_);

    OutgoingRecords records;
    size_t overhead = room.overhead (headers);
    bool fits = size <= room.limit () && overhead <= room.limit () - size;
    if (fits)
      records.push_back (make_piece (std::move (headers), 0, size));
    else
      records = make_chunks (encoder, room);
    encoder.commit (
        mapped_->buffer (), now_, std::max<size_t> (records.size (), 1));
    if (records.empty ())
      return publication_->too_large (size, overhead, room);
    return records;
  }

  /* Only of a large one it takes its headers to say how many records it is. */
  uint64_t
  give_up (const RecordRoom &room) override
  {
    if (size > room.limit () / 2) {
      auto records = make_records (room);
      return records ? records->size () : 1;
    }
    take_turn ().commit (mapped_->buffer (), now_);
    return 1;
  }

 private:
  std::unique_ptr<OutgoingRecord>
  make_piece (Headers headers, size_t begin, size_t length)
  {
    auto record = make_record (std::move (headers), seq);
    record->owner = mapped_;
    record->payload = mapped_->data () + begin;
    record->size = length;
    return record;
  }

  /* None when that is impossible: headers take all the room, or no reader
   * takes that much. The caps are there each time: who looks back for them
   * would have a hundred records to read for a buffer. */
  OutgoingRecords
  make_chunks (const Encoder &encoder, const RecordRoom &room)
  {
    OutgoingRecords records;
    Headers headers = encoder.encode (mapped_->buffer (), now_, true);
    const Header longest = Encoder::chunk_header (UINT32_MAX, UINT32_MAX);
    headers.push_back (longest);
    Headers others = encoder.encode_chunk (0, 0);
    others.back () = longest;
    if (size < 2 || size > kMaxBufferSize
        || room.overhead (headers) >= room.limit ()
        || room.overhead (others) >= room.limit ())
      return records;
    const size_t first
        = std::min (size - 1, room.limit () - room.overhead (headers));
    const size_t most = room.limit () - room.overhead (others);
    const size_t count = 1 + (size - first + most - 1) / most;
    if (count > kMaxChunks)
      return records;

    headers.back () = Encoder::chunk_header (0, count);
    records.reserve (count);
    records.push_back (make_piece (std::move (headers), 0, first));
    for (size_t begin = first; begin < size; begin += most)
      records.push_back (
          make_piece (encoder.encode_chunk (records.size (), count), begin,
              std::min (most, size - begin)));
    for (size_t i = 0; i < count; i++) {
      records[i]->seq = seq + i;
      records[i]->is_chunk = true;
      records[i]->is_last = i + 1 == count;
    }
    return records;
  }

  const std::shared_ptr<const MappedBuffer> mapped_;
  const int64_t utc_;
  const uint64_t now_ = g_get_monotonic_time () * GST_USECOND;
};

class Publication::EosItem final : public Item {
 public:
  EosItem (std::shared_ptr<Publication> publication, Changes changes,
      bool has_record)
      : Item (std::move (publication), std::move (changes)),
        has_record_ (has_record)
  {}

  Result<OutgoingRecords>
  make_records (const RecordRoom &room) override
  {
    Encoder &encoder = take_turn ();
    OutgoingRecords records;
    if (has_record_) {
      Headers headers = encoder.encode_eos ();
      size_t overhead = room.overhead (headers);
      encoder.commit_eos ();
      if (overhead > room.limit ())
        return publication_->too_large (0, overhead, room);
      records.push_back (make_record (std::move (headers), seq));
    } else if (!encoder.riding ().empty ()) {
      publication_->settings_.on_left_out ();
    }
    return records;
  }

  uint64_t
  give_up (const RecordRoom &) override
  {
    Encoder &encoder = take_turn ();
    if (has_record_)
      encoder.commit_eos ();
    return has_record_ ? 1 : 0;
  }

 private:
  const bool has_record_;
};

/* ---- the streaming thread's side ---- */

Publication::Publication (Settings settings) : settings_ (std::move (settings))
{
  gst_segment_init (&segment_, GST_FORMAT_TIME);
  begin_session (0);
}

bool
Publication::Changes::precede_by (Changes earlier)
{
  if (session.empty ())
    session = std::move (earlier.session);
  if (!caps)
    caps = std::move (earlier.caps);
  if (!segment)
    segment = earlier.segment;
  bool all = earlier.events.append (std::move (events));
  events = std::move (earlier.events);
  return all;
}

void
Publication::begin_session (guint32 flush_seqnum)
{
  changes_.session = settings_.run->session (flush_seqnum);
}

void
Publication::set_caps (const GstCaps *caps)
{
  is_intra_only_ = is_intra_only (caps);
  changes_.caps.reset (gst_caps_copy (caps));
}

void
Publication::set_segment (const GstSegment &segment)
{
  segment_ = segment;
  changes_.segment = segment;
}

/* Headers, and the pieces of a key picture, belong to what they are in front
 * of. */
bool
Publication::begins_run (const GstBuffer *buffer)
{
  bool is_header = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER);
  bool is_sync_point
      = is_intra_only_ || is_header
        || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  bool is_same_time = GST_CLOCK_TIME_IS_VALID (pts) && pts == last_pts_;
  bool continues = was_sync_point_ && (was_header_ || is_same_time);
  was_sync_point_ = is_sync_point;
  was_header_ = is_header;
  last_pts_ = pts;
  return is_sync_point && !continues;
}

std::unique_ptr<Outgoing>
Publication::make_buffer (GstBuffer *buffer, int64_t utc)
{
  auto mapped = MappedBuffer::make (buffer);
  if (!mapped)
    return nullptr;
  auto item = std::make_unique<BufferItem> (shared_from_this (),
      std::exchange (changes_, Changes{}), std::move (mapped), utc);
  item->time = Encoder::running_time (segment_, buffer).value_or (-1);
  item->begins_run = begins_run (buffer);
  return item;
}

std::unique_ptr<Outgoing>
Publication::make_eos (bool has_record)
{
  return std::make_unique<EosItem> (
      shared_from_this (), std::exchange (changes_, Changes{}), has_record);
}

void
Publication::take_back (Outgoing &outgoing)
{
  if (!changes_.precede_by (static_cast<Item &> (outgoing).take_changes ()))
    has_left_out_ = true;
}

void
Publication::end ()
{
  if (encoder_)
    settings_.run->set_next_seq (
        session_, settings_.stream, encoder_->next_seq ());
}

/* ---- the worker's side ---- */

Encoder &
Publication::encoder_after (Changes changes)
{
  if (!changes.session.empty ()) {
    end ();
    session_ = std::move (changes.session);
    session_count_++;
    uint64_t seq = settings_.run->next_seq (session_, settings_.stream);
    if (encoder_)
      encoder_->begin_session (session_, seq);
    else
      encoder_.emplace (
          Encoder::Settings{ session_, seq, settings_.caps_interval });
  }
  if (changes.caps)
    encoder_->set_caps (changes.caps.get ());
  if (changes.segment)
    encoder_->set_segment (*changes.segment);
  bool has_room = encoder_->riding ().append (std::move (changes.events));
  if (has_left_out_.exchange (false) || !has_room)
    settings_.on_left_out ();
  return *encoder_;
}

Error
Publication::too_large (
    size_t size, size_t overhead, const RecordRoom &room) const
{
  std::string what = "A buffer of " + std::to_string (size)
                     + " bytes, with headers (caps, " + "tags) of "
                     + std::to_string (overhead) + ", ";
  if (size > kMaxBufferSize)
    return { ErrorKind::TOO_LARGE,
      what + "is more than readers put together ("
          + std::to_string (kMaxBufferSize)
          + " bytes). Encode into smaller buffers.",
      "" };
  return { ErrorKind::TOO_LARGE,
    what + "does not fit into records of topic '" + settings_.topic + "' ("
        + std::to_string (room.limit ())
        + " bytes), not even in chunks. Raise max.message.bytes of the topic "
          "(and max-record-size, if set).",
    "" };
}

} // namespace gstkafka
