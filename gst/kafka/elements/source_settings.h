/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a user can set on kafkasrc: the properties, what they mean together, and
 * what the reader makes of them. */

#pragma once

#include "elements/connection.h"
#include "elements/reader.h"

namespace gstkafka {

/* PROP_STATS is the element's own, the rest is handled here. */
enum { PROP_STATS = PROP_OWN, PROP_SOURCE_SETTINGS };

constexpr GstClockTime DEFAULT_LATENCY = 200 * GST_MSECOND;
constexpr GstClockTime DEFAULT_COMMIT_INTERVAL = GST_SECOND;

struct SourceSettings {
  ConnectionSettings connection;
  std::optional<StartPosition> start; /* when set */
  gint64 start_offset = -1;
  std::string start_time;
  StopPosition stop = StopPosition::NEVER;
  gint64 stop_offset = -1;
  std::string stop_time;
  EosPolicy eos_policy = EosPolicy::AT_END;
  bool is_live = false;
  GstClockTime latency = DEFAULT_LATENCY;
  /* Nobody changes it, so that copies of the settings may share it. */
  std::shared_ptr<GstCaps> caps;
  std::string group_id;
  GstClockTime commit_interval = DEFAULT_COMMIT_INTERVAL;

  /* Where to start when nobody says. */
  StartPosition effective_start () const;
};

void install_source_properties (GObjectClass *klass);

/* False: no such property here. Those of the connection are included, `uri` is
 * not. The caller holds the lock that guards `settings`. */
bool set_source_property (
    SourceSettings &settings, guint id, const GValue *value);
bool get_source_property (
    const SourceSettings &settings, guint id, GValue *value);

/* After its default was set: it is as if nobody had set it. */
void forget_default (SourceSettings &settings, guint id);

/* Errors are of kind SETTINGS: what contradicts itself, or is no time. Reads
 * the config-file. */
Result<ReaderSettings> reader_settings (
    GstElement *element, const SourceSettings &settings);

} // namespace gstkafka
