/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/kafka_log.h"

#include "elements/playback.h"

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

constexpr int kPollMs = 50;
/* Nearer than this, what was fetched already is read on. */
constexpr int64_t kReadAhead = 64;
constexpr size_t kMaxSessions = 10000;

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

std::optional<LoggedRecord>
KafkaLog::at_or_after (int64_t offset)
{
  if (failed_ || offset >= high_ || (at_end_ && offset >= next_))
    return std::nullopt;
  bool is_near = !is_resting_ && next_ >= 0 && offset >= next_
                 && offset - next_ < kReadAhead;
  if (!is_near) {
    at_end_ = false;
    is_resting_ = false;
    next_ = offset;
    failed_ = !go_to (offset);
  }
  return failed_ ? std::nullopt : read_on (offset);
}

bool
KafkaLog::go_to (int64_t offset)
{
  while (!interrupted_ && steady_clock::now () < deadline_) {
    if (consumer_.seek (partition_, offset))
      return true;
    consumer_.poll (1);
  }
  next_ = -1;
  return false;
}

std::optional<LoggedRecord>
KafkaLog::read_on (int64_t offset)
{
  while (!interrupted_ && steady_clock::now () < deadline_) {
    Fetched fetched = consumer_.poll (kPollMs);
    if (std::holds_alternative<EndOfPartition> (fetched)) {
      at_end_ = true;
      return std::nullopt;
    }
    if (std::holds_alternative<OffsetLost> (fetched))
      break;
    auto *record = std::get_if<IncomingRecord> (&fetched);
    if (!record)
      continue;
    next_ = record->offset () + 1;
    if (record->offset () < offset
        || (!key_.empty () && record->key () != key_))
      continue;
    if (auto described = describe (*record))
      return described;
  }
  failed_ = true;
  next_ = -1;
  return std::nullopt;
}

/* nullopt: malformed, and so a hole. */
std::optional<LoggedRecord>
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
  if (!decoded->foreign)
    logged.seq = decoded->seq;
  return logged;
}

} // namespace gstkafka
