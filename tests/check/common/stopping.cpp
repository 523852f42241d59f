/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/stopping.h"

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

milliseconds
measure (const std::function<void ()> &action)
{
  auto begin = steady_clock::now ();
  auto done = std::async (std::launch::async, action);
  if (done.wait_for (patience ()) != std::future_status::ready) {
    g_printerr ("This hangs, and so would the test\n");
    std::abort ();
  }
  done.get ();
  return std::chrono::duration_cast<milliseconds> (
      steady_clock::now () - begin);
}

void
check_duration (const std::string &what, const std::function<void ()> &action)
{
  int took = static_cast<int> (measure (action).count ());
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

/* As a seek upstream does it: nothing flows between the flush and the segment
 * after it. */
static void
check_flush_of_sink (GstPad *upstream, const std::string &what)
{
  GstEvent *segment = gst_pad_get_sticky_event (upstream, GST_EVENT_SEGMENT, 0);
  check_duration (what + ", flush begins",
      [&] { gst_pad_push_event (upstream, gst_event_new_flush_start ()); });
  check_duration (what + ", flush ends", [&] {
    GST_PAD_STREAM_LOCK (upstream);
    gst_pad_push_event (upstream, gst_event_new_flush_stop (TRUE));
    if (segment)
      gst_pad_push_event (upstream, segment);
    GST_PAD_STREAM_UNLOCK (upstream);
  });
}

void
check_flush (Pipeline &pipeline, const std::string &what)
{
  ElementPtr element = pipeline.element ("kafka");
  PadPtr sink (gst_element_get_static_pad (element.get (), "sink"));
  PadPtr upstream (sink ? gst_pad_get_peer (sink.get ()) : nullptr);
  if (upstream)
    check_flush_of_sink (upstream.get (), what);
  else
    check_flush_of_source (element.get (), what);
  check_duration (what + ", seek", [&] {
    gst_element_seek_simple (
        element.get (), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0);
  });
}

} // namespace kafkacheck
