/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What kafkasink has taken is delivered, or its loss is told: with a broker
 * that is slow or refuses, as only a mocked one does on demand. */

#include "common/mock_cluster.h"
#include "common/resources.h"
#include "common/stopping.h"
#include "common/trip.h"

#include <gst/check/gstharness.h>

using namespace kafkacheck;

/* A kafkasink alone, fed by hand: every push has a flow return. */
class FedSink {
 public:
  explicit FedSink (const MockCluster &cluster, const char *settings = "c",
      int partition = -1)
      : element_ (gst_element_factory_make ("kafkasink", "kafka")),
        bus_ (gst_bus_new ())
  {
    gst_element_set_bus (element_, bus_.get ());
    gst_util_set_object_arg (G_OBJECT (element_), "client-config", settings);
    /* The mock cluster knows no limit to ask for. */
    g_object_set (element_, "topic", "t", "partition", partition,
        "bootstrap-servers", cluster.servers ().c_str (), "max-record-size",
        guint64{ 1000000 }, nullptr);
    harness_ = gst_harness_new_with_element (element_, "sink", nullptr);
    gst_harness_set_src_caps_str (harness_, "application/x-test");
  }
  ~FedSink ()
  {
    gst_harness_teardown (harness_);
    gst_bus_set_flushing (bus_.get (), TRUE);
    gst_object_unref (element_);
  }

  GstFlowReturn
  push ()
  {
    GstBuffer *buffer = gst_buffer_new_allocate (nullptr, 1000, nullptr);
    gst_buffer_memset (buffer, 0, 0, 1000);
    return gst_harness_push (harness_, buffer);
  }
  bool
  push_eos ()
  {
    return gst_harness_push_event (harness_, gst_event_new_eos ());
  }
  void
  push_caps (const char *text)
  {
    GstCaps *caps = gst_caps_from_string (text);
    gst_harness_push_event (harness_, gst_event_new_caps (caps));
    gst_caps_unref (caps);
  }
  void
  flush ()
  {
    gst_harness_push_event (harness_, gst_event_new_flush_start ());
    gst_harness_push_event (harness_, gst_event_new_flush_stop (TRUE));
    gst_harness_set_src_caps_str (harness_, "application/x-test");
  }
  void
  stop ()
  {
    gst_element_set_state (element_, GST_STATE_NULL);
  }
  void
  restart ()
  {
    gst_element_set_state (element_, GST_STATE_NULL);
    gst_harness_play (harness_);
    gst_harness_set_src_caps_str (harness_, "application/x-test");
  }
  int64_t
  stat (const char *name)
  {
    return kafkacheck::stat (element_, name);
  }
  /* Fails the test when none comes; the other messages are dropped. */
  MessagePtr
  wait_for (GstMessageType type)
  {
    auto time = std::chrono::nanoseconds (patience ());
    MessagePtr message (
        gst_bus_timed_pop_filtered (bus_.get (), time.count (), type));
    ck_assert_msg (message != nullptr, "no message");
    return message;
  }
  bool
  has (GstMessageType type)
  {
    return MessagePtr (gst_bus_pop_filtered (bus_.get (), type)) != nullptr;
  }

 private:
  GstElement *element_; /* harness_ has it, and we */
  std::unique_ptr<GstBus, Unref> bus_;
  GstHarness *harness_;
};

static std::string
error_text (const MessagePtr &message, int code)
{
  GError *error = nullptr;
  gst_message_parse_error (message.get (), &error, nullptr);
  ck_assert_msg (
      g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  std::string text = error->message;
  g_error_free (error);
  return text;
}

static void
check_has (const std::string &text, const char *part)
{
  ck_assert_msg (text.find (part) != std::string::npos, "no '%s' in: %s",
      part, //
      text.c_str ());
}

/* ---- caps ---- */

/* Upstream tries them again with each buffer, and EOS. */
static void
check_refused_once (FedSink &sink)
{
  sink.push_caps ("application/x-test, s=(structure)[s, a=(int)1;]");
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_NOT_NEGOTIATED);
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  GError *error = nullptr;
  gst_message_parse_error (message.get (), &error, nullptr);
  ck_assert_msg (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT), "%s",
      error->message);
  g_error_free (error);
  ck_assert (!sink.has (GST_MESSAGE_ERROR));
}

GST_START_TEST (test_kafkasink_tells_once_of_caps_that_cannot_be_written)
{
  MockCluster cluster;
  FedSink sink (cluster);
  check_refused_once (sink);
  sink.restart ();
  check_refused_once (sink);
  sink.push_eos ();
  ck_assert (!sink.has (GST_MESSAGE_ERROR));
  sink.flush ();
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  check_refused_once (sink);
}
GST_END_TEST;

/* ---- a slow broker ---- */

GST_START_TEST (test_kafkasink_eos_follows_the_last_acknowledgement)
{
  constexpr std::chrono::milliseconds round_trip{ 500 };
  MockCluster cluster;
  FedSink sink (cluster);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));

  cluster.set_round_trip (round_trip);
  for (int i = 0; i < 9; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert_int_eq (sink.stat ("records"), 1);
  bool is_pushed = false;
  auto took = measure ([&] { is_pushed = sink.push_eos (); });
  ck_assert (is_pushed);
  ck_assert (took >= round_trip / 2);
  sink.wait_for (GST_MESSAGE_EOS);
  /* And the EOS record. */
  ck_assert_int_eq (sink.stat ("records"), 11);
  ck_assert_int_eq (sink.stat ("queued-records"), 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_tells_what_a_stop_has_cost)
{
  MockCluster cluster;
  FedSink sink (cluster);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));
  cluster.set_round_trip (std::chrono::seconds (100));
  for (int i = 0; i < 5; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  check_duration (
      "sink that waits for acknowledgements, to NULL", [&] { sink.stop (); });
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  std::string text = error_text (message, GST_RESOURCE_ERROR_WRITE);
  check_has (text, "Lost: 5 records, gst.seq 1 to 5 ");
  check_has (text, "Send EOS");
  ck_assert_int_eq (sink.stat ("lost"), 5);
}
GST_END_TEST;

/* ---- a broker that refuses ---- */

static const struct {
  rd_kafka_resp_err_t answer;
  GstResourceError code;
  const char *advice;
} kRefusals[] = {
  { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "Ask its administrator for an ACL" },
  { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "write idempotently" },
  { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, //
      GST_RESOURCE_ERROR_WRITE, "Raise max.message.bytes" },
  { RD_KAFKA_RESP_ERR_INVALID_RECORD, //
      GST_RESOURCE_ERROR_WRITE, "set its cleanup.policy to delete" },
  { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, //
      GST_RESOURCE_ERROR_WRITE, "Check the clock" },
  { RD_KAFKA_RESP_ERR_POLICY_VIOLATION, //
      GST_RESOURCE_ERROR_FAILED, "Kafka reports: Broker: Policy violation." },
};

GST_START_TEST (test_kafkasink_failed_delivery_fails_the_next_render)
{
  const auto &c = kRefusals[__i__];
  MockCluster cluster;
  FedSink sink (cluster);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));

  cluster.fail_produce (c.answer, 100);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  std::string text = error_text (message, c.code);
  check_has (text, c.advice);
  check_has (text, "Lost: 1 record, gst.seq 1 to 1 ");

  ck_assert_int_eq (sink.push (), GST_FLOW_ERROR);
  sink.push_eos ();
  ck_assert (!sink.has (GST_MESSAGE_EOS));
  ck_assert (!sink.has (GST_MESSAGE_ERROR));
  ck_assert_int_eq (sink.stat ("records"), 1);
  ck_assert_int_eq (sink.stat ("lost"), 1);
  check_duration ("sink after a failure, to NULL", [&] { sink.stop (); });
}
GST_END_TEST;

/* In flight and in the queue. */
GST_START_TEST (test_kafkasink_counts_all_that_a_failure_has_cost)
{
  MockCluster cluster;
  FedSink sink (cluster);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));
  cluster.set_round_trip (std::chrono::milliseconds (2000));
  cluster.fail_produce (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 100);
  for (int i = 0; i < 5000; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  check_has (error_text (message, GST_RESOURCE_ERROR_NOT_AUTHORIZED),
      "Lost: 5000 records, gst.seq 1 to 5000 ");
  ck_assert_int_eq (sink.stat ("lost"), 5000);
}
GST_END_TEST;

/* It hears that there is no such partition while it waits for the last
 * acknowledgements. */
GST_START_TEST (test_kafkasink_stopped_while_it_fails_tells_what_that_has_cost)
{
  MockCluster cluster;
  for (int round = 0; round < 10; round++) {
    cluster.set_round_trip (std::chrono::milliseconds (50 + 20 * round));
    FedSink sink (cluster, "c", 7);
    int pushed = 0;
    while (pushed < 5 && sink.push () == GST_FLOW_OK)
      pushed++;
    sink.stop ();
    ck_assert_int_eq (sink.stat ("lost"), pushed);
    MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
    GError *error = nullptr;
    gst_message_parse_error (message.get (), &error, nullptr);
    if (pushed > 0)
      check_has (error->message, "Lost: ");
    g_error_free (error);
    ck_assert (!sink.has (GST_MESSAGE_ERROR));
  }
}
GST_END_TEST;

/* A flush that resets running time begins a new session. */
GST_START_TEST (test_kafkasink_tells_which_records_of_which_session_are_lost)
{
  MockCluster cluster;
  FedSink sink (cluster);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 3; }));
  cluster.set_round_trip (std::chrono::seconds (100));
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  sink.flush ();
  for (int i = 0; i < 4; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  sink.stop ();
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  check_has (error_text (message, GST_RESOURCE_ERROR_WRITE),
      "Lost: 5 records, gst.seq 3 to 3 and, in the session after it, 0 to 3 ");
}
GST_END_TEST;

/* As many as wait: counted, and no records made of them. */
GST_START_TEST (test_kafkasink_gives_up_a_full_queue_at_once)
{
  MockCluster cluster;
  FedSink sink (cluster);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));
  cluster.set_down (true);
  for (int i = 0; i < 30000; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  forget_peak_memory ();
  const long before = peak_memory ();
  check_duration ("sink with a full queue, to NULL", [&] { sink.stop (); });
  if (why_memory_is_no_measure ().empty ())
    ck_assert_int_lt (peak_memory () - before, 8 * 1024);
  sink.wait_for (GST_MESSAGE_ERROR);
  ck_assert_int_eq (sink.stat ("lost"), 30000);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_reports_records_that_wait_too_long)
{
  MockCluster cluster;
  FedSink sink (cluster, "c,message.timeout.ms=1000");
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));
  cluster.set_down (true);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  MessagePtr message = sink.wait_for (GST_MESSAGE_ERROR);
  std::string text = error_text (message, GST_RESOURCE_ERROR_WRITE);
  check_has (text, "did not acknowledge records in time");
  check_has (text, "Lost: 1 record, gst.seq 1 to 1 ");
  ck_assert_int_eq (sink.push (), GST_FLOW_ERROR);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_works_again_after_a_failure)
{
  MockCluster cluster;
  FedSink sink (cluster);
  cluster.fail_produce (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  sink.wait_for (GST_MESSAGE_ERROR);
  sink.restart ();
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (sink.push_eos ());
  sink.wait_for (GST_MESSAGE_EOS);
  ck_assert_int_eq (sink.stat ("records"), 2);
  ck_assert_int_eq (sink.stat ("lost"), 0);
}
GST_END_TEST;

/* What passes by itself is no failure, and doubles nothing. */
static const rd_kafka_resp_err_t kPassing[] = {
  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
  RD_KAFKA_RESP_ERR__TRANSPORT, /* the connection is cut */
};

GST_START_TEST (test_kafkasink_tries_again_what_may_pass)
{
  MockCluster cluster;
  FedSink sink (cluster, "c,retry.backoff.ms=10");
  ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (wait_until ([&] { return sink.stat ("records") == 1; }));
  cluster.fail_produce (kPassing[__i__], 3);
  for (int i = 0; i < 100; i++)
    ck_assert_int_eq (sink.push (), GST_FLOW_OK);
  ck_assert (sink.push_eos ());
  sink.wait_for (GST_MESSAGE_EOS);
  ck_assert_int_eq (sink.stat ("records"), 102);
  ck_assert_int_eq (sink.stat ("lost"), 0);

  g_setenv ("KAFKA_BOOTSTRAP_SERVERS", cluster.servers ().c_str (), TRUE);
  auto records = read_log ("t");
  ck_assert_int_eq (records.size (), 102);
  for (size_t i = 0; i < records.size (); i++)
    check_text (records[i].header ("gst.seq").value (), std::to_string (i));
}
GST_END_TEST;

static Suite *
delivery_suite ()
{
  Suite *suite = suite_create ("delivery");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (
      tcase, test_kafkasink_tells_once_of_caps_that_cannot_be_written);
  tcase_add_test (tcase, test_kafkasink_eos_follows_the_last_acknowledgement);
  tcase_add_test (tcase, test_kafkasink_tells_what_a_stop_has_cost);
  tcase_add_loop_test (tcase,
      test_kafkasink_failed_delivery_fails_the_next_render, 0,
      G_N_ELEMENTS (kRefusals));
  tcase_add_test (tcase, test_kafkasink_counts_all_that_a_failure_has_cost);
  tcase_add_test (
      tcase, test_kafkasink_stopped_while_it_fails_tells_what_that_has_cost);
  tcase_add_test (
      tcase, test_kafkasink_tells_which_records_of_which_session_are_lost);
  tcase_add_test (tcase, test_kafkasink_gives_up_a_full_queue_at_once);
  tcase_add_test (tcase, test_kafkasink_reports_records_that_wait_too_long);
  tcase_add_test (tcase, test_kafkasink_works_again_after_a_failure);
  tcase_add_loop_test (tcase, test_kafkasink_tries_again_what_may_pass, 0,
      G_N_ELEMENTS (kPassing));
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (delivery);
