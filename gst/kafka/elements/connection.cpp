/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/connection.h"

#include "client/client.h"
#include "config/uri.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <unistd.h>
#include <vector>

namespace gstkafka {

void
take_string (std::string &out, const GValue *value)
{
  const gchar *text = g_value_get_string (value);
  out = text ? text : "";
}

void
give_string (GValue *value, const std::string &text)
{
  g_value_set_string (value, text.empty () ? nullptr : text.c_str ());
}

namespace {

std::string
text_of (const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value)) {
    const gchar *text = g_value_get_string (value);
    return text ? text : "";
  }
  if (G_VALUE_HOLDS_DOUBLE (value)) {
    /* gst_value_serialize () would make 0.29999999999999999 of 0.3. */
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_ascii_formatd (
        text, sizeof text, "%.15g", g_value_get_double (value));
  }
  gchar *text = gst_value_serialize (value);
  std::string out = text ? text : "";
  g_free (text);
  return out;
}

gboolean
collect_entry (GQuark field, const GValue *value, gpointer data)
{
  static_cast<ConfigEntries *> (data)->push_back (
      { g_quark_to_string (field), text_of (value) });
  return TRUE;
}

struct UnsetValue {
  void
  operator() (GValue *value) const
  {
    if (G_IS_VALUE (value))
      g_value_unset (value);
    delete value;
  }
};
using ValuePtr = std::unique_ptr<GValue, UnsetValue>;

ValuePtr
new_value (const GParamSpec *pspec)
{
  ValuePtr value (new GValue (G_VALUE_INIT));
  g_value_init (value.get (), G_PARAM_SPEC_VALUE_TYPE (pspec));
  return value;
}

/* Whether a URI's query may name it: the place of the stream stands in front of
 * the query, and a structure has no short form. */
bool
is_query_property (GObject *object, const GParamSpec *pspec)
{
  for (const char *other : { "uri", "bootstrap-servers", "topic" })
    if (strcmp (pspec->name, other) == 0)
      return false;
  return pspec->owner_type == G_OBJECT_TYPE (object)
         && (pspec->flags & G_PARAM_WRITABLE)
         && pspec->value_type != GST_TYPE_STRUCTURE;
}

/* nullptr when the text is no value of the property. */
ValuePtr
value_from_text (GParamSpec *pspec, const std::string &text)
{
  ValuePtr value = new_value (pspec);
  if (G_VALUE_HOLDS_STRING (value.get ()))
    g_value_set_string (value.get (), text.c_str ());
  else if (!gst_value_deserialize (value.get (), text.c_str ()))
    return nullptr;
  /* It had to be changed: it was out of range. */
  if (g_param_value_validate (pspec, value.get ()))
    return nullptr;
  return value;
}

/* What a URI sets, checked as a whole before any of it is. */
struct UriPlan {
  Uri uri;
  std::vector<std::pair<const char *, ValuePtr>> properties;
  ConfigEntries config;
};

/* Errors about one part of the query. */
Error
no_property (const Uri &uri, size_t index)
{
  return { ErrorKind::SETTINGS,
    "The URI sets " + part_name (uri, index)
        + ", which is no property that a URI can set. Settings of librdkafka "
          "have a dot in their name; others go into client-config. An '&' in a "
          "value is written %26.",
    "" };
}

Error
no_value (const Uri &uri, size_t index)
{
  std::string value = follows_secret (uri, index)
                          ? "what is not shown"
                          : "'" + uri.query[index].second + "'";
  return { ErrorKind::SETTINGS,
    "The URI sets " + uri.query[index].first + " to " + value
        + ", which is not a value of it. gst-inspect-1.0 shows the range.",
    "" };
}

Result<UriPlan>
plan_uri (GObject *object, const char *text)
{
  auto uri = parse_uri (text);
  if (!uri)
    return uri.error ();
  UriPlan plan;
  for (size_t i = 0; i < uri->query.size (); i++) {
    const auto &[name, value] = uri->query[i];
    if (name.find ('.') != std::string::npos) {
      if (follows_secret (*uri, i) && !is_secret (name) && !is_setting (name))
        return no_property (*uri, i);
      plan.config.push_back ({ name, value });
      continue;
    }
    GParamSpec *pspec = g_object_class_find_property (
        G_OBJECT_GET_CLASS (object), name.c_str ());
    if (!pspec || !is_query_property (object, pspec))
      return no_property (*uri, i);
    ValuePtr parsed = value_from_text (pspec, value);
    if (!parsed)
      return no_value (*uri, i);
    plan.properties.emplace_back (pspec->name, std::move (parsed));
  }
  plan.uri = std::move (*uri);
  return plan;
}

constexpr int kMaxServers = 32;

/* Of a URI that a player was handed, which may come from anybody; the property
 * is the application's own. */
MaybeError
check_stranger (const UriPlan &plan)
{
  const std::string &servers = plan.uri.bootstrap_servers;
  if (std::count (servers.begin (), servers.end (), ',') >= kMaxServers)
    return Error{ ErrorKind::SETTINGS,
      "The URI names more than " + std::to_string (kMaxServers)
          + " brokers, each of which takes a thread. Name a few: they know the "
            "others.",
      "" };
  for (const auto &[name, value] : plan.uri.query)
    if (const char *why = why_not_for_strangers (name))
      return Error{ ErrorKind::SETTINGS,
        "The URI sets '" + name + "', which " + why
            + ". Set the property, or client-config, or put it into a "
              "config-file.",
        "" };
  return std::nullopt;
}

/* Of librdkafka's workings, in both elements. */
const ReservedSetting kReserved[] = {
  { "enabled_events", "which events there are is up to the element" },
  { "log.queue", "librdkafka's log goes to GStreamer's" },
  { "internal.termination.signal", "what signals do is up to the application" },
};

using Names = std::vector<std::string>;

void
free_names (gpointer names)
{
  delete static_cast<Names *> (names);
}

/* Remembers which properties this URI sets, an empty plan none; those that the
 * one before did and this one does not. What was set by name stays. */
Names
swap_uri_names (GObject *object, const UriPlan &plan)
{
  static const GQuark quark
      = g_quark_from_static_string ("gst-kafka-uri-names");
  auto *names = new Names;
  if (!plan.uri.bootstrap_servers.empty ())
    *names = { "bootstrap-servers", "topic" };
  for (const auto &[name, value] : plan.properties)
    names->push_back (name);
  if (!plan.config.empty ())
    names->push_back ("client-config");

  std::unique_ptr<Names> before (
      static_cast<Names *> (g_object_steal_qdata (object, quark)));
  Names forgotten;
  if (before)
    for (const auto &name : *before)
      if (std::find (names->begin (), names->end (), name) == names->end ())
        forgotten.push_back (name);
  g_object_set_qdata_full (object, quark, names, free_names);
  return forgotten;
}

GQuark
taking_back_quark ()
{
  static GQuark quark = g_quark_from_static_string ("gst-kafka-taking-back");
  return quark;
}

void
reset_properties (GObject *object, const Names &names)
{
  g_object_set_qdata (object, taking_back_quark (), object);
  for (const auto &name : names) {
    GParamSpec *pspec = g_object_class_find_property (
        G_OBJECT_GET_CLASS (object), name.c_str ());
    ValuePtr value = new_value (pspec);
    /* No text is no text: the default servers would count as chosen. */
    if (!G_VALUE_HOLDS_STRING (value.get ()))
      g_param_value_set_default (pspec, value.get ());
    g_object_set_property (object, name.c_str (), value.get ());
  }
  g_object_set_qdata (object, taking_back_quark (), nullptr);
}

void
set_properties (GObject *object, const UriPlan &plan)
{
  g_object_set (object, "bootstrap-servers",
      plan.uri.bootstrap_servers.c_str (), "topic", plan.uri.topic.c_str (),
      nullptr);
  for (const auto &[name, value] : plan.properties)
    g_object_set_property (object, name, value.get ());
  if (plan.config.empty ())
    return;
  GstStructure *config = gst_structure_new_empty ("c");
  for (const auto &entry : plan.config)
    gst_structure_set (config, entry.name.c_str (), G_TYPE_STRING,
        entry.value.c_str (), nullptr);
  g_object_set (object, "client-config", config, nullptr);
  gst_structure_free (config);
}

const gchar *const *
uri_protocols (GType)
{
  static const gchar *protocols[] = { "kafka", nullptr };
  return protocols;
}

gchar *
get_uri (GstURIHandler *handler)
{
  gchar *uri = nullptr;
  g_object_get (handler, "uri", &uri, nullptr);
  return uri;
}

gboolean
set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  if (GST_STATE (handler) > GST_STATE_READY
      || GST_STATE_TARGET (handler) > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The URI can be changed in NULL and READY only.");
    return FALSE;
  }
  auto plan = plan_uri (G_OBJECT (handler), uri);
  MaybeError wrong = plan ? check_stranger (*plan) : plan.error ();
  if (wrong) {
    g_set_error_literal (
        error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, wrong->message.c_str ());
    return FALSE;
  }
  g_object_set (handler, "uri", uri, nullptr);
  return TRUE;
}

std::string
effective_servers (const ConnectionSettings &settings)
{
  return settings.bootstrap_servers.value_or (kDefaultBootstrapServers);
}

/* The start refuses those with a password in them. */
std::string
shown_servers (const ConnectionSettings &settings)
{
  std::string servers = effective_servers (settings);
  return has_login (servers) ? "(not shown)" : servers;
}

} // namespace

void
install_connection_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_URI,
      g_param_spec_string ("uri", "URI",
          "kafka://host[:port][,host...]/topic[?name=value&...]; names with a "
          "dot are librdkafka's, others are properties. Kept in step with "
          "them; never shows a secret. NULL takes back what the one before has "
          "set",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_BOOTSTRAP_SERVERS,
      g_param_spec_string ("bootstrap-servers", "Bootstrap servers",
          "Brokers to ask first, host:port,host:port", kDefaultBootstrapServers,
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_TOPIC,
      g_param_spec_string (
          "topic", "Topic", "Name of the topic", nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_KEY,
      g_param_spec_string ("key", "Key",
          "Key of the stream's records, which tells it from others in the "
          "topic; without a partition Kafka's murmur2 hash of it chooses one",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_PARTITION,
      g_param_spec_int ("partition", "Partition",
          "Partition of the topic; -1 = that of the key, or 0 without one", -1,
          G_MAXINT, -1, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_CLIENT_CONFIG,
      g_param_spec_boxed ("client-config", "Client configuration",
          "Any setting of librdkafka, as in \"c,linger.ms=5,"
          "compression.type=lz4\"; reading it leaves secrets out",
          GST_TYPE_STRUCTURE, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_CONFIG_FILE,
      g_param_spec_string ("config-file", "Configuration file",
          "File of librdkafka's settings, name=value a line, # begins a "
          "comment (as kcat -F); the place for passwords. client-config and "
          "bootstrap-servers have the last word. Not part of the URI",
          nullptr, kReadWriteInReady));
}

bool
set_connection_property (
    ConnectionSettings &settings, guint id, const GValue *value)
{
  switch (id) {
  case PROP_BOOTSTRAP_SERVERS: {
    std::string servers;
    take_string (servers, value);
    if (servers.empty ())
      settings.bootstrap_servers.reset ();
    else
      settings.bootstrap_servers = std::move (servers);
    settings.uri_error.reset ();
    return true;
  }
  case PROP_TOPIC:
    take_string (settings.stream.topic, value);
    settings.uri_error.reset ();
    return true;
  case PROP_KEY:
    take_string (settings.stream.key, value);
    return true;
  case PROP_PARTITION:
    settings.stream.partition = g_value_get_int (value);
    return true;
  case PROP_CLIENT_CONFIG: {
    auto *structure
        = static_cast<const GstStructure *> (g_value_get_boxed (value));
    settings.client_config = entries_from_structure (structure);
    return true;
  }
  case PROP_CONFIG_FILE:
    take_string (settings.config_file, value);
    return true;
  default:
    return false;
  }
}

bool
get_connection_property (
    const ConnectionSettings &settings, guint id, GValue *value)
{
  switch (id) {
  case PROP_BOOTSTRAP_SERVERS:
    give_string (value, shown_servers (settings));
    return true;
  case PROP_TOPIC:
    give_string (value, settings.stream.topic);
    return true;
  case PROP_KEY:
    give_string (value, settings.stream.key);
    return true;
  case PROP_PARTITION:
    g_value_set_int (value, settings.stream.partition);
    return true;
  case PROP_CLIENT_CONFIG:
    g_value_take_boxed (
        value, settings.client_config.empty ()
                   ? nullptr
                   : structure_from_entries (settings.client_config, "c"));
    return true;
  case PROP_CONFIG_FILE:
    give_string (value, settings.config_file);
    return true;
  default:
    return false;
  }
}

ConfigEntries
entries_from_structure (const GstStructure *structure)
{
  ConfigEntries entries;
  if (structure)
    gst_structure_foreach (structure, collect_entry, &entries);
  return entries;
}

GstStructure *
structure_from_entries (const ConfigEntries &entries, const char *name)
{
  GstStructure *structure = gst_structure_new_empty (name);
  for (const auto &entry : entries)
    if (!is_secret (entry))
      gst_structure_set (structure, entry.name.c_str (), G_TYPE_STRING,
          entry.value.c_str (), nullptr);
  return structure;
}

MaybeError
apply_uri (GObject *object, const char *text)
{
  auto plan = text ? plan_uri (object, text) : UriPlan{};
  if (!plan)
    return plan.error ();
  g_object_freeze_notify (object);
  reset_properties (object, swap_uri_names (object, *plan));
  if (text)
    set_properties (object, *plan);
  g_object_thaw_notify (object);
  return std::nullopt;
}

bool
is_taken_back (GObject *object)
{
  return g_object_get_qdata (object, taking_back_quark ()) != nullptr;
}

std::string
make_uri (GObject *object, const ConnectionSettings &settings)
{
  Uri uri;
  uri.bootstrap_servers = effective_servers (settings);
  if (settings.stream.topic.empty () || has_login (uri.bootstrap_servers))
    return "";
  uri.topic = settings.stream.topic;

  guint count = 0;
  std::unique_ptr<GParamSpec *, void (*) (gpointer)> pspecs (
      g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &count),
      g_free);
  for (guint i = 0; i < count; i++) {
    GParamSpec *pspec = pspecs.get ()[i];
    if (!is_query_property (object, pspec))
      continue;
    ValuePtr value = new_value (pspec);
    g_object_get_property (object, pspec->name, value.get ());
    if (!g_param_value_defaults (pspec, value.get ()))
      uri.query.emplace_back (pspec->name, text_of (value.get ()));
  }
  for (const auto &entry : settings.client_config)
    if (entry.name.find ('.') != std::string::npos && !is_secret (entry))
      uri.query.emplace_back (entry.name, entry.value);
  return format_uri (uri);
}

void
init_uri_handler (GstURIHandlerInterface *iface, GstURIType (*get_type) (GType))
{
  iface->get_type = get_type;
  iface->get_protocols = uri_protocols;
  iface->get_uri = get_uri;
  iface->set_uri = set_uri;
}

std::string
client_id (GstElement *element)
{
  gchar *name = gst_object_get_name (GST_OBJECT (element));
  std::string id = std::string ("gst-kafka-") + name;
  g_free (name);
  return id;
}

Result<ConfigEntries>
make_config (const ConnectionSettings &settings, ConfigEntries defaults,
    std::vector<ReservedSetting> reserved)
{
  if (settings.uri_error)
    return *settings.uri_error;
  if (settings.stream.topic.empty ())
    return Error{ ErrorKind::SETTINGS,
      "No topic is set. Set the topic property, or uri=kafka://host/topic.",
      "" };
  ConfigSources sources;
  sources.defaults = std::move (defaults);
  sources.environment = parse_environment (environ);
  sources.config_file = settings.config_file;
  sources.client_config = settings.client_config;
  sources.bootstrap_servers = settings.bootstrap_servers;
  sources.reserved = std::move (reserved);
  sources.reserved.insert (
      sources.reserved.end (), std::begin (kReserved), std::end (kReserved));
  return merge_config (sources);
}

} // namespace gstkafka
