/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/secure_broker.h"

#include "client/handles.h"
#include "common/pipeline.h"
#include "common/scripts.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace kafkacheck {

namespace {

using namespace gstkafka;

bool
is_in_path (const char *program)
{
  gchar *path = g_find_program_in_path (program);
  g_free (path);
  return path != nullptr;
}

/* The user of a certificate is its common name. */
std::string
write_config (const CertificateDirectory &files)
{
  const std::string plain
      = "org.apache.kafka.common.security.plain.PlainLoginModule required "
        "user_"
        + std::string (kPlainUser.name) + "=\"" + kPlainUser.password + "\";\n";
  auto keystore = [&files] (const std::string &prefix, const char *name) {
    return prefix + "ssl.keystore.type=PEM\n" + prefix
           + "ssl.keystore.location=" + files.path (name) + "\n";
  };
  std::string path = files.path ("server.properties");
  std::ofstream (path)
      << "authorizer.class.name="
         "org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
         "super.users=User:ANONYMOUS\n"
         "auto.create.topics.enable=false\n"
      << keystore ("", "broker-both.pem")
      << "ssl.truststore.type=PEM\n"
         "ssl.truststore.location="
      << files.path ("ca.pem")
      << "\nssl.principal.mapping.rules=RULE:^CN=([^,]*).*$/$1/\n"
         "listener.name.mutual.ssl.client.auth=required\n"
      << keystore ("listener.name.old.", "old-broker-both.pem")
      << keystore ("listener.name.elsewhere.", "elsewhere-both.pem")
      << "listener.name.open.sasl.enabled.mechanisms=PLAIN\n"
         "listener.name.open.plain.sasl.jaas.config="
      << plain
      << "listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512\n"
         "listener.name.login.plain.sasl.jaas.config="
      << plain
      << "listener.name.login.scram-sha-512.sasl.jaas.config="
         "org.apache.kafka.common.security.scram.ScramLoginModule required;\n";
  return path;
}

std::string
broker_options (const CertificateDirectory &files)
{
  return "--config " + write_config (files)
         + " --listener TLS:SSL --listener MUTUAL:SSL --listener OLD:SSL "
           "--listener ELSEWHERE:SSL --listener OPEN:SASL_PLAINTEXT "
           "--listener LOGIN:SASL_SSL --scram "
         + kScramUser.name + ":" + kScramUser.password;
}

/* ---- ACLs ---- */

using Client = Handle<rd_kafka_t, rd_kafka_destroy>;
using BindingHandle
    = Handle<rd_kafka_AclBinding_t, rd_kafka_AclBinding_destroy>;

class Administrator {
 public:
  Administrator ()
  {
    char reason[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new ();
    rd_kafka_conf_set (
        conf, "bootstrap.servers", bootstrap_servers (), reason, sizeof reason);
    client_.reset (
        rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason));
    ck_assert_msg (client_ != nullptr, "librdkafka: %s", reason);
    queue_.reset (rd_kafka_queue_new (client_.get ()));
  }

  void
  create (const User &user, const Permission &permission)
  {
    BindingHandle binding = make (rd_kafka_AclBinding_new, user, permission);
    rd_kafka_AclBinding_t *bindings[] = { binding.get () };
    rd_kafka_CreateAcls (client_.get (), bindings, 1, nullptr, queue_.get ());
    check (wait ());
    check_in_force (user, permission, true);
  }

  void
  remove (const User &user, const Permission &permission)
  {
    BindingHandle filter
        = make (rd_kafka_AclBindingFilter_new, user, permission);
    rd_kafka_AclBindingFilter_t *filters[] = { filter.get () };
    rd_kafka_DeleteAcls (client_.get (), filters, 1, nullptr, queue_.get ());
    check (wait ());
    check_in_force (user, permission, false);
  }

 private:
  template <typename New>
  BindingHandle
  make (New create_new, const User &user, const Permission &permission)
  {
    char reason[256] = "";
    BindingHandle made (create_new (permission.type, permission.name.c_str (),
        permission.pattern, ("User:" + std::string (user.name)).c_str (), "*",
        permission.operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason,
        sizeof reason));
    ck_assert_msg (made != nullptr, "ACL: %s", reason);
    return made;
  }

  EventHandle
  wait ()
  {
    return EventHandle (rd_kafka_queue_poll (
        queue_.get (), static_cast<int> (patience ().count ())));
  }

  static void
  check (const EventHandle &event)
  {
    ck_assert_msg (event && !rd_kafka_event_error (event.get ()), "ACL: %s",
        event ? rd_kafka_event_error_string (event.get ()) : "no answer");
  }

  /* What was ordered from the controller reaches the broker a moment later. */
  void
  check_in_force (const User &user, const Permission &permission, bool wanted)
  {
    BindingHandle filter
        = make (rd_kafka_AclBindingFilter_new, user, permission);
    auto is_there = [&] {
      rd_kafka_DescribeAcls (
          client_.get (), filter.get (), nullptr, queue_.get ());
      EventHandle event = wait ();
      check (event);
      size_t count = 0;
      rd_kafka_DescribeAcls_result_acls (
          rd_kafka_event_DescribeAcls_result (event.get ()), &count);
      return count > 0;
    };
    ck_assert_msg (wait_until ([&] { return is_there () == wanted; }),
        "an ACL for %s does not change", permission.name.c_str ());
  }

  Client client_;
  QueueHandle queue_;
};

} // namespace

CertificateDirectory::CertificateDirectory ()
    : parent_ (getpid ()), directory_ (new_directory ("certificates"))
{
  run_command (SOURCE_ROOT "/tests/kafka/certificates.sh " + directory_);
}

/* Not by the tests that are forked. */
CertificateDirectory::~CertificateDirectory ()
{
  std::error_code ignored;
  if (getpid () == parent_)
    std::filesystem::remove_all (directory_, ignored);
}

std::string
SecureBroker::why_impossible ()
{
  if (!is_in_path ("openssl"))
    return "it makes certificates, and there is no openssl";
  return OwnBroker::why_impossible ();
}

SecureBroker::SecureBroker () : broker_ (broker_options (certificates_)) {}

std::string
SecureBroker::address (const std::string &listener) const
{
  if (listener == "PLAINTEXT")
    return broker_.servers ();
  std::string list = "," + broker_.setting ("advertised.listeners") + ",";
  size_t begin = list.find ("," + listener + "://");
  ck_assert_msg (
      begin != std::string::npos, "there is no listener %s", listener.c_str ());
  begin += listener.size () + 4;
  return list.substr (begin, list.find (',', begin) - begin);
}

void
allow (const User &user, const Permission &permission)
{
  Administrator ().create (user, permission);
}

void
take_back (const User &user, const Permission &permission)
{
  Administrator ().remove (user, permission);
}

} // namespace kafkacheck
