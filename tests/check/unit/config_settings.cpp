/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/check.h"
#include "config/settings.h"
#include "unit/temporary_file.h"

using namespace gstkafka;

static std::string
merged_value (const ConfigSources &sources, const char *name)
{
  auto merged = merge_config (sources);
  ck_assert_msg (
      bool (merged), "%s", merged ? "" : merged.error ().message.c_str ());
  const std::string *value = find_entry (*merged, name);
  return value ? *value : "(none)";
}

static void
check_refused (const ConfigSources &sources, const char *reason)
{
  auto merged = merge_config (sources);
  ck_assert (!merged);
  ck_assert (merged.error ().kind == ErrorKind::SETTINGS);
  ck_assert_msg (merged.error ().message.find (reason) != std::string::npos,
      "%s", merged.error ().message.c_str ());
}

/* ---- who has the last word ---- */

GST_START_TEST (test_settings_override_each_other_in_order)
{
  TemporaryFile file ("b=file\nc=file\n");
  ConfigSources sources;
  sources.defaults
      = { { "a", "default" }, { "b", "default" }, { "c", "default" } };
  sources.config_file = file.name ();
  sources.client_config = { { "c", "client" } };
  check_text (merged_value (sources, "a"), "default");
  check_text (merged_value (sources, "b"), "file");
  check_text (merged_value (sources, "c"), "client");
}
GST_END_TEST;

GST_START_TEST (test_settings_have_one_entry_a_name)
{
  TemporaryFile file ("a=1\na=2\n");
  ConfigSources sources;
  sources.defaults = { { "a", "0" } };
  sources.config_file = file.name ();
  auto merged = merge_config (sources);
  ck_assert (merged);
  ck_assert_int_eq (merged->size (), 2); /* a, bootstrap.servers */
  check_text (merged_value (sources, "a"), "2");
}
GST_END_TEST;

static const struct {
  const char *file;
  ConfigEntries client_config;
  std::optional<std::string> property;
  const char *servers;
} kServers[] = {
  { "", {}, {}, "localhost:9092" },
  { "bootstrap.servers=file", {}, {}, "file" },
  { "metadata.broker.list=file", {}, {}, "file" },
  { "bootstrap.servers=file", { { "bootstrap.servers", "client" } }, {},
      "client" },
  { "bootstrap.servers=file", { { "metadata.broker.list", "client" } }, {},
      "client" },
  { "bootstrap.servers=file", {}, "property", "property" },
  { "metadata.broker.list=file", {}, "property", "property" },
  { "", { { "bootstrap.servers", "same" } }, "same", "same" },
};

GST_START_TEST (test_settings_find_the_servers)
{
  const auto &row = kServers[__i__];
  TemporaryFile file (row.file);
  ConfigSources sources;
  sources.config_file = file.name ();
  sources.client_config = row.client_config;
  sources.bootstrap_servers = row.property;
  check_text (merged_value (sources, "bootstrap.servers"), row.servers);
  check_text (merged_value (sources, "metadata.broker.list"), "(none)");
}
GST_END_TEST;

/* ---- what cannot be ---- */

static const char *const kServersNames[]
    = { "bootstrap.servers", "metadata.broker.list" };

GST_START_TEST (test_settings_refuse_two_different_servers)
{
  ConfigSources sources;
  sources.bootstrap_servers = "a:1";
  sources.client_config = { { kServersNames[__i__], "b:2" } };
  check_refused (sources, "'a:1' and client-config says 'b:2'");
}
GST_END_TEST;

GST_START_TEST (test_settings_that_are_reserved_are_refused)
{
  TemporaryFile file ("group.id=g");
  ConfigSources in_file, in_client;
  in_file.config_file = file.name ();
  in_client.client_config = { { "group.id", "g" } };
  for (ConfigSources *sources : { &in_file, &in_client }) {
    sources->reserved = { { "group.id", "use the property group-id" } };
    check_refused (
        *sources, "'group.id' cannot be set: use the property group-id.");
  }
}
GST_END_TEST;

/* librdkafka takes the prefix away, and so do the checks. */
GST_START_TEST (test_settings_of_a_topic_are_known_by_their_short_name)
{
  for (const char *prefix : { "topic.", "topic.topic." }) {
    ConfigSources sources;
    sources.defaults = { { "acks", "all" } };
    sources.client_config = { { prefix + std::string ("acks"), "1" } };
    check_text (merged_value (sources, "acks"), "1");
    sources.reserved = { { "acks", "never mind" } };
    check_refused (sources, "'acks' cannot be set");

    ConfigSources writing;
    writing.client_config
        = { { prefix + std::string ("offset.store.path"), "/x" } };
    check_refused (writing, "from a config-file only");

    ConfigSources unprotected;
    unprotected.environment
        = { { "bootstrap.servers", "a" }, { "sasl.password", "hunter2" } };
    unprotected.client_config
        = { { prefix + std::string ("security.protocol"), "plaintext" } };
    check_refused (unprotected, "besides 'sasl.password'");
  }
  ConfigSources other;
  other.client_config = { { "topic.metadata.refresh.sparse", "a" },
    { "topic.blacklist", "b" } };
  check_text (merged_value (other, "topic.metadata.refresh.sparse"), "a");
  check_text (merged_value (other, "topic.blacklist"), "b");
}
GST_END_TEST;

GST_START_TEST (test_settings_reserve_nothing_from_the_element)
{
  ConfigSources sources;
  sources.defaults = { { "group.id", "own" } };
  sources.reserved = { { "group.id", "never mind" } };
  check_text (merged_value (sources, "group.id"), "own");
}
GST_END_TEST;

static const char *const kFileOnly[] = { "plugin.library.paths",
  "ssl.engine.location", "ssl.engine.id", "ssl.providers",
  "sasl.kerberos.kinit.cmd", "sasl.kerberos.keytab", "sasl.kerberos.principal",
  "offset.store.method", "offset.store.path",
  "sasl.oauthbearer.token.endpoint.url", "sasl.oauthbearer.assertion.file",
  "sasl.oauthbearer.assertion.private.key.file",
  "sasl.oauthbearer.metadata.authentication.type", "test.mock.num.brokers",
  "test.mock.broker.rtt" };

GST_START_TEST (test_settings_that_reach_out_are_taken_from_a_file_only)
{
  const std::string name = kFileOnly[__i__];
  ConfigSources sources;
  sources.client_config = { { name, "x" } };
  check_refused (sources, kFileOnly[__i__]);

  TemporaryFile file (name + "=x");
  sources.client_config.clear ();
  sources.config_file = file.name ();
  check_text (merged_value (sources, name.c_str ()), "x");
}
GST_END_TEST;

static const struct {
  const char *name;
  bool is_allowed;
} kInUri[] = {
  { "config-file", false },
  { "ssl.ca.location", false },
  { "ssl.key.location", false },
  { "ssl.certificate.location", false },
  { "ssl.keystore.location", false },
  { "ssl.crl.location", false },
  { "https.ca.location", false },
  { "topic.ssl.ca.location", false },
  { "queued.max.messages.kbytes", false },
  { "topic.queued.max.messages.kbytes", false },
  { "fetch.message.max.bytes", false },
  { "max.partition.fetch.bytes", false },
  { "fetch.max.bytes", false },
  { "receive.message.max.bytes", false },
  { "max-queue-bytes", false },
  { "max-queue-time", false },
  { "max-record-size", false },
  { "leaky", true },
  { "fetch.min.bytes", true },
  { "ssl.ca.pem", true },
  { "security.protocol", true },
  { "sasl.password", true },
  { "linger.ms", true },
  { "key", true },
};

GST_START_TEST (test_settings_of_a_uri_name_no_file_and_no_limit)
{
  const auto &row = kInUri[__i__];
  ck_assert_msg (
      !why_not_for_strangers (row.name) == row.is_allowed, "%s", row.name);
}
GST_END_TEST;

static const struct {
  const char *servers;
  const char *complaint; /* nullptr: none */
} kAddresses[] = {
  { "h", nullptr },
  { "h:1,[::1]:2", nullptr },
  { "PLAINTEXT://h:1", nullptr },
  { "plaintext://h,ssl://i", nullptr },
  { "SASL_SSL://[::1]:65535", nullptr },
  { "h:0", "no host or host:port" },
  { "h:65536", "no host or host:port" },
  { "h,,i", "no host or host:port" },
  { "PLAINTEXT://", "no host or host:port" },
  { "PLAINTEXT://h:0", "'PLAINTEXT://h:0' in" },
  { "kafka://h", "goes into uri" },
  { "kafka://h:19093", "goes into uri" },
  { "h:1,kafka://h:19093/t", "'kafka://h:19093/t' in" },
  { "http://h:80", "goes into uri" },
  { "SSL://PLAINTEXT://h:1", "goes into uri" },
};

GST_START_TEST (test_settings_know_an_address)
{
  const auto &row = kAddresses[__i__];
  ConfigSources sources;
  sources.bootstrap_servers = row.servers;
  if (row.complaint)
    check_refused (sources, row.complaint);
  else
    check_text (merged_value (sources, "bootstrap.servers"), row.servers);
}
GST_END_TEST;

/* ---- the environment ---- */

GST_START_TEST (test_settings_are_read_from_the_environment)
{
  const char *variables[] = { "PATH=/bin", "GST_KAFKA_CONFIG_SASL_PASSWORD=a=b",
    "GST_KAFKA_CONFIG_METADATA_BROKER_LIST=c", "GST_KAFKA_CLIP=/a",
    "GST_KAFKA_CONFIG_=d", "GST_KAFKA_CONFIG_ACKS", nullptr };
  auto entries = parse_environment (variables);
  ck_assert_int_eq (entries.size (), 2);
  check_text (*find_entry (entries, "sasl.password"), "a=b");
  check_text (*find_entry (entries, "bootstrap.servers"), "c");
  check_text (quoted_name (entries[0]),
      "'sasl.password' (GST_KAFKA_CONFIG_SASL_PASSWORD of the environment)");
}
GST_END_TEST;

/* An error has to name the one that counts. */
GST_START_TEST (test_settings_know_the_variable_that_they_come_from)
{
  const char *variables[]
      = { "GST_KAFKA_CONFIG_A=1", "GST_KAFKA_CONFIG_TOPIC_B=2", nullptr };
  ConfigSources sources;
  sources.defaults = { { "a", "default" }, { "b", "default" } };
  sources.environment = parse_environment (variables);
  sources.client_config = { { "a", "client" } };
  auto merged = merge_config (sources);
  ck_assert (merged);
  for (const auto &entry : *merged)
    check_text (
        entry.variable, entry.name == "b" ? "GST_KAFKA_CONFIG_TOPIC_B" : "");
}
GST_END_TEST;

GST_START_TEST (test_settings_of_the_environment_give_way_to_the_user_s)
{
  TemporaryFile file ("b=file\n");
  ConfigSources sources;
  sources.defaults = { { "a", "default" }, { "b", "default" } };
  sources.environment = { { "a", "environment" }, { "b", "environment" },
    { "c", "environment" } };
  sources.config_file = file.name ();
  sources.client_config = { { "c", "client" } };
  check_text (merged_value (sources, "a"), "environment");
  check_text (merged_value (sources, "b"), "file");
  check_text (merged_value (sources, "c"), "client");
}
GST_END_TEST;

/* Of which brokers the environment speaks, which are asked for, and whether
 * they get the password. */
static const struct {
  const char *known;
  std::optional<std::string> wanted;
  bool is_given;
} kBrokers[] = {
  { "a:1,b", {}, true },
  { "a:1,b", "a:1", true },
  { "a:1,b", "b:9092,a:1", true },
  { "a:1,b", "c:1", false },
  { "a:1,b", "a:1,c:1", false },
  { "a:1,b", "a:2", false },
  { "a:1,b", "a", false },
};

GST_START_TEST (test_settings_keep_a_secret_of_the_environment_from_strangers)
{
  const auto &row = kBrokers[__i__];
  ConfigSources by_property, by_text;
  by_property.environment
      = { { "bootstrap.servers", row.known }, { "sasl.password", "x" } };
  by_text.environment = by_property.environment;
  by_property.bootstrap_servers = row.wanted;
  if (row.wanted)
    by_text.client_config = { { "metadata.broker.list", *row.wanted } };
  for (const auto &sources : { by_property, by_text })
    check_text (
        merged_value (sources, "sasl.password"), row.is_given ? "x" : "(none)");
}
GST_END_TEST;

GST_START_TEST (test_settings_refuse_a_secret_that_is_for_nobody)
{
  ConfigSources sources;
  sources.environment = { { "sasl.password", "hunter2" } };
  check_refused (sources, "GST_KAFKA_CONFIG_BOOTSTRAP_SERVERS");
}
GST_END_TEST;

static const char *const kWeakening[] = { "security.protocol",
  "enable.ssl.certificate.verification", "ssl.ca.pem", "sasl.mechanism",
  "ssl.endpoint.identification.algorithm" };

GST_START_TEST (test_settings_in_text_cannot_unprotect_the_environment_s)
{
  const std::string name = kWeakening[__i__];
  ConfigSources sources;
  sources.environment
      = { { "bootstrap.servers", "a" }, { "sasl.password", "hunter2" } };
  sources.client_config = { { name, "x" } };
  check_refused (sources, "besides 'sasl.password' of the environment");

  sources.client_config.clear ();
  TemporaryFile file (name + "=x");
  sources.config_file = file.name ();
  check_text (merged_value (sources, name.c_str ()), "x");
}
GST_END_TEST;

/* ---- secrets in the wrong place ---- */

static const struct {
  ConfigEntry entry;
  const char *advice;
} kMisplaced[] = {
  { { "sasl.password: Secret", "" }, "A name in" },
  { { "sasl.password Secret", "x" }, "A name in" },
  { { "", "Secret" }, "A name in" },
  { { "sasl.mechanism", "PLAIN sasl.password=Secret" }, "'sasl.mechanism' in" },
  { { "sasl.mechanism", "PLAIN sasl.password Secret" }, "'sasl.mechanism' in" },
  { { "security.protocol", "sasl_ssl;SASL.PASSWORD:Secret" },
      "'security.protocol' in" },
  { { "linger.ms", "5,ssl.key.password = Secret" }, "'linger.ms' in" },
  { { "bootstrap.servers", "u:Secret@h:1" }, "user or password" },
  { { "metadata.broker.list", "h,u:Secret@h:1" }, "user or password" },
  { { "bootstrap.servers", "kafka://u:Secret@h:1" }, "user or password" },
  { { "bootstrap.servers", "h sasl.password=Secret" }, "user or password" },
};

static void
check_refused_unquoted (const ConfigSources &sources, const char *advice)
{
  check_refused (sources, advice);
  Error error = merge_config (sources).error ();
  ck_assert (
      (error.message + error.detail).find ("Secret") == std::string::npos);
}

GST_START_TEST (test_settings_do_not_quote_a_secret_in_the_wrong_place)
{
  const auto &[entry, advice] = kMisplaced[__i__];
  ConfigSources in_text, in_environment;
  in_text.client_config = { entry };
  check_refused_unquoted (in_text, advice);
  in_text.bootstrap_servers = "other";
  check_refused_unquoted (in_text, advice);
  /* As parse_environment () gives it. */
  in_environment.environment = { entry };
  if (entry.name == "metadata.broker.list")
    return;
  if (!find_entry (in_environment.environment, "bootstrap.servers"))
    in_environment.environment.push_back ({ "bootstrap.servers", "h" });
  check_refused_unquoted (in_environment, advice);
  TemporaryFile file (entry.name + "=" + entry.value);
  ConfigSources in_file;
  in_file.config_file = file.name ();
  check_refused_unquoted (
      in_file, advice == std::string ("A name in") ? "Line 1 " : advice);
  ck_assert (is_secret (entry) || advice == std::string ("A name in"));
}
GST_END_TEST;

GST_START_TEST (test_settings_do_not_quote_a_login_among_the_servers)
{
  for (const char *servers :
      { "u:Secret@h", "h,kafka://u:Secret@h:1", "SSL://u:Secret@h:0" }) {
    ConfigSources sources;
    sources.bootstrap_servers = servers;
    check_refused_unquoted (sources, "user or password");
    sources.client_config = { { "bootstrap.servers", "other" } };
    check_refused_unquoted (sources, "user or password");
  }
}
GST_END_TEST;

static const ConfigEntry kHarmless[] = {
  { "ssl.ca.location", "/etc/ssl.key/ca.pem" },
  { "ssl.ca.location", "C:\\keys\\my.pem" },
  { "bootstrap.servers", "kafka.keyhole.com:9092,keycloak:1" },
  { "sasl.mechanisms", "PLAIN" },
  { "group.instance.id", "a=b" },
  { "client.id", "sasl.password" },
  { "sasl.oauthbearer.config", "principal=a scope=b" },
  { "sasl.password", "p@ss=word: sasl.password=x" },
};

GST_START_TEST (test_settings_see_no_secret_where_none_is)
{
  const ConfigEntry &entry = kHarmless[__i__];
  ConfigSources sources;
  sources.client_config = { entry };
  check_text (
      merged_value (sources, entry.name.c_str ()), entry.value.c_str ());
  ck_assert (is_secret (entry) == is_secret (entry.name));
}
GST_END_TEST;

GST_START_TEST (test_settings_report_a_bad_file)
{
  ConfigSources sources;
  sources.config_file = "/nowhere/some.conf";
  check_refused (sources, "/nowhere/some.conf");
  TemporaryFile file ("nonsense");
  sources.config_file = file.name ();
  check_refused (sources, "Line 1 ");
}
GST_END_TEST;

/* ---- what must not be shown ---- */

static const struct {
  const char *name;
  bool is_secret;
} kNames[] = {
  { "sasl.password", true },
  { "sasl.username", true },
  { "Sasl.Password", true },
  { "SASL.USERNAME", true },
  { " sasl.username", true },
  { "sasl.jaas.config", true },
  { "sasl.kerberos.keytab", true },
  { "sasl.oauthbearer.client.secret", true },
  { "sasl.oauthbearer.client.id", true },
  { "sasl.oauthbearer.config", true },
  { "ssl.key.password", true },
  { "ssl.key.pem", true },
  { "ssl.key.location", true },
  { "ssl.keystore.password", true },
  { "ssl.certificate.pem", true },
  { "ssl.ca.pem", true },
  { "bootstrap.servers", false },
  { "linger.ms", false },
  { "security.protocol", false },
  { "sasl.mechanism", false },
  { "ssl.ca.location", false },
  { "", false },
};

GST_START_TEST (test_settings_know_secrets_by_name)
{
  ck_assert_msg (is_secret (kNames[__i__].name) == kNames[__i__].is_secret,
      "%s", kNames[__i__].name);
}
GST_END_TEST;

static Suite *
config_settings_suite ()
{
  Suite *suite = suite_create ("config_settings");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_settings_override_each_other_in_order);
  tcase_add_test (tcase, test_settings_have_one_entry_a_name);
  tcase_add_loop_test (
      tcase, test_settings_find_the_servers, 0, G_N_ELEMENTS (kServers));
  tcase_add_loop_test (tcase, test_settings_refuse_two_different_servers, 0,
      G_N_ELEMENTS (kServersNames));
  tcase_add_test (tcase, test_settings_that_are_reserved_are_refused);
  tcase_add_test (
      tcase, test_settings_of_a_topic_are_known_by_their_short_name);
  tcase_add_test (tcase, test_settings_reserve_nothing_from_the_element);
  tcase_add_loop_test (tcase,
      test_settings_that_reach_out_are_taken_from_a_file_only, 0,
      G_N_ELEMENTS (kFileOnly));
  tcase_add_loop_test (tcase, test_settings_of_a_uri_name_no_file_and_no_limit,
      0, G_N_ELEMENTS (kInUri));
  tcase_add_loop_test (
      tcase, test_settings_know_an_address, 0, G_N_ELEMENTS (kAddresses));
  tcase_add_test (tcase, test_settings_are_read_from_the_environment);
  tcase_add_test (tcase, test_settings_know_the_variable_that_they_come_from);
  tcase_add_test (
      tcase, test_settings_of_the_environment_give_way_to_the_user_s);
  tcase_add_loop_test (tcase,
      test_settings_keep_a_secret_of_the_environment_from_strangers, 0,
      G_N_ELEMENTS (kBrokers));
  tcase_add_test (tcase, test_settings_refuse_a_secret_that_is_for_nobody);
  tcase_add_loop_test (tcase,
      test_settings_in_text_cannot_unprotect_the_environment_s, 0,
      G_N_ELEMENTS (kWeakening));
  tcase_add_loop_test (tcase,
      test_settings_do_not_quote_a_secret_in_the_wrong_place, 0,
      G_N_ELEMENTS (kMisplaced));
  tcase_add_test (tcase, test_settings_do_not_quote_a_login_among_the_servers);
  tcase_add_loop_test (tcase, test_settings_see_no_secret_where_none_is, 0,
      G_N_ELEMENTS (kHarmless));
  tcase_add_test (tcase, test_settings_report_a_bad_file);
  tcase_add_loop_test (
      tcase, test_settings_know_secrets_by_name, 0, G_N_ELEMENTS (kNames));
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (config_settings);
