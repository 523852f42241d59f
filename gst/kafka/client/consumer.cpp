/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/consumer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace gstkafka {

namespace {

/* ListOffsets' special timestamps. */
constexpr int64_t kEnd = -1;
constexpr int64_t kBeginning = -2;

/* A reader that is slower than the broker fills librdkafka's queue
 * (queued.max.messages.kbytes, 64 MB). Then librdkafka looks once a second
 * whether there is room again, which limits any reader to a queue a second.
 * Since 2.2 fetch.queue.backoff.ms says how often it looks; before, its thread
 * looks whenever it is woken, which nudge () does. */
constexpr int kHasQueueBackoff = 0x020200ff;
constexpr const char *kQueueBackoff = "fetch.queue.backoff.ms";
constexpr size_t kNudgeBytes = 8 * 1024 * 1024;
constexpr const char *kQueueSize = "queued.max.messages.kbytes";

/* Eight times a queue, and no more often than is of any use. */
size_t
nudge_bytes (const ConfigEntries &entries)
{
  const std::string *size = find_entry (entries, kQueueSize);
  if (!size)
    return kNudgeBytes;
  size_t bytes = strtoul (size->c_str (), nullptr, 10) * 1024 / 8;
  return std::clamp (bytes, size_t{ 4096 }, kNudgeBytes);
}

/* Ended early by rd_kafka_queue_yield (). */
constexpr int kServeMs = 1000;

/* A seek is to empty a full queue. But the seek itself is announced in that
 * queue, at its front, and librdkafka's thread removes outdated records only up
 * to that; so unless our thread was there first it finds the queue still full,
 * and looks again in a second. Longer than a fetch takes, shorter than one
 * notices. */
constexpr int kSeekMs = 5;

ConfigEntries
with_queue_backoff (ConfigEntries entries)
{
  if (rd_kafka_version () >= kHasQueueBackoff
      && !find_entry (entries, kQueueBackoff))
    entries.push_back ({ kQueueBackoff, "5" });
  return entries;
}

} // namespace

int64_t
IncomingRecord::timestamp_ms () const
{
  rd_kafka_timestamp_type_t type;
  int64_t timestamp = rd_kafka_message_timestamp (message_.get (), &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp;
}

std::string_view
IncomingRecord::key () const
{
  return { static_cast<const char *> (message_->key), message_->key_len };
}

HeaderViews
IncomingRecord::headers () const
{
  HeaderViews views;
  rd_kafka_headers_t *headers = nullptr;
  if (rd_kafka_message_headers (message_.get (), &headers))
    return views;
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0;
       !rd_kafka_header_get_all (headers, i, &name, &value, &size); i++)
    views.push_back (
        { name, { value ? static_cast<const char *> (value) : "", size } });
  return views;
}

/* Who plays does not poll while the pipeline is paused, or downstream slow, and
 * statistics would pile up: a thread of their own serves them. */
Result<std::unique_ptr<Consumer>>
Consumer::open (const ConfigEntries &entries, const StreamAddress &stream,
    std::shared_ptr<StatisticsSink> statistics)
{
  bool has_statistics = statistics != nullptr;
  auto client = Client::open (RD_KAFKA_CONSUMER, with_queue_backoff (entries),
      stream.topic, nullptr, nullptr, std::move (statistics));
  if (!client)
    return client.error ();
  std::unique_ptr<Consumer> consumer (
      new Consumer (std::move (*client), nudge_bytes (entries)));
  rd_kafka_t *handle = consumer->client_->handle ();
  if (has_statistics) {
    consumer->callbacks_.reset (rd_kafka_queue_get_main (handle));
    consumer->server_
        = std::thread (&Consumer::serve_callbacks, consumer.get ());
  } else {
    rd_kafka_poll_set_consumer (handle);
  }
  return consumer;
}

Consumer::Consumer (std::shared_ptr<Client> client, size_t nudge_bytes)
    : client_ (std::move (client)),
      queue_ (rd_kafka_queue_get_consumer (client_->handle ())),
      nudge_bytes_ (nudge_bytes)
{}

/* The client itself goes with the last record that somebody still holds. */
Consumer::~Consumer ()
{
  if (server_.joinable ()) {
    stopping_ = true;
    rd_kafka_queue_yield (callbacks_.get ());
    server_.join ();
  }
  callbacks_.reset ();
  queue_.reset ();
  Client::close (std::move (client_));
}

void
Consumer::serve_callbacks ()
{
  while (!stopping_)
    rd_kafka_poll (client_->handle (), kServeMs);
}

/* Not rd_kafka_query_watermark_offsets (), which can outlast its time-out. */
std::optional<int64_t>
Consumer::list_offset (int partition, int64_t timestamp)
{
  PartitionListHandle list = client_->list_of (partition, timestamp);
  if (rd_kafka_offsets_for_times (client_->handle (), list.get (), kSliceMs)
      || list->elems[0].err)
    return std::nullopt;
  client_->note_contact ();
  return list->elems[0].offset;
}

std::optional<Watermarks>
Consumer::query_watermarks (int partition)
{
  auto low = list_offset (partition, kBeginning);
  auto high = low ? list_offset (partition, kEnd) : std::nullopt;
  if (!high)
    return std::nullopt;
  return Watermarks{ *low, *high };
}

std::optional<int64_t>
Consumer::query_offset (int partition, int64_t timestamp_ms)
{
  auto offset = list_offset (partition, timestamp_ms);
  if (offset && *offset < 0)
    return list_offset (partition, kEnd);
  return offset;
}

int64_t
Consumer::known_end (int partition) const
{
  int64_t low, high;
  if (rd_kafka_get_watermark_offsets (client_->handle (),
          client_->context ().topic.c_str (), partition, &low, &high)
      || high < 0)
    return -1;
  return high;
}

/* Assigned once only: librdkafka 2.0.2 aborts (rd_kafka_assignment_partition_
 * stopped) when a partition is assigned anew before it has stopped. */
bool
Consumer::seek (int partition, int64_t offset)
{
  PartitionListHandle list = client_->list_of (partition, offset);
  /* First, as only a seek wakes librdkafka's thread. */
  if (std::exchange (is_paused_, false))
    rd_kafka_resume_partitions (client_->handle (), list.get ());
  if (!is_assigned_) {
    is_assigned_ = !rd_kafka_assign (client_->handle (), list.get ());
    /* Its thread may sleep for a second before it sees the partition. */
    sought_ = partition;
    return is_assigned_;
  }
  rd_kafka_error_t *error
      = rd_kafka_seek_partitions (client_->handle (), list.get (), kSliceMs);
  if (error) {
    rd_kafka_error_destroy (error);
    return false;
  }
  sought_ = partition;
  return !list->elems[0].err;
}

void
Consumer::pause (int partition)
{
  if (!is_assigned_ || std::exchange (is_paused_, true))
    return;
  rd_kafka_pause_partitions (
      client_->handle (), client_->list_of (partition, kEnd).get ());
  /* Outdated records go when somebody looks for others. */
  poll (0);
}

Fetched
Consumer::take_error (const rd_kafka_message_t &message)
{
  const char *reason = rd_kafka_message_errstr (&message);
  switch (message.err) {
  case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    client_->note_contact ();
    return EndOfPartition{ message.offset };
  case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
  case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    /* It has stopped, and only a new assignment starts it. */
    is_assigned_ = false;
    return OffsetLost{};
  case RD_KAFKA_RESP_ERR__BAD_MSG:
    return DamagedBatch{ message.offset, reason };
  case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    /* It looks for the coordinator of a group that need not be anybody's. Who
     * uses a group hears of it in answer to that. */
    return NothingYet{};
  case RD_KAFKA_RESP_ERR__FATAL:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    return describe_error (message.err, reason, client_->context ());
  default:
    /* librdkafka tries again: an outage shows in Client::outage (). */
    client_->note_error (message.err, reason);
    return NothingYet{};
  }
}

Fetched
Consumer::poll (int timeout_ms)
{
  int sought = std::exchange (sought_, -1);
  if (sought >= 0)
    timeout_ms = std::min (kSeekMs, timeout_ms);
  MessageHandle message (
      rd_kafka_consumer_poll (client_->handle (), timeout_ms));
  if (!message && sought >= 0)
    nudge (sought);
  if (!message)
    return NothingYet{};
  if (message->err)
    return take_error (*message);
  count_for_nudge (*message);
  return IncomingRecord (client_, std::move (message));
}

void
Consumer::count_for_nudge (const rd_kafka_message_t &message)
{
  unnudged_ += message.len;
  if (rd_kafka_version () >= kHasQueueBackoff || unnudged_ < nudge_bytes_)
    return;
  unnudged_ = 0;
  nudge (message.partition);
}

/* Any request to the partition's leader wakes its thread. With a time-out of 0
 * nobody waits for the answer, or sees it. */
void
Consumer::nudge (int partition)
{
  rd_kafka_offsets_for_times (
      client_->handle (), client_->list_of (partition, kEnd).get (), 0);
}

void
Consumer::wake ()
{
  rd_kafka_queue_yield (queue_.get ());
}

} // namespace gstkafka
