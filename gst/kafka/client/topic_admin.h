/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a producer has to know of its topic before it can send anything: that it
 * is there, or else how it is made, and how large a record may be. All calls
 * wait for the broker, and serve the client meanwhile; once `is_stopping`
 * says so they return what they have. */

#pragma once

#include "client/client.h"
#include "config/settings.h"

#include <cstdint>
#include <functional>

namespace gstkafka {

/* How a topic is made when it is not there. -1 leaves it to the broker. */
struct TopicSpec {
  int partitions = -1;
  int replication_factor = -1;
  ConfigEntries config;
};

/* Of a topic, with Kafka's defaults. */
struct TopicSettings {
  uint64_t batch_bytes = 1048588; /* what it takes at once */
  bool is_compacted = false;
};

class TopicAdmin {
 public:
  TopicAdmin (
      Client &client, std::string topic, std::function<bool ()> is_stopping)
      : client_ (client), topic_ (std::move (topic)),
        is_stopping_ (std::move (is_stopping))
  {}

  /* How many partitions it has; 0: stopping. A topic that is not there is made
   * if there is a `spec`, or by the broker if it does that. */
  Result<int> find (const std::optional<TopicSpec> &spec);

  /* The defaults where the broker does not tell: rights to write need not
   * include rights to ask. */
  TopicSettings ask_settings ();

 private:
  MaybeError create (const TopicSpec &spec);
  Error not_created (rd_kafka_resp_err_t code, const std::string &why) const;
  Error not_there (const TopicLookup &lookup) const;
  EventHandle wait_for_result (rd_kafka_queue_t *queue);

  Client &client_;
  const std::string topic_;
  const std::function<bool ()> is_stopping_;
};

} // namespace gstkafka
