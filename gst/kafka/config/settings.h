/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What librdkafka is told, and who has the last word:
 *
 *   the element's defaults < the environment < config-file
 *     < client-config and URI < the properties (bootstrap-servers)
 *
 * The element's defaults are chosen for media; whoever names a setting knows
 * better. What the element's own promises rest on is reserved.
 *
 * A pipeline's text, a URI above all, may come from anywhere. So it cannot have
 * code loaded or files written, nor have the secrets of the environment sent to
 * brokers that the environment does not name, or unprotected. */

#pragma once

#include "config/entry.h"
#include "result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gstkafka {

/* A stream is (topic, partition) or (topic, key). */
struct StreamAddress {
  std::string topic;
  std::string key;    /* empty: none */
  int partition = -1; /* -1: 0, or the partition that Kafka gives the key */
};

/* A setting that users cannot change, and what to do instead. */
struct ReservedSetting {
  std::string_view name;
  std::string_view advice;
};

struct ConfigSources {
  ConfigEntries defaults;
  ConfigEntries environment;   /* see parse_environment () */
  std::string config_file;     /* a path, or empty */
  ConfigEntries client_config; /* from the property and the URI */
  std::optional<std::string> bootstrap_servers; /* when the user set it */
  std::vector<ReservedSetting> reserved;
};

/* GST_KAFKA_CONFIG_SASL_PASSWORD=x is sasl.password=x. `variables` are as in
 * environ (7). */
constexpr std::string_view kEnvironmentPrefix = "GST_KAFKA_CONFIG_";
ConfigEntries parse_environment (const char *const *variables);

constexpr const char *kDefaultBootstrapServers = "localhost:9092";

/* One entry per name, bootstrap.servers among them. Reads config_file.
 * Errors are of kind SETTINGS. */
Result<ConfigEntries> merge_config (ConfigSources sources);

/* The value, or nullptr. Valid while `entries` is. */
const std::string *find_entry (
    const ConfigEntries &entries, std::string_view name);

/* Why a player's URI cannot have this setting; nullptr: it can. Whoever made it
 * need not be who runs it, so it names no file of this machine, and sets no
 * limit of its memory. */
const char *why_not_for_strangers (std::string_view name);

/* Of ASCII, whatever the locale is. */
std::string in_lower_case (std::string_view text);

/* For people: its name, and that of its variable in the environment. */
std::string quoted_name (const ConfigEntry &entry);

/* Whether it can be the name of a setting, known or not. */
bool is_setting_name (std::string_view name);

/* Whether the value of this setting must never be shown. */
bool is_secret (std::string_view name);

/* ... or this one, which has a secret in it by mistake. */
bool is_secret (const ConfigEntry &entry);

/* Whether a secret setting stands in the value of another: what divides them
 * was mistaken, as in `PLAIN;sasl.password=x`. */
bool has_secret_inside (std::string_view value);

/* Whether a user or password stands among the hosts. */
bool has_login (std::string_view servers);

} // namespace gstkafka
