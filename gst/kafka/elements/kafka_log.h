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
 */

#pragma once

#include "client/consumer.h"
#include "record/decoder.h"
#include "timeline/log.h"

#include <atomic>
#include <map>
#include <set>

namespace gstkafka {

class KafkaLog final : public Log {
 public:
  KafkaLog (Consumer &consumer, std::string key)
      : consumer_ (consumer), key_ (std::move (key))
  {}

  void
  set_partition (int partition)
  {
    partition_ = partition;
  }

  /* What is read next ends here, and must be done by then. Also forgives an
   * earlier failure. */
  void begin (int64_t high, std::chrono::steady_clock::time_point deadline);

  int64_t
  high () const
  {
    return high_;
  }

  /* What is known of it: it is another one. */
  void forget ();

  /* Nothing is read for a while. */
  void rest ();

  /* While set, what is being read ends as a failure. Any thread. */
  void set_interrupted (bool interrupted);

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
  std::optional<IncomingRecord> fetch (int64_t offset);
  std::optional<Look> read_on (int64_t offset);
  std::optional<Look> describe (const IncomingRecord &record);
  void try_row (const Look &first);
  bool is_row (const Look &first, int64_t steps);
  void note_row (int64_t begin, int64_t end);

  Consumer &consumer_;
  int partition_ = -1;
  const std::string key_;

  int64_t high_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  int64_t next_ = -1; /* offset that a poll brings, -1: none */
  bool at_end_ = false;
  bool is_resting_ = false; /* a poll brings nothing */
  bool failed_ = false;
  std::atomic<bool> interrupted_{ false };
  std::set<std::string> intra_only_; /* sessions, as far as caps were met */

  /* What is known of chunked buffers. */
  std::map<int64_t, Look> beginnings_; /* by offset */
  std::map<int64_t, int64_t> rows_;    /* of other chunks: first, one after */
  int64_t mixed_from_ = 0, mixed_to_ = 0; /* other records are among them */
};

/* The record's own timestamp, ns since 1970. */
std::optional<int64_t> written_at (const IncomingRecord &record);

/* Another program's record gets the time when it was written: it is one of a
 * session "", whose time 0 is 1970. */
void adopt_foreign (const IncomingRecord &record, DecodedRecord &decoded);

} // namespace gstkafka
