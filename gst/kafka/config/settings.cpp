/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config/settings.h"

#include "config/config_file.h"

#include <algorithm>

namespace gstkafka {

namespace {

constexpr std::string_view kBootstrapServers = "bootstrap.servers";

/* These load code, or end up in the command line of kinit, which a shell runs.
 * A pipeline's text may come from anywhere; a file is the administrator's. */
constexpr std::string_view kFileOnly[] = { "plugin.library.paths",
  "ssl.engine.location", "ssl.providers", "sasl.kerberos.kinit.cmd",
  "sasl.kerberos.keytab", "sasl.kerberos.principal" };

void
set_entry (ConfigEntries &entries, const ConfigEntry &entry)
{
  for (auto &known : entries) {
    if (known.name == entry.name) {
      known.value = entry.value;
      return;
    }
  }
  entries.push_back (entry);
}

/* librdkafka knows this one by two names. */
ConfigEntry
canonical (const ConfigEntry &entry)
{
  if (entry.name == "metadata.broker.list")
    return { std::string (kBootstrapServers), entry.value };
  return entry;
}

Error
bad_setting (const std::string &message)
{
  return { ErrorKind::SETTINGS, message, "" };
}

MaybeError
check_client_config (const ConfigEntries &entries)
{
  for (const auto &entry : entries) {
    bool file_only
        = std::find (std::begin (kFileOnly), std::end (kFileOnly), entry.name)
          != std::end (kFileOnly);
    if (file_only)
      return bad_setting (
          "'" + entry.name
          + "' loads code or runs a program, so it is taken from a config-file "
            "only, not from client-config or the URI.");
  }
  return std::nullopt;
}

MaybeError
check_reserved (
    const ConfigEntries &entries, const std::vector<ReservedSetting> &reserved)
{
  for (const auto &entry : entries)
    for (const auto &setting : reserved)
      if (entry.name == setting.name)
        return bad_setting ("'" + entry.name + "' cannot be set: "
                            + std::string (setting.advice) + ".");
  return std::nullopt;
}

/* librdkafka takes the port modulo 65536 and connects to wherever that is. */
MaybeError
check_ports (const std::string &servers)
{
  size_t begin = 0;
  while (begin <= servers.size ()) {
    size_t end = std::min (servers.find (',', begin), servers.size ());
    std::string host = servers.substr (begin, end - begin);
    begin = end + 1;
    size_t colon = host.find_last_of (":]");
    bool has_port = colon != std::string::npos && host[colon] == ':';
    std::string port = has_port ? host.substr (colon + 1) : "9092";
    bool is_number
        = !port.empty () && port.size () <= 5
          && port.find_first_not_of ("0123456789") == std::string::npos;
    int number = is_number ? std::stoi (port) : 0;
    if (host.empty () || colon == 0 || number < 1 || number > 65535)
      return bad_setting (
          "'" + host + "' in bootstrap-servers is no host or " + "host:port.");
  }
  return std::nullopt;
}

MaybeError
check_servers (const ConfigSources &sources)
{
  if (!sources.bootstrap_servers)
    return std::nullopt;
  for (const auto &entry : sources.client_config)
    if (canonical (entry).name == kBootstrapServers
        && entry.value != *sources.bootstrap_servers)
      return bad_setting ("bootstrap-servers says '"
                          + *sources.bootstrap_servers
                          + "' and client-config says '" + entry.value
                          + "': set one of them only.");
  return std::nullopt;
}

} // namespace

const std::string *
find_entry (const ConfigEntries &entries, std::string_view name)
{
  for (const auto &entry : entries)
    if (entry.name == name)
      return &entry.value;
  return nullptr;
}

Result<ConfigEntries>
merge_config (const ConfigSources &sources)
{
  ConfigEntries from_user;
  if (!sources.config_file.empty ()) {
    auto file = read_config_file (sources.config_file);
    if (!file)
      return file.error ();
    for (const auto &entry : *file)
      set_entry (from_user, canonical (entry));
  }

  if (auto error = check_client_config (sources.client_config))
    return *error;
  if (auto error = check_servers (sources))
    return *error;
  for (const auto &entry : sources.client_config)
    set_entry (from_user, canonical (entry));
  if (auto error = check_reserved (from_user, sources.reserved))
    return *error;

  ConfigEntries merged;
  set_entry (
      merged, { std::string (kBootstrapServers), kDefaultBootstrapServers });
  for (const auto &entry : sources.defaults)
    set_entry (merged, entry);
  for (const auto &entry : from_user)
    set_entry (merged, entry);
  if (sources.bootstrap_servers)
    set_entry (merged,
        { std::string (kBootstrapServers), *sources.bootstrap_servers });
  if (auto error = check_ports (*find_entry (merged, kBootstrapServers)))
    return *error;
  return merged;
}

bool
is_secret (std::string_view name)
{
  constexpr std::string_view exact[] = { "sasl.username" };
  constexpr std::string_view parts[] = { "password", "secret", "key", "token",
    "pem", "jaas", "sasl.oauthbearer" };
  auto contains = [name] (std::string_view part) {
    return name.find (part) != std::string_view::npos;
  };
  return std::find (std::begin (exact), std::end (exact), name)
             != std::end (exact)
         || std::any_of (std::begin (parts), std::end (parts), contains);
}

} // namespace gstkafka
