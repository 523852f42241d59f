/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The ways into a broker that does not let everybody in, and what is said of
 * each wrong one. */

#include "client/errors.h"
#include "common/failing.h"
#include "common/feed.h"
#include "common/trip.h"
#include "pipelines/security.h"

#include <list>
#include <sstream>

using namespace kafkacheck;

#define TLS "security.protocol=ssl\nssl.ca.location=@ca.pem\n"
#define CERTIFICATE "ssl.certificate.location=@client.pem\n"
#define LOGIN_TLS "security.protocol=sasl_ssl\nssl.ca.location=@ca.pem\n"
#define OPEN_PLAIN "security.protocol=sasl_plaintext\nsasl.mechanism=PLAIN\n"
#define PAULA "sasl.username=paula\nsasl.password=paulasword\n"
#define SAM "sasl.username=sam\nsasl.password=samsword\n"

/* ---- what works ---- */

enum Way { BY_FILE, BY_CLIENT_CONFIG, BY_ENVIRONMENT };

static const struct {
  const char *name;
  Way way;
  const char *listener;
  const User *user; /* nullptr: whoever comes this way may do anything */
  const char *settings;
} kWays[] = {
  { "TLS", BY_FILE, "TLS", nullptr, TLS },
  { "mutual TLS", BY_FILE, "MUTUAL", &kCertificateUser,
      TLS CERTIFICATE "ssl.key.location=@client.key\n" },
  { "mutual TLS with a password", BY_FILE, "MUTUAL", &kCertificateUser,
      TLS CERTIFICATE "ssl.key.location=@client-locked.key\n"
                      "ssl.key.password=doraskeyword\n" },
  { "mutual TLS with a keystore", BY_FILE, "MUTUAL", &kCertificateUser,
      TLS "ssl.keystore.location=@client.p12\n"
          "ssl.keystore.password=dorasstoreword\n" },
  { "PLAIN", BY_FILE, "OPEN", &kPlainUser, OPEN_PLAIN PAULA },
  { "PLAIN and TLS", BY_FILE, "LOGIN", &kPlainUser,
      LOGIN_TLS "sasl.mechanism=PLAIN\n" PAULA },
  { "SCRAM", BY_FILE, "LOGIN", &kScramUser,
      LOGIN_TLS "sasl.mechanism=SCRAM-SHA-512\n" SAM },
  { "mutual TLS by client-config", BY_CLIENT_CONFIG, "MUTUAL",
      &kCertificateUser,
      TLS "ssl.keystore.location=@client.p12\n"
          "ssl.keystore.password=dorasstoreword\n" },
  { "SCRAM by client-config", BY_CLIENT_CONFIG, "LOGIN", &kScramUser,
      LOGIN_TLS "sasl.mechanism=SCRAM-SHA-512\n" SAM },
  { "mutual TLS by the environment", BY_ENVIRONMENT, "MUTUAL",
      &kCertificateUser,
      TLS CERTIFICATE "ssl.key.location=@client-locked.key\n"
                      "ssl.key.password=doraskeyword\n" },
  { "SCRAM by the environment", BY_ENVIRONMENT, "LOGIN", &kScramUser,
      LOGIN_TLS "sasl.mechanism=SCRAM-SHA-512\n" SAM },
};

static std::string
by_client_config (const std::string &listener, const std::string &settings)
{
  std::string text = "c";
  std::istringstream lines (with_paths (settings));
  for (std::string line; std::getline (lines, line);)
    text += "," + line;
  return "bootstrap-servers=" + secure_broker ().address (listener)
         + " client-config=\"" + text + "\"";
}

/* Tests have a process each. */
static void
set_variable (const std::string &setting, const std::string &value)
{
  std::string name = "GST_KAFKA_CONFIG_";
  for (char c : setting)
    name += c == '.' ? '_' : g_ascii_toupper (c);
  g_setenv (name.c_str (), value.c_str (), TRUE);
}

static std::string
by_environment (const std::string &listener, const std::string &settings)
{
  std::istringstream lines (with_paths (settings));
  for (std::string line; std::getline (lines, line);)
    set_variable (
        line.substr (0, line.find ('=')), line.substr (line.find ('=') + 1));
  std::string address = secure_broker ().address (listener);
  set_variable ("bootstrap.servers", address);
  return "bootstrap-servers=" + address;
}

static std::string
by_way (Way way, const std::string &listener, const std::string &settings)
{
  switch (way) {
  case BY_FILE:
    return by_file (listener, settings);
  case BY_CLIENT_CONFIG:
    return by_client_config (listener, settings);
  case BY_ENVIRONMENT:
    break;
  }
  return by_environment (listener, settings);
}

static void
feed_three (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("image/jpeg");
  for (uint64_t i = 0; i < 3; i++)
    feed.push ({ "picture " + std::to_string (i), i * GST_SECOND });
  feed.finish ();
}

GST_START_TEST (test_element_gets_in)
{
  const auto &row = kWays[__i__];
  if (row.user == &kScramUser
      && gstkafka::is_scram_broken (rd_kafka_version ())) {
    g_print ("%s: skipped: librdkafka %s cannot, see docs/security.md\n",
        row.name, rd_kafka_version_str ());
    return;
  }
  Topic topic;
  const Permission write{ RD_KAFKA_RESOURCE_TOPIC, topic.name (),
    RD_KAFKA_ACL_OPERATION_WRITE };
  const Permission read{ RD_KAFKA_RESOURCE_TOPIC, topic.name (),
    RD_KAFKA_ACL_OPERATION_READ };
  std::string properties = by_way (row.way, row.listener, row.settings);
  g_print ("%s\n", row.name);

  /* Nothing more than these: docs/security.md says so. */
  if (row.user)
    allow (*row.user, write);
  Captured in = publish (
      "appsrc name=feed format=time", topic.name (), properties, feed_three);
  if (row.user) {
    take_back (*row.user, write);
    allow (*row.user, read);
  }
  Captured out = play (topic.name (), properties);
  ck_assert_int_eq (in.buffers.size (), 3);
  check_identical (in, out);
}
GST_END_TEST;

/* Kept for those who name the brokers of the environment, and no others. */
GST_START_TEST (test_environment_is_for_its_brokers_only)
{
  Topic topic;
  by_environment ("LOGIN", OPEN_PLAIN PAULA);
  Captured in = publish ("appsrc name=feed format=time", topic.name (), "",
      feed_three); /* KAFKA_BOOTSTRAP_SERVERS takes no login */
  ck_assert_int_eq (in.buffers.size (), 3);
}
GST_END_TEST;

/* ---- what does not ---- */

struct WrongWay {
  const char *name;
  const char *listener;
  GstResourceError code;
  const char *advice;
  const char *settings;
};

static const WrongWay kWrongWays[] = {
  { "a wrong password", "OPEN", GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "Check sasl.mechanism, sasl.username and sasl.password",
      OPEN_PLAIN "sasl.username=paula\nsasl.password=wrong\n" },
  { "a wrong password for SCRAM", "LOGIN", GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "refused the login",
      LOGIN_TLS "sasl.mechanism=SCRAM-SHA-512\nsasl.username=sam\n"
                "sasl.password=wrong\n" },
  { "a user whom nobody knows", "LOGIN", GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "refused the login",
      LOGIN_TLS "sasl.mechanism=SCRAM-SHA-512\nsasl.username=nobody\n"
                "sasl.password=samsword\n" },
  { "a mechanism that is not offered", "OPEN",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "does not offer this sasl.mechanism",
      "security.protocol=sasl_plaintext\nsasl.mechanism=SCRAM-SHA-512\n" SAM },
  { "a login where none is taken", "PLAINTEXT",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "takes no login", OPEN_PLAIN PAULA },
  { "no login where one is wanted", "OPEN", GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "asks for a login", "" },
  { "no login where one is wanted, by TLS", "LOGIN",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "asks for a login", TLS },
  { "a broker's certificate that has expired", "OLD",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "has expired", TLS },
  { "a broker's certificate of a foreign CA", "TLS",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "CA that is not trusted here",
      "security.protocol=ssl\nssl.ca.location=@foreign-ca.pem\n" },
  { "a broker's certificate of no CA that everybody knows", "TLS",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "ssl.ca.location",
      "security.protocol=ssl\n" },
  { "a broker's certificate for another host", "ELSEWHERE",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "another host name", TLS },
  { "no certificate of its own", "MUTUAL", GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "asks for a certificate of this client", TLS },
  { "a certificate of its own that has expired", "MUTUAL",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "does not accept this client's certificate",
      TLS "ssl.certificate.location=@old-client.pem\n"
          "ssl.key.location=@old-client.key\n" },
  { "a certificate of its own of a foreign CA", "MUTUAL",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED,
      "does not accept this client's certificate",
      TLS "ssl.certificate.location=@foreign-client.pem\n"
          "ssl.key.location=@foreign-client.key\n" },
  { "TLS where nobody speaks it", "PLAINTEXT",
      GST_RESOURCE_ERROR_NOT_AUTHORIZED, "does not speak TLS", TLS },
  { "no TLS where it is wanted", "TLS", GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      "may expect TLS", "" },
  { "a CA in a file that is not there", "TLS", GST_RESOURCE_ERROR_SETTINGS,
      "config-file", "security.protocol=ssl\nssl.ca.location=@no-such.pem\n" },
  { "a password that does not fit the key", "MUTUAL",
      GST_RESOURCE_ERROR_SETTINGS, "config-file",
      TLS CERTIFICATE "ssl.key.location=@client-locked.key\n"
                      "ssl.key.password=wrong\n" },
};

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed ! kafkasink topic=t "    \
  "name=kafka"
#define SOURCE "kafkasrc topic=t name=kafka ! fakesink"

/* Side by side: most of them wait most of the time. */
GST_START_TEST (test_wrong_way_is_one_error_that_says_what_to_check)
{
  std::list<ErrorCase> cases; /* the pipelines refer to them */
  std::list<FailingPipeline> pipelines;
  for (const auto &row : kWrongWays) {
    std::string properties = by_file (row.listener, row.settings);
    for (const char *text : { SINK, SOURCE }) {
      cases.push_back ({ row.name, text, row.code, row.advice });
      pipelines.emplace_back (cases.back (), properties);
    }
  }
  for (auto &pipeline : pipelines)
    pipeline.check ();
}
GST_END_TEST;

TCase *
security_access_tests ()
{
  TCase *tcase = tcase_create ("access");
  tcase_add_loop_test (tcase, test_element_gets_in, 0, G_N_ELEMENTS (kWays));
  tcase_add_test (tcase, test_environment_is_for_its_brokers_only);
  tcase_add_test (tcase, test_wrong_way_is_one_error_that_says_what_to_check);
  return tcase;
}
