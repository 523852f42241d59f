/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/errors.h"

namespace gstkafka {

namespace {

std::string
quoted (const std::string &text)
{
  return "'" + text + "'";
}

Error
unreachable (const ErrorContext &context)
{
  return { ErrorKind::UNREACHABLE,
    "No Kafka broker answers at " + quoted (context.servers)
        + ". Check that one is running there and that bootstrap-servers "
          "names it.",
    "" };
}

bool
says (const std::string &reason, const char *words)
{
  return reason.find (words) != std::string::npos;
}

/* What it does not understand of sasl.oauthbearer.config it repeats. */
bool
quotes_secret (const std::string &reason)
{
  return says (reason, "OAUTHBEARER token")
         || says (reason, "sasl.oauthbearer.config");
}

/* What librdkafka makes of a connection that ends early, a restart as well. */
bool
is_guess (const std::string &reason)
{
  return says (reason, "might require SASL")
         || says (reason, "connecting to a SSL listener")
         || says (reason, "PLAINTEXT broker listener")
         || says (reason, "unexpected eof");
}

std::string
broker_at (const ErrorContext &context)
{
  return "The broker at " + quoted (context.servers);
}

/* OpenSSL's X509_V_ERR_...: its numbers never change. */
enum CertificateError {
  NO_ISSUER = 2,
  NOT_YET_VALID = 9,
  HAS_EXPIRED = 10,
  SELF_SIGNED = 18,
  SELF_SIGNED_IN_CHAIN = 19,
  NO_LOCAL_ISSUER = 20,
  NO_ISSUER_OF_LEAF = 21,
  REVOKED = 23,
  HOST_MISMATCH = 62,
  ADDRESS_MISMATCH = 64,
};

std::string
describe_certificate (const ErrorContext &context)
{
  const std::string its
      = "The certificate of the broker at " + quoted (context.servers);
  switch (context.certificate_error) {
  case HAS_EXPIRED:
    return its
           + " has expired. Have it renewed; or check the clock of this "
             "machine.";
  case NOT_YET_VALID:
    return its + " is not valid yet. Check the clock of this machine.";
  case NO_ISSUER:
  case SELF_SIGNED:
  case SELF_SIGNED_IN_CHAIN:
  case NO_LOCAL_ISSUER:
  case NO_ISSUER_OF_LEAF:
    return its
           + " is signed by a CA that is not trusted here. Check that "
             "ssl.ca.location names the file of its CA.";
  case REVOKED:
    return its + " has been revoked. Ask its administrator for another.";
  case HOST_MISMATCH:
  case ADDRESS_MISMATCH:
    return its
           + " is for another host name. Use a name in bootstrap-servers that "
             "the certificate has, or have one made for this name.";
  default:
    break;
  }
  return its + " is not valid (error "
         + std::to_string (context.certificate_error)
         + " of OpenSSL). Check ssl.ca.location and the certificate.";
}

Error
describe_ssl (const std::string &reason, const ErrorContext &context)
{
  if (context.was_reached && is_guess (reason))
    return unreachable (context);
  Error error{ ErrorKind::AUTHENTICATION,
    "The TLS connection to " + quoted (context.servers)
        + " failed. Check security.protocol, ssl.ca.location and the "
          "certificates.",
    "" };
  if (says (reason, "certificate verify failed") && context.certificate_error)
    error.message = describe_certificate (context);
  else if (says (reason, "wrong version number")
           || says (reason, "unexpected eof")
           || says (reason, "PLAINTEXT broker listener"))
    error.message = "What answers at " + quoted (context.servers)
                    + " does not speak TLS. Check security.protocol (plaintext "
                      "or sasl_plaintext go without), or take the broker's "
                      "port for TLS.";
  return error;
}

/* With TLS 1.3 a broker refuses a client after the handshake. */
Error
describe_alert (const ErrorContext &context)
{
  if (context.has_certificate)
    return { ErrorKind::AUTHENTICATION,
      broker_at (context)
          + " does not accept this client's certificate. Check that it has not "
            "expired, and that the broker trusts the CA that signed it "
            "(ssl.certificate.location, or ssl.keystore.location).",
      "" };
  return { ErrorKind::AUTHENTICATION,
    broker_at (context)
        + " asks for a certificate of this client. Set "
          "ssl.certificate.location and ssl.key.location, or "
          "ssl.keystore.location.",
    "" };
}

/* A connection that ended early, and librdkafka has an idea why. */
Error
describe_transport (const std::string &reason, const ErrorContext &context)
{
  if (context.was_reached && is_guess (reason))
    return unreachable (context);
  if (says (reason, "SSL alert number"))
    return describe_alert (context);
  if (says (reason, "SSL handshake failed"))
    return describe_ssl (reason, context);
  if (says (reason, "might require SASL"))
    return { ErrorKind::AUTHENTICATION,
      broker_at (context)
          + " asks for a login. Set security.protocol to sasl_ssl or "
            "sasl_plaintext, and sasl.mechanism, sasl.username and "
            "sasl.password in the config-file.",
      "" };
  Error error = unreachable (context);
  if (says (reason, "connecting to a SSL listener"))
    error.message = "What answers at " + quoted (context.servers)
                    + " hangs up at once: it may expect TLS. Check "
                      "security.protocol (ssl or sasl_ssl), and host and port "
                      "in bootstrap-servers.";
  return error;
}

Error
describe_login (const std::string &reason, const ErrorContext &context)
{
  Error error{ ErrorKind::AUTHENTICATION,
    broker_at (context)
        + " refused the login. Check sasl.mechanism, sasl.username and "
          "sasl.password in the config-file.",
    "" };
  if (is_scram_broken (rd_kafka_version ()) && says (reason, "SCRAM")
      && says (reason, "invalid credentials"))
    error.message += " Kafka 3.8.1 and newer refuse every SCRAM login of this "
                     "librdkafka: use PLAIN with TLS there, or librdkafka "
                     "2.6.1.";
  else if (quotes_secret (reason))
    error.message = "There is no token to log in with. Check "
                    "sasl.oauthbearer.config in the config-file.";
  else if (says (reason, "Unsupported SASL mechanism"))
    error.message
        = broker_at (context)
          + " does not offer this sasl.mechanism. Set one that it offers.";
  else if (says (reason, "not valid in current SASL state"))
    error.message = broker_at (context)
                    + " takes no login at this port. Check security.protocol "
                      "(plaintext or ssl go without), or take its port for "
                      "logins.";
  return error;
}

} // namespace

bool
is_refusal (rd_kafka_resp_err_t code)
{
  switch (code) {
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
  case RD_KAFKA_RESP_ERR__SSL:
  case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
  case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
  case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
  case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
  case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
  case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    return true;
  default:
    return false;
  }
}

Error
describe_error (rd_kafka_resp_err_t code, const std::string &reason,
    const ErrorContext &context)
{
  Error error = unreachable (context);
  const std::string topic = quoted (context.topic);
  const std::string group = quoted (context.group);
  switch (code) {
  case RD_KAFKA_RESP_ERR__RESOLVE:
    error.message
        = "The host name in " + quoted (context.servers)
          + " cannot be resolved. Check the spelling in bootstrap-servers "
            "and the name service of this machine.";
    break;
  case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    error.message = "What answers at " + quoted (context.servers)
                    + " is a broker of before Kafka 0.11, or none for clients "
                      "(a controller). Check host and port in "
                      "bootstrap-servers.";
    break;
  case RD_KAFKA_RESP_ERR__BAD_MSG:
    error.message = "What answers at " + quoted (context.servers)
                    + " does not speak Kafka's protocol. Check host and port "
                      "in bootstrap-servers, and security.protocol.";
    break;
  case RD_KAFKA_RESP_ERR__TRANSPORT:
  case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
  case RD_KAFKA_RESP_ERR__TIMED_OUT:
    error = describe_transport (reason, context);
    break;
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
  case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    error = describe_login (reason, context);
    break;
  case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    error = describe_login ("Unsupported SASL mechanism", context);
    break;
  case RD_KAFKA_RESP_ERR__SSL:
    error = describe_ssl (reason, context);
    break;
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    error = { ErrorKind::AUTHORIZATION,
      "The broker denies access to topic " + topic
          + ". Ask its administrator for an ACL for this user: DESCRIBE and "
            "WRITE for kafkasink, DESCRIBE and READ for kafkasrc.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    error = { ErrorKind::AUTHORIZATION,
      broker_at (context)
          + " does not allow this user to write idempotently, or to create "
            "topics. Ask its administrator for an ACL: WRITE on topic "
          + topic
          + " (and IDEMPOTENT_WRITE on the cluster before Kafka 2.8), or "
            "CREATE.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    error = { ErrorKind::AUTHORIZATION,
      "The broker denies access to the consumer group " + group
          + ". Correct group-id, or ask its administrator for an ACL: READ on "
            "all groups whose names begin with group-id.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    error = { ErrorKind::SETTINGS,
      group + " is no valid name for a consumer group. Set another group-id.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    error = { ErrorKind::SETTINGS,
      "The broker does not accept session.timeout.ms. Set one in "
      "client-config that its group.min.session.timeout.ms and "
      "group.max.session.timeout.ms allow.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    error = { ErrorKind::SETTINGS,
      "Another member of the consumer group " + group
          + " has the same group.instance.id. Give each one its own.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    error = { ErrorKind::SETTINGS,
      "The consumer group " + group
          + " has members of another kind, so no offset can be kept in it. Set "
            "a group-id that nothing but kafkasrc uses.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    error = { ErrorKind::SETTINGS,
      topic
          + " is no valid name for a topic: use up to 249 letters, digits, "
            "'.', '_' and '-'.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
  case RD_KAFKA_RESP_ERR__DESTROY: /* its queue goes when it is deleted */
    error = { ErrorKind::NOT_FOUND,
      "The topic " + topic
          + " (or its partition) does not exist. Create it, or correct "
            "the name.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    error = { ErrorKind::TOO_LARGE,
      "A record is larger than topic " + topic
          + " takes. Raise max.message.bytes of the topic, or set a lower "
            "max-record-size: what is larger goes as chunks.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    error = { ErrorKind::TOO_LARGE,
      "Records are larger than a segment of topic " + topic
          + ". Raise segment.bytes of the topic, or set a lower "
            "max-record-size.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    error = { ErrorKind::LOST,
      "Topic " + topic
          + " does not take records of this time. Check the clock of this "
            "machine, and message.timestamp.before.max.ms and "
            "message.timestamp.after.max.ms of the topic.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    /* Newer versions of librdkafka have this code for a wrong time, too. */
    error = { ErrorKind::LOST,
      "The broker found a record of topic " + topic
          + " invalid. A topic that is compacted takes none without a key, and "
            "is not for streams, as it loses records: set its cleanup.policy "
            "to delete. One with message.timestamp.before.max.ms or "
            "message.timestamp.after.max.ms takes none of another time: Check "
            "the clock of this machine.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    error = { ErrorKind::LOST,
      "The broker did not acknowledge records in time "
      "(delivery.timeout.ms).",
      "" };
    break;
  default:
    error = { ErrorKind::LIBRARY,
      "Kafka reports: " + std::string (rd_kafka_err2str (code)) + ".", "" };
    break;
  }
  std::string words = reason.empty () ? rd_kafka_err2str (code) : reason;
  if (quotes_secret (words))
    words = "(not shown)";
  error.detail = std::string (rd_kafka_err2name (code)) + ": " + words;
  return error;
}

} // namespace gstkafka
