/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is wrong with the settings is said at once, without a broker. */

#include "common/failing.h"
#include "common/fake_server.h"
#include "common/log_tap.h"

#include <fstream>

using namespace kafkacheck;

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=1 sizetype=fixed ! kafkasink name=kafka "
#define SOURCE "kafkasrc name=kafka "
#define INTO " ! fakesink"

/* A value that nothing may ever show. */
#define SECRET "hunter2"

static const ErrorCase kCases[] = {
  { "sink without a topic",
      SINK, //
      GST_RESOURCE_ERROR_SETTINGS, "Set the topic" },
  { "source without a topic",
      SOURCE INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "Set the topic" },

  /* URI */
  { "sink with a URI of another kind",
      SINK "uri=http://localhost/t", //
      GST_RESOURCE_ERROR_SETTINGS, "kafka://host[:port]" },
  { "source with a password in the URI",
      SOURCE "uri=kafka://user:" SECRET "@localhost/t" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "config-file" },
  { "sink with an unknown property in the URI",
      SINK "uri=kafka://localhost/t?no-such=1", //
      GST_RESOURCE_ERROR_SETTINGS, "'no-such'" },
  { "source with a property in the URI that is out of range",
      SOURCE "uri=kafka://localhost/t?partition=-5" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "gst-inspect-1.0" },
  { "source with a sink's property in the URI",
      SOURCE "uri=kafka://localhost/t?create-topic=true" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'create-topic'" },

  /* librdkafka's settings */
  { "sink with an unknown setting",
      SINK "topic=t client-config=\"c,no.such.setting=1\"",
      GST_RESOURCE_ERROR_SETTINGS, "'no.such.setting'" },
  { "source with an unknown setting",
      SOURCE "topic=t client-config=\"c,no.such.setting=1\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "Check its name and value" },
  { "source with a group in client-config besides group-id",
      SOURCE "topic=t group-id=g client-config=\"c,group.id=h\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'group.id' cannot be set" },
  { "source that starts at the place of no group",
      SOURCE "topic=t start-position=committed" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "needs group-id" },
  { "sink with a setting that has no such value",
      SINK "topic=t client-config=\"c,acks=banana\"",
      GST_RESOURCE_ERROR_SETTINGS, "'acks'" },
  { "source with a setting that has no such value",
      SOURCE "topic=t uri=kafka://localhost/t?fetch.min.bytes=-1" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'fetch.min.bytes'" },
  { "sink with an unknown setting that sounds secret",
      SINK "topic=t client-config=\"c,no.such.password=" SECRET "\"",
      GST_RESOURCE_ERROR_SETTINGS, "'no.such.password'" },
  { "source with an unknown setting that sounds secret",
      SOURCE "uri=kafka://localhost/t?no.such.token=" SECRET INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'no.such.token'" },
  { "sink with a password in its servers",
      SINK "topic=t bootstrap-servers=kafka://user:" SECRET "@localhost",
      GST_RESOURCE_ERROR_SETTINGS, "config-file" },
  { "source with a password in the servers of client-config",
      SOURCE "topic=t client-config=\"c,bootstrap.servers=(string)\\\"u:" SECRET
             "@localhost:1\\\"\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "config-file" },
  { "source with a password behind another setting of the URI",
      SOURCE
      "uri=kafka://localhost/t?sasl.mechanism=PLAIN;sasl.password=" SECRET INTO,
      GST_RESOURCE_ERROR_SETTINGS, "what divides settings" },
  { "source whose misspelt secret is the value of another",
      SOURCE "uri=kafka://localhost/t?security.protocol=ssl;passwort=no;"
             "my.password=" SECRET INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'security.protocol'" },
  { "sink with settings that contradict each other",
      SINK "topic=t client-config=\"c,enable.idempotence=true,acks=1\"",
      GST_RESOURCE_ERROR_SETTINGS, "'acks' contradicts enable.idempotence" },
  { "sink that waits for one broker's acknowledgement only",
      SINK "topic=t client-config=\"c,request.required.acks=1\"",
      GST_RESOURCE_ERROR_SETTINGS, "enable.idempotence=false" },
  { "sink that does not try again",
      SINK "topic=t client-config=\"c,message.send.max.retries=0\"",
      GST_RESOURCE_ERROR_SETTINGS,
      "'message.send.max.retries' contradicts enable.idempotence" },
  { "sink with too many requests at a time",
      SINK "uri=kafka://localhost/t?max.in.flight=10",
      GST_RESOURCE_ERROR_SETTINGS, "set it to 5 or less" },
  { "sink with settings that contradict each other in another way",
      SINK "topic=t client-config=\"c,enable.idempotence=false,"
           "enable.gapless.guarantee=true\"",
      GST_RESOURCE_ERROR_SETTINGS, "client-config" },
  { "sink with a login of no kind",
      SINK "topic=t client-config=\"c,security.protocol=sasl_plaintext,"
           "sasl.username=" SECRET ",sasl.password=" SECRET "\"",
      GST_RESOURCE_ERROR_SETTINGS, "sasl.mechanism is not set" },
  { "source with a login of no kind",
      SOURCE "uri=kafka://localhost/t?security.protocol=sasl_plaintext" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "sasl.mechanism is not set" },
  { "source with a login of nobody",
      SOURCE "uri=kafka://localhost/t?security.protocol=sasl_plaintext&"
             "sasl.mechanism=PLAIN" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "Set sasl.username" },
  { "source with a secret that librdkafka cannot use",
      SOURCE "topic=t client-config=\"c,security.protocol=ssl,"
             "ssl.key.pem=" SECRET "\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "client-config" },
  { "sink with a setting that is its own",
      SINK "topic=t client-config=\"c,transactional.id=a\"",
      GST_RESOURCE_ERROR_SETTINGS, "'transactional.id' cannot be set" },
  { "sink that asks for no acknowledgement",
      SINK "topic=t client-config=\"c,enable.idempotence=false,acks=0\"",
      GST_RESOURCE_ERROR_SETTINGS, "Use all, or 1 with" },
  { "sink that asks for none in other words",
      SINK "uri=kafka://localhost/t?enable.idempotence=false&"
           "request.required.acks=0x0",
      GST_RESOURCE_ERROR_SETTINGS, "Use all, or 1 with" },
  { "sink that asks for none in yet others",
      SINK "topic=t client-config=\"c,enable.idempotence=false,"
           "topic.acks=(string)00\"",
      GST_RESOURCE_ERROR_SETTINGS, "Use all, or 1 with" },
  { "sink that is not told what was delivered",
      SINK "topic=t client-config=\"c,delivery.report.only.error=true\"",
      GST_RESOURCE_ERROR_SETTINGS, "Leave it out" },
  { "sink that is not told what was delivered, by a URI",
      SINK "uri=kafka://localhost/t?delivery.report.only.error=1",
      GST_RESOURCE_ERROR_SETTINGS, "Leave it out" },
  { "sink that puts the last first",
      SINK "topic=t client-config=\"c,enable.idempotence=false,"
           "queuing.strategy=lifo\"",
      GST_RESOURCE_ERROR_SETTINGS, "order of records" },
  { "sink whose reports become events",
      SINK "topic=t client-config=\"c,enabled_events=1\"",
      GST_RESOURCE_ERROR_SETTINGS, "'enabled_events' cannot be set" },
  { "source that keeps its log to itself",
      SOURCE "topic=t client-config=\"c,log.queue=true\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "'log.queue' cannot be set" },
  { "source that changes what signals do",
      SOURCE "uri=kafka://localhost/t?internal.termination.signal=9" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "up to the application" },
  { "source with a setting of its own by another name",
      SOURCE "topic=t client-config=\"c,topic.auto.offset.reset=latest\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "use start-position" },
  { "source with a setting that is its own",
      SOURCE "topic=t client-config=\"c,auto.offset.reset=latest\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "use start-position" },
  { "sink with two addresses",
      SINK
      "topic=t bootstrap-servers=a client-config=\"c,bootstrap.servers=b\"",
      GST_RESOURCE_ERROR_SETTINGS, "set one of them only" },

  /* What may come from a file only */
  { "sink that would load a program library",
      SINK "topic=t client-config=\"c,plugin.library.paths=/tmp/x.so\"",
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },
  { "source that would load a program library",
      SOURCE "uri=kafka://localhost/t?plugin.library.paths=x" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },
  { "sink that would run a command",
      SINK "topic=t client-config=\"c,sasl.kerberos.kinit.cmd=reboot\"",
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },

  { "source that would make up brokers",
      SOURCE "uri=kafka://localhost/t?test.mock.num.brokers=300" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },
  { "source that would write a file",
      SOURCE "uri=kafka://localhost/t?offset.store.path=x" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },
  { "source that would send its credentials elsewhere",
      SOURCE
      "topic=t "
      "client-config=\"c,sasl.oauthbearer.token.endpoint.url=http:/x\"" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "taken from a config-file only" },

  /* The file */
  { "sink with a config-file that is not there",
      SINK "topic=t config-file=/no/such/file", //
      GST_RESOURCE_ERROR_SETTINGS, "'/no/such/file': No such file" },
  { "source with a config-file that is a directory",
      SOURCE "topic=t config-file=/" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "'/'" },
  { "source with a config-file that never ends",
      SOURCE "topic=t config-file=/dev/zero" INTO, GST_RESOURCE_ERROR_SETTINGS,
      "'/dev/zero'" },

  /* Properties that need each other */
  { "sink with a topic-config for nothing",
      SINK "topic=t topic-config=\"t,partitions=2\"",
      GST_RESOURCE_ERROR_SETTINGS, "create-topic=true" },
  { "source with a start-position without its offset",
      SOURCE "topic=t start-position=offset" INTO, GST_RESOURCE_ERROR_SETTINGS,
      "needs start-offset" },
  { "source with a start-offset for nothing",
      SOURCE "topic=t start-offset=5" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "set both or neither" },
  { "source with a start-position without its time",
      SOURCE "topic=t start-position=time" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "needs start-time" },
  { "source with a start-time that is none",
      SOURCE "topic=t start-position=time start-time=yesterday" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "2026-01-31T12:00:00Z" },
  { "source with a start-time without a zone",
      SOURCE "topic=t start-position=time start-time=2026-01-31T12:00:00" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "2026-01-31T12:00:00Z" },
  { "source with caps that leave a choice",
      SOURCE "topic=t caps=\"video/x-raw,width=[1,9]\"" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "Give every field one value" },
  { "source with a stop-position without its offset",
      SOURCE "topic=t stop-position=offset" INTO, //
      GST_RESOURCE_ERROR_SETTINGS, "needs stop-offset" },
  { "source with a stop-time for nothing",
      SOURCE "topic=t stop-time=2026-01-31T12:00:00Z" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "set both or neither" },
  { "source with a stop-time that is none",
      SOURCE "topic=t stop-position=time stop-time=25:00" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "stop-time is '25:00'" },
  { "source that stops before it starts",
      SOURCE "topic=t start-position=offset start-offset=5 "
             "stop-position=offset stop-offset=4" INTO,
      GST_RESOURCE_ERROR_SETTINGS, "higher stop-offset" },

  /* Streams */
  { "two sinks with one stream",
      "fakesrc filltype=zero ! kafkasink name=kafka topic=t fakesrc "
      "filltype=zero ! kafkasink topic=t",
      GST_RESOURCE_ERROR_SETTINGS, "a topic, a partition or a key of its own" },
};

/* Everything that is logged, at any level, by the plugin. */
class LogWatch {
 public:
  LogWatch ()
  {
    for (const char *name : { "kafkasink", "kafkasrc", "librdkafka" })
      gst_debug_set_threshold_for_name (name, GST_LEVEL_LOG);
    gst_debug_set_active (TRUE);
  }

  bool
  has_seen (const char *text)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    return lines_.find (text) != std::string::npos;
  }

 private:
  void
  note (const char *text)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    lines_ += std::string (text) + "\n";
  }

  std::mutex mutex_; /* guards lines_ */
  std::string lines_;

  LogTap tap_{ [this] (auto *, const char *text) { note (text); } };
};

static void
check_says_nothing_of (const char *secret, const Complaint &error)
{
  ck_assert (error.text.find (secret) == std::string::npos);
  ck_assert (error.debug.find (secret) == std::string::npos);
}

GST_START_TEST (test_wrong_setting_is_one_error_with_advice)
{
  LogWatch log;
  FailingPipeline pipeline (kCases[__i__]);
  check_says_nothing_of (SECRET, pipeline.check ());
  ck_assert (!log.has_seen (SECRET));
}
GST_END_TEST;

struct FileCase {
  const char *name;
  const char *content;
  const char *advice;
};

static const FileCase kFiles[] = {
  { "a line without a value", "acks=all\nlinger.ms\n", "Line 2 of" },
  { "a line without a name", "=5\n", "Line 1 of" },
  { "not text", "\001\002\003", "Line 1 of" },
  { "an unknown setting", "no.such.setting=1\n", "'no.such.setting'" },
  { "an unknown secret", "no.such.password=" SECRET "\n",
      "'no.such.password'" },
  { "a password behind a colon", "sasl.password: " SECRET "==\n", "Line 1 of" },
  { "a password behind another setting",
      "sasl.mechanism=PLAIN sasl.password=" SECRET "\n", "'sasl.mechanism'" },
  { "a login in front of a host", "bootstrap.servers=u:" SECRET "@localhost\n",
      "sasl.password" },
  { "a setting that is the element's own, by another name",
      "topic.enable.auto.commit=true\n", "'enable.auto.commit'" },
  { "a setting that is the element's own",
      "# mine\nenable.partition.eof=true\n", "'enable.partition.eof'" },
};

GST_START_TEST (test_wrong_config_file_is_one_error_with_advice)
{
  const FileCase &c = kFiles[__i__];
  LogWatch log;
  std::string path = scratch_directory () + "/client.conf";
  std::ofstream (path) << c.content;
  const ErrorCase error_case = { c.name, SOURCE "topic=t" INTO,
    GST_RESOURCE_ERROR_SETTINGS, c.advice };
  FailingPipeline pipeline (error_case, "config-file=" + path);
  Complaint error = pipeline.check ();
  check_says_nothing_of (SECRET, error);
  ck_assert (!log.has_seen (SECRET));
}
GST_END_TEST;

static const struct {
  const char *variable, *value, *name;
} kVariables[] = {
  { "GST_KAFKA_CONFIG_FOO_BAR", "1", "'foo.bar'" },
  { "GST_KAFKA_CONFIG_LINGER_MS", "abc", "'linger.ms'" },
  { "GST_KAFKA_CONFIG_LOG_QUEUE", "true", "'log.queue'" },
  { "GST_KAFKA_CONFIG_TOPIC_ACKS", "1", "'acks'" },
};

GST_START_TEST (test_wrong_variable_of_the_environment_is_named)
{
  const auto &row = kVariables[__i__];
  g_setenv (row.variable, row.value, TRUE);
  const std::string advice
      = std::string (row.name) + " (" + row.variable + " of the environment)";
  const ErrorCase error_case = { row.variable, SINK "topic=t",
    GST_RESOURCE_ERROR_SETTINGS, advice.c_str () };
  FailingPipeline (error_case).check ();
  /* Under a checker all tests are one process. */
  g_unsetenv (row.variable);
}
GST_END_TEST;

/* Used, not shown: neither in the log, nor where anybody can read it. */
GST_START_TEST (test_secret_in_use_is_shown_nowhere)
{
  LogWatch log;
  FakeServer server;
  for (const char *text : { SINK, SOURCE INTO }) {
    Pipeline pipeline (text);
    ElementPtr element = pipeline.element ("kafka");
    gst_util_set_object_arg (G_OBJECT (element.get ()), "client-config",
        "c,security.protocol=sasl_plaintext,sasl.mechanism=PLAIN,"
        "sasl.username=" SECRET ",sasl.password=" SECRET ",debug=all");
    g_object_set (element.get (), "topic", "t", "bootstrap-servers",
        server.address ().c_str (), nullptr);
    pipeline.set_state (GST_STATE_PLAYING);
    server.wait_for_client ();

    gchar *dot = gst_debug_bin_to_dot_data (
        GST_BIN (pipeline.get ()), GST_DEBUG_GRAPH_SHOW_VERBOSE);
    ck_assert_msg (!strstr (dot, SECRET), "%s", dot);
    g_free (dot);
    gchar *uri = nullptr;
    GstStructure *config = nullptr;
    g_object_get (
        element.get (), "uri", &uri, "client-config", &config, nullptr);
    ck_assert (uri && !strstr (uri, SECRET));
    gchar *shown = gst_structure_to_string (config);
    ck_assert (strstr (shown, "sasl.mechanism") && !strstr (shown, SECRET));
    g_free (shown);
    gst_structure_free (config);
    g_free (uri);
  }
  ck_assert (log.has_seen ("sasl.mechanism"));
  ck_assert (!log.has_seen (SECRET));
}
GST_END_TEST;

/* Nothing is kept of a failed start: the same element works afterwards. */
GST_START_TEST (test_element_starts_once_the_setting_is_right)
{
  FakeServer server;
  for (const char *text : { SINK, SOURCE INTO }) {
    Pipeline pipeline (text);
    ElementPtr element = pipeline.element ("kafka");
    ck_assert (!pipeline.set_state (GST_STATE_PAUSED));
    g_object_set (element.get (), "topic", "t", "bootstrap-servers",
        server.address ().c_str (), nullptr);
    ck_assert (pipeline.set_state (GST_STATE_PAUSED));
    pipeline.set_state (GST_STATE_NULL);
  }
}
GST_END_TEST;

static Suite *
settings_errors_suite ()
{
  Suite *suite = suite_create ("settings errors");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (tcase, test_wrong_setting_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kCases));
  tcase_add_loop_test (tcase, test_wrong_config_file_is_one_error_with_advice,
      0, G_N_ELEMENTS (kFiles));
  tcase_add_loop_test (tcase, test_wrong_variable_of_the_environment_is_named,
      0, G_N_ELEMENTS (kVariables));
  tcase_add_test (tcase, test_secret_in_use_is_shown_nowhere);
  tcase_add_test (tcase, test_element_starts_once_the_setting_is_right);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (settings_errors);
