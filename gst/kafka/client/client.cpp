/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/client.h"

#include "client/background.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <string_view>
#include <vector>

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

/* A broker that is just being started refuses connections; one behind a slow
 * network, TLS and a login takes its time. */
constexpr std::chrono::seconds kRefusedPatience{ 3 };
constexpr std::chrono::seconds kContactPatience{ 10 };

std::atomic<LogFunction> log_function{ nullptr };

/* With debug=conf it logs settings, `name = value`; it leaves out what it takes
 * for a secret, which is less than what we do. */
std::string
without_secret (const char *facility, const char *message)
{
  std::string line = message;
  size_t equals = line.find (" = ");
  if (std::string_view (facility) != "CONF" || equals == std::string::npos)
    return line;
  size_t begin = line.find_last_of (' ', equals - 1) + 1;
  if (is_secret (std::string_view (line).substr (begin, equals - begin)))
    line.replace (equals + 3, std::string::npos, "(not shown)");
  return line;
}

/* The one in force, defaults included; empty: there is no such setting. */
std::string
value_of (const rd_kafka_conf_t *conf, const char *name)
{
  char value[512];
  size_t size = sizeof value;
  if (rd_kafka_conf_get (conf, name, value, &size) != RD_KAFKA_CONF_OK)
    return "";
  return value;
}

void
on_log (const rd_kafka_t *, int level, const char *facility,
    const char *message) noexcept
{
  if (LogFunction function = log_function.load ())
    function (level, facility, without_secret (facility, message).c_str ());
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

void
on_rebalance (rd_kafka_t *, rd_kafka_resp_err_t code,
    rd_kafka_topic_partition_list_t *partitions, void *opaque) noexcept
{
  static_cast<Client *> (opaque)->note_rebalance (code, *partitions);
}

/* What kafkasink's promises rest on, by the value in force: librdkafka knows a
 * setting by several names, and a number in several spellings. */
MaybeError
check_producer (const rd_kafka_conf_t *conf)
{
  static const struct {
    const char *name, *value, *advice;
  } refused[] = {
    { "acks", "0",
        "asks for no acknowledgement, which kafkasink waits for. Use all, or 1 "
        "with enable.idempotence=false" },
    { "delivery.report.only.error", "true",
        "keeps quiet about what was delivered, which kafkasink waits for. "
        "Leave it out" },
    { "queuing.strategy", "lifo",
        "changes the order of records, which kafkasink keeps. Leave it out" },
  };
  for (const auto &setting : refused)
    if (value_of (conf, setting.name) == setting.value)
      return Error{ ErrorKind::SETTINGS,
        std::string (setting.name) + "=" + setting.value + " " + setting.advice
            + ".",
        "" };
  return std::nullopt;
}

/* Why OpenSSL did not take a certificate, which librdkafka does not tell. Its
 * threads may find out after the Client is gone: hence a table beside it. */
class CertificateErrors {
 public:
  static CertificateErrors &
  of_this_process ()
  {
    static auto *errors = new CertificateErrors; /* threads outlive main () */
    return *errors;
  }

  void
  remove (rd_kafka_t *handle)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    errors_.erase (handle);
  }
  void
  note (rd_kafka_t *handle, int error)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    errors_[handle] = error;
  }
  int
  find (rd_kafka_t *handle)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    auto place = errors_.find (handle);
    return place == errors_.end () ? 0 : place->second;
  }

 private:
  std::mutex mutex_; /* guards errors_ */
  std::map<rd_kafka_t *, int> errors_;
};

/* Says what OpenSSL says, and takes a note. */
int
on_certificate (rd_kafka_t *handle, const char *, int32_t, int *error, int,
    const char *, size_t, char *reason, size_t size, void *) noexcept
{
  if (*error == 0)
    return 1;
  CertificateErrors::of_this_process ().note (handle, *error);
  snprintf (reason, size, "error %d of OpenSSL", *error);
  return 0;
}

/* Where certificates are not looked at, nobody complains of them. */
void
watch_certificates (rd_kafka_conf_t *conf)
{
  if (value_of (conf, "enable.ssl.certificate.verification") == "true")
    rd_kafka_conf_set_ssl_cert_verify_cb (conf, on_certificate);
}

bool
has_certificate (const ConfigEntries &entries)
{
  for (const char *name : { "ssl.certificate.location", "ssl.certificate.pem",
           "ssl.keystore.location" })
    if (find_entry (entries, name))
      return true;
  return false;
}

int
on_statistics (
    rd_kafka_t *, char *json, size_t json_size, void *opaque) noexcept
{
  static_cast<Client *> (opaque)->note_statistics ({ json, json_size });
  return 0; /* the text stays librdkafka's */
}

/* librdkafka quotes what it refuses; a secret must not come back that way. */
Error
refused_setting (const ConfigEntry &entry, const char *reason)
{
  bool is_shown = !is_secret (entry.name) && !is_secret (entry.value);
  std::string detail = is_shown ? reason : "(not shown)";
  return { ErrorKind::SETTINGS,
    "librdkafka does not accept the setting " + quoted_name (entry)
        + ". Check its name and value"
        + (entry.variable.empty ()
                ? " in client-config, the URI or the config-file."
                : "."),
    detail };
}

/* The user's, by either of its names; or just the first. */
std::string
name_in_use (
    const ConfigEntries &entries, const char *name, const char *other_name)
{
  for (const auto &entry : entries)
    if (entry.name == name || entry.name == other_name)
      return quoted_name (entry);
  return "'" + std::string (name) + "'";
}

bool
says (std::string_view reason, std::string_view words)
{
  return reason.find (words) != std::string_view::npos;
}

/* What contradicts it, in librdkafka's words; empty: nothing known. */
std::string
describe_idempotence (const ConfigEntries &entries, std::string_view reason)
{
  static const struct {
    const char *words, *name, *other_name, *value;
  } conditions[] = {
    { "`acks` must", "acks", "request.required.acks", "all" },
    { "`retries` must", "retries", "message.send.max.retries", "1 or more" },
    { "`max.in.flight` must", "max.in.flight",
        "max.in.flight.requests.per.connection", "5 or less" },
  };
  if (!says (reason, "enable.idempotence"))
    return "";
  for (const auto &condition : conditions)
    if (says (reason, condition.words))
      return name_in_use (entries, condition.name, condition.other_name)
             + " contradicts enable.idempotence, by which kafkasink delivers "
               "once and in order. Leave it out, or set it to "
             + condition.value
             + "; or set enable.idempotence=false, if records may come twice "
               "or in another order after a failure.";
  return "";
}

std::string
describe_unusable (const ConfigEntries &entries, std::string_view reason)
{
  const std::string contradiction = describe_idempotence (entries, reason);
  if (!contradiction.empty ())
    return contradiction;
  bool has_mechanism = find_entry (entries, "sasl.mechanism")
                       || find_entry (entries, "sasl.mechanisms");
  if (!has_mechanism && says (reason, "sasl.kerberos"))
    return name_in_use (entries, "security.protocol", "")
           + " asks for a login, but sasl.mechanism is not set, and Kerberos, "
             "which librdkafka takes then, is not set up. Set sasl.mechanism "
             "(PLAIN, SCRAM-SHA-512, ...) to what the broker offers.";
  if (says (reason, "sasl.username and sasl.password must be set"))
    return name_in_use (entries, "sasl.mechanism", "sasl.mechanisms")
           + " needs a user and a password. Set sasl.username and "
             "sasl.password in the config-file.";
  return "librdkafka cannot work with these settings. Check client-config, the "
         "URI, the config-file and the environment (GST_KAFKA_CONFIG_...).";
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
  watch_certificates (conf.get ());
  return conf;
}

/* Which of two errors tells a user more. */
int
tellingness (rd_kafka_resp_err_t code, ErrorKind kind)
{
  if (is_refusal (code))
    return 4;
  if (kind == ErrorKind::AUTHENTICATION)
    return 3; /* a connection that ended for a known reason */
  if (code == RD_KAFKA_RESP_ERR__RESOLVE)
    return 2;
  return code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ? 0 : 1;
}

/* Only consumers hear of it this way; producers ask for the topic first, and
 * then fail. */
bool
is_missing (rd_kafka_resp_err_t code)
{
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
         || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
         || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

} // namespace

void
set_log_function (LogFunction function)
{
  log_function.store (function);
}

bool
is_setting (const std::string &name)
{
  ConfHandle conf (rd_kafka_conf_new ());
  size_t size = 0;
  return rd_kafka_conf_get (conf.get (), name.c_str (), nullptr, &size)
         != RD_KAFKA_CONF_UNKNOWN;
}

Result<std::shared_ptr<Client>>
Client::open (rd_kafka_type_t type, const ConfigEntries &entries,
    const std::string &topic, ReportSink *sink, RebalanceSink *rebalance,
    std::shared_ptr<StatisticsSink> statistics)
{
  auto conf = make_conf (entries);
  if (!conf)
    return conf.error ();
  if (type == RD_KAFKA_PRODUCER)
    if (auto error = check_producer (conf->get ()))
      return *error;

  std::shared_ptr<Client> client (new Client);
  const std::string *servers = find_entry (entries, "bootstrap.servers");
  const std::string *group = find_entry (entries, "group.id");
  client->context_ = { servers ? *servers : "", topic, group ? *group : "", 0,
    has_certificate (entries) };
  rd_kafka_conf_set_opaque (conf->get (), client.get ());
  client->sink_ = sink;
  if (sink)
    rd_kafka_conf_set_dr_msg_cb (conf->get (), on_report);
  client->rebalance_ = rebalance;
  if (rebalance)
    rd_kafka_conf_set_rebalance_cb (conf->get (), on_rebalance);
  char reason[512] = "";
  if (statistics)
    rd_kafka_conf_set_stats_cb (conf->get (), on_statistics);
  else
    rd_kafka_conf_set (
        conf->get (), "statistics.interval.ms", "0", reason, sizeof reason);
  client->statistics_ = std::move (statistics);

  client->handle_ = rd_kafka_new (type, conf->get (), reason, sizeof reason);
  if (!client->handle_)
    return Error{ ErrorKind::SETTINGS, describe_unusable (entries, reason),
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
  if (!handle_)
    return;
  run_in_background ([handle = handle_] {
    rd_kafka_destroy (handle);
    CertificateErrors::of_this_process ().remove (handle);
  });
}

void
Client::close (std::shared_ptr<Client> client)
{
  run_in_background ([client = std::move (client)] () mutable {
    rd_kafka_consumer_close (client->handle ());
    client.reset ();
  });
}

std::string
Client::setting (const char *name) const
{
  return value_of (rd_kafka_conf (handle_), name);
}

PartitionListHandle
Client::list_of (int partition, int64_t offset) const
{
  PartitionListHandle list (rd_kafka_topic_partition_list_new (1));
  rd_kafka_topic_partition_list_add (
      list.get (), context_.topic.c_str (), partition)
      ->offset
      = offset;
  return list;
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
  ErrorContext context = context_;
  context.certificate_error
      = CertificateErrors::of_this_process ().find (handle_);
  context.was_reached = was_reached ();
  Error error = describe_error (code, words, context);
  std::lock_guard<std::mutex> lock (mutex_);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    all_down_ = true;
  if (!trouble_
      || tellingness (code, error.kind)
             >= tellingness (trouble_->code, trouble_->error.kind))
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
  if (!trouble_ || !(all_down_ || is_missing (trouble_->code)))
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
