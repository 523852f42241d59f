/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The broker that KAFKA_BOOTSTRAP_SERVERS names, and what a test does there
 * without the elements: topics, and records read and written by librdkafka
 * alone. Everything fails the test when it does not succeed. */

#pragma once

#include "common/check.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kafkacheck {

/* nullptr: none is named. */
const char *bootstrap_servers ();

/* meson's "skipped". */
constexpr int kSkipped = 77;

/* Says why, and returns kSkipped. */
int skip_suite (Suite *suite, const char *name, const std::string &why);

/* Runs a suite that needs the broker, or says why not and returns kSkipped. */
int run_broker_suite (
    int argc, char **argv, Suite *suite, const char *name, const char *file);

/* As GST_CHECK_MAIN, for <name>_suite (). */
#define KAFKA_CHECK_MAIN(name)                                                 \
  int main (int argc, char **argv)                                             \
  {                                                                            \
    return kafkacheck::run_broker_suite (                                      \
        argc, argv, name##_suite (), #name, __FILE__);                         \
  }

using Pairs = std::vector<std::pair<std::string, std::string>>;

/* A topic that nobody else uses. They are deleted when the process ends; those
 * of a forked test that failed by run_broker_suite (). */
class Topic {
 public:
  explicit Topic (
      int partitions = 1, const Pairs &config = {}, int replicas = 1);

  const std::string &
  name () const
  {
    return name_;
  }

 private:
  std::string name_;
};

/* As retention does: what is left begins at `offset`, or with the end for -1.
 */
void delete_records (
    const std::string &topic, int64_t offset, int partition = 0);

/* Makes it so many. */
void add_partitions (const std::string &topic, size_t partitions);

/* Where the broker with the partition's leader is, host:port, and how many have
 * all of its records. */
struct Leader {
  std::string servers;
  int in_sync = 0;
};
Leader find_leader (const std::string &topic, int partition = 0);

/* Deletes it; a new one of that name is empty. */
void delete_topic (const std::string &topic);
void make_anew (const std::string &topic);

/* A name of the same kind for which there is no topic. If a test makes it exist
 * it is deleted like the others. */
std::string unused_topic_name ();

struct Record {
  int64_t offset = -1;
  int64_t timestamp_ms = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  Pairs headers;

  /* The first of that name. */
  std::optional<std::string> header (const std::string &name) const;
};

/* ms since 1970 as start-time and stop-time take them. */
std::string rfc3339 (int64_t ms);

/* Everything that is in a partition now. */
std::vector<Record> read_log (const std::string &topic, int partition = 0);

/* Appends; offsets are ignored, and so are timestamps below 0. */
void write_log (const std::string &topic, const std::vector<Record> &records,
    int partition = 0);

/* A name for a consumer group that nobody else uses. */
std::string unused_group_name ();

/* The offset that a group keeps, by any client; -1: none. */
int64_t committed_offset (
    const std::string &group, const std::string &topic, int partition = 0);
void commit_offset (const std::string &group, const std::string &topic,
    int64_t offset, int partition = 0);

/* The same records in another topic, one second apart from kNewYear on. */
constexpr int64_t kNewYear = 1767225600000; /* 2026-01-01, in ms */
void copy_with_times (const std::string &from, const std::string &to);

/* "kafkasink name=sink bootstrap-servers=... topic=...", and so for kafkasrc,
 * with more properties if need be. */
std::string sink_text (const std::string &topic,
    const std::string &properties = "", const char *name = "sink");
std::string source_text (const std::string &topic,
    const std::string &properties = "", const char *name = "source");

} // namespace kafkacheck
