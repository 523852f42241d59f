/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/stopping.h"

#include "common/backtrace.h"

#include <cstdlib>
#include <future>

namespace kafkacheck {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds
stop_limit ()
{
  return patience () / 30;
}

/* `on_late` is called once, in the middle of it. */
static milliseconds
time_of (const std::function<void ()> &action, milliseconds limit,
    const std::function<void ()> &on_late)
{
  auto begin = steady_clock::now ();
  auto done = std::async (std::launch::async, action);
  if (done.wait_for (limit) != std::future_status::ready)
    on_late ();
  if (done.wait_for (patience ()) != std::future_status::ready) {
    g_printerr ("This hangs, and so would the test\n");
    std::abort ();
  }
  done.get ();
  return std::chrono::duration_cast<milliseconds> (
      steady_clock::now () - begin);
}

milliseconds
measure (const std::function<void ()> &action)
{
  return time_of (action, milliseconds (0), [] {});
}

milliseconds
watch (const std::string &what, const std::function<void ()> &action)
{
  return time_of (action, stop_limit (), [&] {
    g_printerr ("%s takes longer than %d ms; all threads:\n", what.c_str (),
        static_cast<int> (stop_limit ().count ()));
    print_backtraces ();
  });
}

void
check_duration (const std::string &what, const std::function<void ()> &action)
{
  int took = static_cast<int> (watch (what, action).count ());
  g_print ("%s: %d ms\n", what.c_str (), took);
  ck_assert_msg (
      took < stop_limit ().count (), "%s takes %d ms", what.c_str (), took);
}

void
check_stop (Pipeline &pipeline, const std::string &what)
{
  check_duration (what + ", to NULL", [&] {
    /* By way of READY, as always; what it said is lost with the next step. */
    pipeline.set_state (GST_STATE_READY);
    pipeline.errors ();
    pipeline.set_state (GST_STATE_NULL);
  });
}

static PadPtr
upstream_of (Pipeline &pipeline)
{
  ElementPtr element = pipeline.element ("kafka");
  PadPtr sink (gst_element_get_static_pad (element.get (), "sink"));
  return PadPtr (sink ? gst_pad_get_peer (sink.get ()) : nullptr);
}

/* Nothing flows between the flush and the segment after it. */
void
flush_sink (Pipeline &pipeline, const std::string &what, const Run &run)
{
  PadPtr upstream = upstream_of (pipeline);
  GstPad *pad = upstream.get ();
  run (what + ", flush begins",
      [&] { gst_pad_push_event (pad, gst_event_new_flush_start ()); });
  run (what + ", flush ends", [&] {
    GST_PAD_STREAM_LOCK (pad);
    GstEvent *segment = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
    gst_pad_push_event (pad, gst_event_new_flush_stop (TRUE));
    if (segment)
      gst_pad_push_event (pad, segment);
    GST_PAD_STREAM_UNLOCK (pad);
  });
}

static void
check_flush_of_source (GstElement *source, const std::string &what)
{
  auto send
      = [source] (GstEvent *event) { gst_element_send_event (source, event); };
  check_duration (
      what + ", flush begins", [&] { send (gst_event_new_flush_start ()); });
  check_duration (
      what + ", flush ends", [&] { send (gst_event_new_flush_stop (TRUE)); });
}

void
check_flush (Pipeline &pipeline, const std::string &what)
{
  ElementPtr element = pipeline.element ("kafka");
  if (upstream_of (pipeline))
    flush_sink (pipeline, what, check_duration);
  else
    check_flush_of_source (element.get (), what);
  check_duration (what + ", seek", [&] {
    gst_element_seek_simple (
        element.get (), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0);
  });
}

} // namespace kafkacheck
