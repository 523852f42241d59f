/* Runs a pipeline as gst-launch-1.0 does and writes down what passes.
 *
 *   frame-log DIRECTORY NAME[,NAME...] PIPELINE
 *
 * For each element NAME of the PIPELINE the file DIRECTORY/NAME gets one line a
 * buffer that enters it, or leaves it when it is a source:
 *
 *   PTS DTS DURATION OFFSET OFFSET-END FLAGS BYTES SHA-256
 *
 * Times are nanoseconds of running time, - is "not set". Two such files are
 * equal when not a bit and not a nanosecond differs between the two places. The
 * last line on standard output names the sinks that the pipeline ended in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gst/gst.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <glib-unix.h>

namespace {

/* A pipeline that stands still for longer has no end to wait for. */
constexpr gint64 STALL_TIMEOUT = 60 * G_USEC_PER_SEC;

/* One watched element. The streaming thread of its pad writes, the main thread
 * reads the two counters. */
struct Log {
  std::string name;
  std::unique_ptr<FILE, int (*) (FILE *)> file{ nullptr, fclose };
  std::atomic<guint64> buffers{ 0 };
  std::atomic<gint64> position{ 0 };
};

struct Run {
  GMainLoop *loop;
  std::vector<std::unique_ptr<Log>> logs;
  bool tty = isatty (STDERR_FILENO);
  bool failed = false;
  guint64 seen = 0;
  gint64 moved_at = g_get_monotonic_time ();
  gint64 shown_at = moved_at;
};

std::string
running_time (const GstSegment &segment, GstClockTime time)
{
  guint64 value = 0;
  int sign = segment.format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (time)
                 ? gst_segment_to_running_time_full (
                     &segment, GST_FORMAT_TIME, time, &value)
                 : 0;
  if (sign == 0)
    return "-";
  return (sign < 0 ? "-" : "") + std::to_string (value);
}

std::string
number (guint64 value)
{
  return value == GST_BUFFER_OFFSET_NONE ? "-" : std::to_string (value);
}

std::string
checksum (GstBuffer *buffer)
{
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return "unreadable";
  g_autofree gchar *sum
      = g_compute_checksum_for_data (G_CHECKSUM_SHA256, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return sum ? sum : "unreadable";
}

void
log_buffer (Log &log, const GstSegment &segment, GstBuffer *buffer)
{
  auto pts = running_time (segment, GST_BUFFER_PTS (buffer));
  /* The tag is about the memory, which is another one after a journey. */
  guint flags = GST_BUFFER_FLAGS (buffer) & ~GST_BUFFER_FLAG_TAG_MEMORY;
  fprintf (log.file.get (), "%s %s %s %s %s %x %" G_GSIZE_FORMAT " %s\n",
      pts.c_str (), running_time (segment, GST_BUFFER_DTS (buffer)).c_str (),
      number (GST_BUFFER_DURATION (buffer)).c_str (),
      number (GST_BUFFER_OFFSET (buffer)).c_str (),
      number (GST_BUFFER_OFFSET_END (buffer)).c_str (), flags,
      gst_buffer_get_size (buffer), checksum (buffer).c_str ());
  log.buffers++;
  if (pts != "-")
    log.position = std::atoll (pts.c_str ());
}

GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  auto &log = *static_cast<Log *> (user_data);
  g_autoptr (GstEvent) event
      = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstSegment none;
  if (event) {
    gst_event_parse_segment (event, &segment);
  } else {
    gst_segment_init (&none, GST_FORMAT_UNDEFINED);
    segment = &none;
  }

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    log_buffer (log, *segment, GST_PAD_PROBE_INFO_BUFFER (info));
  } else {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    for (guint i = 0; i < gst_buffer_list_length (list); i++)
      log_buffer (log, *segment, gst_buffer_list_get (list, i));
  }
  return GST_PAD_PROBE_OK;
}

bool
watch_element (Run &run, GstElement *pipeline, const std::string &directory,
    const char *name)
{
  auto log = std::make_unique<Log> ();
  log->name = name;
  log->file.reset (fopen ((directory + "/" + name).c_str (), "w"));
  if (!log->file) {
    fprintf (
        stderr, "frame-log: cannot write %s/%s\n", directory.c_str (), name);
    return false;
  }

  g_autoptr (GstElement) element
      = gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_autoptr (GstPad) pad
      = element ? gst_element_get_static_pad (element, "sink") : nullptr;
  if (element && !pad)
    pad = gst_element_get_static_pad (element, "src");
  if (!pad) {
    fprintf (stderr, "frame-log: no element %s with a pad to watch\n", name);
    return false;
  }
  gst_pad_add_probe (pad,
      GstPadProbeType (
          GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      on_data, log.get (), nullptr);
  run.logs.push_back (std::move (log));
  return true;
}

void
show_progress (const Run &run, bool final)
{
  gint64 position = 0;
  std::string counts;
  for (const auto &log : run.logs) {
    position = std::max (position, log->position.load ());
    counts += ", " + log->name + ": " + std::to_string (log->buffers.load ());
  }
  fprintf (stderr, "%s   %.1f s%s%s", run.tty ? "\r" : "", position / 1e9,
      counts.c_str (), run.tty && !final ? "" : "\n");
}

/* Twice a second: progress, and whether there is any. */
gboolean
on_tick (gpointer user_data)
{
  auto &run = *static_cast<Run *> (user_data);
  gint64 now = g_get_monotonic_time ();
  guint64 seen = 0;
  for (const auto &log : run.logs)
    seen += log->buffers;

  if (seen != run.seen) {
    run.seen = seen;
    run.moved_at = now;
    if (run.tty || now - run.shown_at >= 5 * G_USEC_PER_SEC) {
      show_progress (run, false);
      run.shown_at = now;
    }
  } else if (now - run.moved_at > STALL_TIMEOUT) {
    fprintf (stderr, "frame-log: nothing has moved for %d s, giving up\n",
        int (STALL_TIMEOUT / G_USEC_PER_SEC));
    run.failed = true;
    g_main_loop_quit (run.loop);
  }
  return G_SOURCE_CONTINUE;
}

gboolean
on_message (GstBus *, GstMessage *message, gpointer user_data)
{
  auto &run = *static_cast<Run *> (user_data);
  g_autoptr (GError) error = nullptr;
  g_autofree gchar *debug = nullptr;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_EOS:
    g_main_loop_quit (run.loop);
    break;
  case GST_MESSAGE_ERROR:
    gst_message_parse_error (message, &error, &debug);
    fprintf (stderr, "%s%s: %s\n", run.tty ? "\r" : "",
        GST_MESSAGE_SRC_NAME (message), error->message);
    run.failed = true;
    g_main_loop_quit (run.loop);
    break;
  case GST_MESSAGE_WARNING:
    gst_message_parse_warning (message, &error, &debug);
    fprintf (stderr, "%s%s: %s\n", run.tty ? "\r" : "",
        GST_MESSAGE_SRC_NAME (message), error->message);
    break;
  default:
    break;
  }
  return G_SOURCE_CONTINUE;
}

gboolean
on_interrupt (gpointer user_data)
{
  auto &run = *static_cast<Run *> (user_data);
  run.failed = true;
  g_main_loop_quit (run.loop);
  return G_SOURCE_CONTINUE;
}

void
print_sinks (GstElement *pipeline)
{
  GstIterator *elements = gst_bin_iterate_recurse (GST_BIN (pipeline));
  auto print = [] (const GValue *item, gpointer) {
    auto element = GST_ELEMENT (g_value_get_object (item));
    if (!GST_IS_BIN (element)
        && GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK))
      printf (" %s", GST_OBJECT_NAME (gst_element_get_factory (element)));
  };
  printf ("sinks:");
  gst_iterator_foreach (elements, print, nullptr);
  printf ("\n");
  gst_iterator_free (elements);
}

} // namespace

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  if (argc < 4) {
    fprintf (stderr, "Usage: %s DIRECTORY NAME[,NAME...] PIPELINE\n", argv[0]);
    return EXIT_FAILURE;
  }

  g_autoptr (GError) error = nullptr;
  g_autoptr (GstElement) pipeline
      = gst_parse_launchv_full (const_cast<const gchar **> (argv + 3), nullptr,
          GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!pipeline) {
    fprintf (stderr, "frame-log: %s\n", error->message);
    return EXIT_FAILURE;
  }

  g_autoptr (GMainLoop) loop = g_main_loop_new (nullptr, FALSE);
  Run run{ loop, {} };
  g_auto (GStrv) names = g_strsplit (argv[2], ",", -1);
  for (gchar **name = names; *name; name++) {
    if (!watch_element (run, pipeline, argv[1], *name))
      return EXIT_FAILURE;
  }

  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_bus_add_watch (bus, on_message, &run);
  g_timeout_add (500, on_tick, &run);
  g_unix_signal_add (SIGINT, on_interrupt, &run);
  g_unix_signal_add (SIGTERM, on_interrupt, &run);

  /* A failure is on the bus as well, with the reason. */
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_main_loop_run (loop);
  show_progress (run, true);
  print_sinks (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_bus_remove_watch (bus);
  return run.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
