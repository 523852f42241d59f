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

/* A pipeline's text may come from anywhere; a file, or the environment, is the
 * administrator's. A name that ends in a dot stands for all that begin so. */
struct FileOnly {
  std::string_view name;
  std::string_view effect;
};
constexpr FileOnly kFileOnly[] = {
  { "plugin.library.paths", "loads code" },
  { "ssl.engine.location", "loads code" },
  { "ssl.engine.id", "loads code" },
  { "ssl.providers", "loads code" },
  { "sasl.kerberos.kinit.cmd", "runs a program" },
  /* These end up in the command line of kinit, which a shell runs. */
  { "sasl.kerberos.keytab", "is given to a program" },
  { "sasl.kerberos.principal", "is given to a program" },
  { "offset.store.method", "writes a file" },
  { "offset.store.path", "writes a file" },
  { "sasl.oauthbearer.token.endpoint.url", "sends credentials elsewhere" },
  { "sasl.oauthbearer.assertion.", "sends what is in a file elsewhere" },
  { "sasl.oauthbearer.metadata.", "asks this machine's host for credentials" },
  { "test.mock.", "makes up brokers inside this process" },
};

/* What librdkafka makes room for, and who asks for it fills it; what kafkasink
 * keeps while there is no broker. */
constexpr std::string_view kMemoryLimits[] = { "max-queue-bytes",
  "max-queue-time", "max-record-size", "queued.max.messages.kbytes",
  "fetch.message.max.bytes", "max.partition.fetch.bytes", "fetch.max.bytes",
  "receive.message.max.bytes", "socket.send.buffer.bytes",
  "socket.receive.buffer.bytes" };

bool
begins_with (std::string_view text, std::string_view beginning)
{
  return text.substr (0, beginning.size ()) == beginning;
}

bool
ends_with (std::string_view text, std::string_view end)
{
  return text.size () >= end.size ()
         && text.substr (text.size () - end.size ()) == end;
}

bool
is_named (const FileOnly &setting, std::string_view name)
{
  return setting.name.back () == '.' ? begins_with (name, setting.name)
                                     : name == setting.name;
}

bool
is_name_character (unsigned char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* What a login is, and what protects it on its way. */
bool
is_about_security (std::string_view name)
{
  constexpr std::string_view families[] = { "ssl.", "sasl.", "https.",
    "security.", "enable.ssl.", "enable.sasl." };
  return std::any_of (std::begin (families), std::end (families),
      [name] (std::string_view family) { return begins_with (name, family); });
}

void
set_entry (ConfigEntries &entries, const ConfigEntry &entry)
{
  for (auto &known : entries) {
    if (known.name == entry.name) {
      known = entry;
      return;
    }
  }
  entries.push_back (entry);
}

/* librdkafka takes `topic.acks` for `acks`. Nothing is left for it to take away
 * after what the checks have seen. */
std::string_view
without_topic (std::string_view name)
{
  constexpr std::string_view prefix = "topic.";
  while (begins_with (name, prefix) && !begins_with (name, "topic.metadata.")
         && name != "topic.blacklist")
    name.remove_prefix (prefix.size ());
  return name;
}

/* librdkafka knows some by two names. */
ConfigEntry
canonical (const ConfigEntry &entry)
{
  std::string_view name = without_topic (entry.name);
  if (name == "metadata.broker.list")
    name = kBootstrapServers;
  return { std::string (name), entry.value, entry.variable };
}

ConfigEntries
canonical (const ConfigEntries &entries)
{
  ConfigEntries out;
  for (const auto &entry : entries)
    out.push_back (canonical (entry));
  return out;
}

Error
bad_setting (const std::string &message)
{
  return { ErrorKind::SETTINGS, message, "" };
}

MaybeError
check_login (std::string_view servers)
{
  if (!has_login (servers))
    return std::nullopt;
  return bad_setting (
      "bootstrap-servers has a user or password in it, which would be shown. "
      "Set sasl.username and sasl.password in the config-file.");
}

/* Before anything quotes them: a secret may be in the wrong place. */
MaybeError
check_form (const ConfigEntries &entries, const std::string &place)
{
  for (const auto &entry : entries) {
    if (!is_setting_name (entry.name))
      return bad_setting ("A name in " + place
                          + " is no setting's. It has letters, digits, '.', "
                            "'_' and '-', and then comes '='.");
    if (entry.name == kBootstrapServers)
      if (auto error = check_login (entry.value))
        return error;
    if (!is_secret (entry.name) && has_secret_inside (entry.value))
      return bad_setting ("The value of '" + entry.name + "' in " + place
                          + " has another setting in it, which is secret. Give "
                            "each a line, a field or a variable of its own.");
  }
  return std::nullopt;
}

MaybeError
check_client_config (const ConfigEntries &entries)
{
  for (const auto &entry : entries)
    for (const auto &setting : kFileOnly)
      if (is_named (setting, entry.name))
        return bad_setting (
            "'" + entry.name + "' " + std::string (setting.effect)
            + ", so it is taken from a config-file only, not from "
              "client-config or the URI.");
  return std::nullopt;
}

MaybeError
check_reserved (
    const ConfigEntries &entries, const std::vector<ReservedSetting> &reserved)
{
  for (const auto &entry : entries)
    for (const auto &setting : reserved)
      if (entry.name == setting.name)
        return bad_setting (quoted_name (entry) + " cannot be set: "
                            + std::string (setting.advice) + ".");
  return std::nullopt;
}

std::vector<std::string>
split_servers (const std::string &servers)
{
  std::vector<std::string> list;
  size_t begin = 0;
  while (begin <= servers.size ()) {
    size_t end = std::min (servers.find (',', begin), servers.size ());
    list.push_back (servers.substr (begin, end - begin));
    begin = end + 1;
  }
  return list;
}

/* Where its colon is; the end of `host`: it names none. */
size_t
find_port (const std::string &host)
{
  size_t colon = host.find_last_of (":]");
  bool has_port = colon != std::string::npos && host[colon] == ':';
  return has_port ? colon : host.size ();
}

std::vector<std::string>
with_ports (const std::string &servers)
{
  std::vector<std::string> list = split_servers (servers);
  for (auto &host : list)
    if (find_port (host) == host.size ())
      host += ":9092";
  return list;
}

/* librdkafka knows `SSL://host`, too; any other it leaves out. */
std::string
without_protocol (const std::string &host)
{
  const std::string lower = in_lower_case (host);
  for (std::string_view known :
      { "plaintext://", "ssl://", "sasl_plaintext://", "sasl_ssl://" })
    if (begins_with (lower, known))
      return host.substr (known.size ());
  return host;
}

/* librdkafka takes the port modulo 65536 and connects to wherever that is. */
MaybeError
check_hosts (const std::string &servers)
{
  for (const auto &server : split_servers (servers)) {
    const std::string host = without_protocol (server);
    if (host.find ("//") != std::string::npos)
      return bad_setting ("'" + server
                          + "' in bootstrap-servers is no host or host:port. A "
                            "URI, kafka://host/topic, goes into uri.");
    size_t colon = find_port (host);
    std::string port = colon < host.size () ? host.substr (colon + 1) : "9092";
    bool is_number
        = !port.empty () && port.size () <= 5
          && port.find_first_not_of ("0123456789") == std::string::npos;
    int number = is_number ? std::stoi (port) : 0;
    if (host.empty () || colon == 0 || number < 1 || number > 65535)
      return bad_setting (
          "'" + server + "' in bootstrap-servers is no host or host:port.");
  }
  return std::nullopt;
}

/* But for the environment, which may be none of this element's business. */
MaybeError
check_all_forms (const ConfigSources &sources, const ConfigEntries &file)
{
  if (auto error = check_login (sources.bootstrap_servers.value_or ("")))
    return error;
  if (auto error = check_form (file, "the config-file"))
    return error;
  return check_form (sources.client_config, "client-config or the URI");
}

/* Whether `servers` names nothing that `known` does not. */
bool
are_among (const std::string &servers, const std::string &known)
{
  auto names = with_ports (servers), among = with_ports (known);
  return std::all_of (
      names.begin (), names.end (), [&among] (const std::string &name) {
        return std::find (among.begin (), among.end (), name) != among.end ();
      });
}

MaybeError
check_servers (const ConfigSources &sources)
{
  if (!sources.bootstrap_servers)
    return std::nullopt;
  for (const auto &entry : sources.client_config)
    if (entry.name == kBootstrapServers
        && entry.value != *sources.bootstrap_servers)
      return bad_setting ("bootstrap-servers says '"
                          + *sources.bootstrap_servers
                          + "' and client-config says '" + entry.value
                          + "': set one of them only.");
  return std::nullopt;
}

/* The environment is that of a process, whose elements may speak to several
 * clusters. It is about one: what else they speak to learns nothing of it. */
Result<ConfigEntries>
relevant_environment (const ConfigSources &sources, const ConfigEntries &user)
{
  const ConfigEntries &environment = sources.environment;
  auto secret = std::find_if (environment.begin (), environment.end (),
      [] (const ConfigEntry &entry) { return is_secret (entry.name); });
  const std::string *known = find_entry (environment, kBootstrapServers);
  if (!known && secret != environment.end ())
    return bad_setting (
        "'" + secret->name
        + "' is set in the environment, but not for which brokers. Set "
          "GST_KAFKA_CONFIG_BOOTSTRAP_SERVERS, too.");
  const std::string *wanted = sources.bootstrap_servers
                                  ? &*sources.bootstrap_servers
                                  : find_entry (user, kBootstrapServers);
  if (known && wanted && !are_among (*wanted, *known))
    return ConfigEntries{};
  if (secret == environment.end ())
    return environment;
  for (const auto &entry : sources.client_config)
    if (is_about_security (entry.name))
      return bad_setting (
          "'" + entry.name + "' cannot be set besides '" + secret->name
          + "' of the environment. Set it in the environment, or in a "
            "config-file.");
  return environment;
}

} // namespace

ConfigEntries
parse_environment (const char *const *variables)
{
  ConfigEntries entries;
  for (; variables && *variables; variables++) {
    std::string_view text = *variables;
    size_t equals = text.find ('=');
    if (equals == std::string_view::npos || equals <= kEnvironmentPrefix.size ()
        || !begins_with (text, kEnvironmentPrefix))
      continue;
    std::string name (text.substr (
        kEnvironmentPrefix.size (), equals - kEnvironmentPrefix.size ()));
    std::replace (name.begin (), name.end (), '_', '.');
    set_entry (entries, canonical ({ in_lower_case (name),
                            std::string (text.substr (equals + 1)),
                            std::string (text.substr (0, equals)) }));
  }
  return entries;
}

const char *
why_not_for_strangers (std::string_view name)
{
  name = without_topic (name);
  if (name == "config-file" || ends_with (name, ".location"))
    return "names a file of this machine, which a URI must not: it may come "
           "from anywhere";
  if (std::find (std::begin (kMemoryLimits), std::end (kMemoryLimits), name)
      != std::end (kMemoryLimits))
    return "says how much memory may be used, which a URI must not: it may "
           "come from anywhere";
  return nullptr;
}

const std::string *
find_entry (const ConfigEntries &entries, std::string_view name)
{
  for (const auto &entry : entries)
    if (entry.name == name)
      return &entry.value;
  return nullptr;
}

Result<ConfigEntries>
merge_config (ConfigSources sources)
{
  sources.client_config = canonical (sources.client_config);
  ConfigEntries from_user;
  if (!sources.config_file.empty ()) {
    auto file = read_config_file (sources.config_file);
    if (!file)
      return file.error ();
    for (const auto &entry : canonical (*file))
      set_entry (from_user, entry);
  }

  if (auto error = check_all_forms (sources, from_user))
    return *error;
  if (auto error = check_client_config (sources.client_config))
    return *error;
  if (auto error = check_servers (sources))
    return *error;
  for (const auto &entry : sources.client_config)
    set_entry (from_user, entry);
  auto environment = relevant_environment (sources, from_user);
  if (!environment)
    return environment.error ();
  if (auto error = check_form (*environment, "the environment"))
    return *error;
  for (const auto &entry : *environment)
    if (!find_entry (from_user, entry.name))
      from_user.push_back (entry);
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
  if (auto error = check_hosts (*find_entry (merged, kBootstrapServers)))
    return *error;
  return merged;
}

std::string
in_lower_case (std::string_view text)
{
  std::string out (text);
  for (char &c : out)
    c = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
  return out;
}

std::string
quoted_name (const ConfigEntry &entry)
{
  std::string name = "'" + entry.name + "'";
  return entry.variable.empty ()
             ? name
             : name + " (" + entry.variable + " of the environment)";
}

bool
is_setting_name (std::string_view name)
{
  return !name.empty ()
         && std::all_of (name.begin (), name.end (), is_name_character);
}

/* A name that is misspelt has its value all the same. */
bool
is_secret (std::string_view name)
{
  constexpr std::string_view parts[] = { "sasl.username", "password", "secret",
    "key", "token", "pem", "jaas", "sasl.oauthbearer" };
  const std::string lower = in_lower_case (name);
  return std::any_of (
      std::begin (parts), std::end (parts), [&lower] (std::string_view part) {
        return lower.find (part) != std::string::npos;
      });
}

bool
is_secret (const ConfigEntry &entry)
{
  return is_secret (entry.name) || has_secret_inside (entry.value)
         || (canonical (entry).name == kBootstrapServers
             && has_login (entry.value));
}

/* Those of librdkafka that are secret; others may well be a host or a file. */
bool
has_secret_inside (std::string_view value)
{
  const std::string lower = in_lower_case (value);
  auto begin = lower.begin ();
  while (true) {
    begin = std::find_if (begin, lower.end (), is_name_character);
    auto end = std::find_if_not (begin, lower.end (), is_name_character);
    if (end == lower.end ())
      return false;
    std::string_view name (&*begin, static_cast<size_t> (end - begin));
    if (is_about_security (name) && is_secret (name)
        && std::string_view ("=: \t").find (*end) != std::string_view::npos)
      return true;
    begin = end;
  }
}

bool
has_login (std::string_view servers)
{
  return servers.find ('@') != std::string_view::npos
         || has_secret_inside (servers);
}

} // namespace gstkafka
