/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a producer is given, and the records that it becomes. */

#pragma once

#include "client/handles.h"
#include "header.h"
#include "result.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace gstkafka {

/* One record, whose payload stays where it is until librdkafka has done with
 * it. Destroyed once it is delivered, or lost. */
struct OutgoingRecord {
  Headers headers;
  std::shared_ptr<const void> owner; /* of the payload's memory */
  const void *payload = nullptr;     /* nullptr: a record without a value */
  size_t size = 0;
  unsigned session = 0; /* as Outgoing has it */
  uint64_t seq = 0;
  int64_t timestamp_ms = 0; /* since 1970 */
  int64_t time = -1;        /* ns of running time, or -1 */
  bool is_chunk = false;
  bool is_last = true; /* of those that belong together */

 private:
  friend class Producer;
  HeadersHandle encoded_;
  size_t footprint_ = 0; /* bytes in a batch, headers and all */
  uint64_t cost_ = 0;    /* what the queue is given back with its report */
};

using OutgoingRecords = std::vector<std::unique_ptr<OutgoingRecord>>;

/* What a record batch costs beside its records (message format 2). */
constexpr size_t kBatchOverhead = 61;

/* How much fits into one record of the topic. */
class RecordRoom {
 public:
  RecordRoom (uint64_t limit, size_t key_size)
      : limit_ (limit), key_size_ (key_size)
  {}

  uint64_t
  limit () const
  {
    return limit_;
  }

  /* What a record with these headers takes of the limit beside its payload. */
  size_t overhead (const Headers &headers) const;

 private:
  uint64_t limit_;
  size_t key_size_;
};

/* A buffer, or the end, that takes its turn in the queue. Records are made of
 * it as late as that, so that what was dropped before has left no trace in
 * them: no gap in the count, no caps that went with it. */
class Outgoing {
 public:
  virtual ~Outgoing () = default;

  /* Worker thread, once, in the order of the stream. None is fine. An error,
   * of kind TOO_LARGE, ends the stream; `seq` is told all the same. */
  virtual Result<OutgoingRecords> make_records (const RecordRoom &room) = 0;

  /* Instead of that, when it is lost: takes the same numbers, and returns how
   * many. A full queue of small buffers is given up in no time. */
  virtual uint64_t give_up (const RecordRoom &room) = 0;

  /* `dropped` came before: what rides on it (caps, tags) rides on this now. */
  virtual void inherit (Outgoing &dropped) = 0;

  size_t size = 0;   /* bytes of payload */
  int64_t time = -1; /* ns of running time, or -1: for max_queue_time */
  uint64_t seq = 0;  /* of its first record; make_records () knows */
  unsigned session
      = 0; /* counts the stream's sessions; make_records () knows */

  /* A policy may drop it, together with all up to the next that begins a run:
   * where a decoder can start. */
  bool is_droppable = false;
  bool begins_run = false;
  bool follows_drop = false; /* set by the queue */
};

} // namespace gstkafka
