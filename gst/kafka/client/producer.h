/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records of one stream on their way to the log.
 *
 *   caller's thread         own queue            worker thread      librdkafka
 *   push () ─────────────▶ [r r r r r] ── one window in flight ──▶ [ batch ]
 *      ▲  waits while full      ▲                                      │
 *      └────── space ───────────┴───────── delivery reports ◀──────────┘
 *
 * librdkafka's idempotent producer spins on a core as long as a partition has
 * a next batch ready while one is in flight (rdkafka_broker.c limits requests
 * by the number of *messages* in flight). So it is handed one window of
 * records at a time, small enough to travel as one batch, and the next one
 * when every record of that is reported. What comes meanwhile waits in the
 * queue here, which is also where back-pressure and interruption belong.
 *
 * Finding the broker and the topic happens in the worker: push () accepts
 * records at once, and a start-up that fails reaches the observer. */

#pragma once

#include "client/client.h"
#include "config/settings.h"
#include "header.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <thread>

namespace gstkafka {

/* One record and whoever owns its payload: derive, keep the payload alive as
 * long as the object. Destroyed once it is delivered, or lost, by whichever
 * thread learns of it. */
class OutgoingRecord {
 public:
  virtual ~OutgoingRecord () = default;

  Headers headers;
  const void *payload = nullptr; /* nullptr: a record without a value */
  size_t size = 0;
  uint64_t seq = 0;
  int64_t timestamp_ms = 0; /* since 1970 */
  int64_t time = -1;        /* ns of running time, or -1: for max_queue_time */

 private:
  friend class Producer;
  HeadersHandle encoded_;
  size_t footprint_ = 0; /* bytes as librdkafka and the broker count them */
};

/* How a topic is made when it is not there. -1 leaves it to the broker. */
struct TopicSpec {
  int partitions = -1;
  int replication_factor = -1;
  ConfigEntries config;
};

struct ProducerSettings {
  ConfigEntries config;
  StreamAddress stream;
  uint64_t max_queue_bytes = 0; /* payload bytes accepted and not reported */
  uint64_t max_queue_time = 0;  /* ns between the oldest and the newest; 0: no
                                   limit */
  uint64_t max_record_size = 0; /* bytes; 0: ask the broker */
  std::optional<TopicSpec> create_topic;
};

struct ProducerStats {
  uint64_t records = 0; /* acknowledged */
  uint64_t bytes = 0;   /* payload of those */
  uint64_t lost = 0;    /* accepted and given up */
  uint64_t queued_records = 0;
  uint64_t queued_bytes = 0;
  int partition = -1; /* -1: not known yet */
};

class Producer {
 public:
  /* All are called from the worker thread, without a lock. */
  class Observer {
   public:
    virtual ~Observer () = default;
    virtual void on_delivered (
        const OutgoingRecord &record, int partition, int64_t offset)
        = 0;
    /* Once, and last: nothing is accepted afterwards. */
    virtual void on_failed (const Error &error) = 0;
    /* The broker went away; it is being tried again. */
    virtual void on_outage (const Error &error) = 0;
  };

  enum class Outcome {
    DONE,
    INTERRUPTED, /* see set_interrupted (); nothing was taken */
    FAILED,      /* the observer has been told */
  };

  /* Errors are of kind SETTINGS; the network is not waited for. */
  static Result<std::unique_ptr<Producer>> open (
      ProducerSettings settings, Observer &observer);
  ~Producer ();

  /* Waits while the queue is full. Takes `record` only when DONE. */
  Outcome push (std::unique_ptr<OutgoingRecord> &record);

  /* Waits until everything pushed is acknowledged. */
  Outcome drain ();

  /* While set, push () and drain () return INTERRUPTED instead of waiting. */
  void set_interrupted (bool interrupted);

  /* Gives what is on its way until `patience` is over, lets go of the rest and
   * returns how many records that was. Ends the worker thread. */
  uint64_t close (std::chrono::milliseconds patience);

  ProducerStats stats () const;

 private:
  Producer (ProducerSettings settings, Observer &observer,
      std::shared_ptr<Client> client);

  using Lock = std::unique_lock<std::mutex>;
  using Batch = std::deque<std::unique_ptr<OutgoingRecord>>;

  /* worker thread */
  void run ();
  MaybeError prepare ();
  MaybeError find_topic (int &partitions);
  MaybeError create_topic ();
  uint64_t ask_record_limit ();
  EventHandle wait_admin_result (rd_kafka_queue_t *queue);
  void serve_events (int timeout_ms);
  void handle_reports (rd_kafka_event_t *event);
  void handle_error (rd_kafka_event_t *event);
  void watch_connection ();
  void settle_failure ();

  /* any thread, with the lock */
  bool is_full (const OutgoingRecord &record) const;
  bool may_send () const;
  void pump (Lock &lock);
  Batch take_batch ();
  void fail (const Error &error);
  void count_lost (const OutgoingRecord &record);
  void forget_queue ();

  /* any thread, without the lock */
  MaybeError send (Batch &batch);
  rd_kafka_resp_err_t produce (OutgoingRecord &record);
  void wake_worker ();
  bool is_stopping () const;

  const ProducerSettings settings_;
  Observer &observer_;
  std::shared_ptr<Client> client_;
  QueueHandle reports_; /* librdkafka's main queue: reports and errors */
  const bool idempotent_;

  /* Set by the worker before ready_, constant afterwards. */
  int partition_ = -1;
  uint64_t record_limit_ = 0;
  uint64_t window_bytes_ = 0;
  uint64_t window_records_ = 0;

  bool outage_announced_ = false; /* worker thread only */

  /* Guards all below; changed_ tells of every change that someone waits for. */
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<OutgoingRecord>> queue_;
  uint64_t in_flight_ = 0;            /* records handed over and not reported */
  uint64_t waiting_bytes_ = 0;        /* payload in queue_ and in flight */
  std::deque<int64_t> waiting_times_; /* one per record, in order of push */
  bool ready_ = false;
  bool sending_ = false; /* one thread at a time hands over: order */
  bool interrupted_ = false;
  bool stopping_ = false;
  bool announced_ = false; /* the observer knows of failure_ */
  MaybeError failure_;
  uint64_t first_lost_ = 0, last_lost_ = 0;
  ProducerStats stats_;

  std::thread worker_;
};

} // namespace gstkafka
