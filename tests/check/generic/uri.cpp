/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One line that says what the properties say: URI and properties in step, and
 * the interface by which others find the elements. */

#include "common/fake_server.h"
#include "common/pipeline.h"

#include <set>

using namespace kafkacheck;

static ElementPtr
make (const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, nullptr);
  ck_assert_msg (element != nullptr, "there is no %s", factory);
  gst_object_ref_sink (element);
  return ElementPtr (element);
}

static std::string
text_of (const ElementPtr &element, const char *name)
{
  gchar *text = nullptr;
  g_object_get (element.get (), name, &text, nullptr);
  std::string out = text ? text : "";
  g_free (text);
  return out;
}

static void
set_arg (const ElementPtr &element, const char *name, const char *value)
{
  gst_util_set_object_arg (G_OBJECT (element.get ()), name, value);
}

/* ---- the same, said in two ways ---- */

struct InStep {
  const char *element;
  const char *property, *value;
  const char *uri;
};

/* All with topic=t; the URI as it is given back. */
static const InStep kInStep[] = {
  { "kafkasink", "bootstrap-servers", "one:9092,two",
      "kafka://one:9092,two/t" },
  { "kafkasink", "topic", "a.b_c-d", "kafka://localhost:9092/a.b_c-d" },
  { "kafkasink", "key", "cam 1&2", "kafka://localhost:9092/t?key=cam%201%262" },
  { "kafkasink", "partition", "3", "kafka://localhost:9092/t?partition=3" },
  { "kafkasink", "config-file", "/a/b",
      "kafka://localhost:9092/t?config-file=%2Fa%2Fb" },
  { "kafkasink", "client-config", "c,linger.ms=(string)5",
      "kafka://localhost:9092/t?linger.ms=5" },
  { "kafkasink", "max-queue-bytes", "1000",
      "kafka://localhost:9092/t?max-queue-bytes=1000" },
  { "kafkasink", "max-queue-time", "1",
      "kafka://localhost:9092/t?max-queue-time=1" },
  { "kafkasink", "leaky", "upstream",
      "kafka://localhost:9092/t?leaky=upstream" },
  { "kafkasink", "max-record-size", "1000",
      "kafka://localhost:9092/t?max-record-size=1000" },
  { "kafkasink", "caps-interval", "0",
      "kafka://localhost:9092/t?caps-interval=0" },
  { "kafkasink", "eos-record", "false",
      "kafka://localhost:9092/t?eos-record=false" },
  { "kafkasink", "delivery-messages", "true",
      "kafka://localhost:9092/t?delivery-messages=true" },
  { "kafkasink", "create-topic", "true",
      "kafka://localhost:9092/t?create-topic=true" },
  { "kafkasrc", "bootstrap-servers", "[::1]:9092", "kafka://[::1]:9092/t" },
  { "kafkasrc", "topic", "u", "kafka://localhost:9092/u" },
  { "kafkasrc", "key", "cam1", "kafka://localhost:9092/t?key=cam1" },
  { "kafkasrc", "partition", "3", "kafka://localhost:9092/t?partition=3" },
  { "kafkasrc", "client-config", "c,fetch.min.bytes=(string)5",
      "kafka://localhost:9092/t?fetch.min.bytes=5" },
  { "kafkasrc", "start-position", "latest",
      "kafka://localhost:9092/t?start-position=latest" },
  { "kafkasrc", "start-offset", "5",
      "kafka://localhost:9092/t?start-offset=5" },
  { "kafkasrc", "start-time", "2026-01-31T12:00:00Z",
      "kafka://localhost:9092/t?start-time=2026-01-31T12:00:00Z" },
  { "kafkasrc", "stop-position", "end",
      "kafka://localhost:9092/t?stop-position=end" },
  { "kafkasrc", "stop-offset", "5", "kafka://localhost:9092/t?stop-offset=5" },
  { "kafkasrc", "stop-time", "2026-01-31T12:00:00Z",
      "kafka://localhost:9092/t?stop-time=2026-01-31T12:00:00Z" },
  { "kafkasrc", "eos-policy", "always",
      "kafka://localhost:9092/t?eos-policy=always" },
};

GST_START_TEST (test_uri_says_what_the_property_says)
{
  const InStep &c = kInStep[__i__];
  ElementPtr element = make (c.element);
  set_arg (element, "topic", "t");
  set_arg (element, c.property, c.value);
  check_text (text_of (element, "uri"), c.uri);
}
GST_END_TEST;

GST_START_TEST (test_property_says_what_the_uri_says)
{
  const InStep &c = kInStep[__i__];
  ElementPtr element = make (c.element), other = make (c.element);
  set_arg (other, "uri", c.uri);
  set_arg (element, c.property, c.value);
  GParamSpec *pspec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (element.get ()), c.property);
  GValue a = G_VALUE_INIT, b = G_VALUE_INIT;
  g_value_init (&a, G_PARAM_SPEC_VALUE_TYPE (pspec));
  g_value_init (&b, G_PARAM_SPEC_VALUE_TYPE (pspec));
  g_object_get_property (G_OBJECT (element.get ()), c.property, &a);
  g_object_get_property (G_OBJECT (other.get ()), c.property, &b);
  ck_assert_int_eq (gst_value_compare (&a, &b), GST_VALUE_EQUAL);
  g_value_unset (&a);
  g_value_unset (&b);
}
GST_END_TEST;

static void
note_name (GObject *, GParamSpec *pspec, gpointer names)
{
  static_cast<std::multiset<std::string> *> (names)->insert (pspec->name);
}

GST_START_TEST (test_setting_either_tells_of_both)
{
  const InStep &c = kInStep[__i__];
  ElementPtr element = make (c.element);
  set_arg (element, "topic", "t");
  std::multiset<std::string> names;
  g_signal_connect (element.get (), "notify", G_CALLBACK (note_name), &names);

  set_arg (element, c.property, c.value);
  ck_assert_int_eq (names.count (c.property), 1);
  ck_assert_int_eq (names.count ("uri"), 1);

  set_arg (element, "uri", "kafka://localhost:9092/t");
  names.clear ();
  set_arg (element, "uri", c.uri);
  ck_assert_int_eq (names.count (c.property), 1);
  ck_assert_int_eq (names.count ("uri"), 1);
}
GST_END_TEST;

/* A URI is the whole truth: what an earlier one said does not stay. */
GST_START_TEST (test_new_uri_forgets_the_one_before)
{
  const InStep &c = kInStep[__i__];
  ElementPtr element = make (c.element);
  set_arg (element, "uri", c.uri);
  set_arg (element, "uri", "kafka://other:1/v");
  check_text (text_of (element, "uri"), "kafka://other:1/v");
}
GST_END_TEST;

GST_START_TEST (test_element_without_topic_has_no_uri)
{
  for (const char *name : { "kafkasink", "kafkasrc" })
    check_text (text_of (make (name), "uri"), "");
}
GST_END_TEST;

GST_START_TEST (test_uri_never_shows_a_secret)
{
  static const char *const secrets[] = { "sasl.password", "sasl.username",
    "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "ssl.ca.pem",
    "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret" };
  for (const char *name : { "kafkasink", "kafkasrc" }) {
    for (const char *secret : secrets) {
      ElementPtr element = make (name);
      std::string uri
          = std::string ("kafka://host/t?linger.ms=1&") + secret + "=hunter2";
      set_arg (element, "uri", uri.c_str ());
      check_text (text_of (element, "uri"), "kafka://host/t?linger.ms=1");
      GstStructure *config = nullptr;
      g_object_get (element.get (), "client-config", &config, nullptr);
      ck_assert_int_eq (gst_structure_n_fields (config), 1);
      gst_structure_free (config);
    }
  }
}
GST_END_TEST;

/* Also of what is misspelt; and an '&' that was not escaped cuts one in two. */
GST_START_TEST (test_uri_with_half_a_secret_shows_nothing_of_it)
{
  static const char *const uris[] = {
    "kafka://host/t?Sasl.Password=hunter2",
    "kafka://host/t?sasl.password=hun&hunter2=x",
    "kafka://host/t?sasl.password=hun&hunter2.ter=x",
    "kafka://host/t?sasl.password=hun&partition=hunter2",
    "kafka://host/t?sasl.mechanism=PLAIN;sasl.password=hunter2",
    "kafka://host/t?partition=0;sasl.password=hunter2",
  };
  for (const char *uri : uris) {
    Pipeline pipeline ("kafkasrc name=kafka ! fakesink");
    ElementPtr element = pipeline.element ("kafka");
    set_arg (element, "uri", uri);
    ck_assert (text_of (element, "uri").find ("hun") == std::string::npos);
    ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
    const Complaint &error = pipeline.errors ()[0];
    ck_assert_int_eq (error.code, GST_RESOURCE_ERROR_SETTINGS);
    ck_assert_msg (
        (error.text + error.debug).find ("hunter2") == std::string::npos, "%s",
        error.text.c_str ());
  }
}
GST_END_TEST;

/* The start refuses it; until then nobody reads it. */
GST_START_TEST (test_password_in_the_servers_is_not_shown)
{
  for (const char *name : { "kafkasink", "kafkasrc" }) {
    ElementPtr element = make (name);
    set_arg (element, "topic", "t");
    set_arg (element, "bootstrap-servers", "user:hunter2@host:1");
    check_text (text_of (element, "bootstrap-servers"), "(not shown)");
    check_text (text_of (element, "uri"), "");

    element = make (name);
    GstStructure *config = gst_structure_new ("c", "bootstrap.servers",
        G_TYPE_STRING, "user:hunter2@host:1", "sasl.mechanism", G_TYPE_STRING,
        "PLAIN;sasl.password=hunter2", "linger.ms", G_TYPE_STRING, "5",
        nullptr);
    g_object_set (
        element.get (), "topic", "t", "client-config", config, nullptr);
    gst_structure_free (config);
    check_text (
        text_of (element, "uri"), "kafka://localhost:9092/t?linger.ms=5");
    g_object_get (element.get (), "client-config", &config, nullptr);
    ck_assert_int_eq (gst_structure_n_fields (config), 1);
    gst_structure_free (config);
  }
}
GST_END_TEST;

GST_START_TEST (test_no_uri_takes_back_what_the_one_before_has_set)
{
  for (const char *name : { "kafkasink", "kafkasrc" }) {
    ElementPtr element = make (name);
    set_arg (element, "topic", "mine");
    g_object_set (element.get (), "uri", nullptr, nullptr);
    check_text (text_of (element, "topic"), "mine");

    set_arg (element, "uri", "kafka://other:1/t?partition=3&linger.ms=5");
    set_arg (element, "key", "k");
    g_object_set (element.get (), "uri", nullptr, nullptr);
    check_text (text_of (element, "uri"), "");
    check_text (text_of (element, "topic"), "");
    set_arg (element, "topic", "t");
    check_text (text_of (element, "uri"), "kafka://localhost:9092/t?key=k");
  }
}
GST_END_TEST;

/* The last word on an address counts, as with any property. */
GST_START_TEST (test_bad_uri_gives_way_to_another_address)
{
  FakeServer server;
  for (const char *text :
      { "fakesrc filltype=zero num-buffers=1 ! kafkasink name=kafka",
          "kafkasrc name=kafka ! fakesink" }) {
    Pipeline pipeline (text);
    ElementPtr element = pipeline.element ("kafka");
    set_arg (element, "uri", "garbage");
    set_arg (element, "key", "k");
    ck_assert (!pipeline.set_state (GST_STATE_PAUSED));
    pipeline.set_state (GST_STATE_NULL);
    set_arg (element, "topic", "t");
    set_arg (element, "bootstrap-servers", server.address ().c_str ());
    ck_assert (pipeline.set_state (GST_STATE_PAUSED));
  }
}
GST_END_TEST;

/* ---- the interface ---- */

GST_START_TEST (test_kafka_uri_finds_the_elements)
{
  GError *error = nullptr;
  ElementPtr source (gst_element_make_from_uri (
      GST_URI_SRC, "kafka://host:1/t", nullptr, &error));
  ck_assert_msg (source != nullptr, "%s", error ? error->message : "");
  ck_assert_str_eq (G_OBJECT_TYPE_NAME (source.get ()), "GstKafkaSrc");
  check_text (text_of (source, "topic"), "t");
  ElementPtr sink (gst_element_make_from_uri (
      GST_URI_SINK, "kafka://host:1/t", nullptr, &error));
  ck_assert_msg (sink != nullptr, "%s", error ? error->message : "");
  ck_assert_str_eq (G_OBJECT_TYPE_NAME (sink.get ()), "GstKafkaSink");
  for (const ElementPtr &element : { std::ref (source), std::ref (sink) }) {
    gchar *uri = gst_uri_handler_get_uri (GST_URI_HANDLER (element.get ()));
    ck_assert_str_eq (uri, "kafka://host:1/t");
    g_free (uri);
  }
}
GST_END_TEST;

static const char *const kBadUris[] = {
  "kafka://",
  "kafka:///t",
  "kafka://user:hunter2@host/t",
  "kafka://host:0/t",
  "kafka://host:65536/t",
  "kafka://host/a/b",
  "kafka://host/t?nothing",
  "kafka://host/t?no-such-property=1",
  "kafka://host/t?partition=banana",
  "kafka://host/t?partition=-2",
  "kafka://host/t?bootstrap-servers=other",
  "kafka://host/t?uri=kafka%3A%2F%2Fhost",
  "kafka://host/t%00",
};

/* As a player sets it: what it says, for people. */
static void
check_refused (const char *uri, const char *part_of_text,
    std::initializer_list<const char *> elements = { "kafkasink", "kafkasrc" })
{
  for (const char *name : elements) {
    ElementPtr element = make (name);
    set_arg (element, "uri", "kafka://before:1/t?partition=5");
    GError *error = nullptr;
    ck_assert (!gst_uri_handler_set_uri (
        GST_URI_HANDLER (element.get ()), uri, &error));
    ck_assert (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI));
    ck_assert_msg (error->message[strlen (error->message) - 1] == '.', "%s",
        error->message);
    ck_assert (strstr (error->message, part_of_text));
    ck_assert (!strstr (error->message, "hunter2"));
    g_error_free (error);
    check_text (text_of (element, "uri"), "kafka://before:1/t?partition=5");
  }
}

GST_START_TEST (test_bad_uri_is_refused_and_changes_nothing)
{
  check_refused (kBadUris[__i__], "");
}
GST_END_TEST;

/* A player's URI comes from anywhere; the property is the application's. */
GST_START_TEST (test_uri_of_a_player_names_no_files)
{
  for (const char *uri : { "kafka://host/t?config-file=/etc/x",
           "kafka://host/t?ssl.ca.location=/etc/x" }) {
    check_refused (uri, "names a file of this machine");
    ElementPtr element = make ("kafkasrc");
    set_arg (element, "uri", uri);
    ck_assert (text_of (element, "uri").find ("etc") != std::string::npos);
  }
}
GST_END_TEST;

/* Nor does it say how much this process takes. */
GST_START_TEST (test_uri_of_a_player_sets_no_limits)
{
  for (const char *uri : { "kafka://host/t?queued.max.messages.kbytes=2000000",
           "kafka://host/t?fetch.max.bytes=2000000000",
           "kafka://host/t?receive.message.max.bytes=2000000000" })
    check_refused (uri, "how much memory");
  std::string many = "kafka://host";
  for (int i = 1; i < 32; i++)
    many += ",host" + std::to_string (i);
  ElementPtr element = make ("kafkasrc");
  ck_assert (gst_uri_handler_set_uri (
      GST_URI_HANDLER (element.get ()), (many + "/t").c_str (), nullptr));
  check_refused ((many + ",one-more/t").c_str (), "more than 32 brokers");
}
GST_END_TEST;

GST_START_TEST (test_uri_of_a_stranger_sets_no_limits_of_the_sink)
{
  for (const char *uri :
      { "kafka://host/t?max-queue-bytes=18446744073709551615",
          "kafka://host/t?max-queue-time=1",
          "kafka://host/t?max-record-size=536870912" }) {
    check_refused (uri, "how much memory", { "kafkasink" });
    ElementPtr sink (
        gst_element_make_from_uri (GST_URI_SINK, uri, nullptr, nullptr));
    ck_assert (!sink);
    sink = make ("kafkasink");
    set_arg (sink, "uri", uri);
    ck_assert (text_of (sink, "uri").find ("?max-") != std::string::npos);
  }
}
GST_END_TEST;

/* The property cannot refuse, so the start does. */
GST_START_TEST (test_bad_uri_property_fails_the_start)
{
  for (const char *text :
      { "fakesrc filltype=zero num-buffers=1 ! kafkasink name=kafka",
          "kafkasrc name=kafka ! fakesink" }) {
    Pipeline pipeline (text);
    set_arg (pipeline.element ("kafka"), "uri", kBadUris[__i__]);
    ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
    ck_assert_int_eq (pipeline.errors ().size (), 1);
    const Complaint &error = pipeline.errors ()[0];
    ck_assert_int_eq (error.code, GST_RESOURCE_ERROR_SETTINGS);
    ck_assert (error.text.find ("hunter2") == std::string::npos);
  }
}
GST_END_TEST;

GST_START_TEST (test_uri_cannot_change_while_streaming)
{
  FakeServer server;
  for (const char *text : { "fakesrc filltype=zero ! kafkasink name=kafka",
           "kafkasrc name=kafka ! fakesink" }) {
    Pipeline pipeline (text);
    ElementPtr element = pipeline.element ("kafka");
    std::string uri = "kafka://" + server.address () + "/t";
    set_arg (element, "uri", uri.c_str ());
    ck_assert (pipeline.set_state (GST_STATE_PAUSED));
    GError *error = nullptr;
    ck_assert (!gst_uri_handler_set_uri (
        GST_URI_HANDLER (element.get ()), "kafka://host/u", &error));
    ck_assert (g_error_matches (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE));
    g_error_free (error);
    check_text (text_of (element, "uri"), uri);
  }
}
GST_END_TEST;

static Suite *
uri_suite ()
{
  Suite *suite = suite_create ("uri");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kInStep);
  constexpr int bad_count = G_N_ELEMENTS (kBadUris);
  tcase_add_loop_test (tcase, test_uri_says_what_the_property_says, 0, count);
  tcase_add_loop_test (tcase, test_property_says_what_the_uri_says, 0, count);
  tcase_add_loop_test (tcase, test_setting_either_tells_of_both, 0, count);
  tcase_add_loop_test (tcase, test_new_uri_forgets_the_one_before, 0, count);
  tcase_add_test (tcase, test_element_without_topic_has_no_uri);
  tcase_add_test (tcase, test_uri_never_shows_a_secret);
  tcase_add_test (tcase, test_uri_with_half_a_secret_shows_nothing_of_it);
  tcase_add_test (tcase, test_password_in_the_servers_is_not_shown);
  tcase_add_test (tcase, test_no_uri_takes_back_what_the_one_before_has_set);
  tcase_add_test (tcase, test_bad_uri_gives_way_to_another_address);
  tcase_add_test (tcase, test_kafka_uri_finds_the_elements);
  tcase_add_loop_test (
      tcase, test_bad_uri_is_refused_and_changes_nothing, 0, bad_count);
  tcase_add_test (tcase, test_uri_of_a_player_names_no_files);
  tcase_add_test (tcase, test_uri_of_a_player_sets_no_limits);
  tcase_add_test (tcase, test_uri_of_a_stranger_sets_no_limits_of_the_sink);
  tcase_add_loop_test (
      tcase, test_bad_uri_property_fails_the_start, 0, bad_count);
  tcase_add_test (tcase, test_uri_cannot_change_while_streaming);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (uri);
