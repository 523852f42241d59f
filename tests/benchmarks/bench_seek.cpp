/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* How long a seek takes in a long recording, and how long it takes to begin.
 *
 *   bench-seek --records 2592000     24 hours at 30 frames a second
 */

#include "bare.h"
#include "footage.h"
#include "pipeline.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <random>

using namespace gstkafka;

namespace {

constexpr double kLimitMs = 100;
/* Frames that are shown between two seeks: a player at rest. */
constexpr int kWatched = 3;

using Clock = std::chrono::steady_clock;

double
ms_since (Clock::time_point begin)
{
  return std::chrono::duration<double, std::milli> (Clock::now () - begin)
      .count ();
}

/* What arrives at the sink's pad. */
struct Arrivals {
  std::atomic<int> count{ 0 }; /* since the last flush */
  Clock::time_point first_at;  /* valid when count > 0 */
  GstClockTime first_pts = 0;  /* the same */
};

GstPadProbeReturn
note_arrival (GstPad *, GstPadProbeInfo *info, gpointer data)
{
  auto &arrivals = *static_cast<Arrivals *> (data);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_FLUSH) {
    arrivals.count = 0;
    return GST_PAD_PROBE_OK;
  }
  if (arrivals.count == 0) {
    arrivals.first_at = Clock::now ();
    arrivals.first_pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  }
  arrivals.count++;
  return GST_PAD_PROBE_OK;
}

class Player {
 public:
  explicit Player (const std::string &topic)
      : pipeline_ ("kafkasrc name=source" + kafka_properties (topic)
                   + "! fakesink name=sink sync=true"),
        source_ (pipeline_.element ("source"))
  {
    GstElement *sink = pipeline_.element ("sink");
    GstPad *pad = gst_element_get_static_pad (sink, "sink");
    gst_pad_add_probe (pad,
        GstPadProbeType (
            GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        note_arrival, &arrivals_, nullptr);
    gst_object_unref (pad);
    gst_object_unref (sink);
  }
  ~Player ()
  {
    pipeline_.set_state (GST_STATE_NULL);
    gst_object_unref (source_);
  }

  void
  watch ()
  {
    pipeline_.play ();
    pipeline_.wait_until ([this] { return arrivals_.count >= kWatched; });
  }

  /* ms until the first buffer arrives at the sink, and that buffer's PTS. */
  std::pair<double, int64_t>
  seek (int64_t position, GstSeekFlags flags)
  {
    Clock::time_point begin = Clock::now ();
    if (!gst_element_seek_simple (source_, GST_FORMAT_TIME,
            GstSeekFlags (GST_SEEK_FLAG_FLUSH | flags), position))
      give_up ("kafkasrc refuses to seek");
    pipeline_.wait_until ([this] { return arrivals_.count > 0; });
    std::chrono::duration<double, std::milli> taken
        = arrivals_.first_at - begin;
    return { taken.count (), arrivals_.first_pts };
  }

  /* ms from READY to the first buffer, and until DURATION is answered. */
  Series
  start ()
  {
    pipeline_.set_state (GST_STATE_READY);
    Clock::time_point begin = Clock::now ();
    pipeline_.set_state (GST_STATE_PAUSED);
    double duration_ms = 0;
    pipeline_.wait_until ([&] {
      if (duration_ms == 0 && knows_duration ())
        duration_ms = ms_since (begin);
      return duration_ms > 0 && arrivals_.count > 0;
    });
    std::chrono::duration<double, std::milli> first
        = arrivals_.first_at - begin;
    return { first.count (), duration_ms };
  }

 private:
  bool
  knows_duration () const
  {
    gint64 duration;
    return gst_element_query_duration (source_, GST_FORMAT_TIME, &duration)
           && duration > 0;
  }

  Arrivals arrivals_;
  Pipeline pipeline_;
  GstElement *source_;
};

/* All over the recording, and the same each time; every one is checked. */
Series
seek_around (const std::string &topic, const Footage &footage,
    GstSeekFlags flags, int seeks)
{
  Player player (topic);
  std::mt19937_64 random (1);
  std::uniform_int_distribution<int64_t> positions (
      0, footage.duration () - GST_SECOND);
  Series taken;
  for (int i = 0; i < seeks; i++) {
    int64_t position = positions (random);
    player.watch ();
    auto [ms, pts] = player.seek (position, flags);
    taken.push_back (ms);
    if (pts != footage.sync_point_before (position))
      give_up ("A seek to " + std::to_string (position) + " brought "
               + std::to_string (pts) + ", not "
               + std::to_string (footage.sync_point_before (position)));
  }
  return taken;
}

void
print (const char *what, const Series &ms)
{
  std::printf ("%-34s %6zu %8.1f %8.1f %8.1f\n", what, ms.size (),
      percentile (ms, 0.5), percentile (ms, 0.95), percentile (ms, 1));
}

void
measure (const std::string &topic, const Footage &footage,
    const Options &options, Verdict &verdict)
{
  auto seeks = [&] (GstSeekFlags flags) {
    return measure_in_child (
        [&] { return seek_around (topic, footage, flags, options.seeks); });
  };
  Series accurate = seeks (GST_SEEK_FLAG_ACCURATE);
  Series key_unit = seeks (GST_SEEK_FLAG_KEY_UNIT);
  Series first, duration;
  for (int round = 0; round < options.rounds; round++) {
    Series start = measure_in_child ([&] { return Player (topic).start (); });
    first.push_back (start.at (0));
    duration.push_back (start.at (1));
  }

  std::printf ("\n%llu records in %zu sessions, %.1f h\n",
      static_cast<unsigned long long> (footage.frames ()), footage.sessions (),
      footage.duration () / 3600e9);
  std::printf ("%-34s %6s %8s %8s %8s\n", "ms", "times", "p50", "p95", "max");
  print ("accurate seek to first buffer", accurate);
  print ("key-unit seek to first buffer", key_unit);
  print ("start to first buffer", first);
  print ("start to DURATION", duration);
  verdict.at_most (
      "p95 of accurate seeks, ms", { percentile (accurate, 0.95) }, kLimitMs);
  verdict.at_most (
      "p95 of key-unit seeks, ms", { percentile (key_unit, 0.95) }, kLimitMs);
}

} // namespace

int
main (int argc, char **argv)
{
  Options defaults;
  defaults.total = 1;
  defaults.rounds = 15;
  defaults.records = 2592000;
  defaults.seeks = 200;
  Options options = parse_options (argc, argv, defaults);
  bootstrap_servers ();
  if (options.records < 1000 || options.seeks < 1)
    give_up ("--records must be at least 1000, --seeks at least 1");

  Footage footage (options.records);
  Verdict verdict (options.check);
  TemporaryTopic topic;
  run_in_child ([&] {
    footage.publish (topic.name ());
    return Usage{};
  });
  measure (topic.name (), footage, options, verdict);
  return verdict.exit_status ();
}
