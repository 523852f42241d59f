/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The timeline's view of one stream of one partition, read by a consumer of
 * its own, so that playback is not disturbed. One thread at a time.
 *
 * Of a chunked buffer the timeline sees chunk 0 only. The others are not read
 * one by one, as they are large: where the last of a row has the number that it
 * must have, all in between have theirs.
 *
 *   offset:  7      8    9         38   39
 *   chunk:   0/30   1/30 ...       29/30    -> what follows 7 is 39
 *   gst.seq: 90     91             119
 *
 * Where a stream is rare in a busy partition, a look reads up to its next
 * record: a scan. How far one got is remembered, whatever ended it. It has a
 * client of its own, which fetches much at once, where a look fetches little.
 */

#pragma once

#include "client/consumer.h"
#include "record/decoder.h"
#include "timeline/log.h"
#include "timeline/ranges.h"

#include <atomic>
#include <functional>
#include <map>
#include <set>

namespace gstkafka {

class KafkaLog final : public Log {
 public:
  using OpenScanner = std::function<std::unique_ptr<Consumer> ()>;

  /* `open_scanner` may fail: then scans are slow. */
  KafkaLog (Consumer &probe, std::string key, OpenScanner open_scanner)
      : probe_ (probe), open_scanner_ (std::move (open_scanner)),
        key_ (std::move (key))
  {}

  void
  set_partition (int partition)
  {
    partition_ = partition;
  }

  using Time = std::chrono::steady_clock::time_point;

  /* What is read next ends here, and must be done by then; if it takes a scan,
   * by `scan_deadline`. Also forgives an earlier failure. */
  void begin (int64_t high, Time deadline, Time scan_deadline);

  /* Whether what has failed since then was a scan. It gets further next time.
   */
  bool
  is_in_scan () const
  {
    return is_in_scan_;
  }

  int64_t
  high () const
  {
    return high_;
  }

  /* What is known of it: it is another one. */
  void forget ();

  /* Nothing is read for a while; nothing goes on. */
  void rest ();

  /* While set, what is being read ends as a failure. Any thread. */
  void set_interrupted (bool interrupted);

  /* While set, so does a scan: somebody else wants to read. Any thread. */
  void
  set_awaited (bool awaited)
  {
    is_awaited_ = awaited;
  }

  std::optional<LoggedRecord> at_or_after (int64_t offset) override;
  bool
  has_failed () const override
  {
    return failed_;
  }

 private:
  /* A record, and what it is a chunk of, if it is. */
  struct Look {
    LoggedRecord logged;
    std::optional<DecodedRecord::Chunk> chunk;
    std::string key;
  };

  std::optional<LoggedRecord> find_cached (int64_t &offset);
  bool is_near (int64_t offset, int64_t distance) const;
  bool go_to (int64_t offset);
  bool go_to (Consumer &consumer, int64_t offset);
  bool begin_scan ();
  bool may_go_on () const;
  bool fail ();
  std::optional<IncomingRecord> fetch (int64_t offset);
  std::optional<Look> read_on (int64_t &offset);
  std::optional<Look> read_own (int64_t &offset);
  std::optional<Look> describe (const IncomingRecord &record);
  void try_row (const Look &first);
  bool is_row (const Look &first, int64_t steps);

  Consumer &probe_;
  const OpenScanner open_scanner_;
  std::unique_ptr<Consumer> scanner_; /* with the first scan */
  Consumer *consumer_ = &probe_;      /* who reads */
  int partition_ = -1;
  const std::string key_;

  int64_t high_ = 0;
  Time deadline_, scan_deadline_;
  int64_t next_ = -1; /* offset that a poll brings, -1: none */
  bool at_end_ = false;
  bool is_resting_ = false; /* a poll brings nothing */
  bool failed_ = false;
  bool is_in_scan_ = false;
  bool has_jumped_ = false; /* over what cannot be read */
  std::atomic<bool> interrupted_{ false };
  std::atomic<bool> is_awaited_{ false };
  std::set<std::string> intra_only_; /* sessions, as far as caps were met */

  static constexpr size_t kMaxPassed = 10000;
  Ranges passed_{ kMaxPassed }; /* other chunks, and nothing of the stream */
  /* What is known of chunked buffers. */
  std::map<int64_t, Look> beginnings_;    /* by offset */
  int64_t mixed_from_ = 0, mixed_to_ = 0; /* other records are among them */
};

/* The record's own timestamp, ns since 1970. */
std::optional<int64_t> written_at (const IncomingRecord &record);

/* Another program's record gets the time when it was written: it is one of a
 * session "", whose time 0 is 1970. */
void adopt_foreign (const IncomingRecord &record, DecodedRecord &decoded);

} // namespace gstkafka
