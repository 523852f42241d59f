/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/kafka_log.h"

#include "elements/playback.h"

#include <algorithm>

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

constexpr int kPollMs = 50;
/* Nearer than this, what was fetched already is read on. Chunks are large. */
constexpr int64_t kReadAhead = 64;
constexpr int64_t kReadAheadChunks = 4;
constexpr size_t kMaxSessions = 10000;
/* Chunked buffers, and rows of chunks, that are remembered. */
constexpr size_t kMaxChunked = 1000;
constexpr size_t kMaxRows = 10000;

constexpr int64_t kNsPerMs = 1000 * 1000;
/* Until 2116, and with room to reckon in ns. */
constexpr int64_t kMaxTimestampMs = (int64_t{ 1 } << 62) / kNsPerMs;

} // namespace

std::optional<int64_t>
written_at (const IncomingRecord &record)
{
  int64_t timestamp = record.timestamp_ms ();
  if (timestamp < 0 || timestamp >= kMaxTimestampMs)
    return std::nullopt;
  return timestamp * kNsPerMs;
}

void
adopt_foreign (const IncomingRecord &record, DecodedRecord &decoded)
{
  decoded.pts = written_at (record);
  decoded.utc = 0;
}

void
KafkaLog::begin (int64_t high, steady_clock::time_point deadline)
{
  at_end_ = at_end_ && high <= high_;
  if (high < high_) /* it is another topic */
    forget ();
  high_ = high;
  deadline_ = deadline;
  failed_ = false;
}

/* A consumer reads on and fills its queue, tens of megabytes, that nobody is
 * going to look at, and at the end of the log it asks for more without end. */
void
KafkaLog::rest ()
{
  is_resting_ = true;
  consumer_.pause (partition_);
}

void
KafkaLog::set_interrupted (bool interrupted)
{
  interrupted_ = interrupted;
  if (interrupted)
    consumer_.wake ();
}

/* Ends, as each turn gets further in the log. */
std::optional<LoggedRecord>
KafkaLog::at_or_after (int64_t offset)
{
  while (true) {
    if (auto cached = find_cached (offset))
      return cached;
    if (failed_ || offset >= high_ || (at_end_ && offset >= next_))
      return std::nullopt;
    if (!is_near (offset, kReadAhead) && !go_to (offset))
      return std::nullopt;
    auto look = read_on (offset);
    if (!look)
      return std::nullopt;
    bool is_beginning = look->chunk && look->chunk->index == 0;
    if (is_beginning) {
      if (beginnings_.size () >= kMaxChunked)
        beginnings_.clear ();
      beginnings_[look->logged.offset] = *look;
    }
    if (!look->chunk || is_beginning)
      return look->logged;
    offset = look->logged.offset;
    note_row (offset, offset + 1);
    try_row (*look);
  }
}

/* Moves `offset` past chunks that are known; what is found there, if that is
 * known, too. */
std::optional<LoggedRecord>
KafkaLog::find_cached (int64_t &offset)
{
  auto before = beginnings_.find (offset - 1);
  if (before != beginnings_.end () && rows_.count (offset) == 0)
    try_row (before->second);
  auto row = rows_.upper_bound (offset);
  if (row != rows_.begin () && std::prev (row)->second > offset)
    offset = std::prev (row)->second;
  auto known = beginnings_.find (offset);
  if (known == beginnings_.end () || offset >= high_)
    return std::nullopt;
  return known->second.logged;
}

/* Looks how far the chunks that follow are all there, with nothing in between:
 * to the last one, as far as the log goes yet, or else by halves. Where other
 * streams' records are in between they are read one by one. */
void
KafkaLog::try_row (const Look &first)
{
  const auto chunk = *first.chunk;
  const int64_t offset = first.logged.offset;
  const int64_t most
      = std::min<int64_t> (chunk.count - 1 - chunk.index, high_ - 1 - offset);
  if (offset >= mixed_from_ && offset < mixed_to_)
    return;
  for (int64_t steps = most; steps > 0 && !failed_; steps /= 2)
    if (is_row (first, steps)) {
      note_row (offset + 1, offset + steps + 1);
      return;
    }
  mixed_from_ = offset;
  mixed_to_ = offset + most;
}

/* Whether so many chunks follow: then the last has the right number. */
bool
KafkaLog::is_row (const Look &first, int64_t steps)
{
  const int64_t target = first.logged.offset + steps;
  if (!is_near (target, kReadAheadChunks) && !go_to (target))
    return false;
  auto record = fetch (target);
  if (!record || record->offset () != target
      || key_trace (record->key ()) != first.key)
    return false;
  auto last = describe (*record);
  return last && last->chunk && last->chunk->count == first.chunk->count
         && last->chunk->index == first.chunk->index + steps
         && last->logged.session == first.logged.session
         && last->logged.seq
                == *first.logged.seq + static_cast<uint64_t> (steps);
}

void
KafkaLog::note_row (int64_t begin, int64_t end)
{
  if (rows_.size () >= kMaxRows)
    rows_.clear ();
  auto next = rows_.upper_bound (begin);
  if (next != rows_.begin () && std::prev (next)->second >= begin)
    begin = std::prev (next)->first;
  rows_[begin] = std::max (rows_[begin], end);
}

void
KafkaLog::forget ()
{
  beginnings_.clear ();
  rows_.clear ();
  mixed_from_ = mixed_to_ = 0;
}

bool
KafkaLog::is_near (int64_t offset, int64_t distance) const
{
  return !is_resting_ && next_ >= 0 && offset >= next_
         && offset - next_ < distance;
}

bool
KafkaLog::go_to (int64_t offset)
{
  at_end_ = false;
  is_resting_ = false;
  next_ = offset;
  while (!interrupted_ && steady_clock::now () < deadline_) {
    if (consumer_.seek (partition_, offset))
      return true;
    consumer_.poll (1);
  }
  failed_ = true;
  next_ = -1;
  return false;
}

/* The first record at `offset` or after it, of whatever stream. */
std::optional<IncomingRecord>
KafkaLog::fetch (int64_t offset)
{
  int64_t jump = 1;
  while (!interrupted_ && steady_clock::now () < deadline_) {
    Fetched fetched = consumer_.poll (kPollMs);
    if (std::holds_alternative<EndOfPartition> (fetched)) {
      at_end_ = true;
      return std::nullopt;
    }
    /* A hole, near enough. */
    if (std::holds_alternative<DamagedBatch> (fetched)) {
      consumer_.seek (partition_, std::min (offset + jump, high_));
      jump *= 2;
      continue;
    }
    if (std::holds_alternative<OffsetLost> (fetched))
      break;
    auto *record = std::get_if<IncomingRecord> (&fetched);
    if (!record)
      continue;
    next_ = record->offset () + 1;
    if (record->offset () >= offset)
      return std::move (*record);
  }
  failed_ = true;
  next_ = -1;
  return std::nullopt;
}

std::optional<KafkaLog::Look>
KafkaLog::read_on (int64_t offset)
{
  while (auto record = fetch (offset)) {
    if (!key_.empty () && record->key () != key_)
      continue;
    if (auto look = describe (*record))
      return look;
  }
  return std::nullopt;
}

/* nullopt: malformed, and so a hole. */
std::optional<KafkaLog::Look>
KafkaLog::describe (const IncomingRecord &record)
{
  auto decoded = decode_record (record.headers ());
  if (!decoded)
    return std::nullopt;
  if (decoded->foreign) {
    if (record.is_null ())
      return std::nullopt;
    adopt_foreign (record, *decoded);
  }
  if (decoded->caps && is_intra_only (decoded->caps.get ())
      && intra_only_.size () < kMaxSessions)
    intra_only_.insert (decoded->session);
  auto logged = logged_record (
      record.offset (), *decoded, intra_only_.count (decoded->session) > 0);
  logged.written = written_at (record);
  if (!decoded->foreign)
    logged.seq = decoded->seq;
  if (decoded->eos)
    decoded->chunk.reset ();
  return Look{ std::move (logged), decoded->chunk, key_trace (record.key ()) };
}

} // namespace gstkafka
