/* Plays a topic of two sessions and writes down what the clocks said, for
 * docs/draw-time.py:
 *
 *   tests/kafka/kafka.sh run -- build/examples/time-log | docs/draw-time.py
 *
 * A producer writes three seconds of video and ends. Another writes one second,
 * is held up, and writes two more. A player plays that from the start, with the
 * pace of a clock, and so has to wait for the second producer; after the end it
 * seeks back to 1.5 s. One line for each buffer at the source's pad:
 *
 *   PLAY OFFSET CAPTURE POSITION RUNNING-TIME DISCONT
 *
 * PLAY is 0 before the seek and 1 after it, OFFSET is the record's in the log,
 * CAPTURE is wall-clock time. Times are nanoseconds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gst/gst.h>

#include <unistd.h>

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr GstClockTime FRAME = 100 * GST_MSECOND;
constexpr guint FIRST_SESSION = 30; /* frames */
constexpr guint BEFORE_WAIT = 10;
constexpr guint AFTER_WAIT = 20;
constexpr gulong HELD_UP = 1500 * 1000; /* microseconds */
constexpr gint64 SEEK_TO = 1500 * GST_MSECOND;

[[noreturn]] void
give_up (const std::string &why)
{
  fprintf (stderr, "time-log: %s\n", why.c_str ());
  exit (EXIT_FAILURE);
}

GstElement *
launch (const std::string &description)
{
  GError *error = nullptr;
  GstElement *pipeline = gst_parse_launch_full (
      description.c_str (), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!pipeline)
    give_up (error->message);
  return pipeline;
}

GstElement *
element_of (GstElement *pipeline, const char *name)
{
  return gst_bin_get_by_name (GST_BIN (pipeline), name);
}

void
wait_for_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus,
      60 * GST_SECOND, GstMessageType (GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (!message)
    give_up ("nothing has moved for a minute");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    return;
  g_autoptr (GError) error = nullptr;
  gst_message_parse_error (message, &error, nullptr);
  give_up (error->message);
}

/* ---- the producers ---- */

class Producer {
 public:
  explicit Producer (const std::string &kafka)
      : pipeline_ (launch (
          "appsrc name=camera format=time "
          "caps=video/x-raw,format=GRAY8,width=4,height=4,framerate=10/1 ! "
          "kafkasink name=sink create-topic=true"
          + kafka)),
        camera_ (element_of (pipeline_, "camera"))
  {
    gst_element_set_state (pipeline_, GST_STATE_PLAYING);
  }
  ~Producer ()
  {
    gst_element_set_state (pipeline_, GST_STATE_NULL);
    gst_object_unref (camera_);
    gst_object_unref (pipeline_);
  }

  void
  write (guint frames)
  {
    for (guint i = 0; i < frames; i++, count_++) {
      GstBuffer *frame = gst_buffer_new_allocate (nullptr, 16, nullptr);
      gst_buffer_memset (frame, 0, 0, 16);
      GST_BUFFER_PTS (frame) = count_ * FRAME;
      GST_BUFFER_DURATION (frame) = FRAME;
      GstFlowReturn flow;
      g_signal_emit_by_name (camera_, "push-buffer", frame, &flow);
      gst_buffer_unref (frame);
    }
  }

  void
  end ()
  {
    GstFlowReturn flow;
    g_signal_emit_by_name (camera_, "end-of-stream", &flow);
    wait_for_end (pipeline_);
  }

 private:
  GstElement *pipeline_;
  GstElement *camera_;
  guint count_ = 0;
};

/* ---- the player ---- */

class Player {
 public:
  explicit Player (const std::string &kafka)
      : pipeline_ (
          launch ("kafkasrc name=source" + kafka + " ! fakesink sync=true")),
        source_ (element_of (pipeline_, "source"))
  {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (source_, "src");
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, this, nullptr);
    gst_element_set_state (pipeline_, GST_STATE_PLAYING);
  }
  ~Player ()
  {
    gst_element_set_state (pipeline_, GST_STATE_NULL);
    gst_object_unref (source_);
    gst_object_unref (pipeline_);
  }

  void
  wait_for_buffers (guint count) const
  {
    while (seen_ < count)
      g_usleep (1000);
  }

  void
  wait_for_end ()
  {
    ::wait_for_end (pipeline_);
  }

  void
  seek (gint64 position)
  {
    play_++;
    if (!gst_element_seek_simple (pipeline_, GST_FORMAT_TIME,
            GstSeekFlags (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
            position))
      give_up ("the seek was refused");
  }

 private:
  static GstPadProbeReturn
  on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer self)
  {
    static_cast<Player *> (self)->note (pad, GST_PAD_PROBE_INFO_BUFFER (info));
    return GST_PAD_PROBE_OK;
  }

  /* Of the record that this buffer was made of: the one before the next. */
  gint64
  offset () const
  {
    gint64 next = 0;
    GstStructure *stats = nullptr;
    g_object_get (source_, "stats", &stats, nullptr);
    gst_structure_get_int64 (stats, "offset", &next);
    gst_structure_free (stats);
    return next - 1;
  }

  void
  note (GstPad *pad, GstBuffer *buffer)
  {
    g_autoptr (GstEvent) event
        = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
    const GstSegment *segment;
    gst_event_parse_segment (event, &segment);
    GstClockTime pts = GST_BUFFER_PTS (buffer);
    auto *capture = gst_buffer_get_reference_timestamp_meta (buffer, nullptr);
    printf ("%d %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n",
        play_.load (), offset (), capture ? capture->timestamp : 0,
        gst_segment_to_stream_time (segment, GST_FORMAT_TIME, pts),
        gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts),
        GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) ? 1 : 0);
    seen_++;
  }

  GstElement *pipeline_;
  GstElement *source_;
  std::atomic<int> play_{ 0 };
  std::atomic<guint> seen_{ 0 };
};

} // namespace

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  const char *servers = g_getenv ("KAFKA_BOOTSTRAP_SERVERS");
  std::string kafka
      = " bootstrap-servers=" + std::string (servers ? servers : "localhost")
        + " topic=gst-kafka-time-" + std::to_string (getpid ());

  Producer first (kafka);
  first.write (FIRST_SESSION);
  first.end ();
  Producer second (kafka);
  second.write (BEFORE_WAIT);

  Player player (kafka);
  player.wait_for_buffers (FIRST_SESSION + BEFORE_WAIT);
  g_usleep (HELD_UP);
  second.write (AFTER_WAIT);
  second.end ();
  player.wait_for_end ();
  player.seek (SEEK_TO);
  player.wait_for_end ();
  return EXIT_SUCCESS;
}
