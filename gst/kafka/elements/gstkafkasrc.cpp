/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-kafkasrc
 * @title: kafkasrc
 *
 * Plays what kafkasink has published: bytes, caps, timestamps, duration,
 * offsets, flags, tags and custom events come out as they went in, timestamps
 * as running time. A topic plays like one recording: a producer that was
 * restarted is a seam with DISCONT, and running time goes straight on.
 *
 * Output begins at a sync point, with the caps that hold there. The pace is
 * that of the timestamps; sinks downstream keep it. The source ends with the
 * recording (an EOS record that nothing follows), at
 * #kafkasrc:stop-position, or waits for more.
 *
 * A topic that does not exist yet is waited for, with a WARNING. Records that
 * cannot be understood are set aside with a WARNING and counted.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 kafkasrc topic=t ! jpegdec ! videoconvert ! autovideosink
 * ]| Plays the pictures of topic t from the broker on localhost:9092.
 * |[
 * gst-launch-1.0 kafkasrc topic=t stop-position=end ! fakesink
 * ]| Reads what is there and ends.
 *
 * Since: 0.1
 */

#include "elements/gstkafkasrc.h"

#include "elements/connection.h"
#include "elements/messages.h"
#include "elements/reader.h"
#include "elements/source_sync.h"

#include <algorithm>

GST_DEBUG_CATEGORY_STATIC (gst_kafka_src_debug);
#define GST_CAT_DEFAULT gst_kafka_src_debug

using namespace gstkafka;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

enum {
  PROP_START_POSITION = PROP_OWN,
  PROP_START_OFFSET,
  PROP_START_TIME,
  PROP_STOP_POSITION,
  PROP_STOP_OFFSET,
  PROP_STOP_TIME,
  PROP_EOS_POLICY,
  PROP_STATS,
};

constexpr gint64 DEFAULT_START_OFFSET = -1;
constexpr gint64 DEFAULT_STOP_OFFSET = -1;
constexpr StartPosition DEFAULT_START_POSITION = StartPosition::EARLIEST;
constexpr StopPosition DEFAULT_STOP_POSITION = StopPosition::NEVER;
constexpr EosPolicy DEFAULT_EOS_POLICY = EosPolicy::AT_END;

/* GstBuffer has no negative times, and B-frames' first DTS may be negative in
 * running time. Then all times, and the segment's start, are this much higher,
 * and running time comes out exact. x264enc does the same. */
constexpr GstClockTime kTimestampShift = 1000 * 3600 * GST_SECOND;

constexpr const char *kSyncContextType = "gst.kafka.source-sync";

/* What a decoder and a sink may take with a record that came late. */
constexpr GstClockTime kDecodeMargin = 40 * GST_MSECOND;

namespace {

struct Settings {
  ConnectionSettings connection;
  StartPosition start = DEFAULT_START_POSITION;
  gint64 start_offset = DEFAULT_START_OFFSET;
  std::string start_time;
  StopPosition stop = DEFAULT_STOP_POSITION;
  gint64 stop_offset = DEFAULT_STOP_OFFSET;
  std::string stop_time;
  EosPolicy eos_policy = DEFAULT_EOS_POLICY;
};

/* How positions become this run's timestamps; the streaming thread's, and the
 * seeking one's, which hold the stream lock. */
struct Mapping {
  GstClockTime shift = 0;
  bool is_anchored = false; /* segment.start is known */
  bool has_given = false;
  guint32 epoch = 0;      /* as SourceSync has it */
  GstClockTime delay = 0; /* of that, as far as the segment has it */
};

/* What GstBaseSrcClass.do_seek () is not told of a seek event. */
struct SeekRequest {
  GstSeekFlags flags;
  bool moves; /* not only the rate changes */
  guint32 seqnum;
};

struct ClockUnref {
  void
  operator() (GstClock *clock) const
  {
    gst_object_unref (clock);
  }
};
using ClockPtr = std::unique_ptr<GstClock, ClockUnref>;

} // namespace

struct GstKafkaSrcPriv {
  /* Guards settings, reader, last_stats, seek and clock; the reader itself
   * belongs to the streaming thread, but for what any thread may call. */
  std::mutex mutex;
  Settings settings;
  std::shared_ptr<Reader> reader;
  ReaderStats last_stats; /* of the reader before */
  std::optional<SeekRequest> seek;
  ClockPtr clock; /* the pipeline's: see set_clock () */

  std::atomic<bool> flushing{ false };
  Mapping mapping;

  ContextSlot sync_slot{ kSyncContextType };
  std::shared_ptr<SourceSync> sync; /* between READY and PAUSED */

  Settings copy_settings ();
  std::shared_ptr<Reader> current_reader ();
  ClockPtr current_clock ();
  std::optional<Recording::Range> range ();
  GstStructure *make_stats ();

  MaybeError begin (GstKafkaSrc *self);
  void end ();
};

struct _GstKafkaSrc {
  GstPushSrc parent;
  GstKafkaSrcPriv *priv;
};

static void gst_kafka_src_uri_handler_init (gpointer iface, gpointer);

#define gst_kafka_src_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE (GstKafkaSrc, gst_kafka_src, GST_TYPE_PUSH_SRC,
                         G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
                             gst_kafka_src_uri_handler_init);
                         GST_DEBUG_CATEGORY_INIT (gst_kafka_src_debug,
                             "kafkasrc", 0, "Apache Kafka source"));
GST_ELEMENT_REGISTER_DEFINE (
    kafkasrc, "kafkasrc", GST_RANK_NONE, GST_TYPE_KAFKA_SRC);

/* ---- enumerations ---- */

static GType
start_position_type ()
{
  static const GEnumValue values[] = {
    { static_cast<gint> (StartPosition::EARLIEST), "The oldest record there is",
        "earliest" },
    { static_cast<gint> (StartPosition::LATEST),
        "Only records that come after the start", "latest" },
    { static_cast<gint> (StartPosition::OFFSET),
        "start-offset, or the nearest there is", "offset" },
    { static_cast<gint> (StartPosition::TIME),
        "First record not older than start-time", "time" },
    { 0, nullptr, nullptr },
  };
  static GType type
      = g_enum_register_static ("GstKafkaSrcStartPosition", values);
  return type;
}

static GType
stop_position_type ()
{
  static const GEnumValue values[] = {
    { static_cast<gint> (StopPosition::NEVER), "See eos-policy", "never" },
    { static_cast<gint> (StopPosition::END),
        "The end of what was there at start", "end" },
    { static_cast<gint> (StopPosition::OFFSET), "Before stop-offset",
        "offset" },
    { static_cast<gint> (StopPosition::TIME),
        "Before the first record not older than stop-time", "time" },
    { 0, nullptr, nullptr },
  };
  static GType type
      = g_enum_register_static ("GstKafkaSrcStopPosition", values);
  return type;
}

static GType
eos_policy_type ()
{
  static const GEnumValue values[] = {
    { static_cast<gint> (EosPolicy::AT_END),
        "An EOS record ends the stream when nothing follows it", "at-end" },
    { static_cast<gint> (EosPolicy::ALWAYS), "Any EOS record ends the stream",
        "always" },
    { static_cast<gint> (EosPolicy::IGNORE), "Wait for more", "ignore" },
    { 0, nullptr, nullptr },
  };
  static GType type = g_enum_register_static ("GstKafkaSrcEosPolicy", values);
  return type;
}

/* ---- settings ---- */

Settings
GstKafkaSrcPriv::copy_settings ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return settings;
}

ClockPtr
GstKafkaSrcPriv::current_clock ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return ClockPtr (clock ? GST_CLOCK (gst_object_ref (clock.get ())) : nullptr);
}

std::shared_ptr<Reader>
GstKafkaSrcPriv::current_reader ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return reader;
}

std::optional<Recording::Range>
GstKafkaSrcPriv::range ()
{
  auto reading = current_reader ();
  return reading ? reading->range () : std::nullopt;
}

static ConfigEntries
default_config (GstKafkaSrc *self)
{
  return {
    { "client.id", client_id (GST_ELEMENT (self)) },
    /* librdkafka wants one even where no group is joined. */
    { "group.id", "gst-kafka" },
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "enable.partition.eof", "true" },
    { "auto.offset.reset", "error" },
    { "socket.nagle.disable", "true" },
    /* A hard limit: beyond it the client would reconnect for ever. */
    { "receive.message.max.bytes", "1000000000" },
    { "queued.max.messages.kbytes", "65536" },
    /* A seek waits for the fetch before it, and so does the end of the log. */
    { "fetch.wait.max.ms", "30" },
    { "fetch.error.backoff.ms", "50" },
  };
}

static std::vector<ReservedSetting>
reserved_settings ()
{
  return {
    { "enable.partition.eof", "kafkasrc needs to know where the log ends" },
    { "auto.offset.reset", "use start-position" },
    { "enable.auto.commit", "kafkasrc keeps its own account of what was used" },
    { "enable.auto.offset.store",
        "kafkasrc keeps its own account of what was used" },
  };
}

static Error
bad_setting (const std::string &message)
{
  return { ErrorKind::SETTINGS, message, "" };
}

/* RFC 3339, as in 2026-01-31T12:00:00Z; ms since 1970. */
static Result<int64_t>
parse_time (const char *property, const std::string &text)
{
  GDateTime *time = g_date_time_new_from_iso8601 (text.c_str (), nullptr);
  if (!time)
    return bad_setting (
        std::string (property) + " is '" + text
        + "', which is no time of day with a zone: write it like "
          "2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00.");
  int64_t ms = g_date_time_to_unix (time) * 1000
               + g_date_time_get_microsecond (time) / 1000;
  g_date_time_unref (time);
  return ms;
}

/* A position that needs a value, and a value that needs its position. */
static MaybeError
check_pair (const char *side, const char *kind, bool is_chosen, bool is_set)
{
  if (is_chosen == is_set)
    return std::nullopt;
  std::string position = std::string (side) + "-position=" + kind;
  std::string value = std::string (side) + "-" + kind;
  if (is_chosen)
    return bad_setting (position + " needs " + value + ": set it too.");
  return bad_setting (
      value + " counts only with " + position + ": set both or neither.");
}

static MaybeError
check_settings (const Settings &settings)
{
  const MaybeError checks[] = {
    check_pair ("start", "offset", settings.start == StartPosition::OFFSET,
        settings.start_offset >= 0),
    check_pair ("start", "time", settings.start == StartPosition::TIME,
        !settings.start_time.empty ()),
    check_pair ("stop", "offset", settings.stop == StopPosition::OFFSET,
        settings.stop_offset >= 0),
    check_pair ("stop", "time", settings.stop == StopPosition::TIME,
        !settings.stop_time.empty ()),
  };
  for (const auto &error : checks)
    if (error)
      return error;
  if (settings.start_offset >= 0 && settings.stop_offset >= 0
      && settings.stop_offset < settings.start_offset)
    return bad_setting ("stop-offset is before start-offset: nothing would be "
                        "read. Set a higher stop-offset.");
  return std::nullopt;
}

static Result<ReaderSettings>
reader_settings (GstKafkaSrc *self, const Settings &settings)
{
  if (auto error = check_settings (settings))
    return *error;
  auto config = make_config (
      settings.connection, default_config (self), reserved_settings ());
  if (!config)
    return config.error ();
  ReaderSettings out;
  out.config = std::move (*config);
  out.stream = settings.connection.stream;
  out.start = settings.start;
  out.start_offset = settings.start_offset;
  out.stop = settings.stop;
  out.stop_offset = settings.stop_offset;
  out.eos_policy = settings.eos_policy;
  if (settings.start == StartPosition::TIME) {
    auto time = parse_time ("start-time", settings.start_time);
    if (!time)
      return time.error ();
    out.start_time_ms = *time;
  }
  if (settings.stop == StopPosition::TIME) {
    auto time = parse_time ("stop-time", settings.stop_time);
    if (!time)
      return time.error ();
    out.stop_time_ms = *time;
    if (settings.start == StartPosition::TIME && *time < out.start_time_ms)
      return bad_setting ("stop-time is before start-time: nothing would be "
                          "read. Set a later stop-time.");
  }
  return out;
}

GstStructure *
GstKafkaSrcPriv::make_stats ()
{
  ReaderStats stats;
  {
    std::lock_guard<std::mutex> lock (mutex);
    stats = reader ? reader->stats () : last_stats;
  }
  return gst_structure_new ("kafkasrc-stats", "records", G_TYPE_UINT64,
      stats.records, "gaps", G_TYPE_UINT64, stats.playback.gaps, "duplicates",
      G_TYPE_UINT64, stats.playback.duplicates, "skipped", G_TYPE_UINT64,
      stats.playback.skipped, "quarantined", G_TYPE_UINT64, stats.quarantined,
      "lost", G_TYPE_UINT64, stats.lost, "offset", G_TYPE_INT64, stats.offset,
      "partition", G_TYPE_INT, stats.partition, nullptr);
}

/* ---- between READY and PAUSED ---- */

MaybeError
GstKafkaSrcPriv::begin (GstKafkaSrc *self)
{
  auto for_reader = reader_settings (self, copy_settings ());
  if (!for_reader)
    return for_reader.error ();
  std::shared_ptr<SourceSync> joined
      = sync_slot.join<SourceSync> (GST_ELEMENT (self));
  auto opened = Reader::open (
      std::move (*for_reader), [joined] (const Session &session, int64_t wish) {
        return joined->base_of (session, wish);
      });
  if (!opened) {
    joined->leave ();
    return opened.error ();
  }
  sync = std::move (joined);
  mapping = Mapping{};
  flushing = false;
  std::lock_guard<std::mutex> lock (mutex);
  reader = std::move (*opened);
  return std::nullopt;
}

void
GstKafkaSrcPriv::end ()
{
  std::shared_ptr<Reader> closing;
  {
    std::lock_guard<std::mutex> lock (mutex);
    closing.swap (reader);
    if (closing)
      last_stats = closing->stats ();
    seek.reset ();
  }
  /* Closed here, without the lock. */
  closing.reset ();
  if (sync)
    sync->leave ();
  sync.reset ();
}

/* ---- the segment ---- */

/* A segment that was not sent yet is changed in place, so that it keeps the
 * seqnum of the seek that made it. */
static void
edit_segment (GstKafkaSrc *self, const GstSegment &segment)
{
  GST_OBJECT_LOCK (self);
  GST_BASE_SRC (self)->segment = segment;
  GST_OBJECT_UNLOCK (self);
}

/* Makes room for negative times: all timestamps are higher from here on, and
 * running time and stream time stay as they are. */
static void
raise_shift (GstKafkaSrc *self, GstSegment &segment)
{
  self->priv->mapping.shift = kTimestampShift;
  segment.start += kTimestampShift;
  segment.position += kTimestampShift;
  if (GST_CLOCK_TIME_IS_VALID (segment.stop))
    segment.stop += kTimestampShift;
}

static void
begin_segment_at (GstKafkaSrc *self, GstSegment &segment, int64_t position)
{
  segment.time = static_cast<guint64> (std::max<int64_t> (position, 0));
  segment.start = self->priv->mapping.shift + segment.time;
  segment.position = segment.start;
}

/* The segment begins at 0 for a recording that is played from its beginning,
 * so that running time is what it was for the writer; anywhere else it begins
 * with the first record, so that nobody waits for what came before; in any case
 * where the other sources' segments do. */
static void
anchor_segment (GstKafkaSrc *self, const ReaderItem &item)
{
  Mapping &mapping = self->priv->mapping;
  bool is_first = !std::exchange (mapping.has_given, true);
  std::optional<int64_t> start = item.pts ? item.pts : item.dts;
  if (is_first && item.from_the_start)
    start = 0;

  int64_t lowest = std::min (item.pts.value_or (0), item.dts.value_or (0));
  bool needs_shift = lowest < 0 && mapping.shift == 0;
  bool needs_anchor = start && !mapping.is_anchored;
  if (!needs_shift && !needs_anchor)
    return;

  GstSegment segment = GST_BASE_SRC (self)->segment;
  if (needs_shift)
    raise_shift (self, segment);
  if (needs_anchor) {
    mapping.is_anchored = true;
    begin_segment_at (
        self, segment, self->priv->sync->anchor (mapping.epoch, *start));
  }
  if (is_first)
    edit_segment (self, segment);
  else
    gst_base_src_new_segment (GST_BASE_SRC (self), &segment);
}

/* A key-unit seek begins at the sync point that was found. */
static void
snap_segment (GstKafkaSrc *self, int64_t position)
{
  GstKafkaSrcPriv *priv = self->priv;
  {
    std::lock_guard<std::mutex> lock (priv->mutex);
    if (!priv->seek || !(priv->seek->flags & GST_SEEK_FLAG_KEY_UNIT))
      return;
  }
  GstSegment segment = GST_BASE_SRC (self)->segment;
  begin_segment_at (
      self, segment, priv->sync->anchor (priv->mapping.epoch, position));
  edit_segment (self, segment);
}

/* How late the item would be shown; 0 where it is in time. */
static GstClockTime
lateness (GstKafkaSrc *self, const ReaderItem &item)
{
  std::optional<int64_t> time = item.pts ? item.pts : item.dts;
  ClockPtr clock = self->priv->current_clock ();
  if (!time || !clock || GST_STATE (self) != GST_STATE_PLAYING)
    return 0;
  GstClockTimeDiff now
      = GST_CLOCK_DIFF (gst_element_get_base_time (GST_ELEMENT (self)),
          gst_clock_get_time (clock.get ()));

  guint64 due = 0;
  int sign = gst_segment_to_running_time_full (&GST_BASE_SRC (self)->segment,
      GST_FORMAT_TIME,
      static_cast<guint64> (
          *time + static_cast<int64_t> (self->priv->mapping.shift)),
      &due);
  GstClockTimeDiff late = now - sign * static_cast<GstClockTimeDiff> (due);
  return sign != 0 && late > 0 ? static_cast<GstClockTime> (late) : 0;
}

static void
delay_segment (GstKafkaSrc *self, const ReaderItem &item, GstClockTime delay)
{
  Mapping &mapping = self->priv->mapping;
  GstSegment segment = GST_BASE_SRC (self)->segment;
  segment.base += delay - mapping.delay;
  mapping.delay = delay;
  gst_base_src_new_segment (GST_BASE_SRC (self), &segment);
  GST_BUFFER_FLAG_SET (item.buffer.get (), GST_BUFFER_FLAG_DISCONT);
}

/* Waiting for the producer is not paid with dropped frames: when a record comes
 * too late because there was none, running time is moved on by as much, for all
 * sources. */
static void
make_up_for_waiting (GstKafkaSrc *self, const ReaderItem &item)
{
  SourceSync &sync = *self->priv->sync;
  const Mapping &mapping = self->priv->mapping;
  GstClockTime delay = sync.delay (mapping.epoch);
  if (delay > mapping.delay)
    delay_segment (self, item, delay);
  if (!item.after_wait)
    return;
  GstClockTime late = lateness (self, item);
  if (late > 0)
    delay_segment (self, item,
        sync.raise_delay (mapping.epoch, mapping.delay, late + kDecodeMargin));
}

static bool
is_beyond_stop (GstKafkaSrc *self, const ReaderItem &item)
{
  const GstSegment &segment = GST_BASE_SRC (self)->segment;
  /* In decode order: a later B-frame may still belong before it. */
  std::optional<int64_t> time = item.dts ? item.dts : item.pts;
  return GST_CLOCK_TIME_IS_VALID (segment.stop) && time
         && *time + static_cast<int64_t> (self->priv->mapping.shift)
                >= static_cast<int64_t> (segment.stop);
}

/* ---- streaming ---- */

static GstClockTime
to_timestamp (const Mapping &mapping, std::optional<int64_t> position)
{
  if (!position)
    return GST_CLOCK_TIME_NONE;
  int64_t time = *position + static_cast<int64_t> (mapping.shift);
  return time < 0 ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime> (time);
}

/* Events ride on data: basesrc sends what waits here before the next buffer
 * and after its segment. Not by gst_element_send_event (), which takes the
 * state lock: whoever stops the element holds that and waits for this thread.
 * Without a buffer to follow they go at once. */
static void
send_events (GstKafkaSrc *self, ReaderItem &item)
{
  auto send = [&] (GstEvent *event) {
    if (item.buffer)
      GST_ELEMENT_CLASS (parent_class)->send_event (GST_ELEMENT (self), event);
    else
      gst_pad_push_event (GST_BASE_SRC_PAD (self), event);
  };
  for (auto &event : item.events)
    send (event.tags ? gst_event_new_tag (event.tags.release ())
                     : gst_event_new_custom (
                         GST_EVENT_CUSTOM_DOWNSTREAM, event.custom.release ()));
}

static GstFlowReturn
give (GstKafkaSrc *self, ReaderItem item, GstBuffer **out)
{
  if (item.warning)
    post_warning (GST_ELEMENT (self), *item.warning);
  if (item.caps
      && !gst_base_src_set_caps (GST_BASE_SRC (self), item.caps.get ()))
    return GST_FLOW_NOT_NEGOTIATED;
  if (item.buffer) {
    anchor_segment (self, item);
    if (is_beyond_stop (self, item))
      return GST_FLOW_EOS;
    make_up_for_waiting (self, item);
  }
  send_events (self, item);
  if (item.buffer) {
    const Mapping &mapping = self->priv->mapping;
    GST_BUFFER_PTS (item.buffer.get ()) = to_timestamp (mapping, item.pts);
    GST_BUFFER_DTS (item.buffer.get ()) = to_timestamp (mapping, item.dts);
    *out = item.buffer.release ();
  }
  return GST_FLOW_OK;
}

/* GST_FLOW_ERROR would make basesrc post a second ERROR, without a cause;
 * downstream gets its EOS either way. */
static GstFlowReturn
fail (GstKafkaSrc *self, const Error &error)
{
  post_error (GST_ELEMENT (self), error);
  return GST_FLOW_EOS;
}

/* ---- virtual functions ---- */

/* Not in start (): where that fails, basesrc posts an ERROR of its own after
 * the one that says why. */
static GstStateChangeReturn
gst_kafka_src_change_state (GstElement *element, GstStateChange transition)
{
  GstKafkaSrc *self = GST_KAFKA_SRC (element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (auto error = self->priv->begin (self)) {
      post_error (element, *error);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  GstStateChangeReturn ret
      = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE))
    self->priv->end ();
  return ret;
}

/* Kept from the base class, which with a clock fills in the timestamps that a
 * buffer lacks: a DTS for the first, PTS = DTS for the others. Here they are to
 * come out as they went in, and the pace is the sinks' affair. */
static gboolean
gst_kafka_src_set_clock (GstElement *element, GstClock *clock)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (element)->priv;
  ClockPtr mine (clock ? GST_CLOCK (gst_object_ref (clock)) : nullptr);
  std::lock_guard<std::mutex> lock (priv->mutex);
  priv->clock.swap (mine);
  return TRUE;
}

static gboolean
gst_kafka_src_unlock (GstBaseSrc *src)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  priv->flushing = true;
  if (auto reader = priv->current_reader ())
    reader->set_interrupted (true);
  return TRUE;
}

static gboolean
gst_kafka_src_unlock_stop (GstBaseSrc *src)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  priv->flushing = false;
  if (auto reader = priv->current_reader ())
    reader->set_interrupted (false);
  return TRUE;
}

static gboolean
gst_kafka_src_is_seekable (GstBaseSrc *)
{
  return TRUE;
}

/* Seeks speak of stream time, this segment's start and stop may be higher by
 * the shift. nullptr: a seek that is not possible. */
static GstEvent *
translate_seek (GstKafkaSrc *self, GstEvent *event, SeekRequest &request)
{
  gdouble rate;
  GstFormat format;
  GstSeekType start_type, stop_type;
  gint64 start, stop;
  gst_event_parse_seek (event, &rate, &format, &request.flags, &start_type,
      &start, &stop_type, &stop);
  if (format != GST_FORMAT_TIME || rate <= 0.0
      || (request.flags & GST_SEEK_FLAG_INSTANT_RATE_CHANGE))
    return nullptr;
  auto range = self->priv->range ();
  gint64 shift = static_cast<gint64> (self->priv->mapping.shift);

  auto translate = [&] (GstSeekType &type, gint64 &value) {
    if (type == GST_SEEK_TYPE_END && range) {
      type = GST_SEEK_TYPE_SET;
      value += range->end;
    }
    if (type == GST_SEEK_TYPE_SET && value >= 0)
      value += shift;
  };
  if (start_type == GST_SEEK_TYPE_SET && range)
    start
        = std::clamp (start, range->start, std::max (range->start, range->end));
  translate (start_type, start);
  translate (stop_type, stop);
  request.moves = start_type != GST_SEEK_TYPE_NONE;
  request.seqnum = gst_event_get_seqnum (event);

  GstEvent *translated = gst_event_new_seek (
      rate, format, request.flags, start_type, start, stop_type, stop);
  gst_event_set_seqnum (translated, gst_event_get_seqnum (event));
  return translated;
}

/* For seeks from the pad and from gst_element_send_event () alike; consumes
 * the event and gives another, or nullptr. */
static GstEvent *
take_seek (GstKafkaSrc *self, GstEvent *event)
{
  SeekRequest request{};
  GstEvent *translated = translate_seek (self, event, request);
  gst_event_unref (event);
  if (translated) {
    std::lock_guard<std::mutex> lock (self->priv->mutex);
    self->priv->seek = request;
  }
  return translated;
}

static void
gst_kafka_src_set_context (GstElement *element, GstContext *context)
{
  GST_KAFKA_SRC (element)->priv->sync_slot.take (context);
  GST_ELEMENT_CLASS (parent_class)->set_context (element, context);
}

static gboolean
gst_kafka_src_send_event (GstElement *element, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    event = take_seek (GST_KAFKA_SRC (element), event);
    if (!event)
      return FALSE;
  }
  return GST_ELEMENT_CLASS (parent_class)->send_event (element, event);
}

static gboolean
gst_kafka_src_event (GstBaseSrc *src, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return GST_BASE_SRC_CLASS (parent_class)->event (src, event);
  /* The caller keeps its reference. */
  GstEvent *translated = take_seek (GST_KAFKA_SRC (src), gst_event_ref (event));
  if (!translated)
    return FALSE;
  gboolean done = GST_BASE_SRC_CLASS (parent_class)->event (src, translated);
  gst_event_unref (translated);
  return done;
}

static Snap
snap_of (GstSeekFlags flags)
{
  constexpr int nearest = GST_SEEK_FLAG_SNAP_NEAREST;
  if (!(flags & GST_SEEK_FLAG_KEY_UNIT))
    return Snap::BEFORE;
  if ((flags & nearest) == nearest)
    return Snap::NEAREST;
  return flags & GST_SEEK_FLAG_SNAP_AFTER ? Snap::AFTER : Snap::BEFORE;
}

/* With the stream lock. Where in the log that is, the streaming thread finds
 * out: a seek returns at once, whether the broker is there or not. */
static gboolean
gst_kafka_src_do_seek (GstBaseSrc *src, GstSegment *segment)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  std::optional<SeekRequest> request;
  {
    std::lock_guard<std::mutex> lock (priv->mutex);
    request = priv->seek;
  }
  auto reader = priv->current_reader ();
  if (!request || !reader)
    return TRUE; /* basesrc's own, when it starts */

  Mapping &mapping = priv->mapping;
  if (!request->moves)
    segment->start = segment->position;
  segment->time = segment->start - mapping.shift;
  mapping.is_anchored = true;
  mapping.has_given = false;
  if (request->flags & GST_SEEK_FLAG_FLUSH) {
    mapping.epoch = request->seqnum;
    mapping.delay = 0;
  }

  ReaderSeek seek;
  seek.position = static_cast<int64_t> (segment->time);
  seek.snap = snap_of (request->flags);
  seek.key_units_only = segment->flags & GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS;
  reader->seek (seek);
  return TRUE;
}

static gboolean
gst_kafka_src_query (GstBaseSrc *src, GstQuery *query)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_DURATION: {
    gst_query_parse_duration (query, &format, nullptr);
    auto range = priv->range ();
    if (format != GST_FORMAT_TIME || !range)
      break;
    gst_query_set_duration (query, format, range->end);
    return TRUE;
  }
  case GST_QUERY_SEEKING: {
    gst_query_parse_seeking (query, &format, nullptr, nullptr, nullptr);
    auto range = priv->range ();
    if (format != GST_FORMAT_TIME || !range)
      break;
    gst_query_set_seeking (query, format, TRUE, range->start, range->end);
    return TRUE;
  }
  default:
    break;
  }
  return GST_BASE_SRC_CLASS (parent_class)->query (src, query);
}

static GstFlowReturn
gst_kafka_src_create (GstPushSrc *src, GstBuffer **out)
{
  GstKafkaSrc *self = GST_KAFKA_SRC (src);
  GstKafkaSrcPriv *priv = self->priv;
  std::shared_ptr<Reader> reader = priv->current_reader ();

  *out = nullptr;
  while (!priv->flushing) {
    Reader::Output output = reader->step ();
    if (auto *item = std::get_if<ReaderItem> (&output)) {
      GstFlowReturn flow = give (self, std::move (*item), out);
      if (flow != GST_FLOW_OK || *out)
        return flow;
    } else if (auto *sought = std::get_if<Reader::Sought> (&output)) {
      snap_segment (self, sought->position);
    } else if (auto *warning = std::get_if<Reader::Warning> (&output)) {
      post_warning (GST_ELEMENT (self), warning->error);
    } else if (auto *error = std::get_if<Error> (&output)) {
      return fail (self, *error);
    } else if (std::holds_alternative<Reader::Ended> (output)) {
      return GST_FLOW_EOS;
    }
  }
  return GST_FLOW_FLUSHING;
}

static void
take_string (std::string &out, const GValue *value)
{
  const gchar *text = g_value_get_string (value);
  out = text ? text : "";
}

static void
gst_kafka_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (object)->priv;

  if (id == PROP_URI) {
    const gchar *uri = g_value_get_string (value);
    MaybeError error = uri ? apply_uri (object, uri) : std::nullopt;
    std::lock_guard<std::mutex> lock (priv->mutex);
    priv->settings.connection.uri_error = std::move (error);
    return;
  }

  /* Whatever it is, the URI says it too. */
  g_object_notify (object, "uri");
  std::lock_guard<std::mutex> lock (priv->mutex);
  Settings &settings = priv->settings;
  switch (id) {
  case PROP_START_POSITION:
    settings.start = static_cast<StartPosition> (g_value_get_enum (value));
    break;
  case PROP_START_OFFSET:
    settings.start_offset = g_value_get_int64 (value);
    break;
  case PROP_START_TIME:
    take_string (settings.start_time, value);
    break;
  case PROP_STOP_POSITION:
    settings.stop = static_cast<StopPosition> (g_value_get_enum (value));
    break;
  case PROP_STOP_OFFSET:
    settings.stop_offset = g_value_get_int64 (value);
    break;
  case PROP_STOP_TIME:
    take_string (settings.stop_time, value);
    break;
  case PROP_EOS_POLICY:
    settings.eos_policy = static_cast<EosPolicy> (g_value_get_enum (value));
    break;
  default:
    if (!set_connection_property (settings.connection, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
gst_kafka_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (object)->priv;
  const Settings settings = priv->copy_settings ();
  auto give_string = [value] (const std::string &text) {
    g_value_set_string (value, text.empty () ? nullptr : text.c_str ());
  };

  switch (id) {
  case PROP_URI:
    give_string (make_uri (object, settings.connection));
    break;
  case PROP_START_POSITION:
    g_value_set_enum (value, static_cast<gint> (settings.start));
    break;
  case PROP_START_OFFSET:
    g_value_set_int64 (value, settings.start_offset);
    break;
  case PROP_START_TIME:
    give_string (settings.start_time);
    break;
  case PROP_STOP_POSITION:
    g_value_set_enum (value, static_cast<gint> (settings.stop));
    break;
  case PROP_STOP_OFFSET:
    g_value_set_int64 (value, settings.stop_offset);
    break;
  case PROP_STOP_TIME:
    give_string (settings.stop_time);
    break;
  case PROP_EOS_POLICY:
    g_value_set_enum (value, static_cast<gint> (settings.eos_policy));
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
gst_kafka_src_uri_get_type (GType)
{
  return GST_URI_SRC;
}

static void
gst_kafka_src_uri_handler_init (gpointer iface, gpointer)
{
  init_uri_handler (static_cast<GstURIHandlerInterface *> (iface),
      gst_kafka_src_uri_get_type);
}

static void
gst_kafka_src_init (GstKafkaSrc *self)
{
  self->priv = new GstKafkaSrcPriv;
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
  /* It would go by PTS, and cut off what B-frames show before the stop. */
  gst_base_src_set_automatic_eos (GST_BASE_SRC (self), FALSE);
}

static void
gst_kafka_src_finalize (GObject *object)
{
  delete GST_KAFKA_SRC (object)->priv;
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  install_connection_properties (klass);
  g_object_class_install_property (klass, PROP_START_POSITION,
      g_param_spec_enum ("start-position", "Start position",
          "Where to start; output begins at the first sync point from there",
          start_position_type (), static_cast<gint> (DEFAULT_START_POSITION),
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_START_OFFSET,
      g_param_spec_int64 ("start-offset", "Start offset",
          "Offset in the partition, for start-position=offset; beyond either "
          "end of the log that end counts. -1 = not set",
          -1, G_MAXINT64, DEFAULT_START_OFFSET, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_START_TIME,
      g_param_spec_string ("start-time", "Start time",
          "Time of the record in RFC 3339 (2026-01-31T12:00:00Z), for "
          "start-position=time; a time before the first record is its, a time "
          "after the last is the end",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_POSITION,
      g_param_spec_enum ("stop-position", "Stop position", "Where to send EOS",
          stop_position_type (), static_cast<gint> (DEFAULT_STOP_POSITION),
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_OFFSET,
      g_param_spec_int64 ("stop-offset", "Stop offset",
          "First offset that is not read, for stop-position=offset; one that "
          "does not exist yet is waited for. -1 = not set",
          -1, G_MAXINT64, DEFAULT_STOP_OFFSET, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_TIME,
      g_param_spec_string ("stop-time", "Stop time",
          "Time of the first record that is not read in RFC 3339, for "
          "stop-position=time",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_EOS_POLICY,
      g_param_spec_enum ("eos-policy", "EOS policy", "What an EOS record does",
          eos_policy_type (), static_cast<gint> (DEFAULT_EOS_POLICY),
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counts of records since the last start: records (given out); gaps "
          "(missing between two others); duplicates (left out); skipped "
          "(before the first sync point); quarantined (malformed); lost (to "
          "retention while reading); offset (of the next record, -1 = none "
          "yet) and partition (-1 = not known yet)",
          GST_TYPE_STRUCTURE, kReadOnly));
}

static void
gst_kafka_src_class_init (GstKafkaSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);
  GstPushSrcClass *push_class = GST_PUSH_SRC_CLASS (klass);

  object_class->set_property = gst_kafka_src_set_property;
  object_class->get_property = gst_kafka_src_get_property;
  object_class->finalize = gst_kafka_src_finalize;
  install_properties (object_class);

  element_class->change_state = gst_kafka_src_change_state;
  element_class->set_context = gst_kafka_src_set_context;
  element_class->send_event = gst_kafka_src_send_event;
  element_class->set_clock = gst_kafka_src_set_clock;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Apache Kafka source",
      "Source/Network",
      "Plays what kafkasink published: buffers with their caps, timestamps, "
      "flags and tags from an Apache Kafka topic",
      "gst-kafka developers");

  base_class->unlock = gst_kafka_src_unlock;
  base_class->unlock_stop = gst_kafka_src_unlock_stop;
  base_class->is_seekable = gst_kafka_src_is_seekable;
  base_class->do_seek = gst_kafka_src_do_seek;
  base_class->event = gst_kafka_src_event;
  base_class->query = gst_kafka_src_query;
  push_class->create = gst_kafka_src_create;
}
