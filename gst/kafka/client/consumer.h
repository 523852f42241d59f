/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records of one partition on their way out of the log. All calls but wake ()
 * and known_end () come from one thread. */

#pragma once

#include "client/client.h"
#include "header.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <variant>

namespace gstkafka {

/* One fetched record. Its memory is part of a whole fetch response: who holds
 * it holds that, and the client, which cannot be destroyed before. */
class IncomingRecord {
 public:
  IncomingRecord (std::shared_ptr<Client> client, MessageHandle message)
      : client_ (std::move (client)), message_ (std::move (message))
  {}

  const void *
  payload () const
  {
    return message_->payload;
  }
  size_t
  size () const
  {
    return message_->len;
  }
  /* A record without a value, not one with an empty value. */
  bool
  is_null () const
  {
    return message_->payload == nullptr;
  }
  int64_t
  offset () const
  {
    return message_->offset;
  }
  int64_t timestamp_ms () const; /* -1: none */
  std::string_view key () const;
  HeaderViews headers () const;

 private:
  std::shared_ptr<Client> client_; /* outlives message_ */
  MessageHandle message_;
};

/* The other things that a poll may bring. */
struct NothingYet {};
struct EndOfPartition {
  int64_t offset; /* the next record will have this one or a higher one */
};
struct OffsetLost {}; /* retention has passed the position by */
struct DamagedBatch { /* is passed over; only with check.crcs */
  int64_t offset;     /* where it begins */
  std::string detail;
};
using Fetched = std::variant<NothingYet, IncomingRecord, EndOfPartition,
    OffsetLost, DamagedBatch, Error>;

struct Watermarks {
  int64_t low, high; /* first offset there is, and one after the last */
};

class Consumer {
 public:
  /* Errors are of kind SETTINGS; the network is not waited for. */
  static Result<std::unique_ptr<Consumer>> open (const ConfigEntries &entries,
      const StreamAddress &stream,
      std::shared_ptr<StatisticsSink> statistics = nullptr);
  ~Consumer ();

  Client &
  client () const
  {
    return *client_;
  }
  std::shared_ptr<Client>
  shared_client () const
  {
    return client_;
  }

  /* Both block for one slice at most; nullopt: no answer yet. */
  std::optional<Watermarks> query_watermarks (int partition);
  /* The first offset whose record is not older, or the end. */
  std::optional<int64_t> query_offset (int partition, int64_t timestamp_ms);

  /* One after the last record, as the latest fetch saw it; -1: none yet. At
   * once. */
  int64_t known_end (int partition) const;

  /* Reads on from here; what was fetched before is forgotten. Takes a slice at
   * most. False: not done yet, try again. */
  bool seek (int partition, int64_t offset);

  /* Fetches no more until seek (); what was fetched is forgotten. */
  void pause (int partition);

  /* Waits for at most `timeout_ms`, or until wake (). */
  Fetched poll (int timeout_ms);

  /* Ends the present or the next poll (). Any thread. */
  void wake ();

 private:
  Consumer (std::shared_ptr<Client> client, size_t nudge_bytes);
  void serve_callbacks ();
  std::optional<int64_t> list_offset (int partition, int64_t timestamp);
  Fetched take_error (const rd_kafka_message_t &message);
  void count_for_nudge (const rd_kafka_message_t &message);
  void nudge (int partition);

  std::shared_ptr<Client> client_;
  QueueHandle queue_;
  bool is_assigned_ = false;
  bool is_paused_ = false;
  int sought_ = -1; /* partition, until the next poll () */
  const size_t nudge_bytes_;
  size_t unnudged_ = 0; /* payload bytes since the last nudge () */

  QueueHandle callbacks_; /* with statistics */
  std::atomic<bool> stopping_{ false };
  std::thread server_;
};

} // namespace gstkafka
