/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/producer.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace gstkafka {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kPollMs = 100;
constexpr milliseconds kAdminPatience{ 5000 };

/* What a record batch and each record in it cost beside keys, values and
 * headers (message format 2, integers at their longest), so that what is
 * counted here is never less than what the broker counts. */
constexpr size_t kBatchOverhead = 61;
constexpr size_t kRecordOverhead = 40;
constexpr size_t kHeaderOverhead = 10;

/* The broker's default max.message.bytes, for when it does not tell. */
constexpr uint64_t kDefaultRecordLimit = 1048588;

/* Handing over must end before linger.ms does, or the batch leaves in two
 * parts and the second one waits for the first: the spin again. */
constexpr uint64_t kWindowRecords = 400;

size_t
footprint_of (const OutgoingRecord &record, size_t key_size)
{
  size_t size = kBatchOverhead + kRecordOverhead + key_size + record.size;
  for (const auto &header : record.headers)
    size += kHeaderOverhead + header.name.size () + header.value.size ();
  return size;
}

HeadersHandle
encode_headers (const Headers &headers)
{
  HeadersHandle encoded (rd_kafka_headers_new (headers.size ()));
  for (const auto &header : headers)
    rd_kafka_header_add (encoded.get (), header.name.data (),
        static_cast<ssize_t> (header.name.size ()), header.value.data (),
        static_cast<ssize_t> (header.value.size ()));
  return encoded;
}

Error
too_large (
    const OutgoingRecord &record, uint64_t limit, const std::string &topic)
{
  return { ErrorKind::TOO_LARGE,
    "A buffer of " + std::to_string (record.size)
        + " bytes is more than a record of topic '" + topic + "' may have ("
        + std::to_string (limit)
        + " bytes with its headers). Raise max.message.bytes of the topic (and "
          "max-record-size, if set), or encode into smaller buffers.",
    "" };
}

/* The value of a topic's setting in the answer to DescribeConfigs. */
std::optional<uint64_t>
described_number (rd_kafka_event_t *event, const char *name)
{
  const auto *result = rd_kafka_event_DescribeConfigs_result (event);
  if (!result || rd_kafka_event_error (event))
    return std::nullopt;
  size_t resources = 0, entries = 0;
  auto **resource
      = rd_kafka_DescribeConfigs_result_resources (result, &resources);
  if (resources != 1 || rd_kafka_ConfigResource_error (resource[0]))
    return std::nullopt;
  auto **entry = rd_kafka_ConfigResource_configs (resource[0], &entries);
  for (size_t i = 0; i < entries; i++)
    if (std::string (rd_kafka_ConfigEntry_name (entry[i])) == name)
      if (const char *value = rd_kafka_ConfigEntry_value (entry[i]))
        return std::strtoull (value, nullptr, 10);
  return std::nullopt;
}

/* How creating one topic went; a topic that is there already is fine. */
rd_kafka_resp_err_t
creation_error (rd_kafka_event_t *event, std::string &reason)
{
  rd_kafka_resp_err_t code = rd_kafka_event_error (event);
  if (code) {
    reason = rd_kafka_event_error_string (event);
    return code;
  }
  size_t count = 0;
  auto **topics = rd_kafka_CreateTopics_result_topics (
      rd_kafka_event_CreateTopics_result (event), &count);
  if (count != 1)
    return RD_KAFKA_RESP_ERR__BAD_MSG;
  code = rd_kafka_topic_result_error (topics[0]);
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  if (const char *text = rd_kafka_topic_result_error_string (topics[0]))
    reason = text;
  return code;
}

} // namespace

Result<std::unique_ptr<Producer>>
Producer::open (ProducerSettings settings, Observer &observer)
{
  auto client = Client::open (RD_KAFKA_PRODUCER, settings.config,
      settings.stream.topic, RD_KAFKA_EVENT_DR);
  if (!client)
    return client.error ();
  return std::unique_ptr<Producer> (
      new Producer (std::move (settings), observer, std::move (*client)));
}

Producer::Producer (ProducerSettings settings, Observer &observer,
    std::shared_ptr<Client> client)
    : settings_ (std::move (settings)), observer_ (observer),
      client_ (std::move (client)),
      reports_ (rd_kafka_queue_get_main (client_->handle ())),
      idempotent_ (client_->setting ("enable.idempotence") == "true")
{
  worker_ = std::thread (&Producer::run, this);
}

Producer::~Producer ()
{
  close (milliseconds (0));
}

/* ---- the caller's side ---- */

Producer::Outcome
Producer::push (std::unique_ptr<OutgoingRecord> &record)
{
  record->encoded_ = encode_headers (record->headers);
  record->footprint_ = footprint_of (*record, settings_.stream.key.size ());

  Lock lock (mutex_);
  while (!failure_ && !interrupted_ && is_full (*record))
    changed_.wait (lock);
  if (failure_) {
    /* The reason goes onto the bus before the flow return does. */
    changed_.wait (lock, [this] { return announced_; });
    return Outcome::FAILED;
  }
  if (is_full (*record))
    return Outcome::INTERRUPTED;

  waiting_bytes_ += record->size;
  waiting_times_.push_back (record->time);
  queue_.push_back (std::move (record));
  pump (lock);
  return Outcome::DONE;
}

Producer::Outcome
Producer::drain ()
{
  Lock lock (mutex_);
  auto is_empty = [this] { return queue_.empty () && in_flight_ == 0; };
  changed_.wait (lock, [&] { return failure_ || interrupted_ || is_empty (); });
  if (failure_) {
    changed_.wait (lock, [this] { return announced_; });
    return Outcome::FAILED;
  }
  return is_empty () ? Outcome::DONE : Outcome::INTERRUPTED;
}

void
Producer::set_interrupted (bool interrupted)
{
  std::lock_guard<std::mutex> lock (mutex_);
  interrupted_ = interrupted;
  changed_.notify_all ();
}

uint64_t
Producer::close (milliseconds patience)
{
  if (!worker_.joinable ())
    return 0;
  uint64_t lost_before;
  {
    Lock lock (mutex_);
    changed_.wait_for (lock, patience, [this] {
      return failure_ || !ready_ || (queue_.empty () && in_flight_ == 0);
    });
    lost_before = stats_.lost;
    for (const auto &record : queue_)
      count_lost (*record);
    forget_queue ();
    stopping_ = true;
    changed_.notify_all ();
  }
  wake_worker ();
  worker_.join ();
  return failure_ ? 0 : stats_.lost - lost_before;
}

ProducerStats
Producer::stats () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  ProducerStats stats = stats_;
  stats.queued_records = queue_.size () + in_flight_;
  stats.queued_bytes = waiting_bytes_;
  stats.partition = ready_ ? partition_ : -1;
  return stats;
}

/* ---- the queue ---- */

bool
Producer::is_full (const OutgoingRecord &record) const
{
  /* One record always goes, however large. */
  if (waiting_times_.empty ())
    return false;
  if (waiting_bytes_ + record.size > settings_.max_queue_bytes)
    return true;
  int64_t oldest = waiting_times_.front ();
  return settings_.max_queue_time > 0 && record.time >= 0 && oldest >= 0
         && record.time > oldest
         && static_cast<uint64_t> (record.time - oldest)
                > settings_.max_queue_time;
}

bool
Producer::may_send () const
{
  return ready_ && !failure_ && !stopping_ && !sending_ && !queue_.empty ()
         && (in_flight_ == 0 || !idempotent_);
}

Producer::Batch
Producer::take_batch ()
{
  Batch batch;
  uint64_t bytes = 0;
  while (!queue_.empty () && batch.size () < window_records_) {
    bytes += queue_.front ()->footprint_;
    if (!batch.empty () && bytes > window_bytes_)
      break;
    batch.push_back (std::move (queue_.front ()));
    queue_.pop_front ();
  }
  return batch;
}

void
Producer::pump (Lock &lock)
{
  while (may_send ()) {
    Batch batch = take_batch ();
    in_flight_ += batch.size ();
    sending_ = true;
    lock.unlock ();
    MaybeError error = send (batch);
    lock.lock ();
    sending_ = false;

    /* What was not taken goes back to the front, in order. */
    bool stuck = !batch.empty ();
    in_flight_ -= batch.size ();
    while (!batch.empty ()) {
      queue_.push_front (std::move (batch.back ()));
      batch.pop_back ();
    }
    if (error)
      fail (*error);
    if (stuck)
      return; /* the next report tries again */
  }
}

MaybeError
Producer::send (Batch &batch)
{
  while (!batch.empty ()) {
    OutgoingRecord &record = *batch.front ();
    if (record.footprint_ > record_limit_)
      return too_large (record, record_limit_, settings_.stream.topic);
    rd_kafka_resp_err_t code = produce (record);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return std::nullopt;
    if (code)
      return describe_error (code, "", client_->context ());
    batch.front ().release (); /* librdkafka's, until its report */
    batch.pop_front ();
  }
  return std::nullopt;
}

rd_kafka_resp_err_t
Producer::produce (OutgoingRecord &record)
{
  const std::string &key = settings_.stream.key;
  std::array<rd_kafka_vu_t, 8> args{};
  size_t count = 0;
  auto add = [&] (rd_kafka_vtype_t type) -> rd_kafka_vu_t & {
    args[count].vtype = type;
    return args[count++];
  };

  /* By rd_kafka_topic_t: by name the first record waits for a timer of one
   * second in librdkafka 2.0.2. Flags 0: the payload stays ours. */
  add (RD_KAFKA_VTYPE_RKT).u.rkt = client_->topic ();
  add (RD_KAFKA_VTYPE_PARTITION).u.i32 = partition_;
  add (RD_KAFKA_VTYPE_MSGFLAGS).u.i = 0;
  auto &value = add (RD_KAFKA_VTYPE_VALUE).u.mem;
  value.ptr = const_cast<void *> (record.payload);
  value.size = record.size;
  if (!key.empty ()) {
    auto &mem = add (RD_KAFKA_VTYPE_KEY).u.mem;
    mem.ptr = const_cast<char *> (key.data ());
    mem.size = key.size ();
  }
  add (RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
  add (RD_KAFKA_VTYPE_HEADERS).u.headers = record.encoded_.get ();
  add (RD_KAFKA_VTYPE_OPAQUE).u.ptr = &record;

  rd_kafka_error_t *error
      = rd_kafka_produceva (client_->handle (), args.data (), count);
  if (!error) {
    record.encoded_.release ();
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  rd_kafka_resp_err_t code = rd_kafka_error_code (error);
  rd_kafka_error_destroy (error);
  return code;
}

/* ---- the worker's side ---- */

void
Producer::run ()
{
  if (auto error = prepare ()) {
    std::lock_guard<std::mutex> lock (mutex_);
    fail (*error);
  }
  while (true) {
    serve_events (kPollMs);
    watch_connection ();
    settle_failure ();
    if (is_stopping ())
      break;
  }
  /* Every record handed over comes back as a report once purged. */
  rd_kafka_purge (
      client_->handle (), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  auto all_back = [this] {
    std::lock_guard<std::mutex> lock (mutex_);
    return in_flight_ == 0;
  };
  while (!all_back ())
    serve_events (kPollMs);
}

MaybeError
Producer::prepare ()
{
  int partitions = 0;
  if (auto error = find_topic (partitions))
    return error;
  if (is_stopping ())
    return std::nullopt;
  auto partition = client_->resolve_partition (settings_.stream, partitions);
  if (!partition)
    return partition.error ();

  partition_ = *partition;
  record_limit_ = settings_.max_record_size > 0 ? settings_.max_record_size
                                                : ask_record_limit ();
  uint64_t batch_size
      = std::strtoull (client_->setting ("batch.size").c_str (), nullptr, 10);
  /* A batch larger than the topic takes fails as a whole. */
  window_bytes_ = std::min (batch_size, record_limit_) / 20 * 19;
  window_records_ = kWindowRecords;

  Lock lock (mutex_);
  ready_ = true;
  changed_.notify_all ();
  pump (lock);
  return std::nullopt;
}

MaybeError
Producer::find_topic (int &partitions)
{
  /* A broker that creates topics by itself says "unknown" while it does. */
  constexpr std::chrono::seconds creation_patience{ 3 };
  std::optional<steady_clock::time_point> unknown_since;
  while (!is_stopping ()) {
    serve_events (0);
    TopicLookup lookup = client_->look_up_topic ();
    switch (lookup.state) {
    case TopicLookup::FOUND:
      partitions = lookup.partitions;
      return std::nullopt;
    case TopicLookup::REFUSED:
      return lookup.error;
    case TopicLookup::NO_ANSWER:
      if (auto error = client_->why_no_contact ())
        return error;
      break;
    case TopicLookup::UNKNOWN:
      if (!unknown_since) {
        unknown_since = steady_clock::now ();
        if (settings_.create_topic)
          if (auto error = create_topic ())
            return error;
      }
      if (steady_clock::now () - *unknown_since > creation_patience)
        return Error{ ErrorKind::NOT_FOUND,
          "Topic '" + settings_.stream.topic
              + "' does not exist and the broker does not create topics by "
                "itself. Create it, or set create-topic=true.",
          lookup.error->detail };
      serve_events (kPollMs);
      break;
    }
  }
  return std::nullopt;
}

MaybeError
Producer::create_topic ()
{
  const TopicSpec &spec = *settings_.create_topic;
  char reason[256] = "";
  NewTopicHandle topic (rd_kafka_NewTopic_new (settings_.stream.topic.c_str (),
      spec.partitions, spec.replication_factor, reason, sizeof reason));
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const auto &entry : spec.config)
    code = rd_kafka_NewTopic_set_config (
        topic.get (), entry.name.c_str (), entry.value.c_str ());

  std::string why = reason;
  if (topic && !code) {
    QueueHandle queue (rd_kafka_queue_new (client_->handle ()));
    rd_kafka_NewTopic_t *topics[] = { topic.get () };
    rd_kafka_CreateTopics (
        client_->handle (), topics, 1, nullptr, queue.get ());
    EventHandle result = wait_admin_result (queue.get ());
    if (!result)
      return std::nullopt; /* stopping, or the look-up will tell */
    code = creation_error (result.get (), why);
    if (!code)
      return std::nullopt;
  }
  Error error = describe_error (code, why, client_->context ());
  error.message
      = "Topic '" + settings_.stream.topic
        + "' could not be created. Check topic-config and the rights of this "
          "user.";
  return error;
}

uint64_t
Producer::ask_record_limit ()
{
  ConfigResourceHandle resource (rd_kafka_ConfigResource_new (
      RD_KAFKA_RESOURCE_TOPIC, settings_.stream.topic.c_str ()));
  QueueHandle queue (rd_kafka_queue_new (client_->handle ()));
  rd_kafka_ConfigResource_t *resources[] = { resource.get () };
  rd_kafka_DescribeConfigs (
      client_->handle (), resources, 1, nullptr, queue.get ());
  EventHandle result = wait_admin_result (queue.get ());
  /* Rights to write need not include rights to ask. */
  if (!result)
    return kDefaultRecordLimit;
  return described_number (result.get (), "max.message.bytes")
      .value_or (kDefaultRecordLimit);
}

EventHandle
Producer::wait_admin_result (rd_kafka_queue_t *queue)
{
  auto deadline = steady_clock::now () + kAdminPatience;
  while (!is_stopping () && steady_clock::now () < deadline) {
    EventHandle event (rd_kafka_queue_poll (queue, kPollMs));
    if (event)
      return event;
  }
  return nullptr;
}

void
Producer::serve_events (int timeout_ms)
{
  EventHandle event (rd_kafka_queue_poll (reports_.get (), timeout_ms));
  switch (rd_kafka_event_type (event.get ())) {
  case RD_KAFKA_EVENT_DR:
    handle_reports (event.get ());
    break;
  case RD_KAFKA_EVENT_ERROR:
    handle_error (event.get ());
    break;
  default:
    break;
  }
}

void
Producer::handle_error (rd_kafka_event_t *event)
{
  rd_kafka_resp_err_t code = rd_kafka_event_error (event);
  const char *reason = rd_kafka_event_error_string (event);
  client_->note_error (code, reason);
  if (code != RD_KAFKA_RESP_ERR__FATAL)
    return;
  char text[512] = "";
  code = rd_kafka_fatal_error (client_->handle (), text, sizeof text);
  std::lock_guard<std::mutex> lock (mutex_);
  fail (describe_error (code, text, client_->context ()));
}

void
Producer::handle_reports (rd_kafka_event_t *event)
{
  constexpr size_t kChunk = 256;
  const rd_kafka_message_t *messages[kChunk];
  while (
      size_t count = rd_kafka_event_message_array (event, messages, kChunk)) {
    std::vector<std::unique_ptr<OutgoingRecord>> records;
    records.reserve (count);
    for (size_t i = 0; i < count; i++) {
      records.emplace_back (
          static_cast<OutgoingRecord *> (messages[i]->_private));
      if (!messages[i]->err)
        observer_.on_delivered (
            *records.back (), messages[i]->partition, messages[i]->offset);
    }

    if (!messages[count - 1]->err)
      client_->note_contact ();

    Lock lock (mutex_);
    for (size_t i = 0; i < count; i++) {
      const OutgoingRecord &record = *records[i];
      in_flight_--;
      waiting_bytes_ -= record.size;
      waiting_times_.pop_front ();
      if (messages[i]->err) {
        count_lost (record);
        if (!stopping_)
          fail (describe_error (messages[i]->err, "", client_->context ()));
      } else {
        stats_.records++;
        stats_.bytes += record.size;
      }
    }
    pump (lock);
    changed_.notify_all ();
  }
}

void
Producer::watch_connection ()
{
  MaybeError outage = client_->outage ();
  if (!outage) {
    outage_announced_ = false;
    return;
  }
  /* An idle connection that the broker closes hurts nobody. */
  if (outage_announced_ || stats ().queued_records == 0)
    return;
  outage_announced_ = true;
  observer_.on_outage (*outage);
}

/* Once nothing is in flight any more it is known what a failure has cost. */
void
Producer::settle_failure ()
{
  Error error;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (!failure_ || announced_)
      return;
    for (const auto &record : queue_)
      count_lost (*record);
    forget_queue ();
    error = *failure_;
  }
  rd_kafka_purge (
      client_->handle (), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (in_flight_ > 0)
      return;
    if (stats_.lost > 0)
      error.message += " Lost: " + std::to_string (stats_.lost)
                       + " records, gst.seq " + std::to_string (first_lost_)
                       + " to " + std::to_string (last_lost_) + ".";
  }
  observer_.on_failed (error);
  std::lock_guard<std::mutex> lock (mutex_);
  announced_ = true;
  changed_.notify_all ();
}

void
Producer::fail (const Error &error)
{
  if (failure_)
    return;
  failure_ = error;
  changed_.notify_all ();
  wake_worker ();
}

void
Producer::count_lost (const OutgoingRecord &record)
{
  first_lost_
      = stats_.lost == 0 ? record.seq : std::min (first_lost_, record.seq);
  last_lost_ = std::max (last_lost_, record.seq);
  stats_.lost++;
}

void
Producer::forget_queue ()
{
  for (const auto &record : queue_)
    waiting_bytes_ -= record->size;
  waiting_times_.resize (waiting_times_.size () - queue_.size ());
  queue_.clear ();
}

void
Producer::wake_worker ()
{
  rd_kafka_queue_yield (reports_.get ());
}

bool
Producer::is_stopping () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return stopping_;
}

} // namespace gstkafka
