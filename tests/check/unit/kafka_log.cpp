/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A stream whose records are rare in its partition, as the timeline sees it. A
 * mock of a broker answers each fetch with one batch, after its round-trip
 * time: so long does a scan take, whatever else the machine has to do. */

#include "elements/kafka_log.h"
#include "common/check.h"
#include "common/mock_cluster.h"

using namespace gstkafka;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int kBatch = 50;
constexpr int kOthers = 40 * kBatch;
constexpr milliseconds kRoundTrip{ 20 };
/* A quarter of the scan. */
constexpr milliseconds kAttempt{ 200 };

class Producer {
 public:
  explicit Producer (const std::string &servers)
  {
    char reason[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new ();
    const std::string batch = std::to_string (kBatch);
    for (auto [name, value] :
        { std::pair{ "bootstrap.servers", servers.c_str () },
            { "batch.num.messages", batch.c_str () }, { "linger.ms", "20" } })
      ck_assert_int_eq (
          rd_kafka_conf_set (conf, name, value, reason, sizeof reason), 0);
    handle_ = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    ck_assert_msg (handle_ != nullptr, "librdkafka: %s", reason);
  }
  ~Producer ()
  {
    ck_assert_int_eq (rd_kafka_flush (handle_, 20000), 0);
    rd_kafka_destroy (handle_);
  }
  Producer (const Producer &) = delete;
  Producer &operator= (const Producer &) = delete;

  void
  add (std::string_view key, int count = 1)
  {
    for (int i = 0; i < count; i++) {
      const std::string seq = std::to_string (next_++);
      ck_assert_int_eq (
          rd_kafka_producev (handle_, RD_KAFKA_V_TOPIC ("t"),
              RD_KAFKA_V_PARTITION (0),
              RD_KAFKA_V_KEY (key.data (), key.size ()),
              RD_KAFKA_V_HEADER ("gst.version", "1", 1),
              RD_KAFKA_V_HEADER ("gst.session", key.data (), 1),
              RD_KAFKA_V_HEADER ("gst.seq", seq.c_str (), -1), RD_KAFKA_V_END),
          0);
    }
  }

 private:
  rd_kafka_t *handle_;
  int next_ = 0;
};

/* The log of key a, and how many clients it has needed to scan it. */
class Reading {
 public:
  explicit Reading (const std::string &servers) : servers_ (servers)
  {
    log_.set_partition (0);
  }

  KafkaLog *
  operator->()
  {
    return &log_;
  }
  void
  begin (int64_t high, milliseconds patience, milliseconds scan_patience)
  {
    const auto now = steady_clock::now ();
    log_.begin (high, now + patience, now + scan_patience);
  }
  int
  scanners () const
  {
    return scanners_;
  }

 private:
  std::unique_ptr<Consumer>
  open ()
  {
    auto consumer = Consumer::open (
        { { "bootstrap.servers", servers_ }, { "enable.partition.eof", "true" },
            { "group.id", "unused" }, { "fetch.wait.max.ms", "10" } },
        { "t", "a", 0 });
    ck_assert (consumer);
    return std::move (*consumer);
  }

  const std::string servers_;
  int scanners_ = 0;
  std::unique_ptr<Consumer> probe_ = open ();
  KafkaLog log_{ *probe_, "a", [this] {
                  scanners_++;
                  return open ();
                } };
};

constexpr milliseconds kLong{ 20000 };
constexpr milliseconds kNone{ 0 };

} // namespace

GST_START_TEST (test_log_goes_on_with_a_scan_where_that_has_ended)
{
  kafkacheck::MockCluster cluster;
  {
    Producer producer (cluster.servers ());
    producer.add ("a");
    producer.add ("b", kOthers);
    producer.add ("a");
  }
  cluster.set_round_trip (kRoundTrip);
  Reading log (cluster.servers ());
  std::optional<LoggedRecord> found;
  int attempts = 0;
  do {
    log.begin (kOthers + 2, kLong, kAttempt);
    found = log->at_or_after (1);
    ck_assert (log->has_failed () == !found);
    ck_assert (log->is_in_scan () == !found);
    log->rest ();
  } while (!found && ++attempts < 60);
  ck_assert (found);
  ck_assert_int_eq (found->offset, kOthers + 1);
  ck_assert_int_ge (attempts, 2);
  ck_assert_int_eq (log.scanners (), 1);

  log.begin (kOthers + 2, kLong, kNone);
  ck_assert (log->at_or_after (kOthers / 2));
  ck_assert (!log->has_failed ());
}
GST_END_TEST;

GST_START_TEST (test_log_remembers_that_nothing_follows)
{
  kafkacheck::MockCluster cluster;
  {
    Producer producer (cluster.servers ());
    producer.add ("a");
    producer.add ("b", kOthers);
  }
  Reading log (cluster.servers ());
  log.begin (kOthers + 1, kLong, kLong);
  ck_assert (!log->at_or_after (kOthers / 2));
  ck_assert (!log->at_or_after (1));
  ck_assert (!log->has_failed ());
  log->rest ();

  /* No time to look. */
  log.begin (kOthers + 1, kNone, kNone);
  ck_assert (!log->at_or_after (1));
  ck_assert (!log->has_failed ());
}
GST_END_TEST;

GST_START_TEST (test_log_ends_a_scan_when_it_is_awaited)
{
  kafkacheck::MockCluster cluster;
  {
    Producer producer (cluster.servers ());
    producer.add ("a");
    producer.add ("b", kOthers);
    producer.add ("a");
  }
  Reading log (cluster.servers ());
  log->set_awaited (true);
  log.begin (kOthers + 2, kLong, kLong);
  ck_assert (log->at_or_after (0));
  ck_assert (!log->at_or_after (1));
  ck_assert (log->has_failed () && log->is_in_scan ());
  log->rest ();

  log->set_awaited (false);
  log.begin (kOthers + 2, kLong, kLong);
  ck_assert (log->at_or_after (1));
}
GST_END_TEST;

GST_START_TEST (test_log_needs_no_scan_where_streams_take_turns)
{
  constexpr int kTurns = 30;
  kafkacheck::MockCluster cluster;
  {
    Producer producer (cluster.servers ());
    for (int i = 0; i < kTurns; i++) {
      producer.add ("a");
      producer.add ("b", 19);
    }
  }
  Reading log (cluster.servers ());
  log.begin (20 * kTurns, kLong, kNone);
  int count = 0;
  for (auto record = log->at_or_after (0); record;
       record = log->at_or_after (record->offset + 1))
    ck_assert_int_eq (record->offset, 20 * count++);
  ck_assert (!log->has_failed ());
  ck_assert_int_eq (count, kTurns);
  ck_assert_int_eq (log.scanners (), 0);
}
GST_END_TEST;

static Suite *
kafka_log_suite ()
{
  Suite *suite = suite_create ("kafka_log");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_log_goes_on_with_a_scan_where_that_has_ended);
  tcase_add_test (tcase, test_log_remembers_that_nothing_follows);
  tcase_add_test (tcase, test_log_ends_a_scan_when_it_is_awaited);
  tcase_add_test (tcase, test_log_needs_no_scan_where_streams_take_turns);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (kafka_log);
