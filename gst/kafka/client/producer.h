/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One stream on its way to the log.
 *
 *   caller's thread         own queue          worker thread      librdkafka
 *   push () ─────────────▶ [o o o o o] ── as HandOver says ────▶ [ batches ]
 *      ▲  waits while full      ▲          o becomes records          │
 *      └────── space ───────────┴───────── delivery reports ◀─────────┘
 *
 * The queue is where back-pressure, leaking and interruption belong, which
 * librdkafka has not (outgoing_queue.h), and it lets the worker hand over in
 * portions that librdkafka deals with well (hand_over.h).
 *
 * Finding the broker and the topic happens in the worker: push () accepts
 * what comes at once, and a start-up that fails reaches the observer. */

#pragma once

#include "client/client.h"
#include "client/hand_over.h"
#include "client/losses.h"
#include "client/outgoing_queue.h"
#include "client/topic_admin.h"
#include "config/settings.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <thread>

namespace gstkafka {

struct ProducerSettings {
  ConfigEntries config;
  StreamAddress stream;
  OutgoingQueue::Limits queue;  /* accepted and not reported */
  uint64_t max_record_size = 0; /* bytes; 0: ask the broker */
  std::optional<TopicSpec> create_topic;
  std::shared_ptr<StatisticsSink> statistics; /* or nullptr */
};

struct ProducerStats {
  uint64_t records = 0; /* acknowledged */
  uint64_t bytes = 0;   /* payload of those */
  uint64_t chunks = 0;  /* of those, the pieces of larger buffers */
  uint64_t lost = 0;    /* accepted and given up: see Losses */
  uint64_t dropped = 0; /* buffers that were not accepted: by the policy */
  uint64_t queued_records = 0;
  uint64_t queued_bytes = 0; /* as the queue's limits count */
  int partition = -1;        /* -1: not known yet */
};

class Producer final : private ReportSink {
 public:
  /* All are called without a lock, and but for the last from the worker thread.
   */
  class Observer {
   public:
    virtual ~Observer () = default;
    /* Before anything is sent: where the stream is. An error is a failure. */
    virtual MaybeError on_resolved (
        const std::string &cluster_id, int partition)
        = 0;
    /* The topic will not keep a stream. */
    virtual void on_compacted () = 0;
    /* With what belongs to it; `record` is the last of that, `offset` where
     * the first is. */
    virtual void on_delivered (
        const OutgoingRecord &record, int partition, int64_t offset)
        = 0;
    /* Once, and last: nothing is accepted afterwards. */
    virtual void on_failed (const Error &error) = 0;
    /* The broker went away; it is being tried again. */
    virtual void on_outage (const Error &error) = 0;
    /* The policy begins to drop: once a burst, from the thread that pushes. */
    virtual void on_dropping () = 0;
  };

  enum class Outcome {
    DONE,
    DROPPED,     /* by the queue's policy */
    INTERRUPTED, /* see interrupt (); nothing was taken */
    FAILED,      /* the observer has been told */
  };

  /* Errors are of kind SETTINGS; nothing is done yet. */
  static Result<std::unique_ptr<Producer>> open (
      ProducerSettings settings, Observer &observer);
  ~Producer () override;

  /* Begins to look for the broker; once. The network is not waited for. */
  void start ();

  /* Waits while the queue is full, or drops as its policy says. Takes
   * `outgoing` only when DONE. */
  Outcome push (std::unique_ptr<Outgoing> &outgoing, uint64_t seen);

  /* Waits until everything pushed is acknowledged. */
  Outcome drain (uint64_t seen);

  /* Both return INTERRUPTED instead of waiting once there were more
   * interruptions than `seen`. A count, and no flag: an interruption that is
   * over before the waiting thread runs again is not missed. Any thread. */
  void interrupt ();
  uint64_t interruptions () const;

  /* Gives what is on its way until `patience` is over, lets go of the rest and
   * returns what that was; nothing after a failure, of which the observer has
   * been told. Ends the worker thread. */
  Losses close (std::chrono::milliseconds patience);

  ProducerStats stats () const;

 private:
  Producer (ProducerSettings settings, Observer &observer);

  using Lock = std::unique_lock<std::mutex>;

  struct Report {
    std::unique_ptr<OutgoingRecord> record;
    rd_kafka_resp_err_t code;
    int partition;
    int64_t offset;
  };

  /* worker thread */
  void run ();
  MaybeError prepare ();
  uint64_t find_record_limit (TopicAdmin &admin);
  void feed ();
  void take_waiting (const Amount &quota);
  MaybeError encode (std::unique_ptr<Outgoing> outgoing);
  MaybeError send (const Amount &quota, bool awaits_reports, Amount &sent);
  rd_kafka_resp_err_t produce (OutgoingRecord &record);
  void abandon_all ();
  void abandon (std::unique_ptr<Outgoing> outgoing);
  void wait_for_reports ();
  void on_report (const rd_kafka_message_t &message) noexcept override;
  void settle_reports ();
  void announce_delivery (const Report &report);
  void watch_connection ();
  void settle_failure ();

  /* any thread, with the lock */
  Amount queued () const;
  bool is_idle () const;
  template <typename Condition>
  void wait_impatiently (Lock &lock, Condition condition);
  void fail (const Error &error);

  /* any thread, without the lock */
  Amount amount_of (size_t payload) const;
  void wake_worker ();
  bool has_failed () const;
  bool is_stopping () const;

  const ProducerSettings settings_;
  Observer &observer_;
  std::shared_ptr<Client> client_;
  QueueHandle main_queue_;

  /* Worker thread only. */
  int partition_ = -1;
  uint64_t record_limit_ = UINT64_MAX; /* until it is known */
  std::vector<std::unique_ptr<Outgoing>> taken_;
  std::deque<std::unique_ptr<OutgoingRecord>> outbox_; /* of those */
  std::optional<int64_t> first_offset_; /* of what is acknowledged in part */
  bool outage_announced_ = false;
  std::vector<Report> reports_;

  /* Guards all below; changed_ tells of every change that someone waits for. */
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  HandOver hand_over_;
  OutgoingQueue queue_;
  Amount at_hand_;   /* taken from it and not handed over */
  Amount in_flight_; /* handed over and not reported */
  bool ready_ = false;
  bool is_waiting_ = false; /* the worker, for records */
  uint64_t interruptions_ = 0;
  int impatient_ = 0; /* threads that wait for room or for the end */
  bool stopping_ = false;
  bool announced_ = false; /* the observer knows of failure_ */
  MaybeError failure_;
  Losses losses_;
  ProducerStats stats_;

  std::thread worker_;
};

} // namespace gstkafka
