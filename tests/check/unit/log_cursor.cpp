/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What comes from a place in a log, at a mock of a broker. Damage and retention
 * take a real one. */

#include "elements/log_cursor.h"
#include "common/check.h"
#include "common/mock_cluster.h"

using namespace gstkafka;

namespace {

constexpr int kRecords = 5;

void
write_records (const std::string &servers)
{
  char reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set (
      conf, "bootstrap.servers", servers.c_str (), reason, sizeof reason);
  rd_kafka_t *producer
      = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  ck_assert_msg (producer != nullptr, "librdkafka: %s", reason);
  for (int i = 0; i < kRecords; i++) {
    const std::string value (i + 1, 'x');
    ck_assert_int_eq (
        rd_kafka_producev (producer, RD_KAFKA_V_TOPIC ("t"),
            RD_KAFKA_V_PARTITION (0),
            RD_KAFKA_V_VALUE (
                const_cast<char *> (value.data ()), value.size ()),
            RD_KAFKA_V_MSGFLAGS (RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
        0);
  }
  ck_assert_int_eq (rd_kafka_flush (producer, 20000), 0);
  rd_kafka_destroy (producer);
}

class Reading {
 public:
  Reading ()
  {
    write_records (cluster_.servers ());
    auto consumer = Consumer::open (
        { { "bootstrap.servers", cluster_.servers () },
            { "enable.partition.eof", "true" }, { "group.id", "unused" },
            { "auto.offset.reset", "error" }, { "fetch.wait.max.ms", "10" } },
        { "t", "", 0 });
    ck_assert (consumer);
    consumer_ = std::move (*consumer);
    cursor_.emplace (*consumer_);
    cursor_->set_partition (0);
  }

  LogCursor *
  operator->()
  {
    return &*cursor_;
  }

  kafkacheck::MockCluster &
  cluster ()
  {
    return cluster_;
  }

  /* What comes next, sooner or later. */
  LogCursor::Found
  read ()
  {
    for (int i = 0; i < 200; i++) {
      auto found = cursor_->read (100);
      if (!std::holds_alternative<LogCursor::Busy> (found)
          && !std::holds_alternative<NothingYet> (found))
        return found;
    }
    ck_abort_msg ("nothing came");
  }
  int64_t
  read_offset ()
  {
    auto found = read ();
    auto *record = std::get_if<IncomingRecord> (&found);
    ck_assert_msg (record != nullptr, "found %zu", found.index ());
    return record->offset ();
  }
  void
  read_to_end ()
  {
    for (int64_t offset = 0; offset < kRecords; offset++) {
      ck_assert_int_eq (read_offset (), offset);
      (*this)->note_handled ();
    }
    check_end ();
  }
  void
  check_end ()
  {
    auto found = read ();
    auto *end = std::get_if<EndOfPartition> (&found);
    ck_assert_msg (end != nullptr, "found %zu", found.index ());
    ck_assert_int_eq (end->offset, kRecords);
    ck_assert_int_eq ((*this)->next (), kRecords);
  }

 private:
  kafkacheck::MockCluster cluster_;
  std::unique_ptr<Consumer> consumer_;
  std::optional<LogCursor> cursor_;
};

} // namespace

GST_START_TEST (test_log_cursor_reads_on_from_where_it_is)
{
  Reading log;
  log->go_to (2);
  ck_assert_int_eq (log->next (), 2);
  for (int64_t offset = 2; offset < kRecords; offset++) {
    ck_assert_int_eq (log.read_offset (), offset);
    ck_assert_int_eq (log->next (), offset + 1);
  }
  auto found = log.read ();
  auto *end = std::get_if<EndOfPartition> (&found);
  ck_assert (end && end->offset == kRecords);
  ck_assert_int_eq (log->next (), kRecords);

  log->go_to (0);
  ck_assert_int_eq (log.read_offset (), 0);
}
GST_END_TEST;

GST_START_TEST (test_log_cursor_looks_twice_at_a_doubtful_log_and_goes_on)
{
  Reading log;
  log->go_to (0);
  ck_assert_int_eq (log.read_offset (), 0);
  ck_assert (!log->doubts_log ()); /* nothing was read before it */
  log->note_handled ();
  ck_assert_int_eq (log.read_offset (), 1);
  ck_assert (log->doubts_log ());

  log->check_log ();
  ck_assert_int_eq (log->next (), 0);
  log->note_handled ();
  ck_assert_int_eq (log.read_offset (), 1);
  ck_assert (!log->doubts_log ());
  log->note_handled ();
  ck_assert_int_eq (log.read_offset (), 2);
}
GST_END_TEST;

GST_START_TEST (test_log_cursor_passes_over_nothing_when_the_topic_was_away)
{
  Reading log;
  log->go_to (0);
  ck_assert_int_eq (log.read_offset (), 0);
  log->note_handled ();
  log->note_missing ();
  ck_assert_int_eq (log.read_offset (), 1);
  log->note_handled ();
  ck_assert_int_eq (log.read_offset (), 2);
}
GST_END_TEST;

/* The end that it has told of would not come again by itself. */
GST_START_TEST (test_log_cursor_looks_twice_though_nothing_comes)
{
  Reading log;
  log->go_to (0);
  log.read_to_end ();
  log->note_missing ();
  log.check_end ();
}
GST_END_TEST;

GST_START_TEST (test_log_cursor_goes_where_it_is_sent_while_the_log_is_in_doubt)
{
  Reading log;
  log->go_to (0);
  log.read_to_end ();
  log->note_missing ();
  log->go_to (1);
  ck_assert_int_eq (log.read_offset (), 1);
  log->note_handled ();

  ck_assert_int_eq (log.read_offset (), 2);
  log->check_log ();
  log->go_to (0);
  ck_assert_int_eq (log.read_offset (), 0);
}
GST_END_TEST;

GST_START_TEST (test_log_cursor_behind_the_end_is_in_another_log)
{
  Reading log;
  log->go_to (100);
  auto found = log.read ();
  auto *other = std::get_if<LogCursor::OtherLog> (&found);
  ck_assert_msg (other != nullptr, "found %zu", found.index ());
  ck_assert_int_eq (other->last, 99);
  ck_assert_int_eq (other->marks.low, 0);
  ck_assert_int_eq (other->marks.high, kRecords);
  ck_assert_int_eq (log->next (), 0);
  ck_assert_int_eq (log.read_offset (), 0);
}
GST_END_TEST;

GST_START_TEST (test_log_cursor_behind_the_end_asks_again_where_it_ends)
{
  Reading log;
  log->go_to (0);
  log.read_to_end ();
  /* More than librdkafka tries by itself. */
  log.cluster ().fail_list_offsets (RD_KAFKA_RESP_ERR_UNKNOWN, 10);
  log->go_to (100);
  auto found = log.read ();
  ck_assert_msg (std::holds_alternative<LogCursor::OtherLog> (found),
      "found %zu", found.index ());
  ck_assert_int_eq (log.read_offset (), 0);
}
GST_END_TEST;

static Suite *
log_cursor_suite ()
{
  Suite *suite = suite_create ("log_cursor");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_log_cursor_reads_on_from_where_it_is);
  tcase_add_test (
      tcase, test_log_cursor_looks_twice_at_a_doubtful_log_and_goes_on);
  tcase_add_test (
      tcase, test_log_cursor_passes_over_nothing_when_the_topic_was_away);
  tcase_add_test (tcase, test_log_cursor_looks_twice_though_nothing_comes);
  tcase_add_test (
      tcase, test_log_cursor_goes_where_it_is_sent_while_the_log_is_in_doubt);
  tcase_add_test (tcase, test_log_cursor_behind_the_end_is_in_another_log);
  tcase_add_test (
      tcase, test_log_cursor_behind_the_end_asks_again_where_it_ends);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (log_cursor);
