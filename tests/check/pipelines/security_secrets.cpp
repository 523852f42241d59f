/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Secrets go in and never come out: not in a log of any level, a DOT file, a
 * property, or a message. */

#include "common/log_tap.h"
#include "common/trip.h"
#include "pipelines/security.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <list>
#include <mutex>

using namespace kafkacheck;

/* Part of every secret. */
#define MARK "Hunter2"

/* Everything that anybody logs, at level 9. */
class LogWatch {
 public:
  LogWatch ()
  {
    gst_debug_set_threshold_from_string ("*:9", TRUE);
    gst_debug_set_active (TRUE);
  }

  void
  check (const char *what)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    ck_assert_msg (
        leaks_.empty (), "%s: the log has:\n%s", what, leaks_.c_str ());
    ck_assert_msg (lines_ > 0, "%s: nothing was logged", what);
    g_print ("%s: %d lines, %d of them librdkafka's\n", what, lines_,
        library_lines_);
  }

 private:
  void
  note (const std::string &name, const char *text)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    lines_++;
    library_lines_ += name == "librdkafka";
    if (strstr (text, MARK))
      leaks_ += name + ": " + text + "\n";
  }

  std::mutex mutex_; /* guards all below but tap_ */
  std::string leaks_;
  int lines_ = 0;
  int library_lines_ = 0;

  LogTap tap_{ [this] (auto *category, const char *text) {
    note (gst_debug_category_get_name (category), text);
  } };
};

static void
check_text_of (const std::string &what, const char *text)
{
  ck_assert_msg (!text || !strstr (text, MARK), "%s: %s", what.c_str (), text);
}

static std::string
text_of (const GValue *value)
{
  if (G_VALUE_HOLDS_BOXED (value) && !g_value_get_boxed (value))
    return "";
  gchar *text = gst_value_serialize (value);
  if (!text)
    text = g_strdup_value_contents (value);
  std::string out = text;
  g_free (text);
  return out;
}

/* `uri`, `stats`, `client-config` and all others. */
static void
check_properties (const std::string &what, GObject *object)
{
  guint count = 0;
  GParamSpec **pspecs
      = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &count);
  for (guint i = 0; i < count; i++) {
    if (!(pspecs[i]->flags & G_PARAM_READABLE))
      continue;
    GValue value = G_VALUE_INIT;
    g_value_init (&value, pspecs[i]->value_type);
    g_object_get_property (object, pspecs[i]->name, &value);
    check_text_of (
        what + ", property " + pspecs[i]->name, text_of (&value).c_str ());
    g_value_unset (&value);
  }
  g_free (pspecs);
}

static void
check_dot (const std::string &what, GstElement *pipeline)
{
  gchar *dot = gst_debug_bin_to_dot_data (
      GST_BIN (pipeline), GST_DEBUG_GRAPH_SHOW_VERBOSE);
  check_text_of (what + ", DOT", dot);
  g_free (dot);
}

/* Their structures, and contexts that elements share; ERROR and WARNING have
 * their text in there. */
class MessageWatch {
 public:
  MessageWatch (std::string what, GstElement *pipeline)
      : what_ (std::move (what)), bus_ (gst_element_get_bus (pipeline))
  {}
  ~MessageWatch () { gst_object_unref (bus_); }

  /* Reads what is there; true when there was one of `type`. */
  bool
  check (GstMessageType type)
  {
    while (GstMessage *message = gst_bus_pop (bus_)) {
      has_come_ |= GST_MESSAGE_TYPE (message) & type;
      check_message (message);
      gst_message_unref (message);
    }
    return has_come_;
  }

 private:
  void
  check_message (GstMessage *message)
  {
    check_structure (gst_message_get_structure (message));
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_HAVE_CONTEXT) {
      GstContext *context = nullptr;
      gst_message_parse_have_context (message, &context);
      check_structure (gst_context_get_structure (context));
      gst_context_unref (context);
    }
    if (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_ERROR | GST_MESSAGE_WARNING))
      check_complaint (message);
  }

  void
  check_complaint (GstMessage *message)
  {
    Complaint complaint = parse_complaint (message);
    g_print ("%s: %s\n", what_.c_str (), complaint.text.c_str ());
    check_text_of (what_, complaint.text.c_str ());
    check_text_of (what_, complaint.debug.c_str ());
  }

  void
  check_structure (const GstStructure *structure)
  {
    if (!structure)
      return;
    gchar *text = gst_structure_to_string (structure);
    check_text_of (what_ + ", message", text);
    g_free (text);
  }

  const std::string what_;
  GstBus *bus_;
  bool has_come_ = false;
};

/* ---- what goes in ---- */

using Settings = std::vector<std::pair<std::string, std::string>>;

/* In force or not, they all are in there. */
static const Settings kUnused = {
  { "ssl.key.password", MARK "-key-password" },
  { "ssl.key.pem", MARK "-key-pem" },
  { "ssl.certificate.pem", MARK "-certificate-pem" },
  { "ssl.ca.pem", MARK "-ca-pem" },
  { "ssl.keystore.password", MARK "-keystore-password" },
  { "sasl.oauthbearer.config", MARK "-oauthbearer-config" },
};

static const struct SecretCase {
  const char *name;
  Settings settings;
} kCases[] = {
  { "PLAIN",
      { { "security.protocol", "sasl_plaintext" },
          { "sasl.mechanism", "PLAIN" }, { "sasl.username", MARK "-user" },
          { "sasl.password", MARK "-password" } } },
  { "a key that is none",
      { { "security.protocol", "ssl" }, { "ssl.key.pem", MARK "-key" },
          { "ssl.certificate.pem", MARK "-certificate" } } },
  { "a CA that is none",
      { { "security.protocol", "ssl" }, { "ssl.ca.pem", MARK "-ca" } } },
  { "an OAUTHBEARER that makes no sense",
      { { "security.protocol", "sasl_plaintext" },
          { "sasl.mechanism", "OAUTHBEARER" },
          { "enable.sasl.oauthbearer.unsecure.jwt", "true" },
          { "sasl.oauthbearer.config", MARK "-config " MARK "=" MARK } } },
  { "an OAUTHBEARER that makes some sense",
      { { "security.protocol", "sasl_plaintext" },
          { "sasl.mechanism", "OAUTHBEARER" },
          { "enable.sasl.oauthbearer.unsecure.jwt", "true" },
          { "sasl.oauthbearer.config",
              "principal=" MARK " scope=" MARK " lifeSeconds=" MARK } } },
  { "an OAUTHBEARER that works",
      { { "security.protocol", "sasl_plaintext" },
          { "sasl.mechanism", "OAUTHBEARER" },
          { "enable.sasl.oauthbearer.unsecure.jwt", "true" },
          { "sasl.oauthbearer.config",
              "principal=" MARK " scope=" MARK "-scope" } } },
  /* Debian's librdkafka cannot, and says so of the first it meets. */
  { "an OAUTHBEARER by OIDC",
      { { "security.protocol", "sasl_plaintext" },
          { "sasl.mechanism", "OAUTHBEARER" },
          { "sasl.oauthbearer.method", "oidc" },
          { "sasl.oauthbearer.client.secret", MARK "-client-secret" },
          { "sasl.oauthbearer.client.id", MARK "-client-id" },
          { "sasl.oauthbearer.scope", MARK "-scope" },
          { "sasl.oauthbearer.extensions", MARK "-extension=" MARK } } },
  { "a setting that nobody knows", { { "no.such.password", MARK } } },
};

enum SecretWay { FILE_WAY, CONFIG_WAY, URI_WAY, ENVIRONMENT_WAY, WAYS };

static bool
has (const Settings &settings, const std::string &name)
{
  return std::any_of (settings.begin (), settings.end (),
      [&] (const auto &entry) { return entry.first == name; });
}

/* Not "ssl.*" where it would be in force, as the case is about another one. */
static Settings
complete (const SecretCase &c)
{
  Settings settings = c.settings;
  const std::string protocol = settings.front ().second; /* they will move */
  for (const auto &entry : kUnused)
    if (!has (settings, entry.first)
        && !(protocol == "ssl" && entry.first.compare (0, 4, "ssl.") == 0))
      settings.push_back (entry);
  settings.emplace_back ("debug", "all");
  return settings;
}

static void
set_secrets (GstElement *element, SecretWay way, const Settings &settings)
{
  std::string servers = secure_broker ().address ("OPEN");
  std::string uri = "kafka://" + servers + "/t?", file;
  GstStructure *config = gst_structure_new_empty ("c");
  for (const auto &[name, value] : settings) {
    gchar *escaped = g_uri_escape_string (value.c_str (), nullptr, FALSE);
    if (name != "debug") /* has no dot */
      uri += name + "=" + escaped + "&";
    g_free (escaped);
    file += name + "=" + value + "\n";
    gst_structure_set (
        config, name.c_str (), G_TYPE_STRING, value.c_str (), nullptr);
    if (way == ENVIRONMENT_WAY) {
      std::string variable = "GST_KAFKA_CONFIG_";
      for (char letter : name)
        variable += letter == '.' ? '_' : g_ascii_toupper (letter);
      g_setenv (variable.c_str (), value.c_str (), TRUE);
    }
  }
  uri.pop_back ();
  g_object_set (
      element, "topic", "t", "bootstrap-servers", servers.c_str (), nullptr);
  if (way == FILE_WAY) {
    std::string path = scratch_directory () + "/secrets.conf";
    std::ofstream (path) << file;
    g_object_set (element, "config-file", path.c_str (), nullptr);
  } else if (way == CONFIG_WAY) {
    g_object_set (element, "client-config", config, nullptr);
  } else if (way == URI_WAY) {
    g_object_set (element, "uri", uri.c_str (), nullptr);
  } else {
    g_setenv ("GST_KAFKA_CONFIG_BOOTSTRAP_SERVERS", servers.c_str (), TRUE);
  }
  gst_structure_free (config);
}

/* ---- and never comes out ---- */

static constexpr int kSecretCases = G_N_ELEMENTS (kCases);

GST_START_TEST (test_secret_is_shown_nowhere)
{
  const SecretCase &c = kCases[__i__ % kSecretCases];
  auto way = static_cast<SecretWay> (__i__ / kSecretCases);
  LogWatch log;
  for (const char *text : { "fakesrc num-buffers=3 ! kafkasink name=kafka",
           "kafkasrc name=kafka ! fakesink" }) {
    std::string what = std::string (c.name) + ": " + text;
    Pipeline pipeline (text);
    MessageWatch messages (what, pipeline.get ());
    ElementPtr element = pipeline.element ("kafka");
    set_secrets (element.get (), way, complete (c));
    check_properties (what, G_OBJECT (element.get ()));
    pipeline.set_state (GST_STATE_PLAYING);
    check_dot (what, pipeline.get ());
    ck_assert_msg (
        wait_until ([&] { return messages.check (GST_MESSAGE_ERROR); }),
        "%s: no ERROR", what.c_str ());
    check_properties (what, G_OBJECT (element.get ()));
    check_dot (what, pipeline.get ());
    pipeline.set_state (GST_STATE_NULL);
    messages.check (GST_MESSAGE_ERROR);
    log.check (what.c_str ());
  }
}
GST_END_TEST;

TCase *
security_secret_tests ()
{
  TCase *tcase = tcase_create ("secrets");
  tcase_add_loop_test (
      tcase, test_secret_is_shown_nowhere, 0, kSecretCases * WAYS);
  return tcase;
}
