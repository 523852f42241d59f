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
constexpr int kFlushMs = 5;
constexpr int64_t kMaxWaitMs = 1000;
constexpr milliseconds kAdminPatience{ 5000 };

/* What a record batch and each record in it cost beside keys, values and
 * headers (message format 2, integers at their longest), so that what is
 * counted here is never less than what the broker counts. */
constexpr size_t kBatchOverhead = 61;
constexpr size_t kRecordOverhead = 40;
constexpr size_t kHeaderOverhead = 10;

/* The broker's default max.message.bytes, for when it does not tell. */
constexpr uint64_t kDefaultRecordLimit = 1048588;

/* What a queued record costs in memory beside its payload and its headers. */
constexpr size_t kBookkeeping = 512;

/* librdkafka's own linger, which HandOver wants never to end. It must be below
 * message.timeout.ms. */
constexpr double kEndlessLingerMs = 60000;
constexpr double kDefaultTimeoutMs = 300000;

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

/* The last of the entries with one of these names, as librdkafka has it. */
std::optional<double>
find_number (
    const ConfigEntries &entries, std::initializer_list<std::string_view> names)
{
  std::optional<double> number;
  for (const auto &entry : entries)
    if (std::find (names.begin (), names.end (), entry.name) != names.end ())
      number = std::strtod (entry.value.c_str (), nullptr);
  return number;
}

/* linger.ms is for HandOver; it stays in front for librdkafka to check. */
ConfigEntries
with_endless_linger (ConfigEntries entries)
{
  double timeout
      = find_number (entries, { "message.timeout.ms", "delivery.timeout.ms" })
            .value_or (kDefaultTimeoutMs);
  double linger = kEndlessLingerMs;
  if (timeout > 0)
    linger = std::min (linger, timeout / 2);
  entries.push_back ({ "linger.ms", std::to_string (linger) });
  return entries;
}

std::optional<HandOver::Clock::duration>
wanted_linger (const ConfigEntries &entries)
{
  auto ms = find_number (entries, { "linger.ms", "queue.buffering.max.ms" });
  if (!ms)
    return std::nullopt;
  return std::chrono::duration_cast<HandOver::Clock::duration> (
      std::chrono::duration<double, std::milli> (*ms));
}

Error
too_large (const OutgoingRecord &record, size_t footprint, uint64_t limit,
    const std::string &topic)
{
  return { ErrorKind::TOO_LARGE,
    "A buffer of " + std::to_string (record.size) + " bytes, "
        + std::to_string (footprint)
        + " with its headers (caps, tags), is more than a record of topic '"
        + topic + "' may have (" + std::to_string (limit)
        + " bytes). Raise max.message.bytes of the topic (and "
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
  std::unique_ptr<Producer> producer (
      new Producer (std::move (settings), observer));
  const ProducerSettings &in = producer->settings_;
  auto client = Client::open (RD_KAFKA_PRODUCER,
      with_endless_linger (in.config), in.stream.topic, producer.get ());
  if (!client)
    return client.error ();
  producer->client_ = std::move (*client);
  producer->main_queue_.reset (
      rd_kafka_queue_get_main (producer->client_->handle ()));
  return producer;
}

void
Producer::start ()
{
  worker_ = std::thread (&Producer::run, this);
}

Producer::Producer (ProducerSettings settings, Observer &observer)
    : settings_ (std::move (settings)), observer_ (observer),
      hand_over_ (wanted_linger (settings_.config))
{}

Producer::~Producer ()
{
  close (milliseconds (0));
}

/* ---- the caller's side ---- */

/* What is queued goes at once: there is no company to come for it. */
template <typename Condition>
void
Producer::wait_impatiently (Lock &lock, Condition condition)
{
  hand_over_.set_draining (++impatient_ > 0);
  wake_worker ();
  changed_.wait (lock, condition);
  hand_over_.set_draining (--impatient_ > 0);
}

Producer::Outcome
Producer::push (std::unique_ptr<OutgoingRecord> &record, uint64_t seen)
{
  if (!record->encoded_) {
    record->encoded_ = encode_headers (record->headers);
    record->footprint_ = footprint_of (*record, settings_.stream.key.size ());
    record->headers = Headers (); /* once is enough */
  }

  Lock lock (mutex_);
  if (!failure_ && interruptions_ == seen && is_full (*record))
    wait_impatiently (lock, [&] {
      return failure_ || interruptions_ != seen || !is_full (*record);
    });
  if (failure_) {
    /* The reason goes onto the bus before the flow return does. */
    changed_.wait (lock, [this] { return announced_; });
    return Outcome::FAILED;
  }
  if (is_full (*record))
    return Outcome::INTERRUPTED;

  bool is_first = queue_.empty ();
  hand_over_.note_record (steady_clock::now (), is_first);
  queued_.records++;
  queued_.bytes += amount_of (*record).bytes;
  cost_ += record->footprint_ + kBookkeeping;
  waiting_times_.push_back (record->time);
  queue_.push_back (std::move (record));
  if (is_waiting_
      && (is_first || hand_over_.is_backlog (queued_, in_flight_))) {
    is_waiting_ = false;
    lock.unlock ();
    wake_worker ();
  }
  return Outcome::DONE;
}

Producer::Outcome
Producer::drain (uint64_t seen)
{
  Lock lock (mutex_);
  wait_impatiently (
      lock, [&] { return failure_ || interruptions_ != seen || is_idle (); });
  if (failure_) {
    changed_.wait (lock, [this] { return announced_; });
    return Outcome::FAILED;
  }
  return is_idle () ? Outcome::DONE : Outcome::INTERRUPTED;
}

void
Producer::interrupt ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  interruptions_++;
  changed_.notify_all ();
}

uint64_t
Producer::interruptions () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return interruptions_;
}

uint64_t
Producer::close (milliseconds patience)
{
  if (!worker_.joinable ())
    return 0;
  uint64_t lost_before;
  {
    Lock lock (mutex_);
    hand_over_.set_draining (true);
    wake_worker ();
    changed_.wait_for (
        lock, patience, [this] { return failure_ || is_idle (); });
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
  stats.queued_records = queued_.records + in_flight_.records;
  stats.queued_bytes = cost_;
  return stats;
}

/* ---- the queue ---- */

/* As librdkafka counts for batch.size: keys, but no headers. */
Amount
Producer::amount_of (const OutgoingRecord &record) const
{
  return { 1, record.size + settings_.stream.key.size () };
}

bool
Producer::is_idle () const
{
  return queued_.records == 0 && in_flight_.records == 0;
}

bool
Producer::is_full (const OutgoingRecord &record) const
{
  /* One record always goes, however large. */
  if (is_idle ())
    return false;
  if (cost_ + record.footprint_ + kBookkeeping > settings_.max_queue_bytes)
    return true;
  int64_t oldest = waiting_times_.front ();
  return settings_.max_queue_time > 0 && record.time >= 0 && oldest >= 0
         && record.time > oldest
         && static_cast<uint64_t> (record.time - oldest)
                > settings_.max_queue_time;
}

Producer::Batch
Producer::take_batch ()
{
  Batch batch;
  if (!ready_ || failure_ || stopping_)
    return batch;
  Amount quota = hand_over_.quota (queued_, in_flight_, steady_clock::now ());
  uint64_t bytes = 0;
  while (!queue_.empty () && batch.size () < quota.records) {
    OutgoingRecord &record = *queue_.front ();
    bytes += record.footprint_;
    if (!batch.empty () && bytes > quota.bytes)
      break;
    queued_.records--;
    queued_.bytes -= amount_of (record).bytes;
    in_flight_.records++;
    in_flight_.bytes += amount_of (record).bytes;
    batch.push_back (std::move (queue_.front ()));
    queue_.pop_front ();
  }
  return batch;
}

/* What was not taken goes to the front again, in order. */
void
Producer::give_back (Batch &batch)
{
  for (; !batch.empty (); batch.pop_back ()) {
    uint64_t bytes = amount_of (*batch.back ()).bytes;
    queued_.records++;
    queued_.bytes += bytes;
    in_flight_.records--;
    in_flight_.bytes -= bytes;
    queue_.push_front (std::move (batch.back ()));
  }
}

/* ---- the worker's side ---- */

void
Producer::feed ()
{
  Lock lock (mutex_);
  Batch batch = take_batch ();
  if (batch.empty ())
    return;
  lock.unlock ();
  MaybeError error = send (batch);
  lock.lock ();
  give_back (batch);
  if (error)
    fail (*error);
}

MaybeError
Producer::send (Batch &batch)
{
  while (!batch.empty ()) {
    OutgoingRecord &record = *batch.front ();
    if (record.footprint_ > record_limit_)
      return too_large (
          record, record.footprint_, record_limit_, settings_.stream.topic);
    /* librdkafka's, until its report, which may come before produce () is
     * over; ours again when it was refused. */
    batch.front ().release ();
    rd_kafka_resp_err_t code = produce (record);
    if (code)
      batch.front ().reset (&record);
    /* The user's limits of librdkafka's queue: a report makes room. */
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return std::nullopt;
    if (code)
      return describe_error (code, "", client_->context ());
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
  rd_kafka_headers_t *headers = record.encoded_.release ();
  add (RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
  add (RD_KAFKA_VTYPE_OPAQUE).u.ptr = &record;

  rd_kafka_error_t *error
      = rd_kafka_produceva (client_->handle (), args.data (), count);
  if (!error)
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  record.encoded_.reset (headers);
  rd_kafka_resp_err_t code = rd_kafka_error_code (error);
  rd_kafka_error_destroy (error);
  return code;
}

void
Producer::wait_for_reports ()
{
  Lock lock (mutex_);
  if (in_flight_.records > 0) {
    bool needs_flush = hand_over_.needs_flush (in_flight_);
    lock.unlock ();
    /* Both return with the reports; more records than those in flight are
     * looked for after a flush. */
    if (needs_flush)
      rd_kafka_flush (client_->handle (), kFlushMs);
    else
      rd_kafka_poll (client_->handle (), kPollMs);
    return;
  }
  auto wait = milliseconds (kPollMs);
  if (ready_ && !queue_.empty ())
    wait = std::chrono::duration_cast<milliseconds> (
               hand_over_.linger_left (steady_clock::now ()))
           + milliseconds (1);
  is_waiting_ = true;
  lock.unlock ();
  rd_kafka_poll (client_->handle (),
      static_cast<int> (std::min (wait.count (), kMaxWaitMs)));
}

void
Producer::on_report (const rd_kafka_message_t &message) noexcept
{
  std::unique_ptr<OutgoingRecord> record (
      static_cast<OutgoingRecord *> (message._private));
  reports_.push_back (
      { std::move (record), message.err, message.partition, message.offset });
}

/* Many at once: a lock for each would cost as much as the rest. */
void
Producer::settle_reports ()
{
  MaybeError fatal = client_->fatal_error ();
  for (const auto &report : reports_)
    if (!report.code)
      observer_.on_delivered (*report.record, report.partition, report.offset);
  if (!reports_.empty () && !reports_.back ().code)
    client_->note_contact ();

  std::lock_guard<std::mutex> lock (mutex_);
  if (fatal)
    fail (*fatal);
  for (const auto &report : reports_) {
    const OutgoingRecord &record = *report.record;
    in_flight_.records--;
    in_flight_.bytes -= amount_of (record).bytes;
    cost_ -= record.footprint_ + kBookkeeping;
    waiting_times_.pop_front ();
    if (!report.code) {
      stats_.records++;
      stats_.bytes += record.size;
      continue;
    }
    count_lost (record);
    if (!stopping_)
      fail (describe_error (report.code, "", client_->context ()));
  }
  if (!reports_.empty ())
    changed_.notify_all ();
  reports_.clear ();
}

void
Producer::run ()
{
  if (auto error = prepare ()) {
    std::lock_guard<std::mutex> lock (mutex_);
    fail (*error);
  }
  while (!is_stopping ()) {
    feed ();
    wait_for_reports ();
    settle_reports ();
    watch_connection ();
    settle_failure ();
  }
  /* Every record handed over comes back as a report once purged. */
  rd_kafka_purge (
      client_->handle (), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  auto all_back = [this] {
    std::lock_guard<std::mutex> lock (mutex_);
    return in_flight_.records == 0;
  };
  while (!all_back ()) {
    rd_kafka_poll (client_->handle (), kPollMs);
    settle_reports ();
  }
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
  if (auto error = observer_.on_resolved (client_->cluster_id (), partition_))
    return error;
  record_limit_ = settings_.max_record_size > 0 ? settings_.max_record_size
                                                : ask_record_limit ();

  auto number = [this] (const char *name) {
    return std::strtoull (client_->setting (name).c_str (), nullptr, 10);
  };
  BatchLimits limits;
  limits.bytes = number ("batch.size");
  limits.records = number ("batch.num.messages");
  /* A batch larger than the topic takes fails as a whole. */
  limits.window_bytes = std::min (limits.bytes, record_limit_) / 20 * 19;
  limits.whole_batches = limits.bytes + kBatchOverhead <= record_limit_;

  std::lock_guard<std::mutex> lock (mutex_);
  hand_over_.set_limits (limits);
  ready_ = true;
  stats_.partition = partition_;
  changed_.notify_all ();
  return std::nullopt;
}

MaybeError
Producer::find_topic (int &partitions)
{
  /* A broker that creates topics by itself says "unknown" while it does. */
  constexpr std::chrono::seconds creation_patience{ 3 };
  std::optional<steady_clock::time_point> unknown_since;
  while (!is_stopping ()) {
    rd_kafka_poll (client_->handle (), 0); /* error callbacks */
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
      /* Some answers are no help and come at once. */
      rd_kafka_poll (client_->handle (), kPollMs);
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
      rd_kafka_poll (client_->handle (), kPollMs);
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
  /* Whoever may create topics has asked for an impossible one. */
  if (error.kind == ErrorKind::LIBRARY)
    error.kind = ErrorKind::SETTINGS;
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
Producer::watch_connection ()
{
  MaybeError outage = client_->outage ();
  if (!outage) {
    outage_announced_ = false;
    return;
  }
  /* An idle connection that the broker closes hurts nobody. */
  if (outage_announced_ || stats ().queued_records == 0 || has_failed ())
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
    if (in_flight_.records > 0)
      return;
    if (stats_.lost > 0)
      error.message += " Lost: " + std::to_string (stats_.lost)
                       + (stats_.lost == 1 ? " record" : " records")
                       + ", gst.seq " + std::to_string (first_lost_) + " to "
                       + std::to_string (last_lost_) + " (not acknowledged).";
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
    cost_ -= record->footprint_ + kBookkeeping;
  queued_ = Amount{};
  waiting_times_.resize (waiting_times_.size () - queue_.size ());
  queue_.clear ();
}

void
Producer::wake_worker ()
{
  rd_kafka_queue_yield (main_queue_.get ());
}

bool
Producer::has_failed () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return failure_.has_value ();
}

bool
Producer::is_stopping () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return stopping_;
}

} // namespace gstkafka
