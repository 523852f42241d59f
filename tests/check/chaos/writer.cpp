/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Publishes buffers that nobody else has, until SIGTERM or the end of it, and
 * writes down what kafkasink has taken and what the broker has acknowledged.
 *
 *   writer FILE SINK LARGEST
 *
 * SINK is a kafkasink called 'sink', as in a pipeline. One buffer is due each
 * 10 ms; each tenth is a sync point, and each hundredth has LARGEST bytes.
 * Lines are
 *
 *   + NUMBER CHECKSUM   it enters kafkasink
 *   = NUMBER            it is acknowledged
 *   # TEXT              what the bus complains of; an ERROR ends it */

#include <gst/gst.h>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include <random>
#include <string>

constexpr GstClockTime kStep = 10 * GST_MSECOND;
constexpr guint64 kSyncPoints = 10;
constexpr guint64 kLarge = 100;
constexpr gsize kOrdinary = 4000;

static volatile std::sig_atomic_t is_asked_to_end = 0;
static int file;

static void
write_line (const std::string &line)
{
  if (write (file, line.data (), line.size ()) < 0)
    _exit (2);
}

static void
on_terminate (int)
{
  is_asked_to_end = 1;
}

/* Before it can be read anywhere. */
static GstPadProbeReturn
on_buffer (GstPad *, GstPadProbeInfo *info, gpointer)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    _exit (2);
  gchar *sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  write_line ("+ " + std::to_string (GST_BUFFER_PTS (buffer) / kStep) + " "
              + sum + "\n");
  g_free (sum);
  return GST_PAD_PROBE_OK;
}

static void
write_complaint (GstMessage *message)
{
  GError *error = nullptr;
  bool is_error = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
  if (is_error)
    gst_message_parse_error (message, &error, nullptr);
  else
    gst_message_parse_warning (message, &error, nullptr);
  write_line (std::string (is_error ? "# ERROR " : "# WARNING ")
              + error->message + "\n");
  g_error_free (error);
}

static void
write_acknowledgement (GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  gint64 pts = -1;
  if (structure && gst_structure_has_name (structure, "kafka-delivery")
      && gst_structure_get_int64 (structure, "pts", &pts) && pts >= 0)
    write_line (
        "= " + std::to_string (static_cast<guint64> (pts) / kStep) + "\n");
}

/* In the thread that posts: what is said before a SIGKILL is written. */
static GstBusSyncReply
on_message (GstBus *, GstMessage *message, gpointer)
{
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    write_acknowledgement (message);
    break;
  case GST_MESSAGE_WARNING:
    write_complaint (message);
    break;
  case GST_MESSAGE_ERROR:
    /* Nothing is taken or acknowledged any more; appsrc would go on waiting. */
    write_complaint (message);
    _exit (1);
  default:
    break;
  }
  return GST_BUS_PASS;
}

static GstBuffer *
make_buffer (guint64 number, gsize largest, std::mt19937_64 &random)
{
  gsize size
      = number % kLarge == kLarge - 1 ? largest : 16 + random () % kOrdinary;
  GstBuffer *buffer = gst_buffer_new_allocate (nullptr, size, nullptr);
  GstMapInfo map;
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i + 8 <= size; i += 8)
    GST_WRITE_UINT64_LE (map.data + i, random ());
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = number * kStep;
  GST_BUFFER_DURATION (buffer) = kStep;
  if (number % kSyncPoints != 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

static void
feed_until_the_end (GstElement *appsrc, gsize largest)
{
  std::random_device device;
  std::mt19937_64 random ((guint64{ device () } << 32) | device ());
  GstFlowReturn flow = GST_FLOW_OK;
  for (guint64 i = 0; flow == GST_FLOW_OK && !is_asked_to_end; i++) {
    GstBuffer *buffer = make_buffer (i, largest, random);
    g_signal_emit_by_name (appsrc, "push-buffer", buffer, &flow);
    gst_buffer_unref (buffer);
  }
  g_signal_emit_by_name (appsrc, "end-of-stream", &flow);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  std::signal (SIGTERM, on_terminate);
  file = open (argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::string text = std::string ("appsrc name=feed format=time block=true "
                                  "max-bytes=0 max-buffers=2 "
                                  "caps=application/x-chaos ! ")
                     + argv[2] + " sync=true delivery-messages=true";
  GstElement *pipeline = gst_parse_launch (text.c_str (), nullptr);
  GstElement *feed = gst_bin_get_by_name (GST_BIN (pipeline), "feed");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, nullptr, nullptr);
  GstBus *bus = gst_element_get_bus (pipeline);
  gst_bus_set_sync_handler (bus, on_message, nullptr, nullptr);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  feed_until_the_end (feed, g_ascii_strtoull (argv[3], nullptr, 10));
  gst_message_unref (
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (feed);
  gst_object_unref (pipeline);
  close (file);
  return 0;
}
