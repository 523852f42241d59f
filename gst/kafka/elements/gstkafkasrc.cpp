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
 * #kafkasrc:stop-position, or waits for more. With #kafkasrc:is-live it keeps
 * to the newest data within #kafkasrc:latency instead.
 *
 * #kafkasrc:stats tells at any time how it goes; with librdkafka's setting
 * statistics.interval.ms an element message `kafka-stats` says the same each
 * interval (docs/statistics.md).
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
 * |[
 * gst-launch-1.0 kafkasrc topic=t is-live=true ! queue ! jpegdec ! videoconvert
 * ! autovideosink
 * ]| Shows what a camera sees, 0.2 s later.
 *
 * Since: 0.1
 */

#include "elements/gstkafkasrc.h"

#include "elements/live_pause.h"
#include "elements/messages.h"
#include "elements/outlet.h"
#include "elements/seek_turns.h"
#include "elements/source_settings.h"
#include "elements/statistics.h"

GST_DEBUG_CATEGORY_STATIC (gst_kafka_src_debug);
#define GST_CAT_DEFAULT gst_kafka_src_debug

using namespace gstkafka;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

constexpr const char *kSyncContextType = "gst.kafka.source-sync";

struct GstKafkaSrcPriv {
  explicit GstKafkaSrcPriv (GstKafkaSrc *element)
      : clock (GST_BASE_SRC (element)), sink_rate (GST_BASE_SRC_PAD (element))
  {}

  /* Guards what follows up to statistics. Reader and presentation, which there
   * are from READY to PAUSED and back, are the streaming thread's, and the
   * seeking one's, which holds the stream lock; but for what any thread may
   * call. */
  std::mutex mutex;
  SourceSettings settings;
  std::shared_ptr<Reader> reader;
  std::shared_ptr<Presentation> presentation;
  ReaderStats last_stats;                 /* of the reader before */
  std::shared_ptr<Statistics> statistics; /* its client's, or that one's */

  std::atomic<bool> flushing{ false };
  LivePause live_pause;
  std::atomic<bool> seeking{ false }; /* see Interruption */
  SeekTurns seeks;
  PipelineClock clock;
  SinkRate sink_rate;

  ContextSlot sync_slot{ kSyncContextType };
  /* From READY to PAUSED and back; what follows is the streaming thread's. */
  std::shared_ptr<SourceSync> sync;
  std::unique_ptr<Outlet> outlet;
  int64_t told_duration = 0;

  SourceSettings copy_settings ();
  std::shared_ptr<Reader> current_reader ();
  std::shared_ptr<Presentation> current_presentation ();
  gint64 shift ();
  bool is_timeless ();
  std::optional<Recording::Range> range ();
  GstStructure *make_stats ();

  MaybeError begin (GstKafkaSrc *self);
  void set_playing (bool playing);
  void resume ();
  void note_flush (bool begins);
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

/* ---- settings ---- */

SourceSettings
GstKafkaSrcPriv::copy_settings ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return settings;
}

std::shared_ptr<Reader>
GstKafkaSrcPriv::current_reader ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return reader;
}

std::shared_ptr<Presentation>
GstKafkaSrcPriv::current_presentation ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return presentation;
}

/* Of this segment's timestamps against positions. */
gint64
GstKafkaSrcPriv::shift ()
{
  auto presenting = current_presentation ();
  return presenting ? static_cast<gint64> (presenting->shift ()) : 0;
}

std::optional<Recording::Range>
GstKafkaSrcPriv::range ()
{
  auto reading = current_reader ();
  return reading ? reading->range () : std::nullopt;
}

/* Bytes that somebody else makes sense of, and of the times in them. */
bool
GstKafkaSrcPriv::is_timeless ()
{
  auto known = range ();
  return known && known->is_timeless;
}

GstStructure *
GstKafkaSrcPriv::make_stats ()
{
  std::lock_guard<std::mutex> lock (mutex);
  return make_source_stats (
      reader ? reader->stats () : last_stats, figures_of (statistics));
}

/* ---- between READY and PAUSED ---- */

MaybeError
GstKafkaSrcPriv::begin (GstKafkaSrc *self)
{
  const SourceSettings now = copy_settings ();
  auto for_reader = reader_settings (GST_ELEMENT (self), now);
  if (!for_reader)
    return for_reader.error ();
  auto watching = Statistics::begin (GST_ELEMENT (self), for_reader->config);
  for_reader->statistics = watching;
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
  flushing = seeking = false;
  live_pause.end ();
  clock.begin (now.latency);
  told_duration = 0;
  std::lock_guard<std::mutex> lock (mutex);
  reader = std::move (*opened);
  statistics = std::move (watching);
  presentation = std::make_shared<Presentation> (
      sync, now.is_live ? std::make_optional (now.latency) : std::nullopt);
  outlet = std::make_unique<Outlet> (
      GST_BASE_SRC (self), reader, presentation, clock, sink_rate);
  seeks.begin ();
  return std::nullopt;
}

void
GstKafkaSrcPriv::set_playing (bool playing)
{
  if (auto reading = current_reader ())
    reading->set_playing (playing);
}

/* A live one, from its pause. */
void
GstKafkaSrcPriv::resume ()
{
  live_pause.end ();
  if (auto reading = current_reader (); reading && !flushing)
    reading->set_interrupted (false);
}

void
GstKafkaSrcPriv::note_flush (bool begins)
{
  if (auto reading = current_reader ())
    reading->set_flushing (begins);
}

void
GstKafkaSrcPriv::end ()
{
  std::shared_ptr<Reader> closing;
  {
    std::lock_guard<std::mutex> lock (mutex);
    closing.swap (reader);
    presentation.reset ();
    if (closing) {
      last_stats = closing->stats ();
      statistics->end ();
    }
    seeks.end ();
  }
  /* Closed here, without the lock. */
  closing.reset ();
  outlet.reset ();
  if (sync)
    sync->leave ();
  sync.reset ();
}

/* ---- virtual functions ---- */

/* Not in start (): where that fails, basesrc posts an ERROR of its own after
 * the one that says why. */
static GstStateChangeReturn
gst_kafka_src_change_state (GstElement *element, GstStateChange transition)
{
  GstKafkaSrc *self = GST_KAFKA_SRC (element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (auto error
        = guarded<MaybeError> ([self] { return self->priv->begin (self); })) {
      post_error (element, *error);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  /* Those downstream change first; on the way to READY they drop what they
   * hold. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING
      || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    self->priv->set_playing (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING);
  bool pauses = transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED
                && gst_base_src_is_live (GST_BASE_SRC (element));
  self->priv->live_pause.expect (pauses);
  GstStateChangeReturn ret
      = GST_ELEMENT_CLASS (parent_class)->change_state (element, transition);
  self->priv->live_pause.expect (false);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    self->priv->resume ();
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
  GST_KAFKA_SRC (element)->priv->clock.set_clock (clock);
  return TRUE;
}

static gboolean
gst_kafka_src_unlock (GstBaseSrc *src)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  if (!priv->live_pause.begin ()) {
    priv->flushing = true;
    priv->live_pause.end ();
  }
  if (auto reader = priv->current_reader ())
    reader->set_interrupted (true);
  return TRUE;
}

static gboolean
gst_kafka_src_unlock_stop (GstBaseSrc *src)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  priv->flushing = priv->seeking = false;
  priv->live_pause.end ();
  if (auto reader = priv->current_reader ())
    reader->set_interrupted (false);
  return TRUE;
}

/* A live one keeps to the newest data. */
static gboolean
gst_kafka_src_is_seekable (GstBaseSrc *src)
{
  return !gst_base_src_is_live (src);
}

static GstSegment
copy_segment (GstKafkaSrc *self)
{
  GST_OBJECT_LOCK (self);
  GstSegment segment = GST_BASE_SRC (self)->segment;
  GST_OBJECT_UNLOCK (self);
  return segment;
}

/* What was given goes on: a decoder that had to begin anew would lose what it
 * keeps back, and B-frames that are still to come are shown before that. At the
 * end it takes another seek than this to go on. */
static bool
change_pace (GstKafkaSrc *self, const SeekEvent &seek)
{
  auto presentation = self->priv->current_presentation ();
  if (!presentation || !seek.is_change_of_pace (copy_segment (self))
      || gst_pad_get_task_state (GST_BASE_SRC_PAD (self)) != GST_TASK_STARTED)
    return false;
  self->priv->sink_rate.end (*presentation, seek);
  presentation->change_rate (seek.rate, seek.seqnum);
  return true;
}

/* The sinks change their rate; basesrc leaves that to its subclasses. */
static bool
change_rate (GstKafkaSrc *self, const SeekEvent &seek)
{
  auto presentation = self->priv->current_presentation ();
  return presentation && self->priv->sink_rate.change (*presentation, seek);
}

/* Into the terms that basesrc has, which is about to begin with it. */
static SeekEvent
take_seek (GstKafkaSrc *self, const SeekEvent &seek)
{
  GstKafkaSrcPriv *priv = self->priv;
  const SeekEvent taken = priv->seeks.prepare (
      seek, copy_segment (self), priv->range (), priv->shift ());
  if (taken.has (GST_SEEK_FLAG_FLUSH))
    priv->note_flush (true);
  if (auto presentation = priv->current_presentation ())
    priv->sink_rate.end (*presentation, taken);
  return taken;
}

/* Where a seek does not flush, basesrc waits for the streaming thread before it
 * asks it to stop waiting. unlock_stop (), which it calls next, ends this; or
 * else, where it does not take the seek, its own end. */
class Interruption {
 public:
  Interruption (GstKafkaSrc *self, const SeekEvent &seek) : priv_ (self->priv)
  {
    auto reader = priv_->current_reader ();
    if (seek.has (GST_SEEK_FLAG_FLUSH) || !reader)
      return;
    is_ours_ = true;
    priv_->seeking = true;
    reader->set_interrupted (true);
  }
  ~Interruption ()
  {
    auto reader = priv_->current_reader ();
    if (is_ours_ && priv_->seeking.exchange (false) && reader
        && !priv_->flushing)
      reader->set_interrupted (false);
  }
  Interruption (const Interruption &) = delete;
  Interruption &operator= (const Interruption &) = delete;

 private:
  GstKafkaSrcPriv *const priv_;
  bool is_ours_ = false; /* a seek that flushes needs none */
};

/* For seeks from the pad and from gst_element_send_event () alike, which have
 * ways of their own to basesrc: `pass_on` takes the event it is given. */
template <typename PassOn>
static bool
handle_seek (GstKafkaSrc *self, GstEvent *event, PassOn pass_on)
{
  const SeekEvent seek (event);
  if (!gst_kafka_src_is_seekable (GST_BASE_SRC (self))
      || self->priv->is_timeless ())
    return false;
  if (seek.has (GST_SEEK_FLAG_INSTANT_RATE_CHANGE))
    return change_rate (self, seek);
  if (!seek.is_possible ())
    return false;
  if (change_pace (self, seek))
    return true;
  auto turn = self->priv->seeks.wait_for_turn (seek);
  const SeekEvent taken = take_seek (self, seek);
  Interruption interruption (self, taken);
  bool done = pass_on (taken.to_event ());
  if (!done)
    self->priv->note_flush (false);
  return done;
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
  auto pass_on = [element] (GstEvent *taken) {
    return GST_ELEMENT_CLASS (parent_class)->send_event (element, taken);
  };
  if (GST_EVENT_TYPE (event) != GST_EVENT_SEEK)
    return pass_on (event);
  bool done = handle_seek (GST_KAFKA_SRC (element), event, pass_on);
  gst_event_unref (event);
  return done;
}

/* What the pipeline has made of all latencies. */
static void
note_latency (GstKafkaSrc *self, GstEvent *event)
{
  GstClockTime latency = 0;
  gst_event_parse_latency (event, &latency);
  self->priv->clock.set_latency (latency);
}

/* basesrc tells where a segment begins and ends as timestamps: applications
 * want to know the position. */
static GstMessage *
with_position (GstKafkaSrc *self, GstMessage *message)
{
  GstFormat format;
  gint64 time;
  bool is_start = GST_MESSAGE_TYPE (message) == GST_MESSAGE_SEGMENT_START;
  if (is_start)
    gst_message_parse_segment_start (message, &format, &time);
  else
    gst_message_parse_segment_done (message, &format, &time);
  gint64 shift = self->priv->shift ();
  if (format != GST_FORMAT_TIME || time < shift)
    return message;
  GstObject *src = GST_MESSAGE_SRC (message);
  GstMessage *out
      = is_start ? gst_message_new_segment_start (src, format, time - shift)
                 : gst_message_new_segment_done (src, format, time - shift);
  gst_message_set_seqnum (out, gst_message_get_seqnum (message));
  gst_message_unref (message);
  return out;
}

/* basesrc's, in the streaming thread: somebody farther down could do nothing
 * with a record, which ends the playing. The group does not come back to it, or
 * it would end there for ever; unless nothing was used before, as in a pipeline
 * that is wrong. Behind a queue it is another record, which has gone by itself,
 * and nothing is left out, as what comes before this one is still in use. */
static void
note_late_refusal (GstKafkaSrc *self, GstMessage *message)
{
  const GstStructure *details = nullptr;
  gint flow = GST_FLOW_OK;
  gst_message_parse_error_details (message, &details);
  if (!details || !gst_structure_get_int (details, "flow-return", &flow)
      || flow != GST_FLOW_NOT_NEGOTIATED)
    return;
  auto reader = self->priv->current_reader ();
  if (reader && reader->was_used ())
    self->priv->outlet->release_last ();
}

static gboolean
gst_kafka_src_post_message (GstElement *element, GstMessage *message)
{
  GstMessageType type = GST_MESSAGE_TYPE (message);
  GstKafkaSrc *self = GST_KAFKA_SRC (element);
  bool is_segments
      = type == GST_MESSAGE_SEGMENT_START || type == GST_MESSAGE_SEGMENT_DONE;
  if (is_segments)
    message = with_position (self, message);
  if (type == GST_MESSAGE_ERROR)
    note_late_refusal (self, message);
  return GST_ELEMENT_CLASS (parent_class)->post_message (element, message);
}

static void
note_qos (GstKafkaSrc *self, GstEvent *event)
{
  GstClockTimeDiff late = 0;
  GstClockTime shown = 0;
  gst_event_parse_qos (event, nullptr, nullptr, &late, &shown);
  if (auto presentation = self->priv->current_presentation ())
    presentation->note_lateness (shown, late);
}

/* In the thread of whoever asked for it. The streaming thread goes by what was
 * noted, so the pad tells of it first. */
static void
note_instant_rate (GstKafkaSrc *self, GstEvent *event)
{
  InstantRate rate = self->priv->sink_rate.heed (event);
  if (auto presentation = self->priv->current_presentation ())
    presentation->note_instant_rate (rate);
}

static gboolean
gst_kafka_src_event (GstBaseSrc *src, GstEvent *event)
{
  GstKafkaSrc *self = GST_KAFKA_SRC (src);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (parent_class);

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEEK:
    /* basesrc's event () leaves its caller the reference. */
    return handle_seek (self, event, [src, base_class] (GstEvent *taken) {
      bool done = base_class->event (src, taken);
      gst_event_unref (taken);
      return done;
    });
  case GST_EVENT_LATENCY:
    note_latency (self, event);
    break;
  case GST_EVENT_QOS:
    note_qos (self, event);
    break;
  case GST_EVENT_INSTANT_RATE_SYNC_TIME:
    note_instant_rate (self, event);
    break;
  default:
    break;
  }
  return base_class->event (src, event);
}

/* With the stream lock. Where in the log that is, the streaming thread finds
 * out: a seek returns at once, whether the broker is there or not. */
static gboolean
gst_kafka_src_do_seek (GstBaseSrc *src, GstSegment *segment)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  const auto request = priv->seeks.begin_seek ();
  auto reader = priv->current_reader ();
  auto presentation = priv->current_presentation ();
  if (!request || !reader || !presentation)
    return TRUE; /* basesrc's own, when it starts */
  if (request->flags & GST_SEEK_FLAG_FLUSH)
    priv->clock.note_flush ();

  const bool key_units_only
      = segment->flags & GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS;
  auto position = presentation->seek (*segment, *request);
  if (!position) {
    reader->set_key_units_only (key_units_only);
    priv->note_flush (false);
    priv->seeks.settle ();
    return TRUE;
  }
  ReaderSeek seek;
  seek.position = *position;
  seek.snap = snap_of (request->flags);
  seek.is_open = request->is_open;
  if (request->start_from_end) {
    seek.from_end = true;
    seek.position = *request->start_from_end;
  }
  seek.key_units_only = key_units_only;
  reader->seek (seek);
  return TRUE;
}

static gboolean
gst_kafka_src_query (GstBaseSrc *src, GstQuery *query)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (src)->priv;
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_LATENCY: {
    if (!gst_base_src_is_live (src))
      break;
    GstClockTime latency = priv->copy_settings ().latency;
    gst_query_set_latency (query, TRUE, latency, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  case GST_QUERY_DURATION: {
    gst_query_parse_duration (query, &format, nullptr);
    auto range = priv->range ();
    if (format != GST_FORMAT_TIME || !range)
      break;
    if (range->is_timeless)
      break;
    gst_query_set_duration (query, format, range->end);
    return TRUE;
  }
  case GST_QUERY_SEEKING: {
    gst_query_parse_seeking (query, &format, nullptr, nullptr, nullptr);
    auto range = priv->range ();
    if (format != GST_FORMAT_TIME || !range)
      break;
    gst_query_set_seeking (query, format,
        gst_kafka_src_is_seekable (src) && !range->is_timeless, range->start,
        range->end);
    return TRUE;
  }
  default:
    break;
  }
  return GST_BASE_SRC_CLASS (parent_class)->query (src, query);
}

/* As producers append; the recording is looked at once a second. */
static void
tell_duration (GstKafkaSrc *self, const Reader &reader)
{
  auto range = reader.surveyed_range ();
  if (!range || range->end == self->priv->told_duration)
    return;
  self->priv->told_duration = range->end;
  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_duration_changed (GST_OBJECT (self)));
}

static GstFlowReturn
gst_kafka_src_create (GstPushSrc *src, GstBuffer **out)
{
  GstKafkaSrc *self = GST_KAFKA_SRC (src);
  GstKafkaSrcPriv *priv = self->priv;
  std::shared_ptr<Reader> reader = priv->current_reader ();

  *out = nullptr;
  priv->seeks.note_streaming_thread ();
  priv->outlet->release_last ();
  while (true) {
    priv->live_pause.wait_for_end ();
    if (priv->flushing || priv->seeking)
      return GST_FLOW_FLUSHING;
    auto output
        = guarded<Reader::Output> ([&reader] { return reader->step (); });
    tell_duration (self, *reader);
    if (auto *item = std::get_if<ReaderItem> (&output)) {
      GstFlowReturn flow = priv->outlet->give (std::move (*item), out);
      if (flow != GST_FLOW_OK || *out)
        return flow;
    } else if (auto *sought = std::get_if<Reader::Sought> (&output)) {
      if (auto request = priv->seeks.settle ())
        priv->outlet->settle (*request, *sought);
    } else if (auto *warning = std::get_if<Reader::Warning> (&output)) {
      post_warning (GST_ELEMENT (self), warning->error);
    } else if (auto *error = std::get_if<Error> (&output)) {
      return priv->outlet->fail (*error);
    } else if (std::holds_alternative<Reader::Ended> (output)) {
      return GST_FLOW_EOS;
    }
  }
}

static void
gst_kafka_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (object)->priv;

  if (id == PROP_URI) {
    MaybeError error = apply_uri (object, g_value_get_string (value));
    std::lock_guard<std::mutex> lock (priv->mutex);
    priv->settings.connection.uri_error = std::move (error);
    return;
  }

  /* Whatever it is, the URI says it too. */
  g_object_notify (object, "uri");
  bool is_live = false;
  {
    std::lock_guard<std::mutex> lock (priv->mutex);
    if (!set_source_property (priv->settings, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    if (is_taken_back (object))
      forget_default (priv->settings, id);
    is_live = priv->settings.is_live;
  }
  gst_base_src_set_live (GST_BASE_SRC (object), is_live);
}

static void
gst_kafka_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstKafkaSrcPriv *priv = GST_KAFKA_SRC (object)->priv;
  const SourceSettings settings = priv->copy_settings ();

  switch (id) {
  case PROP_URI:
    give_string (value, make_uri (object, settings.connection));
    break;
  case PROP_STATS:
    g_value_take_boxed (value, priv->make_stats ());
    break;
  default:
    if (!get_source_property (settings, id, value))
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
  self->priv = new GstKafkaSrcPriv (self);
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
  install_source_properties (klass);
  install_source_stats (klass, PROP_STATS);
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
  element_class->post_message = gst_kafka_src_post_message;
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
