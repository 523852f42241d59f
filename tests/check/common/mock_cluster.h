/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* librdkafka's mock of a broker: for errors and round-trip times that a real
 * one does not give on demand. */

#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <string>
#include <vector>

namespace kafkacheck {

class MockCluster {
 public:
  /* With one topic, 't', of one partition. */
  MockCluster ();
  ~MockCluster ();
  MockCluster (const MockCluster &) = delete;
  MockCluster &operator= (const MockCluster &) = delete;

  std::string servers () const;

  /* Of every answer. */
  void set_round_trip (std::chrono::milliseconds time);
  /* The next `count` Produce requests are answered so. */
  void fail_produce (rd_kafka_resp_err_t error, int count = 1);
  /* The same for JoinGroup. */
  void fail_join (rd_kafka_resp_err_t error, int count = 1);
  /* ... and for OffsetCommit. */
  void fail_commit (rd_kafka_resp_err_t error, int count = 1);
  /* ... and for ListOffsets. */
  void fail_list_offsets (rd_kafka_resp_err_t error, int count = 1);
  /* The next `count` requests of any kind, by its number in the protocol. */
  void fail (int request, rd_kafka_resp_err_t error, int count = 1);
  /* The same, and how many of these errors were not asked for yet. */
  void fail_at_broker (int request, rd_kafka_resp_err_t error, int count);
  int errors_left (int request) const;
  /* What Metadata says of the topic from now on. */
  void set_topic_error (rd_kafka_resp_err_t error);

  /* gst.seq of all records, in the log's order, by librdkafka alone. */
  std::vector<int> read_seqs () const;
  void set_down (bool is_down);

 private:
  rd_kafka_t *handle_;
  rd_kafka_mock_cluster_t *cluster_;
};

} // namespace kafkacheck
