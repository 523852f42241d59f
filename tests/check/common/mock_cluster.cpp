/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/mock_cluster.h"

#include "common/check.h"

#include <cstdlib>

namespace kafkacheck {

namespace {

constexpr int kBroker = 1;
constexpr int kReadPolls = 100;
/* In Kafka's protocol. */
constexpr int kProduceRequest = 0;
constexpr int kListOffsetsRequest = 2;
constexpr int kOffsetCommitRequest = 8;
constexpr int kJoinGroupRequest = 11;

} // namespace

MockCluster::MockCluster ()
{
  char reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  /* Only the cluster's host, not its client: nothing to warn of. */
  rd_kafka_conf_set (conf, "log_level", "3", reason, sizeof reason);
  handle_ = rd_kafka_new (RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  ck_assert_msg (handle_ != nullptr, "librdkafka: %s", reason);
  cluster_ = rd_kafka_mock_cluster_new (handle_, 1);
  ck_assert (cluster_ != nullptr);
  ck_assert_int_eq (rd_kafka_mock_topic_create (cluster_, "t", 1, 1), 0);
}

MockCluster::~MockCluster ()
{
  rd_kafka_mock_cluster_destroy (cluster_);
  rd_kafka_destroy (handle_);
}

std::string
MockCluster::servers () const
{
  return rd_kafka_mock_cluster_bootstraps (cluster_);
}

void
MockCluster::set_round_trip (std::chrono::milliseconds time)
{
  rd_kafka_mock_broker_set_rtt (
      cluster_, kBroker, static_cast<int> (time.count ()));
}

void
MockCluster::fail (int request, rd_kafka_resp_err_t error, int count)
{
  for (int i = 0; i < count; i++)
    rd_kafka_mock_push_request_errors (
        cluster_, static_cast<int16_t> (request), 1, error);
}

/* The cluster's own errors cannot be counted. */
void
MockCluster::fail_at_broker (int request, rd_kafka_resp_err_t error, int count)
{
  for (int i = 0; i < count; i++)
    rd_kafka_mock_broker_push_request_error_rtts (
        cluster_, kBroker, static_cast<int16_t> (request), 1, error, 0);
}

int
MockCluster::errors_left (int request) const
{
  size_t count = 0;
  rd_kafka_mock_broker_error_stack_cnt (
      cluster_, kBroker, static_cast<int16_t> (request), &count);
  return static_cast<int> (count);
}

void
MockCluster::set_topic_error (rd_kafka_resp_err_t error)
{
  rd_kafka_mock_topic_set_error (cluster_, "t", error);
}

std::vector<int>
MockCluster::read_seqs () const
{
  char reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  const char *settings[][2] = { { "group.id", "seqs" }, { "log_level", "3" },
    { "enable.partition.eof", "true" },
    { "bootstrap.servers", rd_kafka_mock_cluster_bootstraps (cluster_) } };
  for (const auto &[name, value] : settings)
    rd_kafka_conf_set (conf, name, value, reason, sizeof reason);
  rd_kafka_t *reader
      = rd_kafka_new (RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  ck_assert_msg (reader != nullptr, "librdkafka: %s", reason);
  rd_kafka_poll_set_consumer (reader);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new (1);
  rd_kafka_topic_partition_list_add (list, "t", 0)->offset
      = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign (reader, list);
  rd_kafka_topic_partition_list_destroy (list);

  std::vector<int> seqs;
  bool at_end = false;
  for (int i = 0; i < kReadPolls && !at_end; i++) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll (reader, 100);
    if (!message)
      continue;
    rd_kafka_headers_t *headers = nullptr;
    const void *value = nullptr;
    size_t size = 0;
    at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (!message->err && !rd_kafka_message_headers (message, &headers)
        && !rd_kafka_header_get_last (headers, "gst.seq", &value, &size))
      seqs.push_back (std::atoi (
          std::string (static_cast<const char *> (value), size).c_str ()));
    rd_kafka_message_destroy (message);
  }
  rd_kafka_consumer_close (reader);
  rd_kafka_destroy (reader);
  return seqs;
}

void
MockCluster::fail_produce (rd_kafka_resp_err_t error, int count)
{
  fail (kProduceRequest, error, count);
}

void
MockCluster::fail_join (rd_kafka_resp_err_t error, int count)
{
  fail (kJoinGroupRequest, error, count);
}

void
MockCluster::fail_commit (rd_kafka_resp_err_t error, int count)
{
  fail (kOffsetCommitRequest, error, count);
}

void
MockCluster::fail_list_offsets (rd_kafka_resp_err_t error, int count)
{
  fail (kListOffsetsRequest, error, count);
}

void
MockCluster::set_down (bool is_down)
{
  if (is_down)
    rd_kafka_mock_broker_set_down (cluster_, kBroker);
  else
    rd_kafka_mock_broker_set_up (cluster_, kBroker);
}

} // namespace kafkacheck
