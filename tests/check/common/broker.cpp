/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/broker.h"

#include "client/handles.h"
#include "common/pipeline.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace kafkacheck {

namespace {

using namespace gstkafka;
using std::chrono::steady_clock;

constexpr int kPollMs = 100;

class Deadline {
 public:
  bool
  is_over () const
  {
    return steady_clock::now () > end_;
  }

 private:
  const steady_clock::time_point end_ = steady_clock::now () + patience ();
};

using Client = Handle<rd_kafka_t, rd_kafka_destroy>;

void
check_report (rd_kafka_t *, const rd_kafka_message_t *message, void *)
{
  ck_assert_msg (
      !message->err, "writing: %s", rd_kafka_message_errstr (message));
}

Client
open_client (rd_kafka_type_t type, const Pairs &settings)
{
  char reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  auto set = [&] (const char *name, const char *value) {
    rd_kafka_conf_set (conf, name, value, reason, sizeof reason);
  };
  set ("bootstrap.servers", bootstrap_servers ());
  set ("log_level", "2"); /* brokers that go away are part of some tests */
  for (const auto &[name, value] : settings)
    set (name.c_str (), value.c_str ());
  if (type == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_dr_msg_cb (conf, check_report);
  Client client (rd_kafka_new (type, conf, reason, sizeof reason));
  ck_assert_msg (client != nullptr, "librdkafka: %s", reason);
  return client;
}

/* Of itself the client asks for a topic that it doesn't know yet once a second.
 */
TopicHandle
know_topic (const Client &client, const std::string &name)
{
  TopicHandle topic (
      rd_kafka_topic_new (client.get (), name.c_str (), nullptr));
  const rd_kafka_metadata_t *raw = nullptr;
  rd_kafka_metadata (client.get (), 0, topic.get (), &raw,
      static_cast<int> (patience ().count ()));
  MetadataHandle metadata (const_cast<rd_kafka_metadata_t *> (raw));
  return topic;
}

class Topics {
 public:
  static Topics &
  of_this_process ()
  {
    static Topics topics;
    return topics;
  }

  ~Topics () { remove (names_); }

  /* Also those of tests that failed, and so could not do it themselves. */
  void
  remove_all_of_this_run ()
  {
    const rd_kafka_metadata_t *raw = nullptr;
    rd_kafka_metadata (client_.get (), 1, nullptr, &raw,
        static_cast<int> (patience ().count ()));
    MetadataHandle metadata (const_cast<rd_kafka_metadata_t *> (raw));
    std::vector<std::string> names;
    for (int i = 0; metadata && i < metadata->topic_cnt; i++)
      if (g_str_has_prefix (metadata->topics[i].topic, run_name ().c_str ()))
        names.push_back (metadata->topics[i].topic);
    remove (names);
  }

  void
  note (const std::string &name)
  {
    names_.push_back (name);
  }

  void
  remove_now (const std::string &name)
  {
    EventHandle event = remove ({ name });
    ck_assert_msg (event && !rd_kafka_event_error (event.get ()),
        "cannot delete topic %s", name.c_str ());
  }

  void
  delete_records (const std::string &topic, int partition, int64_t offset)
  {
    PartitionListHandle list (rd_kafka_topic_partition_list_new (1));
    rd_kafka_topic_partition_list_add (list.get (), topic.c_str (), partition)
        ->offset
        = offset < 0 ? RD_KAFKA_OFFSET_END : offset;
    auto *request = rd_kafka_DeleteRecords_new (list.get ());
    rd_kafka_DeleteRecords (
        client_.get (), &request, 1, nullptr, queue_.get ());
    rd_kafka_DeleteRecords_destroy (request);
    EventHandle event = wait ();
    ck_assert_msg (event && !rd_kafka_event_error (event.get ()),
        "cannot delete records of %s", topic.c_str ());
    auto *result = rd_kafka_DeleteRecords_result_offsets (
        rd_kafka_event_DeleteRecords_result (event.get ()));
    ck_assert_msg (result->cnt == 1 && !result->elems[0].err,
        "cannot delete records of %s: %s", topic.c_str (),
        rd_kafka_err2str (result->elems[0].err));
  }

  void
  create (const std::string &name, int partitions, const Pairs &config,
      int replicas = 1)
  {
    char reason[256] = "";
    NewTopicHandle topic (rd_kafka_NewTopic_new (
        name.c_str (), partitions, replicas, reason, sizeof reason));
    ck_assert_msg (topic != nullptr, "topic %s: %s", name.c_str (), reason);
    for (const auto &[key, value] : config)
      rd_kafka_NewTopic_set_config (topic.get (), key.c_str (), value.c_str ());
    note (name);
    /* A broker that stood still may be fenced until its next heartbeat. */
    auto error = RD_KAFKA_RESP_ERR_NO_ERROR;
    wait_until ([&] {
      error = result_of_creation (try_to_create (topic.get ()));
      return error != RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR;
    });
    ck_assert_msg (!error, "cannot create topic %s at %s: %s", name.c_str (),
        bootstrap_servers (), rd_kafka_err2str (error));
  }

  void
  add_partitions (const std::string &topic, size_t partitions)
  {
    using NewPartitionsHandle
        = Handle<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy>;
    char reason[256] = "";
    NewPartitionsHandle more (rd_kafka_NewPartitions_new (
        topic.c_str (), partitions, reason, sizeof reason));
    ck_assert_msg (more != nullptr, "topic %s: %s", topic.c_str (), reason);
    rd_kafka_NewPartitions_t *list[] = { more.get () };
    rd_kafka_CreatePartitions (client_.get (), list, 1, nullptr, queue_.get ());
    EventHandle event = wait ();
    ck_assert_msg (event && !rd_kafka_event_error (event.get ()),
        "no more partitions for %s", topic.c_str ());
    size_t count = 0;
    auto **results = rd_kafka_CreatePartitions_result_topics (
        rd_kafka_event_CreatePartitions_result (event.get ()), &count);
    ck_assert_msg (count == 1 && !rd_kafka_topic_result_error (results[0]),
        "no more partitions for %s", topic.c_str ());
  }

  Leader
  find_leader (const std::string &name, int partition)
  {
    TopicHandle topic (
        rd_kafka_topic_new (client_.get (), name.c_str (), nullptr));
    const rd_kafka_metadata_t *raw = nullptr;
    rd_kafka_metadata (client_.get (), 0, topic.get (), &raw,
        static_cast<int> (patience ().count ()));
    MetadataHandle metadata (const_cast<rd_kafka_metadata_t *> (raw));
    Leader leader;
    if (!metadata || metadata->topic_cnt != 1
        || metadata->topics[0].partition_cnt <= partition)
      return leader;
    const auto &found = metadata->topics[0].partitions[partition];
    leader.in_sync = found.isr_cnt;
    for (int i = 0; i < metadata->broker_cnt; i++)
      if (metadata->brokers[i].id == found.leader)
        leader.servers = std::string (metadata->brokers[i].host) + ":"
                         + std::to_string (metadata->brokers[i].port);
    return leader;
  }

 private:
  using DeleteTopicHandle
      = Handle<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;

  Topics ()
      : client_ (open_client (RD_KAFKA_PRODUCER, {})),
        queue_ (rd_kafka_queue_new (client_.get ()))
  {}

  EventHandle
  remove (const std::vector<std::string> &names)
  {
    if (names.empty ())
      return nullptr;
    std::vector<DeleteTopicHandle> topics;
    std::vector<rd_kafka_DeleteTopic_t *> pointers;
    for (const auto &name : names) {
      topics.emplace_back (rd_kafka_DeleteTopic_new (name.c_str ()));
      pointers.push_back (topics.back ().get ());
    }
    rd_kafka_DeleteTopics (client_.get (), pointers.data (), pointers.size (),
        nullptr, queue_.get ());
    return wait ();
  }

  EventHandle
  try_to_create (rd_kafka_NewTopic_t *topic)
  {
    /* The broker answers when clients can use it. */
    char reason[256] = "";
    AdminOptionsHandle options (rd_kafka_AdminOptions_new (
        client_.get (), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_AdminOptions_set_operation_timeout (
        options.get (), 5000, reason, sizeof reason);
    rd_kafka_CreateTopics (
        client_.get (), &topic, 1, options.get (), queue_.get ());
    return wait ();
  }

  static rd_kafka_resp_err_t
  result_of_creation (const EventHandle &event)
  {
    if (!event)
      return RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (auto error = rd_kafka_event_error (event.get ()))
      return error;
    size_t count = 0;
    auto **results = rd_kafka_CreateTopics_result_topics (
        rd_kafka_event_CreateTopics_result (event.get ()), &count);
    ck_assert_uint_eq (count, 1);
    return rd_kafka_topic_result_error (results[0]);
  }

  EventHandle
  wait ()
  {
    auto ms = std::chrono::milliseconds (patience ()).count ();
    return EventHandle (
        rd_kafka_queue_poll (queue_.get (), static_cast<int> (ms)));
  }

  Client client_;
  QueueHandle queue_;
  std::vector<std::string> names_;
};

std::string
unique_name ()
{
  static int count = 0;
  return run_name () + "-" + std::to_string (getpid ()) + "-"
         + std::to_string (count++);
}

Record
to_record (const rd_kafka_message_t &message)
{
  auto text = [] (const void *data, size_t size) {
    return data ? std::optional<std::string> (
               std::in_place, static_cast<const char *> (data), size)
                : std::nullopt;
  };
  Record record;
  record.offset = message.offset;
  record.timestamp_ms = rd_kafka_message_timestamp (&message, nullptr);
  record.key = text (message.key, message.key_len);
  record.value = text (message.payload, message.len);

  rd_kafka_headers_t *headers = nullptr;
  rd_kafka_message_headers (&message, &headers);
  const char *name;
  const void *value;
  size_t size;
  for (size_t i = 0;
       headers && !rd_kafka_header_get_all (headers, i, &name, &value, &size);
       i++)
    record.headers.emplace_back (name, text (value, size).value_or (""));
  return record;
}

} // namespace

const char *
bootstrap_servers ()
{
  const char *servers = g_getenv ("KAFKA_BOOTSTRAP_SERVERS");
  return servers && *servers ? servers : nullptr;
}

GST_START_TEST (clean_up)
{
  Topics::of_this_process ().remove_all_of_this_run ();
  remove_scratch_directories ();
}
GST_END_TEST;

/* As a test, because assertions need one around them. */
static void
run_clean_up (const char *file)
{
  g_unsetenv ("GST_CHECKS");
  Suite *suite = suite_create ("clean_up");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, clean_up);
  suite_add_tcase (suite, tcase);
  gst_check_run_suite (suite, "clean_up", file);
}

int
skip_suite (Suite *suite, const char *name, const std::string &why)
{
  srunner_free (srunner_create (suite)); /* frees the suite */
  g_print ("%s: skipped: %s\n", name, why.c_str ());
  return kSkipped;
}

int
run_broker_suite (
    int argc, char **argv, Suite *suite, const char *name, const char *file)
{
  gst_check_init (&argc, &argv);
  if (bootstrap_servers ()) {
    run_name ();
    int failed = gst_check_run_suite (suite, name, file);
    if (failed > 0)
      run_clean_up (file);
    return failed;
  }
  return skip_suite (
      suite, name, "it needs a broker, and KAFKA_BOOTSTRAP_SERVERS names none");
}

Topic::Topic (int partitions, const Pairs &config, int replicas)
    : name_ (unique_name ())
{
  Topics::of_this_process ().create (name_, partitions, config, replicas);
}

void
delete_records (const std::string &topic, int64_t offset, int partition)
{
  Topics::of_this_process ().delete_records (topic, partition, offset);
}

void
add_partitions (const std::string &topic, size_t partitions)
{
  Topics::of_this_process ().add_partitions (topic, partitions);
}

Leader
find_leader (const std::string &topic, int partition)
{
  return Topics::of_this_process ().find_leader (topic, partition);
}

void
delete_topic (const std::string &topic)
{
  Topics::of_this_process ().remove_now (topic);
}

void
make_anew (const std::string &topic)
{
  delete_topic (topic);
  Topics::of_this_process ().create (topic, 1, {});
}

std::string
unused_topic_name ()
{
  std::string name = unique_name ();
  Topics::of_this_process ().note (name);
  return name;
}

std::optional<std::string>
Record::header (const std::string &name) const
{
  for (const auto &header : headers)
    if (header.first == name)
      return header.second;
  return std::nullopt;
}

std::string
rfc3339 (int64_t ms)
{
  GDateTime *seconds = g_date_time_new_from_unix_utc (ms / 1000);
  gchar *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  gchar *full
      = g_strdup_printf ("%s.%03dZ", text, static_cast<int> (ms % 1000));
  std::string time (full);
  g_free (full);
  g_free (text);
  g_date_time_unref (seconds);
  return time;
}

std::vector<Record>
read_log (const std::string &topic, int partition)
{
  Client client = open_client (RD_KAFKA_CONSUMER,
      { { "group.id", "gst-kafka-check" }, { "enable.partition.eof", "true" },
          { "enable.auto.commit", "false" }, { "fetch.wait.max.ms", "10" },
          { "receive.message.max.bytes", "1000000000" } });
  rd_kafka_poll_set_consumer (client.get ());
  TopicHandle known = know_topic (client, topic);
  PartitionListHandle list (rd_kafka_topic_partition_list_new (1));
  rd_kafka_topic_partition_list_add (list.get (), topic.c_str (), partition)
      ->offset
      = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign (client.get (), list.get ());

  std::vector<Record> records;
  for (Deadline deadline; !deadline.is_over ();) {
    MessageHandle message (rd_kafka_consumer_poll (client.get (), kPollMs));
    if (!message)
      continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      rd_kafka_consumer_close (client.get ());
      return records;
    }
    ck_assert_msg (!message->err, "reading %s: %s", topic.c_str (),
        rd_kafka_message_errstr (message.get ()));
    records.push_back (to_record (*message));
  }
  ck_abort_msg ("reading %s takes too long", topic.c_str ());
  return {};
}

void
write_log (
    const std::string &topic, const std::vector<Record> &records, int partition)
{
  Client client = open_client (RD_KAFKA_PRODUCER,
      { { "enable.idempotence", "true" }, { "message.max.bytes", "100000000" },
          { "linger.ms", "1" } });
  TopicHandle known = know_topic (client, topic);
  for (const auto &record : records) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new (record.headers.size ());
    for (const auto &[name, value] : record.headers)
      rd_kafka_header_add (headers, name.data (),
          static_cast<ssize_t> (name.size ()), value.data (),
          static_cast<ssize_t> (value.size ()));
    /* A value without bytes is a value all the same. */
    const char *value = record.value ? record.value->c_str () : nullptr;
    const char *key = record.key ? record.key->c_str () : nullptr;
    rd_kafka_resp_err_t error = rd_kafka_producev (client.get (),
        RD_KAFKA_V_TOPIC (topic.c_str ()), RD_KAFKA_V_PARTITION (partition),
        RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE (
            const_cast<char *> (value), (value ? record.value->size () : 0)),
        RD_KAFKA_V_KEY (key, (record.key ? record.key->size () : 0)),
        RD_KAFKA_V_TIMESTAMP (std::max<int64_t> (record.timestamp_ms, 0)),
        RD_KAFKA_V_HEADERS (headers), RD_KAFKA_V_END);
    ck_assert_msg (
        !error, "writing %s: %s", topic.c_str (), rd_kafka_err2str (error));
  }
  auto ms = std::chrono::milliseconds (patience ()).count ();
  ck_assert_msg (!rd_kafka_flush (client.get (), static_cast<int> (ms)),
      "writing %s takes too long", topic.c_str ());
}

std::string
unused_group_name ()
{
  return unique_name () + "-group";
}

static PartitionListHandle
place_in (const std::string &topic, int partition, int64_t offset)
{
  PartitionListHandle list (rd_kafka_topic_partition_list_new (1));
  rd_kafka_topic_partition_list_add (list.get (), topic.c_str (), partition)
      ->offset
      = offset;
  return list;
}

int64_t
committed_offset (
    const std::string &group, const std::string &topic, int partition)
{
  Client client = open_client (RD_KAFKA_CONSUMER, { { "group.id", group } });
  auto list = place_in (topic, partition, RD_KAFKA_OFFSET_INVALID);
  auto error = rd_kafka_committed (
      client.get (), list.get (), static_cast<int> (patience ().count ()));
  ck_assert_msg (
      !error, "asking group %s: %s", group.c_str (), rd_kafka_err2str (error));
  return std::max<int64_t> (list->elems[0].offset, -1);
}

void
commit_offset (const std::string &group, const std::string &topic,
    int64_t offset, int partition)
{
  Client client = open_client (RD_KAFKA_CONSUMER, { { "group.id", group } });
  auto list = place_in (topic, partition, offset);
  auto error = rd_kafka_commit (client.get (), list.get (), 0);
  ck_assert_msg (
      !error, "telling group %s: %s", group.c_str (), rd_kafka_err2str (error));
}

static std::string
element_text (const char *element, const char *name, const std::string &topic,
    const std::string &properties)
{
  return std::string (element) + " name=" + name
         + " bootstrap-servers=" + bootstrap_servers () + " topic=" + topic
         + (properties.empty () ? "" : " ") + properties;
}

void
copy_with_times (const std::string &from, const std::string &to)
{
  auto records = read_log (from);
  for (size_t i = 0; i < records.size (); i++)
    records[i].timestamp_ms = kNewYear + static_cast<int64_t> (i) * 1000;
  write_log (to, records);
}

std::string
sink_text (
    const std::string &topic, const std::string &properties, const char *name)
{
  return element_text ("kafkasink", name, topic, properties);
}

std::string
source_text (
    const std::string &topic, const std::string &properties, const char *name)
{
  return element_text ("kafkasrc", name, topic, properties);
}

} // namespace kafkacheck
