/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs a pipeline and writes down what its sink has used, for as long as it is
 * let live: one line a buffer, written when the sink is done with it.
 *
 *   reader FILE PIPELINE
 *
 * The sink is a fakesink called "end". A line is the checksum of the bytes, 1
 * where a decoder could have started, else 0, and the time in milliseconds.
 * What the bus complains of goes there too, after a #. */

#include <gst/gst.h>

#include <fcntl.h>
#include <unistd.h>

#include <string>

static void
write_line (int file, const std::string &line)
{
  if (write (file, line.data (), line.size ()) < 0)
    _exit (1);
}

static void
on_used (GstElement *, GstBuffer *buffer, GstPad *, gpointer file)
{
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    _exit (1);
  gchar *sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  bool is_delta = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  write_line (GPOINTER_TO_INT (file),
      std::string (sum) + (is_delta ? " 0 " : " 1 ")
          + std::to_string (g_get_monotonic_time () / 1000) + "\n");
  g_free (sum);
}

static void
write_complaint (int file, GstMessage *message)
{
  GError *error = nullptr;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, nullptr);
  else
    gst_message_parse_warning (message, &error, nullptr);
  write_line (file, std::string ("# ") + error->message + "\n");
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  int file = open (argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
  GstElement *pipeline = gst_parse_launch (argv[2], nullptr);
  GstElement *end = gst_bin_get_by_name (GST_BIN (pipeline), "end");
  g_object_set (end, "signal-handoffs", TRUE, nullptr);
  g_signal_connect (
      end, "handoff", G_CALLBACK (on_used), GINT_TO_POINTER (file));
  GstBus *bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  constexpr auto wanted = static_cast<GstMessageType> (
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  while (true) {
    GstMessage *message
        = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, wanted);
    GstMessageType type = GST_MESSAGE_TYPE (message);
    if (type != GST_MESSAGE_EOS)
      write_complaint (file, message);
    gst_message_unref (message);
    if (type == GST_MESSAGE_WARNING)
      continue;
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_object_unref (bus);
    gst_object_unref (end);
    gst_object_unref (pipeline);
    close (file);
    return type == GST_MESSAGE_EOS ? 0 : 1;
  }
}
