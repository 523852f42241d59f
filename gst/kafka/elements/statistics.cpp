/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/statistics.h"

#include "elements/connection.h"

#include <json-glib/json-glib.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <thread>
#include <utility>

namespace gstkafka {

namespace {

constexpr const char *kInterval = "statistics.interval.ms";
/* Measured: docs/statistics.md. */
constexpr const char *kDefaultInterval = "1000";

constexpr int64_t kNsPerUs = 1000;
constexpr int64_t kNsPerMs = 1000 * 1000;

struct ParserUnref {
  void
  operator() (JsonParser *parser) const
  {
    g_object_unref (parser);
  }
};
using ParserPtr = std::unique_ptr<JsonParser, ParserUnref>;

int64_t
number_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;
}

JsonObject *
object_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node)
                                               : nullptr;
}

/* Brokers, topics and partitions are objects by name. */
void
for_each_object (JsonObject *parent, const char *name,
    const std::function<void (JsonObject *)> &visit)
{
  JsonObject *objects = object_of (parent, name);
  if (!objects)
    return;
  JsonObjectIter iter;
  JsonNode *node;
  json_object_iter_init (&iter, objects);
  while (json_object_iter_next (&iter, nullptr, &node))
    if (JSON_NODE_HOLDS_OBJECT (node))
      visit (json_node_get_object (node));
}

/* A mean over brokers that counts each as often as it was measured. */
class Mean {
 public:
  void
  add (JsonObject *window)
  {
    int64_t count = window ? number_of (window, "cnt") : 0;
    if (count <= 0)
      return;
    count_ += count;
    sum_ += static_cast<double> (number_of (window, "avg")) * count;
    p99_ = std::max (p99_, number_of (window, "p99"));
  }
  bool
  is_known () const
  {
    return count_ > 0;
  }
  int64_t
  mean () const
  {
    return static_cast<int64_t> (sum_ / count_);
  }
  int64_t
  p99 () const
  {
    return p99_;
  }

 private:
  int64_t count_ = 0, p99_ = 0;
  double sum_ = 0;
};

void
add_brokers (ClientFigures &figures, JsonObject *root)
{
  Mean round_trip, throttle;
  for_each_object (root, "brokers", [&] (JsonObject *broker) {
    figures.resent_requests += number_of (broker, "txretries");
    round_trip.add (object_of (broker, "rtt"));
    throttle.add (object_of (broker, "throttle"));
  });
  if (round_trip.is_known ()) {
    figures.round_trip = round_trip.mean () * kNsPerUs;
    figures.round_trip_p99 = round_trip.p99 () * kNsPerUs;
  }
  if (throttle.is_known ())
    figures.throttle = throttle.mean () * kNsPerMs;
}

/* A record that waits for its first transmission is no less than one, so this
 * is never too much, and exact as soon as none waits. */
uint64_t
resent_of (JsonObject *partition)
{
  return static_cast<uint64_t> (std::max<int64_t> (
      number_of (partition, "txmsgs") - number_of (partition, "msgs"), 0));
}

void
add_partitions (ClientFigures &figures, JsonObject *root)
{
  for_each_object (root, "topics", [&] (JsonObject *topic) {
    for_each_object (topic, "partitions", [&] (JsonObject *partition) {
      figures.resent_records += resent_of (partition);
      figures.fetched_records += number_of (partition, "fetchq_cnt");
      figures.fetched_bytes += number_of (partition, "fetchq_size");
    });
  });
}

/* One thread for all elements, so that what is told keeps its order. It ends
 * when there has been nothing to do for a while. */
class Errands {
 public:
  /* Never destroyed: somebody may have one to the last moment. */
  static Errands &
  shared ()
  {
    static auto *errands = new Errands;
    return *errands;
  }

  void
  add (std::function<void ()> errand)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (!is_running_)
      std::thread (&Errands::run, this).detach ();
    is_running_ = true;
    queue_.push_back (std::move (errand));
    changed_.notify_one ();
  }

 private:
  void
  run ()
  {
    constexpr std::chrono::seconds patience{ 10 };
    std::unique_lock<std::mutex> lock (mutex_);
    while (changed_.wait_for (
        lock, patience, [this] { return !queue_.empty (); })) {
      auto errand = std::move (queue_.front ());
      queue_.pop_front ();
      lock.unlock ();
      errand ();
      errand = nullptr; /* may end an element, so not with the lock */
      lock.lock ();
    }
    is_running_ = false;
  }

  std::mutex mutex_; /* guards the rest */
  std::condition_variable changed_;
  std::deque<std::function<void ()>> queue_;
  bool is_running_ = false;
};

} // namespace

std::optional<ClientFigures>
parse_statistics (const std::string &json)
{
  ParserPtr parser (json_parser_new ());
  if (!json_parser_load_from_data (parser.get (), json.data (),
          static_cast<gssize> (json.size ()), nullptr))
    return std::nullopt;
  JsonNode *root = json_parser_get_root (parser.get ());
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return std::nullopt;
  ClientFigures figures;
  add_brokers (figures, json_node_get_object (root));
  add_partitions (figures, json_node_get_object (root));
  return figures;
}

/* ---- from the client to the application ---- */

std::shared_ptr<Statistics>
Statistics::begin (GstElement *element, ConfigEntries &config)
{
  const std::string *wish = find_entry (config, kInterval);
  bool posts = wish && std::strtol (wish->c_str (), nullptr, 10) > 0;
  if (!wish)
    config.push_back ({ kInterval, kDefaultInterval });
  return std::shared_ptr<Statistics> (new Statistics (element, posts));
}

Statistics::Statistics (GstElement *element, bool posts) : posts_ (posts)
{
  g_weak_ref_init (&element_, element);
}

Statistics::~Statistics ()
{
  g_weak_ref_clear (&element_);
}

void
Statistics::end ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  has_ended_ = true;
}

ClientFigures
Statistics::figures () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return figures_;
}

void
Statistics::on_statistics (std::string json) noexcept
{
  {
    std::lock_guard<std::mutex> lock (mutex_);
    bool is_awaited = !newest_.empty ();
    newest_ = std::move (json);
    if (is_awaited || has_ended_)
      return;
  }
  try {
    auto self = std::static_pointer_cast<Statistics> (shared_from_this ());
    Errands::shared ().add ([self] { self->take (); });
  } catch (const std::exception &) {
    /* No memory or no thread for it: there is another one soon. */
    std::lock_guard<std::mutex> lock (mutex_);
    newest_.clear ();
  }
}

void
Statistics::take ()
{
  std::string json;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    json = std::exchange (newest_, "");
    if (has_ended_)
      return;
  }
  auto figures = parse_statistics (json);
  if (!figures)
    return;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (has_ended_)
      return;
    figures->resent_records
        = std::max (figures->resent_records, figures_.resent_records);
    figures_ = *figures;
  }
  if (posts_)
    post ();
}

void
Statistics::post ()
{
  auto *element = static_cast<GstElement *> (g_weak_ref_get (&element_));
  if (!element)
    return;
  GstStructure *stats = nullptr;
  g_object_get (element, "stats", &stats, nullptr);
  gst_structure_set_name (stats, "kafka-stats");
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), stats));
  gst_object_unref (element);
}

ClientFigures
figures_of (const std::shared_ptr<Statistics> &statistics)
{
  return statistics ? statistics->figures () : ClientFigures{};
}

/* ---- what there is to see ---- */

GstStructure *
make_sink_stats (const ProducerStats &stats, uint64_t max_queue_bytes,
    const ClientFigures &figures)
{
  double fill = static_cast<double> (stats.queued_bytes)
                / static_cast<double> (std::max<uint64_t> (max_queue_bytes, 1));
  return gst_structure_new ("kafkasink-stats", "records", G_TYPE_UINT64,
      stats.records, "bytes", G_TYPE_UINT64, stats.bytes, "chunks",
      G_TYPE_UINT64, stats.chunks, "dropped", G_TYPE_UINT64, stats.dropped,
      "lost", G_TYPE_UINT64, stats.lost, "queued-records", G_TYPE_UINT64,
      stats.queued_records, "queued-bytes", G_TYPE_UINT64, stats.queued_bytes,
      "queue-fill", G_TYPE_DOUBLE, fill, "retries", G_TYPE_UINT64,
      figures.resent_records, "round-trip-time", G_TYPE_INT64,
      figures.round_trip, "round-trip-time-p99", G_TYPE_INT64,
      figures.round_trip_p99, "throttle-time", G_TYPE_INT64, figures.throttle,
      "partition", G_TYPE_INT, stats.partition, nullptr);
}

GstStructure *
make_source_stats (const ReaderStats &stats, const ClientFigures &figures)
{
  return gst_structure_new ("kafkasrc-stats", "records", G_TYPE_UINT64,
      stats.records, "bytes", G_TYPE_UINT64, stats.bytes, "chunks",
      G_TYPE_UINT64, stats.chunks, "gaps", G_TYPE_UINT64, stats.playback.gaps,
      "duplicates", G_TYPE_UINT64, stats.playback.duplicates, "skipped",
      G_TYPE_UINT64, stats.playback.skipped, "quarantined", G_TYPE_UINT64,
      stats.quarantined, "lost", G_TYPE_UINT64, stats.lost, "skipped-live",
      G_TYPE_UINT64, stats.skipped_live, "offset", G_TYPE_INT64, stats.offset,
      "lag", G_TYPE_INT64, stats.lag, "queued-records", G_TYPE_UINT64,
      figures.fetched_records, "queued-bytes", G_TYPE_UINT64,
      figures.fetched_bytes, "retries", G_TYPE_UINT64, figures.resent_requests,
      "round-trip-time", G_TYPE_INT64, stats.round_trip, "throttle-time",
      G_TYPE_INT64, figures.throttle, "partition", G_TYPE_INT, stats.partition,
      "committed", G_TYPE_INT64, stats.committed, nullptr);
}

#define MESSAGES                                                               \
  " Setting statistics.interval.ms (client-config, URI, config-file) posts "   \
  "them as an element message kafka-stats that often; what librdkafka "        \
  "measures is as of the last such interval, or else of the last second. "     \
  "See docs/statistics.md"

void
install_sink_stats (GObjectClass *klass, guint id)
{
  g_object_class_install_property (klass, id,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts since the last start: records and bytes acknowledged; chunks "
          "(of those records); dropped (buffers, see leaky); lost (accepted, "
          "then given up); queued-records and queued-bytes (waiting "
          "for the broker) and queue-fill (share of max-queue-bytes); retries "
          "(records sent again); round-trip-time and round-trip-time-p99 (ns "
          "from a request to its answer, -1 = none was made); throttle-time "
          "(ns by which the broker's quota delays a request); partition (-1 = "
          "not known yet)." MESSAGES,
          GST_TYPE_STRUCTURE, kReadOnly));
}

void
install_source_stats (GObjectClass *klass, guint id)
{
  g_object_class_install_property (klass, id,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts since the last start: records and bytes (given out, as one "
          "buffer each); chunks (records that are parts of larger buffers); "
          "gaps (missing between two others); duplicates (left out); skipped "
          "(before the first sync point); quarantined (malformed records, and "
          "buffers that are not complete); lost (to retention while reading); "
          "skipped-live (to catch up with is-live); "
          "offset (of the next record, -1 = none yet); lag (records to the end "
          "of the log, -1 = not known yet); queued-records and queued-bytes "
          "(fetched, not read yet); retries (requests made again); "
          "round-trip-time (ns that the broker takes to answer, -1 = not known "
          "yet); throttle-time (ns by which its quota delays a request); "
          "partition (-1 = not known yet); committed (offset that the group "
          "remembers, -1 = none)." MESSAGES,
          GST_TYPE_STRUCTURE, kReadOnly));
}

} // namespace gstkafka
