/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/client.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <thread>
#include <vector>

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

/* A broker that is just being started refuses connections; one behind a slow
 * network, TLS and a login takes its time. */
constexpr std::chrono::seconds kRefusedPatience{ 3 };
constexpr std::chrono::seconds kContactPatience{ 10 };

std::atomic<LogFunction> log_function{ nullptr };

void
on_log (const rd_kafka_t *, int level, const char *facility,
    const char *message) noexcept
{
  if (LogFunction function = log_function.load ())
    function (level, facility, message);
}

void
on_error (rd_kafka_t *, int code, const char *reason, void *opaque) noexcept
{
  static_cast<Client *> (opaque)->note_error (
      static_cast<rd_kafka_resp_err_t> (code), reason);
}

void
on_report (
    rd_kafka_t *, const rd_kafka_message_t *message, void *opaque) noexcept
{
  static_cast<Client *> (opaque)->note_report (*message);
}

/* rd_kafka_destroy () of librdkafka 2.8 takes a second now and then: a broker
 * thread misses its wake-up (docs/reports/librdkafka-slow-destroy.c). A state
 * change does not wait for that; the process does, when it ends. */
class Undertaker {
 public:
  ~Undertaker ()
  {
    std::unique_lock<std::mutex> lock (mutex_);
    changed_.wait_for (lock, kLastPatience, [this] { return busy_ == 0; });
  }

  void
  destroy (rd_kafka_t *handle)
  {
    auto is_done = std::make_shared<bool> (false);
    std::unique_lock<std::mutex> lock (mutex_);
    busy_++;
    std::thread ([this, handle, is_done] {
      rd_kafka_destroy (handle);
      std::lock_guard<std::mutex> done_lock (mutex_);
      *is_done = true;
      busy_--;
      changed_.notify_all ();
    }).detach ();
    changed_.wait_for (lock, kPatience, [&] { return *is_done; });
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{ 150 };
  static constexpr std::chrono::seconds kLastPatience{ 3 };

  std::mutex mutex_; /* guards busy_ */
  std::condition_variable changed_;
  int busy_ = 0;
};

void
destroy_client (rd_kafka_t *handle)
{
  static Undertaker undertaker;
  undertaker.destroy (handle);
}

/* librdkafka quotes what it refuses; a secret must not come back that way. */
Error
refused_setting (const ConfigEntry &entry, const char *reason)
{
  std::string detail = is_secret (entry.name) ? "(not shown)" : reason;
  return { ErrorKind::SETTINGS,
    "librdkafka does not accept the setting '" + entry.name
        + "'. Check its name and value in client-config, the URI or the "
          "config-file.",
    detail };
}

Result<ConfHandle>
make_conf (const ConfigEntries &entries)
{
  ConfHandle conf (rd_kafka_conf_new ());
  for (const auto &entry : entries) {
    char reason[512] = "";
    if (rd_kafka_conf_set (conf.get (), entry.name.c_str (),
            entry.value.c_str (), reason, sizeof reason)
        != RD_KAFKA_CONF_OK)
      return refused_setting (entry, reason);
  }
  rd_kafka_conf_set_log_cb (conf.get (), on_log);
  rd_kafka_conf_set_error_cb (conf.get (), on_error);
  return conf;
}

/* Which of two errors tells a user more. */
int
tellingness (rd_kafka_resp_err_t code)
{
  if (is_refusal (code))
    return 3;
  if (code == RD_KAFKA_RESP_ERR__RESOLVE)
    return 2;
  return code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? 0 : 1;
}

} // namespace

void
set_log_function (LogFunction function)
{
  log_function.store (function);
}

Result<std::shared_ptr<Client>>
Client::open (rd_kafka_type_t type, const ConfigEntries &entries,
    const std::string &topic, ReportSink *sink)
{
  auto conf = make_conf (entries);
  if (!conf)
    return conf.error ();

  std::shared_ptr<Client> client (new Client);
  const std::string *servers = find_entry (entries, "bootstrap.servers");
  client->context_ = { servers ? *servers : "", topic };
  rd_kafka_conf_set_opaque (conf->get (), client.get ());
  client->sink_ = sink;
  if (sink)
    rd_kafka_conf_set_dr_msg_cb (conf->get (), on_report);

  char reason[512] = "";
  client->handle_ = rd_kafka_new (type, conf->get (), reason, sizeof reason);
  if (!client->handle_)
    return Error{ ErrorKind::SETTINGS,
      "librdkafka cannot work with these settings. Check client-config, the "
      "URI and the config-file.",
      reason };
  conf->release ();
  {
    /* Not before: with TLS it has just read all certificates there are. */
    std::lock_guard<std::mutex> lock (client->mutex_);
    client->last_contact_ = steady_clock::now ();
  }

  client->topic_.reset (
      rd_kafka_topic_new (client->handle_, topic.c_str (), nullptr));
  if (!client->topic_)
    return describe_error (
        RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "", client->context_);
  return client;
}

Client::~Client ()
{
  topic_.reset ();
  if (handle_)
    destroy_client (handle_);
}

std::string
Client::setting (const char *name) const
{
  char value[512];
  size_t size = sizeof value;
  if (rd_kafka_conf_get (rd_kafka_conf (handle_), name, value, &size)
      != RD_KAFKA_CONF_OK)
    return "";
  return value;
}

TopicLookup
Client::look_up_topic ()
{
  const rd_kafka_metadata_t *raw = nullptr;
  rd_kafka_resp_err_t code
      = rd_kafka_metadata (handle_, 0, topic_.get (), &raw, kSliceMs);
  MetadataHandle metadata (const_cast<rd_kafka_metadata_t *> (raw));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
    code = metadata->topics[0].err;
    note_contact ();
  }
  switch (code) {
  case RD_KAFKA_RESP_ERR_NO_ERROR:
    return { TopicLookup::FOUND, metadata->topics[0].partition_cnt, {} };
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    return { TopicLookup::UNKNOWN, 0, describe_error (code, "", context_) };
  default:
    break;
  }
  if (is_refusal (code))
    return { TopicLookup::REFUSED, 0, describe_error (code, "", context_) };
  return { TopicLookup::NO_ANSWER, 0, {} };
}

std::string
Client::cluster_id () const
{
  char *id = rd_kafka_clusterid (handle_, 0);
  std::string out = id ? id : "";
  rd_kafka_mem_free (handle_, id);
  return out;
}

Result<int>
Client::resolve_partition (const StreamAddress &stream, int count) const
{
  if (stream.partition >= count)
    return Error{ ErrorKind::NOT_FOUND,
      "Topic '" + stream.topic + "' has no partition "
          + std::to_string (stream.partition) + ": it has "
          + std::to_string (count)
          + ", counted from 0. Set another partition or add some to the topic.",
      "" };
  if (stream.partition >= 0)
    return stream.partition;
  if (stream.key.empty ())
    return 0;
  return static_cast<int> (rd_kafka_msg_partitioner_murmur2 (topic_.get (),
      stream.key.data (), stream.key.size (), count, nullptr, nullptr));
}

void
Client::note_error (rd_kafka_resp_err_t code, const char *reason)
{
  std::string words = reason ? reason : "";
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char cause[512] = "";
    code = rd_kafka_fatal_error (handle_, cause, sizeof cause);
    words = cause;
  }
  Error error = describe_error (code, words, context_);
  std::lock_guard<std::mutex> lock (mutex_);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    all_down_ = true;
  if (!trouble_ || tellingness (code) >= tellingness (trouble_->code))
    trouble_ = Trouble{ code, std::move (error) };
}

MaybeError
Client::fatal_error () const
{
  char reason[512] = "";
  rd_kafka_resp_err_t code
      = rd_kafka_fatal_error (handle_, reason, sizeof reason);
  if (!code)
    return std::nullopt;
  return describe_error (code, reason, context_);
}

MaybeError
Client::why_no_contact () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto waited = steady_clock::now () - last_contact_;
  if (trouble_ && is_refusal (trouble_->code))
    return trouble_->error;
  if (trouble_ && all_down_ && waited > kRefusedPatience)
    return trouble_->error;
  if (waited <= kContactPatience)
    return std::nullopt;
  if (trouble_)
    return trouble_->error;
  return describe_error (RD_KAFKA_RESP_ERR__TIMED_OUT, "", context_);
}

MaybeError
Client::outage () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (!trouble_ || !all_down_)
    return std::nullopt;
  return trouble_->error;
}

void
Client::note_contact ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  trouble_.reset ();
  all_down_ = false;
  was_reached_ = true;
  last_contact_ = steady_clock::now ();
}

bool
Client::was_reached () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return was_reached_;
}

} // namespace gstkafka
