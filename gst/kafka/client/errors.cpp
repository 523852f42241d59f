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
    break;
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
  case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    error = { ErrorKind::AUTHENTICATION,
      "The broker at " + quoted (context.servers)
          + " refused the login. Check sasl.mechanism, sasl.username and "
            "sasl.password in the config-file.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    error = { ErrorKind::AUTHENTICATION,
      "The broker at " + quoted (context.servers)
          + " does not offer this sasl.mechanism. Set one that it offers.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR__SSL:
    error = { ErrorKind::AUTHENTICATION,
      "The TLS connection to " + quoted (context.servers)
          + " failed. Check security.protocol, ssl.ca.location and the "
            "certificates.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    error = { ErrorKind::AUTHORIZATION,
      "The broker denies access to topic " + topic
          + ". Ask its administrator for an ACL for this user.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    error = { ErrorKind::AUTHORIZATION,
      "The broker does not allow this user to do so. Ask its administrator "
      "for an ACL (idempotent writing or creating topics).",
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
    error = { ErrorKind::NOT_FOUND,
      "The topic " + topic
          + " (or its partition) does not exist. Create it, or correct "
            "the name.",
      "" };
    break;
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    error = { ErrorKind::TOO_LARGE,
      "A record is larger than topic " + topic
          + " takes. Raise max.message.bytes of the topic, or encode into "
            "smaller buffers.",
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
  error.detail = std::string (rd_kafka_err2name (code)) + ": "
                 + (reason.empty () ? rd_kafka_err2str (code) : reason);
  return error;
}

} // namespace gstkafka
