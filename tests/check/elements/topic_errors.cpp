/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a broker has to say of a topic: names, partitions, sizes, creation. */

#include "common/broker.h"
#include "common/failing.h"
#include "common/stopping.h"
#include "common/trip.h"

using namespace kafkacheck;

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed ! kafkasink name=kafka "
#define SOURCE "kafkasrc name=kafka "
#define INTO " ! fakesink"

/* A name of 250 characters, one too many. */
#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN
#define TOO_LONG FIFTY FIFTY FIFTY FIFTY FIFTY

static const ErrorCase kNames[] = {
  { "sink with a blank in the topic's name",
      SINK "topic=\"a b\"", //
      GST_RESOURCE_ERROR_SETTINGS, "use up to 249 letters" },
  { "source with a blank in the topic's name",
      SOURCE "topic=\"a b\"" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "use up to 249 letters" },
  { "sink with a slash in the topic's name",
      SINK "topic=a/b", //
      GST_RESOURCE_ERROR_SETTINGS, "'a/b' is no valid name" },
  { "source with a topic called ..",
      SOURCE "topic=.." INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "'..' is no valid name" },
  { "sink with a name too long",
      SINK "topic=" TOO_LONG, //
      GST_RESOURCE_ERROR_SETTINGS, "use up to 249 letters" },
  { "source with a name too long",
      SOURCE "topic=" TOO_LONG INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "use up to 249 letters" },
  { "source with a name that is no ASCII",
      SOURCE "topic=pr\303\274fung" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "is no valid name" },
};

static std::string
at_broker (const std::string &topic = "")
{
  std::string text = std::string ("bootstrap-servers=") + bootstrap_servers ();
  return topic.empty () ? text : text + " topic=" + topic;
}

GST_START_TEST (test_invalid_topic_name_is_one_error_with_advice)
{
  FailingPipeline (kNames[__i__], at_broker ()).check ();
}
GST_END_TEST;

static const ErrorCase kPartitions[] = {
  { "sink with a partition that is not there",
      SINK "partition=2", //
      GST_RESOURCE_ERROR_NOT_FOUND, "has no partition 2: it has 2" },
  { "source with a partition that is not there",
      SOURCE "partition=7" INTO, //
      GST_RESOURCE_ERROR_NOT_FOUND, "Set another partition or add some" },
  { "sink with a key and a partition that is not there",
      SINK "key=k partition=2", //
      GST_RESOURCE_ERROR_NOT_FOUND, "has no partition 2" },
};

GST_START_TEST (test_partition_beyond_the_last_is_one_error_with_advice)
{
  Topic topic (2);
  FailingPipeline (kPartitions[__i__], at_broker (topic.name ())).check ();
}
GST_END_TEST;

/* ---- sizes ---- */

#define LARGE                                                                  \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed sizemax=20000 ! "        \
  "kafkasink name=kafka "

static const struct {
  Pairs limits; /* of the topic */
  ErrorCase error;
} kSizes[] = {
  { { { "max.message.bytes", "200" } },
      { "sink whose headers alone are more than the topic takes", LARGE,
          GST_RESOURCE_ERROR_WRITE, "not even in chunks" } },
  { { { "max.message.bytes", "1000000" } },
      { "sink whose headers alone are more than max-record-size",
          LARGE "max-record-size=200", //
          GST_RESOURCE_ERROR_WRITE, "max-record-size" } },
  { { { "max.message.bytes", "1000000" } },
      { "sink with a max-record-size for nothing",
          LARGE "max-record-size=1", //
          GST_RESOURCE_ERROR_WRITE, "max-record-size" } },
  { { { "max.message.bytes", "1000000" } },
      { "sink with a queue in librdkafka for nothing",
          LARGE "client-config=c,queue.buffering.max.kbytes=1", //
          GST_RESOURCE_ERROR_SETTINGS, "queue.buffering.max.kbytes" } },
  { { { "max.message.bytes", "10000" } },
      { "sink with a max-record-size that the topic does not take",
          LARGE "max-record-size=50000", //
          GST_RESOURCE_ERROR_WRITE, "Raise max.message.bytes of the topic" } },
  { { { "max.message.bytes", "2000000" }, { "segment.bytes", "1048576" } },
      { "sink with a max-record-size beyond a segment",
          "fakesrc filltype=zero num-buffers=1 sizetype=fixed sizemax=1048600 "
          "! kafkasink name=kafka max-record-size=1900000 ",
          GST_RESOURCE_ERROR_WRITE, "Raise segment.bytes of the topic" } },
};

GST_START_TEST (test_buffer_that_cannot_be_cut_is_one_error_with_advice)
{
  const auto &c = kSizes[__i__];
  Topic topic (1, c.limits);
  FailingPipeline pipeline (c.error, at_broker (topic.name ()));
  std::string text = pipeline.check ().text;
  ck_assert_msg (
      text.find ("Lost: ") != std::string::npos, "%s", text.c_str ());
  ck_assert_int_eq (read_log (topic.name ()).size (), 0);
}
GST_END_TEST;

/* ---- what else a topic may refuse ---- */

static const struct {
  Pairs config; /* of the topic */
  ErrorCase error;
} kRefusals[] = {
  { { { "cleanup.policy", "compact" } },
      { "sink without a key for a compacted topic",
          SINK, //
          GST_RESOURCE_ERROR_WRITE, "set its cleanup.policy to delete" } },
  { { { "message.timestamp.before.max.ms", "0" } },
      { "sink that is late by the topic's clock",
          SINK, //
          GST_RESOURCE_ERROR_WRITE, "Check the clock of this machine" } },
};

GST_START_TEST (test_record_that_a_topic_refuses_is_one_error_with_advice)
{
  const auto &c = kRefusals[__i__];
  Topic topic (1, c.config);
  FailingPipeline (c.error, at_broker (topic.name ())).check ();
}
GST_END_TEST;

static const struct {
  const char *policy;
  bool is_compacted;
} kPolicies[] = {
  { "delete", false },
  { "compact", true },
  { "compact,delete", true },
};

GST_START_TEST (test_kafkasink_warns_of_a_compacted_topic)
{
  const auto &c = kPolicies[__i__];
  Topic topic (1, { { "cleanup.policy", c.policy } });
  Pipeline pipeline (SINK "key=k " + at_broker (topic.name ()));
  ck_assert (pipeline.run () == Pipeline::Ending::EOS);
  const auto &warnings = pipeline.warnings ();
  ck_assert_uint_eq (warnings.size (), c.is_compacted);
  for (const auto &warning : warnings)
    ck_assert_msg (warning.text.find ("cleanup.policy") != std::string::npos,
        "%s", warning.text.c_str ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_sends_however_small_a_batch_is)
{
  Topic topic;
  Pipeline pipeline (
      LARGE "client-config=c,batch.size=1 " + at_broker (topic.name ()));
  ck_assert (pipeline.run () == Pipeline::Ending::EOS);
  ck_assert_int_eq (read_log (topic.name ()).size (), 4);
}
GST_END_TEST;

/* What came before it is there, in full. */
GST_START_TEST (test_buffers_before_a_refused_one_are_delivered)
{
  Topic topic;
  Pipeline pipeline (
      "fakesrc filltype=zero name=data num-buffers=100 sizetype=fixed "
      "sizemax=1000 ! "
      + sink_text (topic.name ()));
  ElementPtr data = pipeline.element ("data");
  PadPtr pad (gst_element_get_static_pad (data.get (), "src"));
  static int count = 0;
  gst_pad_add_probe (
      pad.get (), GST_PAD_PROBE_TYPE_BUFFER,
      [] (GstPad *, GstPadProbeInfo *info, gpointer) {
        if (++count == 50) {
          /* Nobody touches it, so it costs nothing. */
          constexpr gsize too_much = 600 * 1024 * 1024;
          GstBuffer *large
              = gst_buffer_new_allocate (nullptr, too_much, nullptr);
          gst_buffer_unref (GST_PAD_PROBE_INFO_BUFFER (info));
          info->data = large;
        }
        return GST_PAD_PROBE_OK;
      },
      nullptr, nullptr);
  ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
  check_stop (pipeline, "sink with a buffer that is refused in the middle");
  auto records = read_log (topic.name ());
  ck_assert_int_eq (records.size (), 49);
  for (size_t i = 0; i < records.size (); i++)
    check_text (records[i].header ("gst.seq").value (), std::to_string (i));
}
GST_END_TEST;

GST_START_TEST (test_buffer_of_exactly_the_limit_is_delivered)
{
  /* The headers, generously. */
  Topic topic (1, { { "max.message.bytes", "21000" } });
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=3 sizetype=fixed sizemax=20000 ! "
      + sink_text (topic.name ()));
  pipeline.run_to_eos ();
  ck_assert_int_eq (read_log (topic.name ()).size (), 4);
}
GST_END_TEST;

/* ---- creation ---- */

static const ErrorCase kCreations[] = {
  { "topic of no partitions",
      SINK "create-topic=true topic-config=\"t,partitions=0\"",
      GST_RESOURCE_ERROR_SETTINGS, "Check topic-config" },
  { "topic of a number of partitions that is none",
      SINK "create-topic=true topic-config=\"t,partitions=many\"",
      GST_RESOURCE_ERROR_SETTINGS, "Check topic-config" },
  { "topic with more copies than there are brokers",
      SINK "create-topic=true topic-config=\"t,replication-factor=1000\"",
      GST_RESOURCE_ERROR_SETTINGS, "Check topic-config" },
  { "topic with an unknown setting",
      SINK "create-topic=true topic-config=\"t,no.such.setting=1\"",
      GST_RESOURCE_ERROR_SETTINGS, "Check topic-config" },
  { "topic with a setting that has no such value",
      SINK "create-topic=true topic-config=\"t,cleanup.policy=banana\"",
      GST_RESOURCE_ERROR_SETTINGS, "Check topic-config" },
};

GST_START_TEST (test_impossible_topic_config_is_one_error_with_advice)
{
  FailingPipeline (kCreations[__i__], at_broker (unused_topic_name ()))
      .check ();
}
GST_END_TEST;

/* The new topic's own limit proves the setting. */
GST_START_TEST (test_create_topic_makes_it_as_topic_config_says)
{
  std::string name = unused_topic_name ();
  const std::string created
      = "create-topic=true partition=2 topic-config=\"t,partitions=3,"
        "replication-factor=1,max.message.bytes=10000\"";
  Pipeline small (
      "fakesrc filltype=zero num-buffers=3 sizetype=fixed sizemax=1000 ! "
      + sink_text (name, created));
  small.run_to_eos ();
  ck_assert_int_eq (read_log (name, 2).size (), 4);

  const ErrorCase beyond = { "sink beyond what topic-config asked for",
    SINK "partition=3", //
    GST_RESOURCE_ERROR_NOT_FOUND, "it has 3" };
  FailingPipeline (beyond, at_broker (name)).check ();
  Pipeline large (LARGE + at_broker (name));
  large.run_to_eos ();
  ck_assert_int_gt (stat (large.element ("kafka").get (), "chunks"), 0);
}
GST_END_TEST;

/* Two at once, or again: one makes it, both write. */
GST_START_TEST (test_create_topic_takes_a_topic_that_is_there)
{
  std::string name = unused_topic_name ();
  const std::string created
      = " ! " + sink_text (name, "create-topic=true key=");
  Pipeline one (
      "fakesrc filltype=zero num-buffers=3 sizetype=fixed" + created + "one");
  Pipeline two (
      "fakesrc filltype=zero num-buffers=3 sizetype=fixed" + created + "two");
  one.set_state (GST_STATE_PLAYING);
  two.set_state (GST_STATE_PLAYING);
  ck_assert (one.wait_for_end () == Pipeline::Ending::EOS);
  ck_assert (two.wait_for_end () == Pipeline::Ending::EOS);
  ck_assert_int_eq (read_log (name).size (), 8);
}
GST_END_TEST;

static Suite *
topic_errors_suite ()
{
  Suite *suite = suite_create ("topic errors");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (tcase, test_invalid_topic_name_is_one_error_with_advice,
      0, G_N_ELEMENTS (kNames));
  tcase_add_loop_test (tcase,
      test_partition_beyond_the_last_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kPartitions));
  tcase_add_loop_test (tcase,
      test_buffer_that_cannot_be_cut_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kSizes));
  tcase_add_loop_test (tcase,
      test_record_that_a_topic_refuses_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kRefusals));
  tcase_add_loop_test (tcase, test_kafkasink_warns_of_a_compacted_topic, 0,
      G_N_ELEMENTS (kPolicies));
  tcase_add_test (tcase, test_kafkasink_sends_however_small_a_batch_is);
  tcase_add_test (tcase, test_buffers_before_a_refused_one_are_delivered);
  tcase_add_test (tcase, test_buffer_of_exactly_the_limit_is_delivered);
  tcase_add_loop_test (tcase,
      test_impossible_topic_config_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kCreations));
  tcase_add_test (tcase, test_create_topic_makes_it_as_topic_config_says);
  tcase_add_test (tcase, test_create_topic_takes_a_topic_that_is_there);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (topic_errors)
