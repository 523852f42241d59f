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
/* Other streams' records after which a look is a scan: dozens of streams that
 * take turns are none. */
constexpr int kScan = 256;
/* Chunked buffers that are remembered. */
constexpr size_t kMaxChunked = 1000;

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
KafkaLog::begin (int64_t high, Time deadline, Time scan_deadline)
{
  at_end_ = at_end_ && high <= high_;
  if (high < high_) /* it is another topic */
    forget ();
  high_ = high;
  deadline_ = deadline;
  scan_deadline_ = scan_deadline;
  failed_ = is_in_scan_ = false;
}

/* A consumer reads on and fills its queue, tens of megabytes, that nobody is
 * going to look at, and at the end of the log it asks for more without end. */
void
KafkaLog::rest ()
{
  is_resting_ = true;
  is_in_scan_ = false;
  consumer_->pause (partition_);
}

void
KafkaLog::set_interrupted (bool interrupted)
{
  interrupted_ = interrupted;
  /* A scan's poll is short, and who does it may come and go. */
  if (interrupted)
    probe_.wake ();
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
      continue;
    bool is_beginning = look->chunk && look->chunk->index == 0;
    if (is_beginning) {
      if (beginnings_.size () >= kMaxChunked)
        beginnings_.clear ();
      beginnings_[look->logged.offset] = *look;
    }
    if (!look->chunk || is_beginning)
      return look->logged;
    offset = look->logged.offset;
    passed_.add (offset, offset + 1);
    try_row (*look);
  }
}

/* Moves `offset` past what is known to be passed over; what is found there, if
 * that is known, too. */
std::optional<LoggedRecord>
KafkaLog::find_cached (int64_t &offset)
{
  auto before = beginnings_.find (offset - 1);
  if (before != beginnings_.end () && passed_.past (offset) == offset)
    try_row (before->second);
  offset = passed_.past (offset);
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
      passed_.add (offset + 1, offset + steps + 1);
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
KafkaLog::forget ()
{
  beginnings_.clear ();
  passed_.clear ();
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
  return go_to (probe_, offset);
}

bool
KafkaLog::go_to (Consumer &consumer, int64_t offset)
{
  if (consumer_ != &consumer)
    consumer_->pause (partition_);
  consumer_ = &consumer;
  at_end_ = false;
  is_resting_ = false;
  next_ = offset;
  while (may_go_on ()) {
    if (consumer_->seek (partition_, offset))
      return true;
    consumer_->poll (1);
  }
  return fail ();
}

bool
KafkaLog::fail ()
{
  failed_ = true;
  next_ = -1;
  return false;
}

/* From here on. */
bool
KafkaLog::begin_scan ()
{
  is_in_scan_ = true;
  if (!scanner_ && open_scanner_)
    scanner_ = open_scanner_ ();
  return !scanner_ || consumer_ == scanner_.get () || go_to (*scanner_, next_);
}

bool
KafkaLog::may_go_on () const
{
  const auto now = steady_clock::now ();
  return !interrupted_ && now < deadline_
         && (!is_in_scan_ || (!is_awaited_ && now < scan_deadline_));
}

/* The first record at `offset` or after it, of whatever stream. */
std::optional<IncomingRecord>
KafkaLog::fetch (int64_t offset)
{
  int64_t jump = 1;
  while (may_go_on ()) {
    Fetched fetched = consumer_->poll (kPollMs);
    if (auto *end = std::get_if<EndOfPartition> (&fetched)) {
      at_end_ = true;
      next_ = std::max (next_, end->offset);
      return std::nullopt;
    }
    /* A hole, near enough. */
    if (std::holds_alternative<DamagedBatch> (fetched)) {
      consumer_->seek (partition_, std::min (offset + jump, high_));
      jump *= 2;
      has_jumped_ = true;
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
  fail ();
  return std::nullopt;
}

/* Moves `offset` past what is not of the stream, and remembers that if it is
 * much, or if it is not done. */
std::optional<KafkaLog::Look>
KafkaLog::read_on (int64_t &offset)
{
  const int64_t from = offset;
  has_jumped_ = false;
  auto look = read_own (offset);
  is_in_scan_ = is_in_scan_ && failed_;
  const int64_t end = look ? look->logged.offset : offset;
  if (!has_jumped_ && (!look || end - from >= kReadAhead))
    passed_.add (from, end);
  return look;
}

/* nullopt: there is none up to `offset`, which is where the log ends, where
 * more is known, or where it has failed. */
std::optional<KafkaLog::Look>
KafkaLog::read_own (int64_t &offset)
{
  for (int passed = 0; offset < high_ && passed_.past (offset) == offset;
       passed++) {
    if (passed == kScan && !begin_scan ())
      return std::nullopt;
    auto record = fetch (offset);
    if (!record) {
      if (at_end_)
        offset = std::max (offset, next_);
      return std::nullopt;
    }
    bool is_own = key_.empty () || record->key () == key_;
    auto look = is_own ? describe (*record) : std::nullopt;
    if (look)
      return look;
    offset = record->offset () + 1;
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
