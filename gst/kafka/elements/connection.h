/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What kafkasink and kafkasrc have in common: the properties that say where a
 * stream is, and the URI that says the same in one line. */

#pragma once

#include "config/settings.h"

#include <gst/gst.h>

namespace gstkafka {

struct ConnectionSettings {
  std::optional<std::string> bootstrap_servers; /* when set */
  StreamAddress stream;
  ConfigEntries client_config;
  std::string config_file;
  /* Of a uri that was not understood; until there is another address. */
  MaybeError uri_error;
};

/* The ids of the shared properties; an element's own begin at PROP_OWN. */
enum {
  PROP_URI = 1,
  PROP_BOOTSTRAP_SERVERS,
  PROP_TOPIC,
  PROP_KEY,
  PROP_PARTITION,
  PROP_CLIENT_CONFIG,
  PROP_CONFIG_FILE,
  PROP_OWN,
};

constexpr GParamFlags kReadWriteInReady = static_cast<GParamFlags> (
    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr GParamFlags kReadOnly
    = static_cast<GParamFlags> (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

/* Text that is not set is NULL outside and empty inside. */
void take_string (std::string &out, const GValue *value);
void give_string (GValue *value, const std::string &text);

void install_connection_properties (GObjectClass *klass);

/* Properties but for `uri`, which needs the whole object. The caller holds the
 * lock that guards `settings`. */
bool set_connection_property (
    ConnectionSettings &settings, guint id, const GValue *value);
bool get_connection_property (
    const ConnectionSettings &settings, guint id, GValue *value);

/* A GstStructure's fields as librdkafka's settings, and back without those
 * whose value must not be shown. */
ConfigEntries entries_from_structure (const GstStructure *structure);
GstStructure *structure_from_entries (
    const ConfigEntries &entries, const char *name);

/* Sets the properties that `text` names, one by one; none on an error. Those
 * that the text before did name go back to their defaults, and with nullptr
 * nothing else happens. A query may name any property that the element's own
 * class has, but for structures. Call without a lock. */
MaybeError apply_uri (GObject *object, const char *text);

/* While a new URI takes back what the one before had set. */
bool is_taken_back (GObject *object);

/* The URI that says what the properties say; empty without a topic. Never
 * shows a secret. Call without a lock. */
std::string make_uri (GObject *object, const ConnectionSettings &settings);

/* A GstURIHandler by way of the property `uri`. */
void init_uri_handler (
    GstURIHandlerInterface *iface, GstURIType (*get_type) (GType));

/* `client.id`: what brokers log and show of this client. */
std::string client_id (GstElement *element);

/* For librdkafka: the element's defaults under what the user set. Reads the
 * config-file. */
Result<ConfigEntries> make_config (const ConnectionSettings &settings,
    ConfigEntries defaults, std::vector<ReservedSetting> reserved);

} // namespace gstkafka
