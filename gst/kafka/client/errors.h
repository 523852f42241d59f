/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* librdkafka's error codes as sentences for users. */

#pragma once

#include "result.h"

#include <librdkafka/rdkafka.h>

#include <string>

namespace gstkafka {

/* What was going on: completes the sentence. */
struct ErrorContext {
  std::string servers; /* as configured */
  std::string topic;   /* or empty */
  std::string group{}; /* or empty */
  /* Why OpenSSL did not take the broker's certificate, an X509_V_ERR_...; 0: it
   * took it, or there was none. */
  int certificate_error = 0;
  bool has_certificate = false; /* of its own, to show to the broker */
  bool was_reached = false;     /* with these settings, which are right then */
};

/* Where a code has several causes librdkafka's words, `reason`, tell them. */
Error describe_error (rd_kafka_resp_err_t code, const std::string &reason,
    const ErrorContext &context);

/* Whether logins by SCRAM fail with Kafka 3.8.1 and newer: this librdkafka
 * repeats its nonce, which older brokers overlook. */
inline bool
is_scram_broken (int library_version)
{
  return library_version < 0x020601ff;
}

/* Whether trying again cannot help: the broker was reached and said no. */
bool is_refusal (rd_kafka_resp_err_t code);

} // namespace gstkafka
