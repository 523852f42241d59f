/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lips.h"

#include <algorithm>
#include <cmath>

namespace kafkacheck {

namespace {

/* 25 pictures and 50 pieces of sound a second. */
constexpr int kPictures = 25;
constexpr int kSounds = 50;
/* Pictures whose sound was given before all was moved on. */
constexpr size_t kMoving = 5;
constexpr int64_t kSound = GST_SECOND / kSounds;
/* In us: longer than from one to the next. */
constexpr gint64 kQuiet = 300 * G_TIME_SPAN_MILLISECOND;

std::string
recorder_text (const TwoStreams &streams, int seconds)
{
  auto source = [seconds] (const char *name, int rate) {
    return std::string (name)
           + (seconds == 0 ? " is-live=true"
                           : " num-buffers=" + std::to_string (seconds * rate));
  };
  return source ("videotestsrc", kPictures)
         + " ! video/x-raw,width=64,height=48,framerate=25/1 ! jpegenc ! queue "
           "! kafkasink name=video "
         + streams.video + " " + source ("audiotestsrc", kSounds)
         + " samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! queue ! "
           "kafkasink name=audio "
         + streams.audio;
}

std::string
player_text (const TwoStreams &streams, const std::string &properties)
{
  return "kafkasrc name=video " + streams.video + " " + properties
         + " ! fakesink sync=true kafkasrc name=audio " + streams.audio + " "
         + properties + " ! fakesink sync=true";
}

/* When it is shown, less when it was captured. */
int64_t
shift_of (const CapturedBuffer &buffer)
{
  return *buffer.pts - static_cast<int64_t> (buffer.utc.value ());
}

/* Captured at the same time, more or less, and given last, if it was played
 * more than once; nullptr: there is none. */
const CapturedBuffer *
nearest (const std::vector<CapturedBuffer> &sounds, uint64_t utc)
{
  const CapturedBuffer *best = nullptr;
  auto distance = [utc] (const CapturedBuffer &sound) {
    return std::abs (
        static_cast<int64_t> (*sound.utc) - static_cast<int64_t> (utc));
  };
  for (const auto &sound : sounds)
    if (sound.utc && (!best || distance (sound) <= distance (*best)))
      best = &sound;
  return best && distance (*best) <= kSound ? best : nullptr;
}

/* The segment's, and the sinks' on top of that. */
double
rate_of (GstElement *source)
{
  PadPtr pad (gst_element_get_static_pad (source, "src"));
  double rate = 1.0;
  if (GstEvent *event
      = gst_pad_get_sticky_event (pad.get (), GST_EVENT_SEGMENT, 0)) {
    GstSegment segment;
    gst_event_copy_segment (event, &segment);
    gst_event_unref (event);
    rate = segment.rate;
  }
  if (GstEvent *event = gst_pad_get_sticky_event (
          pad.get (), GST_EVENT_INSTANT_RATE_CHANGE, 0)) {
    double multiplier = 1.0;
    gst_event_parse_instant_rate_change (event, &multiplier, nullptr);
    gst_event_unref (event);
    rate *= multiplier;
  }
  return rate;
}

} // namespace

Recorder::Recorder (const TwoStreams &streams, int seconds)
    : pipeline_ (recorder_text (streams, seconds)),
      video_ (pipeline_.element ("video").get (), "sink")
{}

void
Recorder::run_to_eos ()
{
  pipeline_.run_to_eos ();
}

void
Recorder::start ()
{
  ck_assert (pipeline_.set_state (GST_STATE_PLAYING));
}

void
Recorder::wait_for_pictures (size_t count)
{
  video_.wait_for_buffers (count);
}

void
Recorder::stop ()
{
  pipeline_.reach_state (GST_STATE_NULL);
}

void
Recorder::restart ()
{
  stop ();
  start ();
}

LipPlayer::LipPlayer (const TwoStreams &streams, const std::string &properties)
    : pipeline_ (player_text (streams, properties)),
      video_ (pipeline_.element ("video").get (), "src"),
      audio_ (pipeline_.element ("audio").get (), "src")
{}

void
LipPlayer::wait_for_more (size_t count)
{
  size_t video = video_.count (), audio = audio_.count ();
  video_.wait_for_buffers (video + count);
  audio_.wait_for_buffers (audio + 2 * count);
}

void
LipPlayer::wait_for_the_last ()
{
  size_t given = 0;
  gint64 since = 0;
  ck_assert (wait_until ([&] {
    if (size_t now = video_.count () + audio_.count (); now != given) {
      given = now;
      since = g_get_monotonic_time ();
    }
    return g_get_monotonic_time () - since > kQuiet;
  }));
}

void
LipPlayer::restart_sound ()
{
  ElementPtr audio = pipeline_.element ("audio");
  gst_element_set_state (audio.get (), GST_STATE_READY);
  ck_assert (gst_element_sync_state_with_parent (audio.get ()));
}

void
LipPlayer::check_rate (double rate)
{
  for (const char *name : { "video", "audio" }) {
    double is = rate_of (pipeline_.element (name).get ());
    ck_assert_msg (
        std::abs (is - rate) < 0.001, "%s is played at %.3f", name, is);
  }
}

void
LipPlayer::check_sync (size_t at_least, size_t skip)
{
  Captured video = video_.get (), audio = audio_.get ();
  size_t compared = 0, moving = 0;
  int64_t worst = 0;
  for (size_t i = skip; i < video.buffers.size (); i++) {
    const CapturedBuffer &picture = video.buffers[i];
    if (!picture.utc || !picture.pts || *picture.pts < 0)
      continue;
    const CapturedBuffer *sound = nearest (audio.buffers, *picture.utc);
    if (!sound || *sound->pts < 0)
      continue;
    compared++;
    int64_t apart = std::abs (shift_of (picture) - shift_of (*sound));
    moving = apart <= kSound ? 0 : moving + 1;
    ck_assert_msg (moving <= kMoving,
        "picture %zu and its sound are %.1f ms apart", i,
        static_cast<double> (apart) / GST_MSECOND);
    if (moving == 0)
      worst = std::max (worst, apart);
  }
  g_print ("%zu pictures with sound, at most %.3f ms apart\n", compared,
      static_cast<double> (worst) / GST_MSECOND);
  ck_assert_uint_ge (compared, at_least);
}

} // namespace kafkacheck
