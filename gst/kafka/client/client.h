/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One rd_kafka_t: how it is configured, what it says of its brokers, and what
 * it knows of a topic. Producer and Consumer are built on it. */

#pragma once

#include "client/errors.h"
#include "client/handles.h"
#include "config/settings.h"
#include "result.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace gstkafka {

/* librdkafka's log lines, process-wide, from any of its threads. `level` is
 * syslog's. Set once, before the first client. */
using LogFunction
    = void (*) (int level, const char *facility, const char *message);
void set_log_function (LogFunction function);

/* Whether librdkafka has a setting of this name. */
bool is_setting (const std::string &name);

/* How long one blocking call of librdkafka may take. Nothing can interrupt
 * such a call, so a shutdown waits for at most one. */
constexpr int kSliceMs = 300;

struct TopicLookup {
  enum State {
    FOUND,
    UNKNOWN, /* the broker says that it does not exist (yet) */
    NO_ANSWER,
    REFUSED, /* see error */
  };
  State state;
  int partitions = 0;
  MaybeError error;
};

/* Where delivery reports go, from the thread that serves the client. */
class ReportSink {
 public:
  virtual ~ReportSink () = default;
  virtual void on_report (const rd_kafka_message_t &message) noexcept = 0;
};

/* What a member of a group is given and loses, from the thread that serves the
 * client or closes it. */
class RebalanceSink {
 public:
  virtual ~RebalanceSink () = default;
  virtual void on_rebalance (rd_kafka_resp_err_t code,
      const rd_kafka_topic_partition_list_t &partitions) noexcept = 0;
};

/* What librdkafka says of itself each statistics.interval.ms, in JSON, from the
 * thread that serves the client or closes it. Clients share it. */
class StatisticsSink : public std::enable_shared_from_this<StatisticsSink> {
 public:
  virtual ~StatisticsSink () = default;
  virtual void on_statistics (std::string json) noexcept = 0;
};

class Client {
 public:
  /* Errors are of kind SETTINGS. `sink` is for producers, `rebalance` for
   * members of a group, else nullptr. Without `statistics` there are none,
   * whatever the settings say. */
  static Result<std::shared_ptr<Client>> open (rd_kafka_type_t type,
      const ConfigEntries &entries, const std::string &topic, ReportSink *sink,
      RebalanceSink *rebalance = nullptr,
      std::shared_ptr<StatisticsSink> statistics = nullptr);
  ~Client ();
  Client (const Client &) = delete;
  Client &operator= (const Client &) = delete;

  /* Closes a consumer. Waits for a moment only, as a commit that is on its way
   * holds it up for as long as there is no broker. */
  static void close (std::shared_ptr<Client> client);

  rd_kafka_t *
  handle () const
  {
    return handle_;
  }
  rd_kafka_topic_t *
  topic () const
  {
    return topic_.get ();
  }
  const ErrorContext &
  context () const
  {
    return context_;
  }

  /* The value in force, defaults included. */
  std::string setting (const char *name) const;

  /* A partition of the topic and a place in it, as librdkafka takes them. */
  PartitionListHandle list_of (int partition, int64_t offset) const;

  /* Blocks for one slice at most. */
  TopicLookup look_up_topic ();

  /* What tells one cluster from another, whatever its brokers are called;
   * empty: not known yet. */
  std::string cluster_id () const;

  /* The partition of the stream, given how many there are. */
  Result<int> resolve_partition (const StreamAddress &stream, int count) const;

  /* What librdkafka calls back with, from whoever serves the client. */
  void note_error (rd_kafka_resp_err_t code, const char *reason);
  void
  note_report (const rd_kafka_message_t &message) noexcept
  {
    sink_->on_report (message);
  }
  void
  note_rebalance (rd_kafka_resp_err_t code,
      const rd_kafka_topic_partition_list_t &partitions) noexcept
  {
    rebalance_->on_rebalance (code, partitions);
  }
  void
  note_statistics (std::string json) noexcept
  {
    statistics_->on_statistics (std::move (json));
  }

  /* The error after which nothing can be delivered any more. */
  MaybeError fatal_error () const;

  /* Why no broker answers, once that has lasted long enough (since the last
   * contact, or the beginning) or cannot change any more. */
  MaybeError why_no_contact () const;

  /* All connections are down, or what is being read was deleted: the reason.
   * Reset by note_contact (). */
  MaybeError outage () const;

  /* The broker answered. */
  void note_contact ();
  /* ... at least once. */
  bool was_reached () const;

 private:
  Client () = default;

  rd_kafka_t *handle_ = nullptr;
  ReportSink *sink_ = nullptr;
  RebalanceSink *rebalance_ = nullptr;
  std::shared_ptr<StatisticsSink> statistics_;
  TopicHandle topic_;
  ErrorContext context_;

  /* Guards what error events and answers leave behind. */
  mutable std::mutex mutex_;
  bool was_reached_ = false;
  std::chrono::steady_clock::time_point last_contact_; /* or the beginning */
  struct Trouble {
    rd_kafka_resp_err_t code;
    Error error;
  };
  std::optional<Trouble> trouble_; /* the most telling since the last contact */
  bool all_down_ = false;
};

} // namespace gstkafka
