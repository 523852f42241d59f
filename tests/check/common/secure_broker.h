/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A real broker that does not let everybody in: TLS, logins, and an authorizer
 * that denies what no ACL allows. KAFKA_BOOTSTRAP_SERVERS is the way in without
 * any of it, for the tests themselves. */

#pragma once

#include "common/broker.h"
#include "common/own_broker.h"

#include <librdkafka/rdkafka.h>

#include <string>

namespace kafkacheck {

/* Goes with the object, in the process that made it. */
class CertificateDirectory {
 public:
  CertificateDirectory ();
  ~CertificateDirectory ();
  CertificateDirectory (const CertificateDirectory &) = delete;
  CertificateDirectory &operator= (const CertificateDirectory &) = delete;

  std::string
  path (const std::string &file) const
  {
    return directory_ + "/" + file;
  }

 private:
  const int parent_;
  const std::string directory_;
};

/* Users, each with a password of its own; those of PLAIN and of SCRAM are
 * different people, and so is the one of the client's certificate. */
struct User {
  const char *name;
  const char *password;
};
constexpr User kPlainUser{ "paula", "paulasword" };
constexpr User kScramUser{ "sam", "samsword" };
constexpr User kCertificateUser{ "dora", "" };
constexpr const char *kKeyPassword = "doraskeyword";
constexpr const char *kStorePassword = "dorasstoreword";

class SecureBroker {
 public:
  SecureBroker ();

  /* Empty: it can be. */
  static std::string why_impossible ();

  /* host:port of a listener:
   *   PLAINTEXT
   *   TLS
   *   MUTUAL     TLS, asks for the client's certificate
   *   OLD        TLS, with a certificate that has expired
   *   ELSEWHERE  TLS, with the certificate of another host
   *   OPEN       PLAIN without TLS
   *   LOGIN      PLAIN and SCRAM-SHA-512 with TLS */
  std::string address (const std::string &listener) const;

  /* A certificate or key that certificates.sh makes. */
  std::string
  path (const std::string &file) const
  {
    return certificates_.path (file);
  }

 private:
  CertificateDirectory certificates_;
  OwnBroker broker_;
};

/* ACLs. Each is in force, or not any more, when its function returns. */
struct Permission {
  rd_kafka_ResourceType_t type;
  std::string name;
  rd_kafka_AclOperation_t operation;
  rd_kafka_ResourcePatternType_t pattern = RD_KAFKA_RESOURCE_PATTERN_LITERAL;
};
void allow (const User &user, const Permission &permission);
void take_back (const User &user, const Permission &permission);

} // namespace kafkacheck
