/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/connection.h"

#include "config/uri.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace gstkafka {

namespace {

/* The shared properties that a URI's query may set. */
const std::vector<const char *> kSharedNames
    = { "partition", "key", "config-file" };

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

bool
is_listed (const std::vector<const char *> &names, const std::string &name)
{
  return std::any_of (names.begin (), names.end (),
      [&name] (const char *known) { return name == known; });
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

/* Sets one property from text; false when the text is no value of it. */
bool
set_from_text (GObject *object, const char *name, const std::string &text)
{
  GParamSpec *pspec
      = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);
  ValuePtr value = new_value (pspec);
  if (G_VALUE_HOLDS_STRING (value.get ()))
    g_value_set_string (value.get (), text.c_str ());
  else if (!gst_value_deserialize (value.get (), text.c_str ()))
    return false;
  if (g_param_value_validate (pspec, value.get ()))
    return false; /* it had to be changed: out of range */
  g_object_set_property (object, name, value.get ());
  return true;
}

} // namespace

void
install_connection_properties (GObjectClass *klass)
{
  g_object_class_install_property (klass, PROP_URI,
      g_param_spec_string ("uri", "URI",
          "kafka://host[:port][,host...]/topic[?name=value&...]; names with a "
          "dot are librdkafka's, others are properties. Kept in step with "
          "them; never shows a secret",
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
          "bootstrap-servers have the last word",
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
    return true;
  }
  case PROP_TOPIC:
    take_string (settings.stream.topic, value);
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
    give_string (
        value, settings.bootstrap_servers.value_or (kDefaultBootstrapServers));
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
    if (!is_secret (entry.name))
      gst_structure_set (structure, entry.name.c_str (), G_TYPE_STRING,
          entry.value.c_str (), nullptr);
  return structure;
}

MaybeError
apply_uri (
    GObject *object, const char *text, const std::vector<const char *> &names)
{
  auto uri = parse_uri (text);
  if (!uri)
    return uri.error ();

  std::unique_ptr<GstStructure, void (*) (GstStructure *)> config (
      gst_structure_new_empty ("c"), gst_structure_free);
  for (const auto &[name, value] : uri->query) {
    if (name.find ('.') != std::string::npos) {
      gst_structure_set (
          config.get (), name.c_str (), G_TYPE_STRING, value.c_str (), nullptr);
      continue;
    }
    if (!is_listed (kSharedNames, name) && !is_listed (names, name))
      return Error{ ErrorKind::SETTINGS,
        "The URI sets '" + name
            + "', which is no property that a URI can set. Settings of "
              "librdkafka have a dot in their name; others go into "
              "client-config.",
        "" };
    if (!set_from_text (object, name.c_str (), value))
      return Error{ ErrorKind::SETTINGS,
        "The URI sets " + name + " to '" + value
            + "', which is not a value of it. gst-inspect-1.0 shows the range.",
        "" };
  }
  g_object_set (object, "bootstrap-servers", uri->bootstrap_servers.c_str (),
      "topic", uri->topic.c_str (), nullptr);
  if (gst_structure_n_fields (config.get ()) > 0)
    g_object_set (object, "client-config", config.get (), nullptr);
  return std::nullopt;
}

std::string
make_uri (GObject *object, const ConnectionSettings &settings,
    const std::vector<const char *> &names)
{
  if (settings.stream.topic.empty ())
    return "";
  Uri uri;
  uri.bootstrap_servers
      = settings.bootstrap_servers.value_or (kDefaultBootstrapServers);
  uri.topic = settings.stream.topic;

  auto add_properties = [&] (const std::vector<const char *> &list) {
    for (const char *name : list) {
      GParamSpec *pspec
          = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);
      ValuePtr value = new_value (pspec);
      g_object_get_property (object, name, value.get ());
      if (!g_param_value_defaults (pspec, value.get ()))
        uri.query.emplace_back (name, text_of (value.get ()));
    }
  };
  add_properties (kSharedNames);
  add_properties (names);
  for (const auto &entry : settings.client_config)
    if (entry.name.find ('.') != std::string::npos && !is_secret (entry.name))
      uri.query.emplace_back (entry.name, entry.value);
  return format_uri (uri);
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
  sources.config_file = settings.config_file;
  sources.client_config = settings.client_config;
  sources.bootstrap_servers = settings.bootstrap_servers;
  sources.reserved = std::move (reserved);
  return merge_config (sources);
}

} // namespace gstkafka
