/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pester.h"

#include "chance.h"
#include "common/broker.h"
#include "common/stopping.h"

namespace kafkacheck {

using std::chrono::milliseconds;

constexpr const char *kSink = "sink";

/* Between two actions: elements should come to do something, too. */
constexpr milliseconds kRest{ 30 };

/* Fifty buffers a second, and a queue for half of that. The source is next to
 * the sink and not live: a flush between the two waits for the source's thread,
 * which is held up by the sink alone. */
static std::string
sink (const std::string &topic)
{
  return "audiotestsrc samplesperbuffer=882 ! "
         + sink_text (topic, "sync=true max-queue-bytes=60000", "kafka");
}

static std::string
source (const std::string &topic, const std::string &properties,
    const std::string &end)
{
  return source_text (topic, properties + " eos-policy=ignore", "kafka")
         + " ! queue max-size-buffers=10 ! fakesink " + end;
}

Pester::Pester (const std::string &read, const std::string &written)
{
  auto add
      = [this] (const char *name, bool is_held_up, const std::string &text) {
          victims_.push_back (std::unique_ptr<Victim> (
              new Victim{ name, is_held_up, Pipeline (text) }));
        };
  add (kSink, true, sink (written));
  add ("source", true, source (read, "", "sync=true"));
  add ("source in a group", false,
      source (read, "commit-interval=10000000 group-id=" + unused_group_name (),
          "sync=false"));
  thread_ = std::thread (&Pester::run, this, make_chance ("pester"));
}

Pester::~Pester ()
{
  stop ();
}

void
Pester::stop ()
{
  stopping_ = true;
  if (thread_.joinable ())
    thread_.join ();
}

void
Pester::check () const
{
  ck_assert_msg (complaint_.empty (), "%s", complaint_.c_str ());
}

void
Pester::run (std::mt19937 chance)
{
  while (!stopping_) {
    size_t which = static_cast<size_t> (
        draw (chance, static_cast<int> (victims_.size ()) - 1));
    act (*victims_[which], chance);
    pass_time (chance, kRest);
  }
  for (auto &victim : victims_) {
    change_state (*victim, GST_STATE_READY);
    change_state (*victim, GST_STATE_NULL);
  }
}

void
Pester::watch_step (const std::string &what, const std::function<void ()> &step)
{
  milliseconds took = watch (what, step);
  actions_++;
  worst_ = std::max<int64_t> (worst_, took.count ());
  if (took >= stop_limit ())
    complaint_ += what + " takes " + std::to_string (took.count ()) + " ms. ";
}

void
Pester::act (Victim &victim, std::mt19937 &chance)
{
  victim.pipeline.errors (); /* the bus is to be read */
  if (victim.wanted < GST_STATE_PAUSED) {
    change_state (
        victim, draw (chance, 3) == 0 ? GST_STATE_PAUSED : GST_STATE_PLAYING);
    return;
  }
  switch (draw (chance, 9)) {
  case 0:
  case 1:
    change_state (victim, GST_STATE_PAUSED);
    break;
  case 2:
  case 3:
  case 4:
    change_state (victim, GST_STATE_PLAYING);
    break;
  case 5:
    change_state (victim, GST_STATE_READY);
    break;
  case 6:
    change_state (victim, GST_STATE_NULL);
    break;
  case 7:
    if (victim.name == kSink)
      flush_sink (victim.pipeline, victim.name,
          [this] (
              const auto &what, const auto &step) { watch_step (what, step); });
    else
      seek (victim, chance);
    break;
  case 8:
    seek (victim, chance);
    break;
  default:
    ask (victim);
    break;
  }
}

void
Pester::change_state (Victim &victim, GstState state)
{
  victim.wanted = state;
  watch_step (victim.name + ", to " + gst_element_state_get_name (state),
      [&] { victim.pipeline.set_state (state); });
}

void
Pester::seek (Victim &victim, std::mt19937 &chance)
{
  /* A seek that does not flush waits for what is on its way downstream: to the
   * broker, or to be shown. */
  bool is_moving = victim.wanted == GST_STATE_PLAYING && !victim.is_held_up;
  static const int kinds[]
      = { GST_SEEK_FLAG_FLUSH, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_FLAG_NONE,
          GST_SEEK_FLAG_KEY_UNIT };
  auto flags
      = static_cast<GstSeekFlags> (kinds[draw (chance, is_moving ? 4 : 2)]);
  gint64 time = draw (chance, 10000) * gint64{ GST_MSECOND };
  /* Not at the element, whose lock it would take before the pipeline's: a
   * change of state takes them the other way round. */
  watch_step (victim.name + ", seek with flags " + std::to_string (flags), [&] {
    gst_element_seek_simple (
        victim.pipeline.get (), GST_FORMAT_TIME, flags, time);
  });
}

void
Pester::ask (Victim &victim)
{
  ElementPtr element = victim.pipeline.element ("kafka");
  watch_step (victim.name + ", queries and statistics", [&] {
    gint64 time;
    gst_element_query_position (element.get (), GST_FORMAT_TIME, &time);
    gst_element_query_duration (element.get (), GST_FORMAT_TIME, &time);
    GstStructure *stats = nullptr;
    g_object_get (element.get (), "stats", &stats, nullptr);
    gst_structure_free (stats);
  });
}

} // namespace kafkacheck
