/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/errors.h"

#include "common/check.h"

using namespace gstkafka;

static const ErrorContext kContext = { "broker:9092", "clips", "crew" };

static const struct {
  rd_kafka_resp_err_t code;
  ErrorKind kind;
  const char *names; /* what the user has to look at */
  bool is_refusal;
} kErrors[] = {
  { RD_KAFKA_RESP_ERR__RESOLVE, ErrorKind::UNREACHABLE, "broker:9092", false },
  { RD_KAFKA_RESP_ERR__TRANSPORT, ErrorKind::UNREACHABLE, "broker:9092",
      false },
  { RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ErrorKind::UNREACHABLE, "broker:9092",
      false },
  { RD_KAFKA_RESP_ERR__TIMED_OUT, ErrorKind::UNREACHABLE, "broker:9092",
      false },
  { RD_KAFKA_RESP_ERR__AUTHENTICATION, ErrorKind::AUTHENTICATION,
      "sasl.password", true },
  { RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ErrorKind::AUTHENTICATION,
      "sasl.password", true },
  { RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, ErrorKind::AUTHENTICATION,
      "sasl.mechanism", true },
  { RD_KAFKA_RESP_ERR__SSL, ErrorKind::AUTHENTICATION, "ssl.ca.location",
      true },
  { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ErrorKind::AUTHORIZATION,
      "'clips'", true },
  { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ErrorKind::AUTHORIZATION,
      "ACL", true },
  { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ErrorKind::AUTHORIZATION,
      "'crew'", true },
  { RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, ErrorKind::SETTINGS, "'crew'", true },
  { RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, ErrorKind::SETTINGS,
      "session.timeout.ms", true },
  { RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, ErrorKind::SETTINGS,
      "group.instance.id", true },
  { RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, ErrorKind::SETTINGS, "'crew'", false },
  { RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, ErrorKind::SETTINGS, "'clips'", true },
  { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ErrorKind::NOT_FOUND, "'clips'",
      false },
  { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ErrorKind::NOT_FOUND, "'clips'", false },
  { RD_KAFKA_RESP_ERR__DESTROY, ErrorKind::NOT_FOUND, "'clips'", false },
  { RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ErrorKind::NOT_FOUND, "'clips'",
      false },
  { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ErrorKind::TOO_LARGE,
      "max.message.bytes", false },
  { RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ErrorKind::TOO_LARGE,
      "segment.bytes", false },
  { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, ErrorKind::LOST, "clock", false },
  { RD_KAFKA_RESP_ERR_INVALID_RECORD, ErrorKind::LOST, "cleanup.policy",
      false },
  { RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, ErrorKind::LOST, "delivery.timeout.ms",
      false },
  { RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, ErrorKind::LIBRARY, "Disk", false },
};

GST_START_TEST (test_error_says_what_to_look_at)
{
  const auto &row = kErrors[__i__];
  Error error = describe_error (row.code, "because", kContext);
  ck_assert (error.kind == row.kind);
  ck_assert_msg (error.message.find (row.names) != std::string::npos, "%s: %s",
      rd_kafka_err2name (row.code), error.message.c_str ());
}
GST_END_TEST;

GST_START_TEST (test_error_is_a_refusal_when_trying_again_cannot_help)
{
  ck_assert (is_refusal (kErrors[__i__].code) == kErrors[__i__].is_refusal);
}
GST_END_TEST;

/* ---- one code, several causes ---- */

static const struct {
  rd_kafka_resp_err_t code;
  const char *reason; /* as librdkafka 2.0.2 to 2.10 have it */
  int certificate_error;
  bool has_certificate;
  ErrorKind kind;
  const char *advice;
} kCauses[] = {
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      10, false, ErrorKind::AUTHENTICATION, "has expired" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      9, false, ErrorKind::AUTHENTICATION, "Check the clock" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      20, false, ErrorKind::AUTHENTICATION, "not trusted here" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      18, false, ErrorKind::AUTHENTICATION, "ssl.ca.location" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      62, false, ErrorKind::AUTHENTICATION, "another host name" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      64, false, ErrorKind::AUTHENTICATION, "another host name" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      23, false, ErrorKind::AUTHENTICATION, "revoked" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      79, false, ErrorKind::AUTHENTICATION, "error 79" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed",
      0, false, ErrorKind::AUTHENTICATION, "ssl.ca.location" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: wrong version number", 0,
      false, ErrorKind::AUTHENTICATION, "does not speak TLS" },
  { RD_KAFKA_RESP_ERR__SSL, "SSL routines::unexpected eof while reading", 0,
      false, ErrorKind::AUTHENTICATION, "does not speak TLS" },
  { RD_KAFKA_RESP_ERR__TRANSPORT,
      "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker "
      "listener?",
      0, false, ErrorKind::AUTHENTICATION, "does not speak TLS" },
  { RD_KAFKA_RESP_ERR__TRANSPORT,
      "Receive failed: sslv3 alert bad certificate: SSL alert number 42", 0,
      false, ErrorKind::AUTHENTICATION, "asks for a certificate" },
  { RD_KAFKA_RESP_ERR__TRANSPORT,
      "Receive failed: sslv3 alert certificate unknown: SSL alert number 46", 0,
      true, ErrorKind::AUTHENTICATION, "does not accept this client's" },
  { RD_KAFKA_RESP_ERR__TRANSPORT,
      "Disconnected while requesting ApiVersion: might be caused by incorrect "
      "security.protocol configuration (connecting to a SSL listener?)",
      0, false, ErrorKind::UNREACHABLE, "expect TLS" },
  { RD_KAFKA_RESP_ERR__TRANSPORT,
      "Disconnected: verify that security.protocol is correctly configured, "
      "broker might require SASL authentication",
      0, false, ErrorKind::AUTHENTICATION, "asks for a login" },
  { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "Unsupported SASL mechanism: broker's supported mechanisms: PLAIN", 0,
      false, ErrorKind::AUTHENTICATION, "does not offer" },
  { RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "Broker: Request not valid in current SASL state", 0, false,
      ErrorKind::AUTHENTICATION, "takes no login" },
};

GST_START_TEST (test_error_says_which_cause_it_has)
{
  const auto &row = kCauses[__i__];
  ErrorContext context = kContext;
  context.certificate_error = row.certificate_error;
  context.has_certificate = row.has_certificate;
  Error error = describe_error (row.code, row.reason, context);
  ck_assert (error.kind == row.kind);
  ck_assert_msg (error.message.find (row.advice) != std::string::npos, "%s",
      error.message.c_str ());
  ck_assert (error.message.find ("broker:9092") != std::string::npos);
  ck_assert_int_eq (error.message.back (), '.');
}
GST_END_TEST;

/* A broker that is restarted has not changed its mind. */
GST_START_TEST (test_error_of_a_broker_that_was_reached_blames_no_setting)
{
  for (const auto &cause : kCauses) {
    const std::string reason = cause.reason;
    if (reason.find ("Disconnected") == std::string::npos
        && reason.find ("unexpected eof") == std::string::npos)
      continue;
    ErrorContext context = kContext;
    context.was_reached = true;
    Error error = describe_error (cause.code, reason, context);
    ck_assert (error.kind == ErrorKind::UNREACHABLE);
    ck_assert_msg (
        g_str_has_prefix (error.message.c_str (), "No Kafka broker answers"),
        "%s", error.message.c_str ());
    ck_assert (error.detail.find (reason) != std::string::npos);
  }
}
GST_END_TEST;

/* What the broker itself says goes on to count. */
GST_START_TEST (test_error_of_a_broker_that_was_reached_may_be_a_refusal)
{
  ErrorContext context = kContext;
  context.was_reached = true;
  Error error = describe_error (RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "Authentication failed: Invalid username or password", context);
  ck_assert (error.kind == ErrorKind::AUTHENTICATION);
}
GST_END_TEST;

GST_START_TEST (test_error_does_not_repeat_a_secret)
{
  Error error = describe_error (RD_KAFKA_RESP_ERR__AUTHENTICATION,
      "Failed to acquire SASL OAUTHBEARER token: Unrecognized "
      "sasl.oauthbearer.config beginning at: hunter2",
      kContext);
  ck_assert (
      error.message.find ("sasl.oauthbearer.config") != std::string::npos);
  check_text (error.detail, "_AUTHENTICATION: (not shown)");
}
GST_END_TEST;

GST_START_TEST (test_error_of_scram_blames_a_library_that_cannot)
{
  ck_assert (is_scram_broken (0x020002ff) && is_scram_broken (0x020600ff));
  ck_assert (!is_scram_broken (0x020601ff) && !is_scram_broken (0x020800ff));
}
GST_END_TEST;

GST_START_TEST (test_error_keeps_the_words_of_the_library_in_its_detail)
{
  Error error
      = describe_error (RD_KAFKA_RESP_ERR__TRANSPORT, "because", kContext);
  check_text (error.detail, "_TRANSPORT: because");
  error = describe_error (RD_KAFKA_RESP_ERR__TRANSPORT, "", kContext);
  check_text (error.detail, "_TRANSPORT: Local: Broker transport failure");
}
GST_END_TEST;

GST_START_TEST (test_error_is_a_sentence_for_every_code)
{
  const rd_kafka_err_desc *descriptions;
  size_t count;
  rd_kafka_get_err_descs (&descriptions, &count);
  for (size_t i = 0; i < count; i++) {
    if (!descriptions[i].name)
      continue;
    Error error = describe_error (descriptions[i].code, "", kContext);
    ck_assert_int_gt (error.message.size (), 20);
    ck_assert_int_eq (error.message.back (), '.');
    ck_assert (!error.detail.empty ());
  }
}
GST_END_TEST;

static Suite *
client_errors_suite ()
{
  Suite *suite = suite_create ("client_errors");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kErrors);
  tcase_add_loop_test (tcase, test_error_says_what_to_look_at, 0, count);
  tcase_add_loop_test (
      tcase, test_error_is_a_refusal_when_trying_again_cannot_help, 0, count);
  tcase_add_loop_test (
      tcase, test_error_says_which_cause_it_has, 0, G_N_ELEMENTS (kCauses));
  tcase_add_test (
      tcase, test_error_of_a_broker_that_was_reached_blames_no_setting);
  tcase_add_test (
      tcase, test_error_of_a_broker_that_was_reached_may_be_a_refusal);
  tcase_add_test (tcase, test_error_does_not_repeat_a_secret);
  tcase_add_test (tcase, test_error_of_scram_blames_a_library_that_cannot);
  tcase_add_test (
      tcase, test_error_keeps_the_words_of_the_library_in_its_detail);
  tcase_add_test (tcase, test_error_is_a_sentence_for_every_code);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (client_errors);
