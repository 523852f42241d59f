/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Who frees what librdkafka hands out. */

#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace gstkafka {

template <typename T, void (*destroy) (T *)>
struct HandleDeleter {
  void
  operator() (T *handle) const
  {
    destroy (handle);
  }
};

template <typename T, void (*destroy) (T *)>
using Handle = std::unique_ptr<T, HandleDeleter<T, destroy>>;

inline void
destroy_metadata (rd_kafka_metadata_t *metadata)
{
  rd_kafka_metadata_destroy (metadata);
}

using ConfHandle = Handle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using TopicHandle = Handle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using QueueHandle = Handle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using EventHandle = Handle<rd_kafka_event_t, rd_kafka_event_destroy>;
using MessageHandle = Handle<rd_kafka_message_t, rd_kafka_message_destroy>;
using HeadersHandle = Handle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using MetadataHandle = Handle<rd_kafka_metadata_t, destroy_metadata>;
using NewTopicHandle = Handle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using ConfigResourceHandle
    = Handle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using AdminOptionsHandle
    = Handle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using PartitionListHandle = Handle<rd_kafka_topic_partition_list_t,
    rd_kafka_topic_partition_list_destroy>;

} // namespace gstkafka
