/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/mock_cluster.h"

#include "common/check.h"

namespace kafkacheck {

namespace {

constexpr int kBroker = 1;
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
