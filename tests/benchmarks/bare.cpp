/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bare.h"

#include <librdkafka/rdkafka.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace gstkafka {

namespace {

constexpr size_t kPayloadBytes = 16 << 20;
constexpr int kPollMs = 100;
constexpr int kPatienceMs = 10000;

using Settings = std::vector<std::pair<const char *, std::string>>;

rd_kafka_t *
open_client (rd_kafka_type_t type, const Settings &settings,
    void (*configure) (rd_kafka_conf_t *) = nullptr)
{
  char reason[512];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set (conf, "bootstrap.servers", bootstrap_servers ().c_str (),
      reason, sizeof reason);
  for (const auto &[name, value] : settings)
    if (rd_kafka_conf_set (conf, name, value.c_str (), reason, sizeof reason))
      give_up (reason);
  if (configure)
    configure (conf);
  rd_kafka_t *client = rd_kafka_new (type, conf, reason, sizeof reason);
  if (!client)
    give_up (reason);
  return client;
}

/* ---- topics ---- */

void
finish_admin_request (rd_kafka_queue_t *queue)
{
  rd_kafka_event_t *event = rd_kafka_queue_poll (queue, kPatienceMs);
  if (!event)
    give_up ("The broker of KAFKA_BOOTSTRAP_SERVERS does not answer.");
  if (rd_kafka_event_error (event))
    give_up (rd_kafka_event_error_string (event));
  rd_kafka_event_destroy (event);
  rd_kafka_queue_destroy (queue);
}

Usage
create_topic (const std::string &name)
{
  rd_kafka_t *client = open_client (RD_KAFKA_PRODUCER, {});
  rd_kafka_queue_t *queue = rd_kafka_queue_new (client);
  rd_kafka_NewTopic_t *topic
      = rd_kafka_NewTopic_new (name.c_str (), 1, 1, nullptr, 0);
  /* Gigabytes: gone soon after they are deleted, and by themselves should this
   * program be killed. */
  rd_kafka_NewTopic_set_config (topic, "retention.ms", "1800000");
  rd_kafka_NewTopic_set_config (topic, "segment.bytes", "67108864");
  rd_kafka_NewTopic_set_config (topic, "file.delete.delay.ms", "1000");
  rd_kafka_CreateTopics (client, &topic, 1, nullptr, queue);
  finish_admin_request (queue);
  rd_kafka_NewTopic_destroy (topic);
  rd_kafka_destroy (client);
  return {};
}

Usage
delete_topic (const std::string &name)
{
  rd_kafka_t *client = open_client (RD_KAFKA_PRODUCER, {});
  rd_kafka_queue_t *queue = rd_kafka_queue_new (client);
  rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new (name.c_str ());
  rd_kafka_DeleteTopics (client, &topic, 1, nullptr, queue);
  finish_admin_request (queue);
  rd_kafka_DeleteTopic_destroy (topic);
  rd_kafka_destroy (client);
  return {};
}

/* ---- producing ---- */

struct Reports {
  std::atomic<uint64_t> good{ 0 };
  std::atomic<uint64_t> bad{ 0 };
};

void
on_report (rd_kafka_t *, const rd_kafka_message_t *message, void *) noexcept
{
  auto *reports = static_cast<Reports *> (message->_private);
  (message->err ? reports->bad : reports->good)++;
}

rd_kafka_headers_t *
make_headers (uint64_t index)
{
  const std::pair<const char *, std::string> headers[] = {
    { "gst.version", "1" },
    { "gst.session", "0123456789abcdef" },
    { "gst.seq", std::to_string (index) },
    { "gst.pts", std::to_string (index * 40000000) },
    { "gst.duration", "40000000" },
    { "gst.offset", std::to_string (index) },
  };
  rd_kafka_headers_t *list = rd_kafka_headers_new (std::size (headers));
  for (const auto &[name, value] : headers)
    rd_kafka_header_add (list, name, -1, value.data (), value.size ());
  return list;
}

rd_kafka_resp_err_t
try_to_produce (rd_kafka_topic_t *topic, const char *payload, size_t size,
    std::optional<uint64_t> header_index, rd_kafka_t *client, Reports &reports)
{
  auto *bytes = const_cast<char *> (payload);
  /* Flags 0: the payload stays ours, nothing is copied. */
  if (!header_index)
    return rd_kafka_produce (topic, 0, 0, bytes, size, nullptr, 0, &reports)
               ? rd_kafka_last_error ()
               : RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_headers_t *headers = make_headers (*header_index);
  rd_kafka_resp_err_t code = rd_kafka_producev (client, RD_KAFKA_V_RKT (topic),
      RD_KAFKA_V_PARTITION (0), RD_KAFKA_V_VALUE (bytes, size),
      RD_KAFKA_V_MSGFLAGS (0), RD_KAFKA_V_OPAQUE (&reports),
      RD_KAFKA_V_HEADERS (headers), RD_KAFKA_V_END);
  if (code)
    rd_kafka_headers_destroy (headers);
  return code;
}

class BareProducer {
 public:
  BareProducer (const std::string &topic, BareProduction how)
      : how_ (how),
        client_ (open_client (RD_KAFKA_PRODUCER,
            { { "enable.idempotence", how.idempotent ? "true" : "false" } },
            [] (rd_kafka_conf_t *conf) {
              rd_kafka_conf_set_dr_msg_cb (conf, on_report);
            })),
        topic_ (rd_kafka_topic_new (client_, topic.c_str (), nullptr)),
        poller_ ([this] {
          while (!done_)
            rd_kafka_poll (client_, kPollMs);
        })
  {}

  ~BareProducer ()
  {
    done_ = true;
    poller_.join ();
    rd_kafka_topic_destroy (topic_);
    rd_kafka_destroy (client_);
  }

  void
  produce (const Payloads &payloads, uint64_t count)
  {
    for (uint64_t i = 0; i < count; i++)
      produce_one (payloads.at (i), payloads.size (), i);
  }

  void
  wait_for_reports ()
  {
    while (rd_kafka_flush (client_, kPollMs))
      continue;
    if (reports_.bad > 0)
      give_up (std::to_string (reports_.bad) + " records were not delivered");
  }

 private:
  void
  produce_one (const char *payload, size_t size, uint64_t index)
  {
    while (true) {
      auto header_index
          = how_.headers ? std::optional<uint64_t> (index) : std::nullopt;
      rd_kafka_resp_err_t code = try_to_produce (
          topic_, payload, size, header_index, client_, reports_);
      if (!code)
        return;
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        give_up (rd_kafka_err2str (code));
      usleep (1000);
    }
  }

  const BareProduction how_;
  Reports reports_;
  std::atomic<bool> done_{ false };
  rd_kafka_t *client_;
  rd_kafka_topic_t *topic_;
  std::thread poller_;
};

/* ---- consuming ---- */

/* The next record, or nullptr should the broker have none for long. */
rd_kafka_message_t *
next_record (rd_kafka_t *client)
{
  while (auto *message = rd_kafka_consumer_poll (client, kPatienceMs)) {
    if (!message->err)
      return message;
    /* Errors along the way are librdkafka's to repair. */
    rd_kafka_message_destroy (message);
  }
  return nullptr;
}

uint64_t
take_record (rd_kafka_t *client)
{
  rd_kafka_message_t *message = next_record (client);
  if (!message)
    give_up ("There are fewer records than were written.");
  uint64_t size = message->len;
  rd_kafka_message_destroy (message);
  return size;
}

void
read_from_start (rd_kafka_t *client, const std::string &topic)
{
  auto *partitions = rd_kafka_topic_partition_list_new (1);
  rd_kafka_topic_partition_list_add (partitions, topic.c_str (), 0)->offset
      = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign (client, partitions);
  rd_kafka_topic_partition_list_destroy (partitions);
}

} // namespace

Payloads::Payloads (size_t size)
    : size_ (size), count_ (std::max<size_t> (1, kPayloadBytes / size)),
      bytes_ (count_ * size_, '\0')
{
  uint32_t state = 1;
  for (char &byte : bytes_) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char> (state >> 24);
  }
}

TemporaryTopic::TemporaryTopic ()
{
  static int count = 0;
  name_ = "gst-kafka-benchmark-" + std::to_string (getpid ()) + "-"
          + std::to_string (count++);
  run_in_child ([this] { return create_topic (name_); });
}

TemporaryTopic::~TemporaryTopic ()
{
  run_in_child ([this] { return delete_topic (name_); });
}

Usage
produce_bare (
    const std::string &topic, size_t size, uint64_t count, BareProduction how)
{
  Payloads payloads (size);
  BareProducer producer (topic, how);
  /* The first one connects. */
  producer.produce (payloads, 1);
  producer.wait_for_reports ();

  Meter meter;
  producer.produce (payloads, count);
  producer.wait_for_reports ();
  return meter.read (count * size);
}

Usage
consume_bare (const std::string &topic, uint64_t count)
{
  rd_kafka_t *client = open_client (RD_KAFKA_CONSUMER,
      { { "group.id", topic }, { "enable.auto.commit", "false" } });
  rd_kafka_poll_set_consumer (client);
  read_from_start (client, topic);
  uint64_t bytes = take_record (client);

  Meter meter;
  for (uint64_t i = 1; i < count; i++)
    bytes += take_record (client);
  Usage usage = meter.read (bytes);
  rd_kafka_consumer_close (client);
  rd_kafka_destroy (client);
  return usage;
}

} // namespace gstkafka
