/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "matrix.h"

#include <cstdlib>
#include <cstring>

namespace kafkacheck {

/* Snow and noise: each frame is like no other. AAC is not decoded, as its
 * frames overlap: the first one after a seek never sounds as it did. */
static const std::vector<Medium> all_media = {
  { "JPEG", true, " ! jpegenc", " ! jpegdec", 0 },
  /* Two thirds are B-frames, and a key frame comes every 0.8 s. Without a
   * look-ahead: it may be live. */
  { "H.264 with B-frames", true,
      " ! x264enc bframes=2 b-adapt=false key-int-max=20 rc-lookahead=0 "
      "sync-lookahead=0 threads=1 option-string=scenecut=0 ! "
      "video/x-h264,stream-format=avc,alignment=au",
      " ! h264parse ! avdec_h264", 4 },
  { "raw audio", false, "", "", 0 },
  { "AAC", false,
      " ! audioconvert ! avenc_aac ! "
      "audio/mpeg,mpegversion=4,stream-format=raw",
      "", 0 },
};

static std::string
source_of (const Medium &medium, const Producer::Options &options)
{
  constexpr int fps = 25, rate = 48000, samples = 1024;
  auto count = [&] (int times, int each) {
    return std::to_string (
        (options.milliseconds * times + 1000 * each - 1) / (1000 * each));
  };
  std::string live = options.is_live ? "is-live=true" : "is-live=false";
  if (medium.is_video)
    return "videotestsrc pattern=snow " + live
           + " num-buffers=" + count (fps, 1)
           + " ! video/x-raw,format=I420,width=64,height=64,framerate="
           + std::to_string (fps) + "/1 ! videobalance brightness=0."
           + std::to_string (options.session);
  return "audiotestsrc wave=white-noise " + live
         + " num-buffers=" + count (rate, samples)
         + " samplesperbuffer=" + std::to_string (samples)
         + " ! audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate="
         + std::to_string (rate);
}

const std::vector<Medium> &
media ()
{
  return all_media;
}

const Medium *
medium_of_row (int row)
{
  const Medium &medium = media ().at (static_cast<size_t> (row));
  const char *wanted = g_getenv ("MATRIX_MEDIA");
  if (wanted && !strstr (medium.name, wanted))
    return nullptr;
  if (auto reason = Pipeline::find_missing (
          source_of (medium, {}) + medium.encode + medium.show)) {
    g_print ("%s: skipped: %s\n", medium.name, reason->c_str ());
    return nullptr;
  }
  g_print ("%s\n", medium.name);
  return &medium;
}

/* ---- who produces ---- */

static std::string
producer_text (const Medium &medium, const std::string &topic,
    const Producer::Options &options)
{
  return source_of (medium, options) + medium.encode
         + " ! tee name=t ! queue ! " + sink_text (topic, options.properties)
         + " t. ! queue" + medium.show
         + " ! fakesink name=shown sync=false async=false";
}

Producer::Producer (
    const Medium &medium, const std::string &topic, const Options &options)
    : pipeline_ (producer_text (medium, topic, options)),
      encoded_ (pipeline_.element ("sink").get (), "sink"),
      shown_ (pipeline_.element ("shown").get (), "sink")
{}

void
Producer::start ()
{
  ck_assert (pipeline_.set_state (GST_STATE_PLAYING));
}

void
Producer::wait_for_end ()
{
  ck_assert_msg (pipeline_.wait_for_end () == Pipeline::Ending::EOS, "%s",
      pipeline_.describe ().c_str ());
}

int64_t
Producer::published ()
{
  return stat (pipeline_.element ("sink").get (), "records");
}

int64_t
Producer::base_time () const
{
  return static_cast<int64_t> (gst_element_get_base_time (pipeline_.get ()));
}

void
Producer::tell (Oracle &oracle) const
{
  oracle.add_session (encoded_.get (), shown_.get ());
}

Recording::Recording (const Medium &medium, int milliseconds)
{
  for (int session : { 0, 1 }) {
    Producer::Options options;
    options.session = session;
    options.milliseconds = milliseconds;
    Producer producer (medium, topic (), options);
    producer.start ();
    producer.wait_for_end ();
    producer.tell (oracle_);
  }
}

/* ---- who shows ---- */

static std::string
show_text (const Medium &medium, Pace pace)
{
  constexpr int64_t max_lateness = 20 * GST_MSECOND;
  /* Slower under a checker, which says so. */
  int64_t slowness = patience () / std::chrono::seconds (30);
  std::string end = pace == Pace::FAST
                        ? "fakesink sync=false"
                        : "queue ! fakesink sync=true qos=true max-lateness="
                              + std::to_string (max_lateness * slowness);
  return std::string (medium.show) + " ! " + end + " name=shown";
}

Show::Show (const Medium &medium, const std::string &topic, Pace pace,
    const std::string &properties)
    : pipeline_ (source_text (topic, properties) + show_text (medium, pace)),
      validator_ (pipeline_.element ("shown").get ())
{}

bool
Show::seek (const Seek &seek)
{
  return gst_element_seek (pipeline_.get (), seek.rate, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (seek.flags), seek.start_type, seek.start,
      seek.stop ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE,
      seek.stop.value_or (-1));
}

bool
Show::seek_and_preroll (const Seek &request)
{
  pipeline_.reach_state (GST_STATE_PAUSED);
  validator_.clear ();
  bool is_taken = seek (request);
  pipeline_.reach_state (GST_STATE_PAUSED);
  return is_taken;
}

void
Show::play_to_eos ()
{
  pipeline_.run_to_eos ();
}

void
Show::wait_for_frames (size_t count)
{
  ck_assert_msg (
      wait_until ([&] { return validator_.count_in_stretch () >= count; }),
      "%zu frames come, not %zu: %s", validator_.count_in_stretch (), count,
      pipeline_.describe ().c_str ());
}

std::optional<int64_t>
Show::position () const
{
  gint64 position = -1;
  if (!gst_element_query_position (
          pipeline_.get (), GST_FORMAT_TIME, &position))
    return std::nullopt;
  return position;
}

std::optional<int64_t>
Show::duration () const
{
  gint64 duration = -1;
  if (!gst_element_query_duration (
          pipeline_.get (), GST_FORMAT_TIME, &duration))
    return std::nullopt;
  return duration;
}

/* ---- what is wrong ---- */

void
Faults::begin_row (const std::string &row)
{
  row_ = row;
}

void
Faults::add (const std::string &fault)
{
  all_.push_back (row_ + ": " + fault);
  g_print ("%s\n", all_.back ().c_str ());
}

void
Faults::add (const Verdict &verdict, size_t allowed)
{
  if (verdict.faults () > allowed)
    add (verdict.describe ());
}

void
Faults::add_unless (bool condition, const std::string &fault)
{
  if (!condition)
    add (fault);
}

void
Faults::add_unless_equal (const std::string &what, int64_t actual,
    int64_t expected, int64_t tolerance)
{
  if (std::abs (actual - expected) > tolerance)
    add (what + " is " + std::to_string (actual) + ", not "
         + std::to_string (expected));
}

void
Faults::add_unless_complete (
    const Verdict &verdict, const Oracle &oracle, size_t tolerance)
{
  add_unless_equal ("the number of frames",
      static_cast<int64_t> (verdict.shown),
      static_cast<int64_t> (oracle.count ()), static_cast<int64_t> (tolerance));
}

void
Faults::check () const
{
  std::string text;
  for (const auto &fault : all_)
    text += "\n" + fault;
  ck_assert_msg (all_.empty (), "%zu faults:%s", all_.size (), text.c_str ());
}

std::mt19937
random_numbers ()
{
  const char *wanted = g_getenv ("MATRIX_SEED");
  unsigned seed = wanted ? static_cast<unsigned> (std::atoi (wanted))
                         : std::random_device () ();
  g_print ("MATRIX_SEED=%u\n", seed);
  return std::mt19937 (seed);
}

} // namespace kafkacheck
