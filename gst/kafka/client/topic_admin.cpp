/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/topic_admin.h"

#include <algorithm>
#include <cstdlib>

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

constexpr int kPollMs = 100;
constexpr std::chrono::seconds kAdminPatience{ 5 };

/* A broker that creates topics by itself says "unknown" while it does. */
constexpr std::chrono::seconds kCreationPatience{ 3 };

/* The topic's settings in the answer to DescribeConfigs. */
ConfigEntries
described_entries (rd_kafka_event_t *event)
{
  ConfigEntries entries;
  const auto *result = rd_kafka_event_DescribeConfigs_result (event);
  if (!result || rd_kafka_event_error (event))
    return entries;
  size_t resources = 0, count = 0;
  auto **resource
      = rd_kafka_DescribeConfigs_result_resources (result, &resources);
  if (resources != 1 || rd_kafka_ConfigResource_error (resource[0]))
    return entries;
  auto **entry = rd_kafka_ConfigResource_configs (resource[0], &count);
  for (size_t i = 0; i < count; i++)
    if (const char *value = rd_kafka_ConfigEntry_value (entry[i]))
      entries.push_back ({ rd_kafka_ConfigEntry_name (entry[i]), value });
  return entries;
}

TopicSettings
read_settings (const ConfigEntries &entries)
{
  TopicSettings settings;
  uint64_t segment = UINT64_MAX;
  for (const auto &entry : entries) {
    const uint64_t number = std::strtoull (entry.value.c_str (), nullptr, 10);
    if (entry.name == "max.message.bytes")
      settings.batch_bytes = number;
    else if (entry.name == "segment.bytes")
      segment = number;
    else if (entry.name == "cleanup.policy")
      settings.is_compacted = entry.value.find ("compact") != std::string::npos;
  }
  /* A batch goes into one segment. */
  settings.batch_bytes = std::min (settings.batch_bytes, segment);
  return settings;
}

/* How creating one topic went; a topic that is there already is fine. */
rd_kafka_resp_err_t
creation_error (rd_kafka_event_t *event, std::string &reason)
{
  rd_kafka_resp_err_t code = rd_kafka_event_error (event);
  if (code) {
    reason = rd_kafka_event_error_string (event);
    return code;
  }
  size_t count = 0;
  auto **topics = rd_kafka_CreateTopics_result_topics (
      rd_kafka_event_CreateTopics_result (event), &count);
  if (count != 1)
    return RD_KAFKA_RESP_ERR__BAD_MSG;
  code = rd_kafka_topic_result_error (topics[0]);
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  if (const char *text = rd_kafka_topic_result_error_string (topics[0]))
    reason = text;
  return code;
}

} // namespace

Result<int>
TopicAdmin::find (const std::optional<TopicSpec> &spec)
{
  std::optional<steady_clock::time_point> unknown_since;
  while (!is_stopping_ ()) {
    rd_kafka_poll (client_.handle (), 0); /* error callbacks */
    TopicLookup lookup = client_.look_up_topic ();
    switch (lookup.state) {
    case TopicLookup::FOUND:
      return lookup.partitions;
    case TopicLookup::REFUSED:
      return *lookup.error;
    case TopicLookup::NO_ANSWER:
      if (auto error = client_.why_no_contact ())
        return *error;
      break;
    case TopicLookup::UNKNOWN:
      if (!unknown_since && spec)
        if (auto error = create (*spec))
          return *error;
      if (!unknown_since)
        unknown_since = steady_clock::now ();
      if (steady_clock::now () - *unknown_since > kCreationPatience)
        return not_there (lookup);
      break;
    }
    /* Some answers are no help and come at once. */
    rd_kafka_poll (client_.handle (), kPollMs);
  }
  return 0;
}

MaybeError
TopicAdmin::create (const TopicSpec &spec)
{
  char reason[256] = "";
  NewTopicHandle topic (rd_kafka_NewTopic_new (topic_.c_str (), spec.partitions,
      spec.replication_factor, reason, sizeof reason));
  if (!topic)
    return not_created (RD_KAFKA_RESP_ERR__INVALID_ARG, reason);
  for (const auto &entry : spec.config)
    if (auto code = rd_kafka_NewTopic_set_config (
            topic.get (), entry.name.c_str (), entry.value.c_str ()))
      return not_created (code, "");

  QueueHandle queue (rd_kafka_queue_new (client_.handle ()));
  rd_kafka_NewTopic_t *topics[] = { topic.get () };
  rd_kafka_CreateTopics (client_.handle (), topics, 1, nullptr, queue.get ());
  EventHandle result = wait_for_result (queue.get ());
  if (!result)
    return std::nullopt; /* stopping, or the look-up will tell */
  std::string why;
  if (auto code = creation_error (result.get (), why))
    return not_created (code, why);
  return std::nullopt;
}

Error
TopicAdmin::not_created (rd_kafka_resp_err_t code, const std::string &why) const
{
  Error error = describe_error (code, why, client_.context ());
  /* Whoever may create topics has asked for an impossible one. */
  if (error.kind == ErrorKind::LIBRARY)
    error.kind = ErrorKind::SETTINGS;
  error.message
      = "Topic '" + topic_
        + "' could not be created. Check topic-config and the rights of this "
          "user.";
  return error;
}

Error
TopicAdmin::not_there (const TopicLookup &lookup) const
{
  return { ErrorKind::NOT_FOUND,
    "Topic '" + topic_
        + "' does not exist and the broker does not create topics by itself. "
          "Create it, or set create-topic=true.",
    lookup.error->detail };
}

TopicSettings
TopicAdmin::ask_settings ()
{
  ConfigResourceHandle resource (
      rd_kafka_ConfigResource_new (RD_KAFKA_RESOURCE_TOPIC, topic_.c_str ()));
  QueueHandle queue (rd_kafka_queue_new (client_.handle ()));
  rd_kafka_ConfigResource_t *resources[] = { resource.get () };
  rd_kafka_DescribeConfigs (
      client_.handle (), resources, 1, nullptr, queue.get ());
  EventHandle result = wait_for_result (queue.get ());
  return result ? read_settings (described_entries (result.get ()))
                : TopicSettings ();
}

EventHandle
TopicAdmin::wait_for_result (rd_kafka_queue_t *queue)
{
  auto deadline = steady_clock::now () + kAdminPatience;
  while (!is_stopping_ () && steady_clock::now () < deadline) {
    EventHandle event (rd_kafka_queue_poll (queue, kPollMs));
    if (event)
      return event;
  }
  return nullptr;
}

} // namespace gstkafka
