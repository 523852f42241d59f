/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the broker's ACLs do not allow, at the start and later. */

#include "common/failing.h"
#include "common/trip.h"
#include "pipelines/security.h"

#include <list>

using namespace kafkacheck;

#define SETTINGS                                                               \
  "security.protocol=sasl_plaintext\nsasl.mechanism=PLAIN\n"                   \
  "sasl.username=paula\nsasl.password=paulasword\n"

static Permission
may (rd_kafka_AclOperation_t operation, const std::string &topic)
{
  return { RD_KAFKA_RESOURCE_TOPIC, topic, operation };
}

static Permission
may_use (const std::string &group)
{
  return { RD_KAFKA_RESOURCE_GROUP, group, RD_KAFKA_ACL_OPERATION_READ,
    RD_KAFKA_RESOURCE_PATTERN_PREFIXED };
}

/* ---- at the start ---- */

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed ! kafkasink name=kafka"
#define SOURCE "kafkasrc name=kafka ! fakesink"

/* The topic exists, and `allowed` is what paula may do with it. */
static const struct {
  const char *name;
  const char *pipeline;
  const char *properties;
  std::vector<rd_kafka_AclOperation_t> allowed;
  const char *advice;
} kDenials[] = {
  { "sink that may do nothing", SINK, "", {}, "WRITE" },
  { "source that may do nothing", SOURCE, "", {}, "READ for kafkasrc" },
  { "sink that may not write", SINK, "", { RD_KAFKA_ACL_OPERATION_DESCRIBE },
      "WRITE" },
  { "sink that may not write, not idempotent", SINK,
      "client-config=\"c,enable.idempotence=false\"",
      { RD_KAFKA_ACL_OPERATION_DESCRIBE }, "WRITE for kafkasink" },
  { "sink that may read only", SINK, "", { RD_KAFKA_ACL_OPERATION_READ },
      "WRITE" },
  { "source that may not read", SOURCE, "", { RD_KAFKA_ACL_OPERATION_DESCRIBE },
      "READ for kafkasrc" },
  { "source that may write only", SOURCE, "", { RD_KAFKA_ACL_OPERATION_WRITE },
      "READ for kafkasrc" },
  { "source that may not use its group", SOURCE, "group-id=private",
      { RD_KAFKA_ACL_OPERATION_READ }, "group 'private" },
};

GST_START_TEST (test_denial_is_one_error_that_says_what_is_missing)
{
  std::list<Topic> topics;
  std::list<ErrorCase> cases;
  std::list<FailingPipeline> pipelines;
  for (const auto &row : kDenials) {
    topics.emplace_back ();
    const std::string &topic = topics.back ().name ();
    for (auto operation : row.allowed)
      allow (kPlainUser, may (operation, topic));
    cases.push_back ({ row.name, row.pipeline,
        GST_RESOURCE_ERROR_NOT_AUTHORIZED, row.advice });
    pipelines.emplace_back (cases.back (),
        by_file ("OPEN", SETTINGS) + " topic=" + topic + " " + row.properties);
  }
  for (auto &pipeline : pipelines)
    pipeline.check ();
}
GST_END_TEST;

GST_START_TEST (test_denied_creation_is_one_error_that_says_so)
{
  std::string topic = unused_topic_name ();
  const ErrorCase c = { "sink that may not make its topic", SINK,
    GST_RESOURCE_ERROR_NOT_AUTHORIZED, "could not be created" };
  allow (kPlainUser, may (RD_KAFKA_ACL_OPERATION_WRITE, topic));
  FailingPipeline (
      c, by_file ("OPEN", SETTINGS) + " create-topic=true topic=" + topic)
      .check ();
}
GST_END_TEST;

GST_START_TEST (test_allowed_creation_needs_no_more)
{
  std::string topic = unused_topic_name ();
  allow (kPlainUser, may (RD_KAFKA_ACL_OPERATION_WRITE, topic));
  allow (kPlainUser, may (RD_KAFKA_ACL_OPERATION_CREATE, topic));
  Captured in = publish ("fakesrc filltype=zero num-buffers=3 sizetype=fixed",
      topic, by_file ("OPEN", SETTINGS) + " create-topic=true");
  ck_assert_int_eq (read_log (topic).size (), 4); /* and EOS */
}
GST_END_TEST;

/* ---- later ---- */

static void
check_denied (Pipeline &pipeline, const char *element, const char *advice)
{
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::ERROR);
  const Complaint &error = pipeline.errors ().front ();
  g_print ("%s\n", error.text.c_str ());
  check_text (error.element, element);
  ck_assert_msg (error.domain == GST_RESOURCE_ERROR
                     && error.code == GST_RESOURCE_ERROR_NOT_AUTHORIZED
                     && error.text.find (advice) != std::string::npos,
      "%s", pipeline.describe ().c_str ());
}

GST_START_TEST (test_sink_that_is_denied_later_says_what_is_lost)
{
  Topic topic;
  Permission write = may (RD_KAFKA_ACL_OPERATION_WRITE, topic.name ());
  allow (kPlainUser, write);
  Pipeline pipeline ("audiotestsrc is-live=true ! "
                     + sink_text (topic.name (), by_file ("OPEN", SETTINGS)));
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  ElementPtr sink = pipeline.element ("sink");
  ck_assert_msg (wait_until ([&] { return stat (sink.get (), "records") > 0; }),
      "%s", pipeline.describe ().c_str ());
  take_back (kPlainUser, write);
  check_denied (pipeline, "sink", "Lost: ");
}
GST_END_TEST;

GST_START_TEST (test_source_that_is_denied_later_says_so)
{
  Topic topic;
  Permission read = may (RD_KAFKA_ACL_OPERATION_READ, topic.name ());
  allow (kPlainUser, read);
  publish ("fakesrc filltype=zero num-buffers=3 sizetype=fixed", topic.name (),
      "eos-record=false");
  Player player (topic.name (), by_file ("OPEN", SETTINGS));
  player.start ();
  player.capture ().wait_for_buffers (3);
  take_back (kPlainUser, read);
  check_denied (player.pipeline (), "source", "denies access to topic");
}
GST_END_TEST;

GST_START_TEST (test_source_whose_group_is_denied_later_says_so)
{
  Topic topic;
  std::string group = unused_group_name ();
  allow (kPlainUser, may (RD_KAFKA_ACL_OPERATION_READ, topic.name ()));
  /* For the place, and for the turns: the names begin alike. */
  allow (kPlainUser, may_use (group));
  publish ("fakesrc filltype=zero num-buffers=3 sizetype=fixed", topic.name (),
      "eos-record=false");
  Player player (topic.name (), by_file ("OPEN", SETTINGS) + " group-id="
                                    + group + " commit-interval=10000000");
  player.start ();
  player.capture ().wait_for_buffers (3);
  take_back (kPlainUser, may_use (group));
  check_denied (
      player.pipeline (), "source", "denies access to the consumer group");
}
GST_END_TEST;

TCase *
security_denial_tests ()
{
  TCase *tcase = tcase_create ("denial");
  tcase_add_test (tcase, test_denial_is_one_error_that_says_what_is_missing);
  tcase_add_test (tcase, test_denied_creation_is_one_error_that_says_so);
  tcase_add_test (tcase, test_allowed_creation_needs_no_more);
  tcase_add_test (tcase, test_sink_that_is_denied_later_says_what_is_lost);
  tcase_add_test (tcase, test_source_that_is_denied_later_says_so);
  tcase_add_test (tcase, test_source_whose_group_is_denied_later_says_so);
  return tcase;
}
