/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/source_settings.h"

namespace gstkafka {

namespace {

enum {
  PROP_START_POSITION = PROP_SOURCE_SETTINGS,
  PROP_START_OFFSET,
  PROP_START_TIME,
  PROP_STOP_POSITION,
  PROP_STOP_OFFSET,
  PROP_STOP_TIME,
  PROP_EOS_POLICY,
  PROP_IS_LIVE,
  PROP_LATENCY,
  PROP_CAPS,
  PROP_GROUP_ID,
  PROP_COMMIT_INTERVAL,
};

constexpr const char *kSessionTimeout = "6000"; /* ms */

constexpr StartPosition DEFAULT_START_POSITION = StartPosition::EARLIEST;

GType
start_position_type ()
{
  static const GEnumValue values[] = {
    { static_cast<gint> (StartPosition::EARLIEST), "The oldest record there is",
        "earliest" },
    { static_cast<gint> (StartPosition::LATEST),
        "Only records that come after the start", "latest" },
    { static_cast<gint> (StartPosition::LATEST_SYNC),
        "The newest sync point there is", "latest-sync" },
    { static_cast<gint> (StartPosition::COMMITTED),
        "Where the group has come to, or the oldest record", "committed" },
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

GType
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

GType
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

ConfigEntries
default_config (GstElement *element, const std::string &group)
{
  ConfigEntries config = {
    { "client.id", client_id (element) },
    /* librdkafka wants one even where no group is joined. */
    { "group.id", group.empty () ? "gst-kafka" : group },
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
    /* A connection that comes back is used within a second, not ten. */
    { "reconnect.backoff.max.ms", "1000" },
    /* Where a batch is damaged, librdkafka's parser would ask for it for ever.
     */
    { "check.crcs", "true" },
  };
  if (!group.empty ()) {
    /* Who takes the place of a reader that was killed, be it the same one
     * started again, waits for as long: the least that brokers allow unless
     * told otherwise. */
    config.push_back ({ "session.timeout.ms", kSessionTimeout });
    /* Members hear of each other's coming and going that late. */
    config.push_back ({ "heartbeat.interval.ms", "500" });
  }
  return config;
}

/* librdkafka wants it to be no longer than max.poll.interval.ms. Whoever
 * lowers that has no need to know of the other. */
void
fit_session_timeout (ConfigEntries &config)
{
  const std::string *limit = find_entry (config, "max.poll.interval.ms");
  for (auto &entry : config)
    if (limit && entry.name == "session.timeout.ms"
        && entry.value == kSessionTimeout
        && g_ascii_strtoll (limit->c_str (), nullptr, 10)
               < g_ascii_strtoll (kSessionTimeout, nullptr, 10))
      entry.value = *limit;
}

std::vector<ReservedSetting>
reserved_settings (bool has_group)
{
  std::vector<ReservedSetting> reserved = {
    { "enable.partition.eof", "kafkasrc needs to know where the log ends" },
    { "auto.offset.reset", "use start-position" },
    { "enable.auto.commit", "kafkasrc keeps its own account of what was used" },
    { "enable.auto.offset.store",
        "kafkasrc keeps its own account of what was used" },
  };
  if (has_group)
    reserved.push_back ({ "group.id", "group-id says which group it is" });
  return reserved;
}

Error
bad_setting (const std::string &message)
{
  return { ErrorKind::SETTINGS, message, "" };
}

/* RFC 3339, as in 2026-01-31T12:00:00Z; ms since 1970. */
Result<int64_t>
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
MaybeError
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

MaybeError
check_settings (const SourceSettings &settings)
{
  StartPosition start = settings.effective_start ();
  const MaybeError checks[] = {
    check_pair ("start", "offset", start == StartPosition::OFFSET,
        settings.start_offset >= 0),
    check_pair ("start", "time", start == StartPosition::TIME,
        !settings.start_time.empty ()),
    check_pair ("stop", "offset", settings.stop == StopPosition::OFFSET,
        settings.stop_offset >= 0),
    check_pair ("stop", "time", settings.stop == StopPosition::TIME,
        !settings.stop_time.empty ()),
  };
  for (const auto &error : checks)
    if (error)
      return error;
  if (start == StartPosition::COMMITTED && settings.group_id.empty ())
    return bad_setting ("start-position=committed needs group-id, which says "
                        "whose place is meant: set it too.");
  if (settings.start_offset >= 0 && settings.stop_offset >= 0
      && settings.stop_offset < settings.start_offset)
    return bad_setting ("stop-offset is before start-offset: nothing would be "
                        "read. Set a higher stop-offset.");
  if (settings.caps && !gst_caps_is_fixed (settings.caps.get ()))
    return bad_setting ("caps is '" + caps_to_text (settings.caps.get ())
                        + "', which leaves a choice. Give every field one "
                          "value, as in image/jpeg or video/x-raw,"
                          "format=RGB,width=640,height=480,framerate=25/1.");
  return std::nullopt;
}

} // namespace

StartPosition
SourceSettings::effective_start () const
{
  if (start)
    return *start;
  if (is_live)
    return StartPosition::LATEST_SYNC;
  return group_id.empty () ? DEFAULT_START_POSITION : StartPosition::COMMITTED;
}

static Result<WantedBounds>
wanted_bounds (const SourceSettings &settings)
{
  WantedBounds out;
  out.start = settings.effective_start ();
  out.start_offset = settings.start_offset;
  out.stop = settings.stop;
  out.stop_offset = settings.stop_offset;
  if (out.start == StartPosition::TIME) {
    auto time = parse_time ("start-time", settings.start_time);
    if (!time)
      return time.error ();
    out.start_time_ms = *time;
  }
  if (out.stop == StopPosition::TIME) {
    auto time = parse_time ("stop-time", settings.stop_time);
    if (!time)
      return time.error ();
    out.stop_time_ms = *time;
    if (out.start == StartPosition::TIME && *time < out.start_time_ms)
      return bad_setting ("stop-time is before start-time: nothing would be "
                          "read. Set a later stop-time.");
  }
  return out;
}

Result<ReaderSettings>
reader_settings (GstElement *element, const SourceSettings &settings)
{
  if (auto error = check_settings (settings))
    return *error;
  ReaderSettings out;
  out.group = { settings.group_id,
    std::chrono::nanoseconds (settings.commit_interval) };
  bool has_group = !settings.group_id.empty ();
  auto config = make_config (settings.connection,
      default_config (element,
          has_group ? place_group (out.group.id, settings.connection.stream.key)
                    : ""),
      reserved_settings (has_group));
  if (!config)
    return config.error ();
  if (has_group)
    fit_session_timeout (*config);
  out.config = std::move (*config);
  out.stream = settings.connection.stream;
  auto bounds = wanted_bounds (settings);
  if (!bounds)
    return bounds.error ();
  out.bounds = *bounds;
  out.eos_policy = settings.eos_policy;
  out.caps = copy_caps (settings.caps.get ());
  return out;
}

bool
set_source_property (SourceSettings &settings, guint id, const GValue *value)
{
  switch (id) {
  case PROP_START_POSITION:
    settings.start = static_cast<StartPosition> (g_value_get_enum (value));
    return true;
  case PROP_START_OFFSET:
    settings.start_offset = g_value_get_int64 (value);
    return true;
  case PROP_START_TIME:
    take_string (settings.start_time, value);
    return true;
  case PROP_STOP_POSITION:
    settings.stop = static_cast<StopPosition> (g_value_get_enum (value));
    return true;
  case PROP_STOP_OFFSET:
    settings.stop_offset = g_value_get_int64 (value);
    return true;
  case PROP_STOP_TIME:
    take_string (settings.stop_time, value);
    return true;
  case PROP_EOS_POLICY:
    settings.eos_policy = static_cast<EosPolicy> (g_value_get_enum (value));
    return true;
  case PROP_IS_LIVE:
    settings.is_live = g_value_get_boolean (value);
    return true;
  case PROP_LATENCY:
    settings.latency = g_value_get_uint64 (value);
    return true;
  case PROP_CAPS:
    settings.caps
        = CapsPtr (static_cast<GstCaps *> (g_value_dup_boxed (value)));
    return true;
  case PROP_GROUP_ID:
    take_string (settings.group_id, value);
    return true;
  case PROP_COMMIT_INTERVAL:
    settings.commit_interval = g_value_get_uint64 (value);
    return true;
  default:
    return set_connection_property (settings.connection, id, value);
  }
}

void
forget_default (SourceSettings &settings, guint id)
{
  if (id == PROP_START_POSITION)
    settings.start.reset ();
}

bool
get_source_property (const SourceSettings &settings, guint id, GValue *value)
{
  switch (id) {
  case PROP_START_POSITION:
    g_value_set_enum (value, static_cast<gint> (settings.effective_start ()));
    return true;
  case PROP_START_OFFSET:
    g_value_set_int64 (value, settings.start_offset);
    return true;
  case PROP_START_TIME:
    give_string (value, settings.start_time);
    return true;
  case PROP_STOP_POSITION:
    g_value_set_enum (value, static_cast<gint> (settings.stop));
    return true;
  case PROP_STOP_OFFSET:
    g_value_set_int64 (value, settings.stop_offset);
    return true;
  case PROP_STOP_TIME:
    give_string (value, settings.stop_time);
    return true;
  case PROP_EOS_POLICY:
    g_value_set_enum (value, static_cast<gint> (settings.eos_policy));
    return true;
  case PROP_IS_LIVE:
    g_value_set_boolean (value, settings.is_live);
    return true;
  case PROP_LATENCY:
    g_value_set_uint64 (value, settings.latency);
    return true;
  case PROP_CAPS:
    g_value_set_boxed (value, settings.caps.get ());
    return true;
  case PROP_GROUP_ID:
    give_string (value, settings.group_id);
    return true;
  case PROP_COMMIT_INTERVAL:
    g_value_set_uint64 (value, settings.commit_interval);
    return true;
  default:
    return get_connection_property (settings.connection, id, value);
  }
}

void
install_source_properties (GObjectClass *klass)
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
          -1, G_MAXINT64, -1, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_START_TIME,
      g_param_spec_string ("start-time", "Start time",
          "Time of the record in RFC 3339 (2026-01-31T12:00:00Z), for "
          "start-position=time; a time before the first record is its, a time "
          "after the last is the end",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_POSITION,
      g_param_spec_enum ("stop-position", "Stop position", "Where to send EOS",
          stop_position_type (), static_cast<gint> (StopPosition::NEVER),
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_OFFSET,
      g_param_spec_int64 ("stop-offset", "Stop offset",
          "First offset that is not read, for stop-position=offset; one that "
          "does not exist yet is waited for. -1 = not set",
          -1, G_MAXINT64, -1, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_STOP_TIME,
      g_param_spec_string ("stop-time", "Stop time",
          "Time of the first record that is not read in RFC 3339, for "
          "stop-position=time",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_EOS_POLICY,
      g_param_spec_enum ("eos-policy", "EOS policy", "What an EOS record does",
          eos_policy_type (), static_cast<gint> (EosPolicy::AT_END),
          kReadWriteInReady));
  g_object_class_install_property (klass, PROP_IS_LIVE,
      g_param_spec_boolean ("is-live", "Is live",
          "Keep to the newest data: running time follows capture time, what is "
          "later than latency is skipped up to a sync point. Starts at "
          "latest-sync unless start-position is set; cannot be sought",
          FALSE, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_LATENCY,
      g_param_spec_uint64 ("latency", "Latency",
          "With is-live, what the way from capture to here may take, in ns; "
          "sinks show everything that much later, and so at its pace",
          0, G_MAXINT64, DEFAULT_LATENCY, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_CAPS,
      g_param_spec_boxed ("caps", "Caps",
          "Of records that another program wrote; without it their "
          "content-type header tells, or else what they look like",
          GST_TYPE_CAPS, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_GROUP_ID,
      g_param_spec_string ("group-id", "Group ID",
          "Consumer group that remembers how far this stream was used, for "
          "start-position=committed, which is the default then. Of several "
          "sources with the same group and stream one plays, another takes "
          "over when it is gone",
          nullptr, kReadWriteInReady));
  g_object_class_install_property (klass, PROP_COMMIT_INTERVAL,
      g_param_spec_uint64 ("commit-interval", "Commit interval",
          "With group-id, how often at most the group is told how far "
          "buffers were used, in ns",
          0, G_MAXINT64, DEFAULT_COMMIT_INTERVAL, kReadWriteInReady));
}

} // namespace gstkafka
