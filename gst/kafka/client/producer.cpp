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

/* librdkafka's own linger, which HandOver wants never to end. It must be below
 * message.timeout.ms. */
constexpr double kEndlessLingerMs = 60000;
constexpr double kDefaultTimeoutMs = 300000;

void
add (Amount &sum, const Amount &amount)
{
  sum.records += amount.records;
  sum.bytes += amount.bytes;
}

void
take_off (Amount &sum, const Amount &amount)
{
  sum.records -= amount.records;
  sum.bytes -= amount.bytes;
}

Error
too_large_for_queue (size_t size)
{
  return { ErrorKind::SETTINGS,
    "A record of " + std::to_string (size)
        + " bytes does not fit into librdkafka's queue. Raise "
          "queue.buffering.max.kbytes, or leave it out: max-queue-bytes is "
          "what limits kafkasink.",
    "" };
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

/* A broker that compresses anew, or unpacks, looks at the size of the batch
 * again. What cannot be compressed grows by less than a thousandth, and by the
 * frame of the format. And it hangs up on a request of more than
 * socket.request.max.bytes (100 MiB), which says nothing: whatever the topic
 * takes, chunks do as well. */
uint64_t
safe_limit (const TopicSettings &topic)
{
  constexpr uint64_t enough = 32 << 20;
  constexpr uint64_t frame = 64;
  uint64_t spare = topic.batch_bytes / 64 + frame;
  return std::min (
      topic.batch_bytes - std::min (spare, topic.batch_bytes), enough);
}

} // namespace

Result<std::unique_ptr<Producer>>
Producer::open (ProducerSettings settings, Observer &observer)
{
  std::unique_ptr<Producer> producer (
      new Producer (std::move (settings), observer));
  const ProducerSettings &in = producer->settings_;
  auto client
      = Client::open (RD_KAFKA_PRODUCER, with_endless_linger (in.config),
          in.stream.topic, producer.get (), nullptr, in.statistics);
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
      hand_over_ (wanted_linger (settings_.config)), queue_ (settings_.queue)
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
Producer::push (std::unique_ptr<Outgoing> &outgoing, uint64_t seen)
{
  Lock lock (mutex_);
  bool is_admitted = failure_ || queue_.admit (*outgoing);
  if (queue_.take_news ()) {
    lock.unlock ();
    observer_.on_dropping ();
    lock.lock ();
  }
  if (!is_admitted)
    return Outcome::DROPPED;
  if (!failure_ && interruptions_ == seen && !queue_.has_room_for (*outgoing))
    wait_impatiently (lock, [&] {
      return failure_ || interruptions_ != seen
             || queue_.has_room_for (*outgoing);
    });
  if (failure_) {
    /* The reason goes onto the bus before the flow return does. */
    changed_.wait (lock, [this] { return announced_; });
    return Outcome::FAILED;
  }
  if (!queue_.has_room_for (*outgoing))
    return Outcome::INTERRUPTED;

  bool is_first = queued ().records == 0;
  hand_over_.note_record (steady_clock::now (), is_first);
  queue_.add (std::move (outgoing));
  if (is_waiting_
      && (is_first || hand_over_.is_backlog (queued (), in_flight_))) {
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

Losses
Producer::close (milliseconds patience)
{
  if (!worker_.joinable ())
    return {};
  {
    Lock lock (mutex_);
    hand_over_.set_draining (true);
    wake_worker ();
    changed_.wait_for (
        lock, patience, [this] { return failure_ || is_idle (); });
    stopping_ = true;
    changed_.notify_all ();
  }
  wake_worker ();
  worker_.join ();
  return failure_ ? Losses () : losses_;
}

ProducerStats
Producer::stats () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  ProducerStats stats = stats_;
  stats.queued_records = queued ().records + in_flight_.records;
  stats.queued_bytes = queue_.cost ();
  stats.dropped = queue_.dropped ();
  stats.lost = losses_.count ();
  return stats;
}

/* As librdkafka counts for batch.size: keys, but no headers. */
Amount
Producer::amount_of (size_t payload) const
{
  return { 1, payload + settings_.stream.key.size () };
}

/* Accepted and not handed over; one record each until it is known how many. */
Amount
Producer::queued () const
{
  uint64_t keys = queue_.waiting () * settings_.stream.key.size ();
  Amount amount{ queue_.waiting (), queue_.payload () + keys };
  add (amount, at_hand_);
  return amount;
}

bool
Producer::is_idle () const
{
  return queued ().records == 0 && in_flight_.records == 0;
}

/* ---- the worker's side ---- */

void
Producer::feed ()
{
  Amount quota;
  bool awaits_reports;
  {
    Lock lock (mutex_);
    if (!ready_ || failure_ || stopping_)
      return;
    awaits_reports = in_flight_.records > 0;
    quota = hand_over_.quota (queued (), in_flight_, steady_clock::now ());
    if (quota.records > 0)
      take_waiting (quota);
  }
  /* All of them: those behind one that cannot be are lost with it. */
  MaybeError error;
  for (auto &outgoing : taken_)
    if (auto failed = encode (std::move (outgoing)); failed && !error)
      error = std::move (failed);
  taken_.clear ();
  Amount sent;
  if (!error)
    error = send (quota, awaits_reports, sent);

  Lock lock (mutex_);
  take_off (at_hand_, sent);
  add (in_flight_, sent);
  if (error)
    fail (*error);
}

/* What the quota may need beside the outbox, with the lock; one at least. */
void
Producer::take_waiting (const Amount &quota)
{
  uint64_t bytes = 0;
  for (const auto &record : outbox_)
    bytes += record->footprint_;
  while (
      outbox_.size () + taken_.size () < quota.records && bytes < quota.bytes) {
    auto outgoing = queue_.take ();
    if (!outgoing)
      return;
    bytes += outgoing->size;
    add (at_hand_, amount_of (outgoing->size));
    taken_.push_back (std::move (outgoing));
  }
}

/* To the end of the outbox. When it cannot be, it is lost. */
MaybeError
Producer::encode (std::unique_ptr<Outgoing> outgoing)
{
  const RecordRoom room (record_limit_, settings_.stream.key.size ());
  auto records = outgoing->make_records (room);
  const uint64_t cost = OutgoingQueue::cost_of (*outgoing);

  Amount amount;
  if (records)
    for (auto &record : *records) {
      record->footprint_ = room.overhead (record->headers) + record->size;
      record->encoded_ = encode_headers (record->headers);
      record->headers = Headers (); /* once is enough */
      record->cost_ = record->is_last ? cost : 0;
      add (amount, amount_of (record->size));
      outbox_.push_back (std::move (record));
    }

  Lock lock (mutex_);
  take_off (at_hand_, amount_of (outgoing->size));
  add (at_hand_, amount);
  if (amount.records == 0) {
    queue_.settle (cost);
    changed_.notify_all ();
  }
  if (records)
    return std::nullopt;
  losses_.add (outgoing->session, outgoing->seq);
  return records.error ();
}

/* One goes however large it is. */
MaybeError
Producer::send (const Amount &quota, bool awaits_reports, Amount &sent)
{
  uint64_t bytes = 0;
  while (!outbox_.empty () && sent.records < quota.records) {
    OutgoingRecord &record = *outbox_.front ();
    bytes += record.footprint_;
    if (sent.records > 0 && bytes > quota.bytes)
      break;
    /* librdkafka's, until its report, which may come before produce () is
     * over; ours again when it was refused. */
    const Amount amount = amount_of (record.size);
    outbox_.front ().release ();
    rd_kafka_resp_err_t code = produce (record);
    if (code)
      outbox_.front ().reset (&record);
    /* The user's limits of librdkafka's queue: a report makes room. */
    bool is_full = code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (is_full && (awaits_reports || sent.records > 0))
      break;
    if (is_full)
      return too_large_for_queue (record.size);
    if (code)
      return describe_error (code, "", client_->context ());
    outbox_.pop_front ();
    add (sent, amount);
  }
  return std::nullopt;
}

/* What was not handed over. */
void
Producer::abandon_all ()
{
  {
    Lock lock (mutex_);
    for (const auto &record : outbox_) {
      losses_.add (record->session, record->seq);
      if (record->is_last)
        queue_.settle (record->cost_);
    }
    outbox_.clear ();
    at_hand_ = Amount{};
  }
  while (true) {
    Lock lock (mutex_);
    auto outgoing = queue_.take ();
    if (!outgoing)
      break;
    lock.unlock ();
    abandon (std::move (outgoing));
  }
  Lock lock (mutex_);
  changed_.notify_all ();
}

void
Producer::abandon (std::unique_ptr<Outgoing> outgoing)
{
  const RecordRoom room (record_limit_, settings_.stream.key.size ());
  const uint64_t records = outgoing->give_up (room);
  Lock lock (mutex_);
  losses_.add (outgoing->session, outgoing->seq, records);
  queue_.settle (OutgoingQueue::cost_of (*outgoing));
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
  if (ready_ && queued ().records > 0)
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
      announce_delivery (report);
  if (!reports_.empty () && !reports_.back ().code)
    client_->note_contact ();

  std::lock_guard<std::mutex> lock (mutex_);
  if (fatal)
    fail (*fatal);
  for (const auto &report : reports_) {
    const OutgoingRecord &record = *report.record;
    take_off (in_flight_, amount_of (record.size));
    if (record.is_last)
      queue_.settle (record.cost_);
    if (!report.code) {
      stats_.records++;
      stats_.bytes += record.size;
      stats_.chunks += record.is_chunk;
      continue;
    }
    losses_.add (record.session, record.seq);
    if (!stopping_)
      fail (describe_error (report.code, "", client_->context ()));
  }
  if (!reports_.empty ())
    changed_.notify_all ();
  reports_.clear ();
}

void
Producer::announce_delivery (const Report &report)
{
  if (!first_offset_)
    first_offset_ = report.offset;
  if (!report.record->is_last)
    return;
  observer_.on_delivered (*report.record, report.partition, *first_offset_);
  first_offset_.reset ();
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
  abandon_all ();
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
  /* A failure that it was stopped by, or at the same time. */
  if (stats ().lost > 0)
    settle_failure ();
}

MaybeError
Producer::prepare ()
{
  TopicAdmin admin (
      *client_, settings_.stream.topic, [this] { return is_stopping (); });
  auto partitions = admin.find (settings_.create_topic);
  if (!partitions)
    return partitions.error ();
  if (is_stopping ())
    return std::nullopt;
  auto partition = client_->resolve_partition (settings_.stream, *partitions);
  if (!partition)
    return partition.error ();

  partition_ = *partition;
  if (auto error = observer_.on_resolved (client_->cluster_id (), partition_))
    return error;
  auto number = [this] (const char *name) {
    return std::strtoull (client_->setting (name).c_str (), nullptr, 10);
  };
  record_limit_ = std::min<uint64_t> (
      find_record_limit (admin), number ("message.max.bytes"));
  BatchLimits limits;
  limits.bytes = number ("batch.size");
  limits.records = number ("batch.num.messages");
  /* A batch larger than the topic takes fails as a whole. */
  limits.window_bytes = std::max<uint64_t> (
      std::min (limits.bytes, record_limit_) / 20 * 19, 1);
  limits.whole_batches = limits.bytes + kBatchOverhead <= record_limit_;
  /* What librdkafka has cannot be dropped any more. */
  if (settings_.queue.leaky == Leaky::DOWNSTREAM) {
    uint64_t most = std::max<uint64_t> (settings_.queue.bytes / 2, 1);
    limits.window_bytes = std::min (limits.window_bytes, most);
    limits.whole_batches = limits.whole_batches
                           && limits.bytes * HandOver::kBatchesAhead <= most;
  }

  std::lock_guard<std::mutex> lock (mutex_);
  hand_over_.set_limits (limits);
  ready_ = true;
  stats_.partition = partition_;
  changed_.notify_all ();
  return std::nullopt;
}

/* What the user wants, or else what the topic takes. */
uint64_t
Producer::find_record_limit (TopicAdmin &admin)
{
  if (settings_.max_record_size > 0)
    return settings_.max_record_size;
  const TopicSettings topic = admin.ask_settings ();
  if (topic.is_compacted)
    observer_.on_compacted ();
  return safe_limit (topic);
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
    error = *failure_;
  }
  abandon_all ();
  rd_kafka_purge (
      client_->handle (), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (in_flight_.records > 0)
      return;
    if (losses_.count () > 0)
      error.message += " " + losses_.describe ();
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
