/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-kafkasink
 * @title: kafkasink
 *
 * Publishes buffers as records of an Apache Kafka topic. A record's value is
 * the buffer's bytes, untouched, so that any Kafka client can open a JPEG as
 * it is; caps, timestamps, flags, tags and custom events travel in the headers
 * (docs/record-format.md), and kafkasrc gives them back as they were.
 *
 * What the sink has accepted is delivered once and in order, or an ERROR names
 * what was lost. EOS reaches the bus when the broker has acknowledged every
 * record. While the broker is slower than the pipeline, up to
 * #kafkasink:max-queue-bytes wait, and then the pipeline waits, or
 * #kafkasink:leaky says what is dropped.
 *
 * A buffer that is too large for a record of the topic goes as several, which
 * kafkasrc puts together again.
 *
 * #kafkasink:stats tells at any time how it goes; with librdkafka's setting
 * statistics.interval.ms an element message `kafka-stats` says the same each
 * interval (docs/statistics.md).
 *
 * All kafkasinks of a pipeline write one session, so that sound and picture of
 * two topics belong together.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=100 ! jpegenc ! kafkasink topic=t
 * ]| Publishes 100 pictures to the broker on localhost:9092.
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! decodebin ! videoconvert ! jpegenc
 *   ! kafkasink uri="kafka://broker:9092/clips?key=clip.mp4"
 * ]| Publishes a file's pictures under a key of their own.
 *
 * Since: 0.1
 */

#include "elements/gstkafkasink.h"

#include "client/producer.h"
#include "elements/connection.h"
#include "elements/messages.h"
#include "elements/publication.h"
#include "elements/statistics.h"

#include <algorithm>

GST_DEBUG_CATEGORY_STATIC (gst_kafka_sink_debug);
#define GST_CAT_DEFAULT gst_kafka_sink_debug

using namespace gstkafka;

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

enum {
  PROP_MAX_QUEUE_BYTES = PROP_OWN,
  PROP_MAX_QUEUE_TIME,
  PROP_LEAKY,
  PROP_MAX_RECORD_SIZE,
  PROP_CAPS_INTERVAL,
  PROP_EOS_RECORD,
  PROP_DELIVERY_MESSAGES,
  PROP_CREATE_TOPIC,
  PROP_TOPIC_CONFIG,
  PROP_STATS,
};

constexpr guint64 DEFAULT_MAX_QUEUE_BYTES = 64 * 1024 * 1024;
constexpr guint64 DEFAULT_MAX_QUEUE_TIME = 0;
constexpr Leaky DEFAULT_LEAKY = Leaky::NONE;
constexpr guint64 DEFAULT_MAX_RECORD_SIZE = 0;
constexpr guint64 DEFAULT_CAPS_INTERVAL = GST_SECOND;
constexpr gboolean DEFAULT_EOS_RECORD = TRUE;
constexpr gboolean DEFAULT_DELIVERY_MESSAGES = FALSE;
constexpr gboolean DEFAULT_CREATE_TOPIC = FALSE;

/* How long PAUSED to READY waits for what is on its way. */
constexpr std::chrono::milliseconds kStopPatience{ 300 };

namespace {

struct Settings {
  ConnectionSettings connection;
  guint64 max_queue_bytes = DEFAULT_MAX_QUEUE_BYTES;
  guint64 max_queue_time = DEFAULT_MAX_QUEUE_TIME;
  Leaky leaky = DEFAULT_LEAKY;
  guint64 max_record_size = DEFAULT_MAX_RECORD_SIZE;
  guint64 caps_interval = DEFAULT_CAPS_INTERVAL;
  bool eos_record = DEFAULT_EOS_RECORD;
  bool delivery_messages = DEFAULT_DELIVERY_MESSAGES;
  bool create_topic = DEFAULT_CREATE_TOPIC;
  bool has_topic_config = false;
  TopicSpec topic_spec;
  std::string bad_topic_count; /* as name=value, what is no number */
};

/* Between PAUSED and READY. Belongs to the streaming thread, but for the
 * producer, which is for any. */
struct Started {
  Settings settings;
  std::shared_ptr<PipelineRun> run;
  std::string stream; /* as the run knows it */
  std::string place;  /* where that is; the worker's, until it has ended */
  std::shared_ptr<Publication> publication;
  std::shared_ptr<Producer> producer;
  bool has_left_out = false;     /* an event, since the buffer before */
  bool has_refused_caps = false; /* since the last flush, or good caps */
};

GType
leaky_type ()
{
  static const GEnumValue values[] = {
    { static_cast<gint> (Leaky::NONE), "Not leaky: the pipeline waits",
        "none" },
    { static_cast<gint> (Leaky::UPSTREAM),
        "Leaky on the upstream side: drop new buffers", "upstream" },
    { static_cast<gint> (Leaky::DOWNSTREAM),
        "Leaky on the downstream side: drop old buffers", "downstream" },
    { 0, nullptr, nullptr },
  };
  static const GType type
      = g_enum_register_static ("GstKafkaSinkLeaky", values);
  return type;
}

} // namespace

struct GstKafkaSinkPriv final : Producer::Observer {
  explicit GstKafkaSinkPriv (GstKafkaSink *element) : self (element) {}

  GstKafkaSink *self;

  /* Guards what follows; the producer itself is for any thread. */
  std::mutex mutex;
  Settings settings;
  std::shared_ptr<Producer> producer;
  ProducerStats last_stats;               /* of the producer before */
  std::shared_ptr<Statistics> statistics; /* its client's, or that one's */

  ContextSlot run_slot{ kRunContextType };
  std::unique_ptr<Started> started;

  Settings copy_settings ();
  std::shared_ptr<Producer> current_producer ();
  GstStructure *make_stats ();

  MaybeError begin ();
  void end ();

  GstFlowReturn publish (GstBuffer *buffer);
  GstFlowReturn publish_eos ();
  GstFlowReturn push (std::unique_ptr<Outgoing> outgoing);
  int64_t utc ();
  GstFlowReturn drain ();
  template <typename Wait>
  GstFlowReturn wait_unlocked (Wait wait);

  MaybeError on_resolved (
      const std::string &cluster_id, int partition) override;
  void on_compacted () override;
  void on_delivered (
      const OutgoingRecord &record, int partition, int64_t offset) override;
  void on_failed (const Error &error) override;
  void on_outage (const Error &error) override;
  void on_dropping () override;
  void on_left_out ();
};

struct _GstKafkaSink {
  GstBaseSink parent;
  GstKafkaSinkPriv *priv;
};

static void gst_kafka_sink_uri_handler_init (gpointer iface, gpointer);

#define gst_kafka_sink_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstKafkaSink, gst_kafka_sink, GST_TYPE_BASE_SINK,
                         G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
                             gst_kafka_sink_uri_handler_init);
                         GST_DEBUG_CATEGORY_INIT (gst_kafka_sink_debug,
                             "kafkasink", 0, "Apache Kafka sink"));
GST_ELEMENT_REGISTER_DEFINE (
    kafkasink, "kafkasink", GST_RANK_NONE, GST_TYPE_KAFKA_SINK);

/* ---- settings ---- */

Settings
GstKafkaSinkPriv::copy_settings ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return settings;
}

std::shared_ptr<Producer>
GstKafkaSinkPriv::current_producer ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return producer;
}

static ConfigEntries
default_config (GstKafkaSink *self)
{
  return {
    { "client.id", client_id (GST_ELEMENT (self)) },
    { "enable.idempotence", "true" },
    { "partitioner", "murmur2_random" },
    { "socket.nagle.disable", "true" },
    /* The topic's limit counts, and max-queue-bytes, both of which the
     * producer sees to. */
    { "message.max.bytes", "1000000000" },
    { "queue.buffering.max.messages", "10000000" },
    { "queue.buffering.max.kbytes", "2147483647" },
    /* A connection that comes back is used within a second, not ten. */
    { "reconnect.backoff.max.ms", "1000" },
  };
}

static MaybeError
check_settings (const Settings &settings)
{
  if (settings.has_topic_config && !settings.create_topic)
    return Error{ ErrorKind::SETTINGS,
      "topic-config is for topics that kafkasink creates: set "
      "create-topic=true too, or leave topic-config out.",
      "" };
  if (!settings.bad_topic_count.empty ())
    return Error{ ErrorKind::SETTINGS,
      "Check topic-config: " + settings.bad_topic_count
          + " is no whole number of partitions or copies. Set 1 or more.",
      "" };
  return std::nullopt;
}

static Result<ProducerSettings>
producer_settings (GstKafkaSink *self, const Settings &settings)
{
  if (auto error = check_settings (settings))
    return *error;
  ConfigEntries defaults = default_config (self);
  /* Or else being asked for the topic, the broker makes one its own way. */
  if (settings.create_topic)
    defaults.push_back ({ "allow.auto.create.topics", "false" });
  auto config = make_config (settings.connection, std::move (defaults),
      { { "transactional.id", "kafkasink does not write transactions" },
          { "dr_msg_cb", "delivery reports are kafkasink's own" } });
  if (!config)
    return config.error ();
  ProducerSettings out;
  out.config = std::move (*config);
  out.stream = settings.connection.stream;
  out.queue.bytes = settings.max_queue_bytes;
  out.queue.time = settings.max_queue_time;
  out.queue.leaky = settings.leaky;
  out.max_record_size = settings.max_record_size;
  if (settings.create_topic)
    out.create_topic = settings.topic_spec;
  return out;
}

/* Two sinks with the same text write the same stream. */
static std::string
stream_name (const ConnectionSettings &connection)
{
  const StreamAddress &stream = connection.stream;
  std::string name
      = connection.bootstrap_servers.value_or (kDefaultBootstrapServers);
  name += " topic " + stream.topic;
  if (!stream.key.empty ())
    name += " key " + stream.key;
  if (stream.partition >= 0 || stream.key.empty ())
    name += " partition " + std::to_string (std::max (stream.partition, 0));
  return name;
}

/* ---- between READY and PAUSED ---- */

MaybeError
GstKafkaSinkPriv::begin ()
{
  auto fresh = std::make_unique<Started> ();
  fresh->settings = copy_settings ();
  auto for_producer = producer_settings (self, fresh->settings);
  if (!for_producer)
    return for_producer.error ();

  fresh->run = run_slot.join<PipelineRun> (GST_ELEMENT (self));
  fresh->stream = stream_name (fresh->settings.connection);
  gchar *name = gst_object_get_name (GST_OBJECT (self));
  MaybeError claimed = fresh->run->claim_stream (fresh->stream, name);
  g_free (name);
  if (claimed) {
    fresh->run->leave ();
    return claimed;
  }

  auto watching = Statistics::begin (GST_ELEMENT (self), for_producer->config);
  for_producer->statistics = watching;
  auto opened = Producer::open (std::move (*for_producer), *this);
  if (!opened) {
    fresh->run->release_stream (fresh->stream);
    fresh->run->leave ();
    return opened.error ();
  }
  fresh->producer = std::move (*opened);
  fresh->publication = std::make_shared<Publication> (Publication::Settings{
      fresh->run, fresh->stream, fresh->settings.connection.stream.topic,
      fresh->settings.caps_interval, [this] { on_left_out (); } });
  started = std::move (fresh);
  started->producer->start ();
  std::lock_guard<std::mutex> lock (mutex);
  producer = started->producer;
  statistics = std::move (watching);
  return std::nullopt;
}

void
GstKafkaSinkPriv::end ()
{
  if (!started)
    return;
  Losses losses = started->producer->close (kStopPatience);
  if (losses.count () > 0)
    post_error (GST_ELEMENT (self),
        { ErrorKind::LOST,
            "Stopped before the broker acknowledged everything. Send EOS and "
            "wait for it before stopping. "
                + losses.describe (),
            "" });
  Started &now = *started;
  now.publication->end ();
  now.run->release_stream (now.stream);
  if (!now.place.empty ())
    now.run->release_stream (now.place);
  now.run->leave ();
  {
    std::lock_guard<std::mutex> lock (mutex);
    last_stats = producer->stats ();
    statistics->end ();
    producer.reset ();
  }
  started.reset ();
}

/* ---- streaming ---- */

/* Waits without the preroll lock, which basesink holds around render () and
 * wait_event (): any change of state takes it, and not each of them calls
 * unlock () before. Nothing else happens meanwhile but a change of state or a
 * flush; a pause leaves the wait alone. */
template <typename Wait>
GstFlowReturn
GstKafkaSinkPriv::wait_unlocked (Wait wait)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  while (true) {
    uint64_t seen = started->producer->interruptions ();
    GST_BASE_SINK_PREROLL_UNLOCK (sink);
    Producer::Outcome outcome = wait (*started->producer, seen);
    GST_BASE_SINK_PREROLL_LOCK (sink);
    switch (outcome) {
    case Producer::Outcome::DONE:
    case Producer::Outcome::DROPPED:
      return GST_FLOW_OK;
    case Producer::Outcome::FAILED:
      return GST_FLOW_ERROR;
    case Producer::Outcome::INTERRUPTED:
      if (sink->flushing)
        return GST_FLOW_FLUSHING;
      break;
    }
  }
}

GstFlowReturn
GstKafkaSinkPriv::push (std::unique_ptr<Outgoing> outgoing)
{
  GstFlowReturn flow
      = wait_unlocked ([&outgoing] (Producer &to, uint64_t seen) {
          return to.push (outgoing, seen);
        });
  if (outgoing)
    started->publication->take_back (*outgoing);
  return flow;
}

GstFlowReturn
GstKafkaSinkPriv::drain ()
{
  return wait_unlocked (
      [] (Producer &to, uint64_t seen) { return to.drain (seen); });
}

int64_t
GstKafkaSinkPriv::utc ()
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  int64_t utc = started->run->utc (
      clock, gst_element_get_base_time (GST_ELEMENT (self)));
  gst_clear_object (&clock);
  return utc;
}

GstFlowReturn
GstKafkaSinkPriv::publish (GstBuffer *buffer)
{
  started->has_left_out = false;
  auto outgoing = started->publication->make_buffer (buffer, utc ());
  if (outgoing)
    return push (std::move (outgoing));
  GST_ELEMENT_ERROR (self, RESOURCE, READ,
      ("A buffer's memory cannot be read. Convert or download it to system "
       "memory before kafkasink."),
      ("%" GST_PTR_FORMAT, buffer));
  return GST_FLOW_ERROR;
}

GstFlowReturn
GstKafkaSinkPriv::publish_eos ()
{
  GstFlowReturn flow
      = push (started->publication->make_eos (started->settings.eos_record));
  return flow == GST_FLOW_OK ? drain () : flow;
}

/* ---- what the producer's worker thread tells ---- */

/* The same stream can be named in several ways: by a key alone or with its
 * partition, by one broker or another. */
MaybeError
GstKafkaSinkPriv::on_resolved (const std::string &cluster_id, int partition)
{
  const StreamAddress &stream = started->settings.connection.stream;
  std::string place = "topic " + stream.topic + " partition "
                      + std::to_string (partition)
                      + (stream.key.empty () ? "" : " key " + stream.key)
                      + " of cluster " + cluster_id;
  gchar *name = gst_object_get_name (GST_OBJECT (self));
  MaybeError error = started->run->claim_stream (place, name);
  g_free (name);
  if (!error)
    started->place = std::move (place);
  return error;
}

void
GstKafkaSinkPriv::on_compacted ()
{
  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
      ("Topic '%s' is compacted: of each key it keeps the newest record, and "
       "streams in it will have holes. Set its cleanup.policy to delete.",
          started->settings.connection.stream.topic.c_str ()),
      (nullptr));
}

void
GstKafkaSinkPriv::on_delivered (
    const OutgoingRecord &record, int partition, int64_t offset)
{
  /* Constant while a producer lives. */
  if (!started->settings.delivery_messages)
    return;
  GstStructure *structure = gst_structure_new ("kafka-delivery", "topic",
      G_TYPE_STRING, started->settings.connection.stream.topic.c_str (),
      "partition", G_TYPE_INT, partition, "offset", G_TYPE_INT64, offset, "pts",
      G_TYPE_INT64, record.time, nullptr);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

void
GstKafkaSinkPriv::on_failed (const Error &error)
{
  post_error (GST_ELEMENT (self), error);
}

void
GstKafkaSinkPriv::on_outage (const Error &error)
{
  Error warning = error;
  warning.message += " Records wait in the queue; kafkasink keeps trying.";
  post_warning (GST_ELEMENT (self), warning);
}

void
GstKafkaSinkPriv::on_dropping ()
{
  const Settings &used = started->settings;
  GST_ELEMENT_WARNING (self, RESOURCE, BUSY,
      ("The queue is full (max-queue-bytes=%" G_GUINT64_FORMAT
       ", max-queue-time=%" G_GUINT64_FORMAT
       "): buffers are being dropped as leaky=%s asks, until the broker keeps "
       "up; see 'dropped' in stats.",
          used.max_queue_bytes, used.max_queue_time,
          used.leaky == Leaky::UPSTREAM ? "upstream" : "downstream"),
      (nullptr));
}

void
GstKafkaSinkPriv::on_left_out ()
{
  GST_ELEMENT_WARNING (self, STREAM, ENCODE,
      ("Some tags or events are not published: no record follows them "
       "(eos-record=false), or too many waited for one."),
      (nullptr));
}

GstStructure *
GstKafkaSinkPriv::make_stats ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return make_sink_stats (producer ? producer->stats () : last_stats,
      settings.max_queue_bytes, figures_of (statistics));
}

/* ---- virtual functions ---- */

static GstStateChangeReturn
gst_kafka_sink_change_state (GstElement *element, GstStateChange transition)
{
  GstKafkaSinkPriv *priv = GST_KAFKA_SINK (element)->priv;

  /* Not in start (), which basesink calls in NULL to READY: a session is one
   * run, and running time begins anew with each PAUSED. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (auto error = guarded<MaybeError> ([priv] { return priv->begin (); })) {
      post_error (element, *error);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  GstStateChangeReturn ret
      = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE))
    priv->end ();
  return ret;
}

static void
gst_kafka_sink_set_context (GstElement *element, GstContext *context)
{
  GST_KAFKA_SINK (element)->priv->run_slot.take (context);
  GST_ELEMENT_CLASS (parent_class)->set_context (element, context);
}

/* What lies outside of the segment (B-frames' first DTS, a decoder's run-up) is
 * due at its edge. Of itself basesink would not let it wait for anything, and
 * publish it in PAUSED. */
static void
gst_kafka_sink_get_times (GstBaseSink *sink, GstBuffer *buffer,
    GstClockTime *start, GstClockTime *end)
{
  GST_BASE_SINK_CLASS (parent_class)->get_times (sink, buffer, start, end);
  const GstSegment &segment = sink->segment;
  if (segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (*start)
      || gst_segment_clip (
          &segment, GST_FORMAT_TIME, *start, *end, nullptr, nullptr))
    return;
  *start = *end = *start < segment.start ? segment.start : segment.stop - 1;
}

/* Once, as upstream tries them again with each buffer. */
static void
refuse_caps (GstBaseSink *sink, GstCaps *caps)
{
  Started &started = *GST_KAFKA_SINK (sink)->priv->started;
  if (std::exchange (started.has_refused_caps, true))
    return;
  GST_ELEMENT_ERROR (sink, STREAM, FORMAT,
      ("These caps cannot be written as text that a reader takes. As values it "
       "takes numbers, fractions, strings, buffers and the like, and arrays of "
       "one such type. Put a capsfilter or a converter in front of kafkasink."),
      ("%" GST_PTR_FORMAT, caps));
}

static gboolean
gst_kafka_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  Started &started = *GST_KAFKA_SINK (sink)->priv->started;
  if (!caps_from_text (caps_to_text (caps))) {
    refuse_caps (sink, caps);
    return FALSE;
  }
  started.has_refused_caps = false;
  started.publication->set_caps (caps);
  return TRUE;
}

/* Once between two buffers. */
static void
warn_left_out (GstBaseSink *sink, GstEvent *event)
{
  Started &started = *GST_KAFKA_SINK (sink)->priv->started;
  if (std::exchange (started.has_left_out, true))
    return;
  GST_ELEMENT_WARNING (sink, STREAM, ENCODE,
      ("A %s event cannot be written into a record, and is not published. "
       "Events that travel have plain values only, and between two buffers "
       "there is room for 200 of them and 256 KiB of text (a cover picture may "
       "have more).",
          GST_EVENT_TYPE_NAME (event)),
      ("%" GST_PTR_FORMAT, event));
}

static gboolean
gst_kafka_sink_event (GstBaseSink *sink, GstEvent *event)
{
  Started &started = *GST_KAFKA_SINK (sink)->priv->started;
  Publication &publication = *started.publication;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEGMENT: {
    const GstSegment *segment;
    gst_event_parse_segment (event, &segment);
    publication.set_segment (*segment);
    break;
  }
  case GST_EVENT_TAG: {
    GstTagList *tags;
    gst_event_parse_tag (event, &tags);
    if (!publication.events ().add_tags (tags))
      warn_left_out (sink, event);
    break;
  }
  case GST_EVENT_CUSTOM_DOWNSTREAM:
  case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
    if (!gst_event_get_structure (event)
        || !publication.events ().add_event (gst_event_get_structure (event)))
      warn_left_out (sink, event);
    break;
  case GST_EVENT_FLUSH_STOP: {
    started.has_refused_caps = false;
    gboolean reset_time;
    gst_event_parse_flush_stop (event, &reset_time);
    if (reset_time)
      publication.begin_session (gst_event_get_seqnum (event));
    break;
  }
  default:
    break;
  }
  return GST_BASE_SINK_CLASS (parent_class)->event (sink, event);
}

static GstFlowReturn
gst_kafka_sink_wait_event (GstBaseSink *sink, GstEvent *event)
{
  GstFlowReturn flow
      = GST_BASE_SINK_CLASS (parent_class)->wait_event (sink, event);
  /* After the wait, so that with sync=true the end comes at its time; before
   * basesink posts EOS, so that EOS says that all is acknowledged. */
  if (flow == GST_FLOW_OK && GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    flow = GST_KAFKA_SINK (sink)->priv->publish_eos ();
  return flow;
}

static GstFlowReturn
gst_kafka_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  return GST_KAFKA_SINK (sink)->priv->publish (buffer);
}

/* unlock () and unlock_stop () alike: whoever waits looks what it was for. By
 * unlock_stop () basesink has decided whether it is flushing. */
static gboolean
gst_kafka_sink_interrupt (GstBaseSink *sink)
{
  if (auto producer = GST_KAFKA_SINK (sink)->priv->current_producer ())
    producer->interrupt ();
  return TRUE;
}

static void
set_topic_config (Settings &settings, const GstStructure *structure)
{
  settings.has_topic_config = structure != nullptr;
  settings.topic_spec = TopicSpec{};
  settings.bad_topic_count.clear ();
  auto read_count = [&settings] (const ConfigEntry &entry, int &count) {
    gint64 number = 0;
    if (!g_ascii_string_to_signed (
            entry.value.c_str (), 10, 1, G_MAXINT, &number, nullptr))
      settings.bad_topic_count = entry.name + "=" + entry.value;
    count = static_cast<int> (number);
  };
  for (const auto &entry : entries_from_structure (structure)) {
    if (entry.name == "partitions")
      read_count (entry, settings.topic_spec.partitions);
    else if (entry.name == "replication-factor")
      read_count (entry, settings.topic_spec.replication_factor);
    else
      settings.topic_spec.config.push_back (entry);
  }
}

static GstStructure *
get_topic_config (const Settings &settings)
{
  if (!settings.has_topic_config)
    return nullptr;
  const TopicSpec &spec = settings.topic_spec;
  GstStructure *structure = structure_from_entries (spec.config, "t");
  if (spec.partitions >= 0)
    gst_structure_set (
        structure, "partitions", G_TYPE_INT, spec.partitions, nullptr);
  if (spec.replication_factor >= 0)
    gst_structure_set (structure, "replication-factor", G_TYPE_INT,
        spec.replication_factor, nullptr);
  return structure;
}

static void
gst_kafka_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstKafkaSinkPriv *priv = GST_KAFKA_SINK (object)->priv;

  if (id == PROP_URI) {
    MaybeError error = apply_uri (object, g_value_get_string (value));
    std::lock_guard<std::mutex> lock (priv->mutex);
    priv->settings.connection.uri_error = std::move (error);
    return;
  }

  /* Whatever it is, the URI says it too. */
  g_object_notify (object, "uri");
  std::lock_guard<std::mutex> lock (priv->mutex);
  Settings &settings = priv->settings;
  switch (id) {
  case PROP_MAX_QUEUE_BYTES:
    settings.max_queue_bytes = g_value_get_uint64 (value);
    break;
  case PROP_MAX_QUEUE_TIME:
    settings.max_queue_time = g_value_get_uint64 (value);
    break;
  case PROP_LEAKY:
    settings.leaky = static_cast<Leaky> (g_value_get_enum (value));
    break;
  case PROP_MAX_RECORD_SIZE:
    settings.max_record_size = g_value_get_uint64 (value);
    break;
  case PROP_CAPS_INTERVAL:
    settings.caps_interval = g_value_get_uint64 (value);
    break;
  case PROP_EOS_RECORD:
    settings.eos_record = g_value_get_boolean (value);
    break;
  case PROP_DELIVERY_MESSAGES:
    settings.delivery_messages = g_value_get_boolean (value);
    break;
  case PROP_CREATE_TOPIC:
    settings.create_topic = g_value_get_boolean (value);
    break;
  case PROP_TOPIC_CONFIG:
    set_topic_config (settings, gst_value_get_structure (value));
    break;
  default:
    if (!set_connection_property (settings.connection, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
gst_kafka_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstKafkaSinkPriv *priv = GST_KAFKA_SINK (object)->priv;
  const Settings settings = priv->copy_settings ();

  switch (id) {
  case PROP_URI:
    give_string (value, make_uri (object, settings.connection));
    break;
  case PROP_MAX_QUEUE_BYTES:
    g_value_set_uint64 (value, settings.max_queue_bytes);
    break;
  case PROP_MAX_QUEUE_TIME:
    g_value_set_uint64 (value, settings.max_queue_time);
    break;
  case PROP_LEAKY:
    g_value_set_enum (value, static_cast<gint> (settings.leaky));
    break;
  case PROP_MAX_RECORD_SIZE:
    g_value_set_uint64 (value, settings.max_record_size);
    break;
  case PROP_CAPS_INTERVAL:
    g_value_set_uint64 (value, settings.caps_interval);
    break;
  case PROP_EOS_RECORD:
    g_value_set_boolean (value, settings.eos_record);
    break;
  case PROP_DELIVERY_MESSAGES:
    g_value_set_boolean (value, settings.delivery_messages);
    break;
  case PROP_CREATE_TOPIC:
    g_value_set_boolean (value, settings.create_topic);
    break;
  case PROP_TOPIC_CONFIG:
    g_value_take_boxed (value, get_topic_config (settings));
    break;
  case PROP_STATS:
    g_value_take_boxed (value, priv->make_stats ());
    break;
  default:
    if (!get_connection_property (settings.connection, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static GstURIType
gst_kafka_sink_uri_get_type (GType)
{
  return GST_URI_SINK;
}

static void
gst_kafka_sink_uri_handler_init (gpointer iface, gpointer)
{
  init_uri_handler (static_cast<GstURIHandlerInterface *> (iface),
      gst_kafka_sink_uri_get_type);
}

static void
gst_kafka_sink_init (GstKafkaSink *self)
{
  self->priv = new GstKafkaSinkPriv (self);
  GstBaseSink *sink = GST_BASE_SINK (self);
  gst_base_sink_set_sync (sink, FALSE);
  /* A buffer that is kept for last-sample is missing in upstream's pool. */
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  /* What lies before the segment (a decoder's run-up) is recorded too; who
   * plays it clips it, as without Kafka between. */
  gst_base_sink_set_drop_out_of_segment (sink, FALSE);
}

static void
gst_kafka_sink_finalize (GObject *object)
{
  delete GST_KAFKA_SINK (object)->priv;
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  install_connection_properties (klass);
  g_object_class_install_property (klass, PROP_MAX_QUEUE_BYTES,
      g_param_spec_uint64 ("max-queue-bytes", "Maximum queue size",
          "Bytes that may wait for the broker's acknowledgement (payload and "
          "1024 a buffer); beyond it the pipeline waits, or see leaky. One "
          "buffer always fits",
          1, G_MAXUINT64, DEFAULT_MAX_QUEUE_BYTES, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_MAX_QUEUE_TIME,
      g_param_spec_uint64 ("max-queue-time", "Maximum queue time",
          "Running time in ns between the oldest and the newest buffer that "
          "wait for the broker's acknowledgement; beyond it the pipeline "
          "waits, or see leaky. 0 = no limit",
          0, G_MAXUINT64, DEFAULT_MAX_QUEUE_TIME, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_LEAKY,
      g_param_spec_enum ("leaky", "Leaky",
          "What happens while the queue is full. Whole runs are dropped, up to "
          "the next sync point, so that no decoder sees half of one; each "
          "buffer is counted (dropped in stats), each burst is a WARNING, and "
          "what follows has DISCONT",
          leaky_type (), static_cast<gint> (DEFAULT_LEAKY), kReadWriteInReady));
  g_object_class_install_property (klass, PROP_MAX_RECORD_SIZE,
      g_param_spec_uint64 ("max-record-size", "Maximum record size",
          "Largest record in bytes, headers included; a larger buffer goes in "
          "chunks. 0 = what the topic allows, asked from the broker, and 32 "
          "MiB at most",
          0, G_MAXUINT64, DEFAULT_MAX_RECORD_SIZE, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_CAPS_INTERVAL,
      g_param_spec_uint64 ("caps-interval", "Caps interval",
          "The caps are repeated at least this often, in ns, so that a reader "
          "finds them near any record. 0 = on every record",
          0, G_MAXUINT64, DEFAULT_CAPS_INTERVAL, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_EOS_RECORD,
      g_param_spec_boolean ("eos-record", "EOS record",
          "Mark EOS with a record of its own, without a value, which ends "
          "readers",
          DEFAULT_EOS_RECORD, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_DELIVERY_MESSAGES,
      g_param_spec_boolean ("delivery-messages", "Delivery messages",
          "Post an element message kafka-delivery (topic, partition, offset of "
          "the first record, pts in ns of running time or -1) for each "
          "acknowledged buffer, in chunks or not, and for the EOS record",
          DEFAULT_DELIVERY_MESSAGES, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_CREATE_TOPIC,
      g_param_spec_boolean ("create-topic", "Create topic",
          "Create the topic when it does not exist", DEFAULT_CREATE_TOPIC,
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_TOPIC_CONFIG,
      g_param_spec_boxed ("topic-config", "Topic configuration",
          "For create-topic: partitions, replication-factor (default: the "
          "broker's) and any setting of a topic, as in \"t,partitions=8,"
          "replication-factor=1,retention.ms=3600000\"",
          GST_TYPE_STRUCTURE, kReadWriteInReady));
  install_sink_stats (klass, PROP_STATS);
}

static void
gst_kafka_sink_class_init (GstKafkaSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  object_class->set_property = gst_kafka_sink_set_property;
  object_class->get_property = gst_kafka_sink_get_property;
  object_class->finalize = gst_kafka_sink_finalize;
  install_properties (object_class);

  element_class->change_state = gst_kafka_sink_change_state;
  element_class->set_context = gst_kafka_sink_set_context;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Apache Kafka sink",
      "Sink/Network",
      "Publishes buffers with their caps, timestamps, flags and tags as "
      "records of an Apache Kafka topic",
      "gst-kafka developers");

  sink_class->set_caps = gst_kafka_sink_set_caps;
  sink_class->get_times = gst_kafka_sink_get_times;
  sink_class->event = gst_kafka_sink_event;
  sink_class->wait_event = gst_kafka_sink_wait_event;
  sink_class->render = gst_kafka_sink_render;
  sink_class->unlock = gst_kafka_sink_interrupt;
  sink_class->unlock_stop = gst_kafka_sink_interrupt;
}
