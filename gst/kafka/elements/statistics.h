/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What `stats` shows: the elements' own counts, and what librdkafka says of its
 * brokers each statistics.interval.ms; docs/statistics.md explains each field.
 *
 *   librdkafka's thread    who serves the client       a thread for all
 *   JSON ───────────────▶ on_statistics () ─────────▶ parsed, kept, told
 *
 * What serves a client moves data, too, so it only passes the text on. */

#pragma once

#include "client/producer.h"
#include "elements/reader_stats.h"

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <string>

namespace gstkafka {

/* Of one client, since it was opened. Times in ns; -1: not known. */
struct ClientFigures {
  uint64_t resent_records = 0;  /* a producer's */
  uint64_t resent_requests = 0; /* of any other kind */
  int64_t round_trip = -1;      /* mean of the last interval */
  int64_t round_trip_p99 = -1;
  int64_t throttle = 0; /* mean of the last interval */
  uint64_t fetched_records = 0, fetched_bytes = 0; /* and not yet read */
};

/* nullopt: that is not what librdkafka writes. */
std::optional<ClientFigures> parse_statistics (const std::string &json);

class Statistics final : public StatisticsSink {
 public:
  /* For an element's client with these settings, to which the interval is added
   * unless the user has set one. A user who has is told: each interval posts an
   * element message `kafka-stats` with what `stats` has. */
  static std::shared_ptr<Statistics> begin (
      GstElement *element, ConfigEntries &config);
  ~Statistics () override;

  /* Nothing is told any more; the figures stay. */
  void end ();

  /* At once, from any thread. */
  ClientFigures figures () const;

  void on_statistics (std::string json) noexcept override;

 private:
  Statistics (GstElement *element, bool posts);
  void take ();
  void post ();

  GWeakRef element_; /* a client may outlive it */
  const bool posts_;

  mutable std::mutex mutex_; /* guards the rest */
  bool has_ended_ = false;
  std::string newest_; /* not parsed yet; whoever is too slow misses some */
  ClientFigures figures_;
};

/* `statistics` may be nullptr: never started. */
ClientFigures figures_of (const std::shared_ptr<Statistics> &statistics);

GstStructure *make_sink_stats (const ProducerStats &stats,
    uint64_t max_queue_bytes, const ClientFigures &figures);
GstStructure *make_source_stats (
    const ReaderStats &stats, const ClientFigures &figures);

/* The property `stats`. */
void install_sink_stats (GObjectClass *klass, guint id);
void install_source_stats (GObjectClass *klass, guint id);

} // namespace gstkafka
