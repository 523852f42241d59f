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
};

Error describe_error (rd_kafka_resp_err_t code, const std::string &reason,
    const ErrorContext &context);

/* Whether trying again cannot help: the broker was reached and said no. */
bool is_refusal (rd_kafka_resp_err_t code);

} // namespace gstkafka
