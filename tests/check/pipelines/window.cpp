/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The whole clip, in a window of a display that is nowhere to be seen. */

#include "common/trip.h"
#include "pace.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace kafkacheck;

namespace {

class VirtualDisplay {
 public:
  VirtualDisplay ()
  {
    int ends[2];
    ck_assert_int_eq (pipe (ends), 0);
    /* Any display that is free: the server tells which. */
    std::string number_to = std::to_string (ends[1]);
    server_ = fork ();
    if (server_ == 0) {
      close (ends[0]);
      execlp ("Xvfb", "Xvfb", "-displayfd", number_to.c_str (), "-screen", "0",
          "1024x768x24", "-nolisten", "tcp", nullptr);
      _exit (127);
    }
    close (ends[1]);
    char number[16] = "";
    ck_assert_int_gt (read (ends[0], number, sizeof number - 1), 0);
    close (ends[0]);
    std::string display = ":" + std::string (g_strchomp (number));
    g_setenv ("DISPLAY", display.c_str (), TRUE);
  }

  ~VirtualDisplay ()
  {
    kill (server_, SIGTERM);
    waitpid (server_, nullptr, 0);
  }

 private:
  pid_t server_;
};

/* The one that autovideosink has chosen. */
ElementPtr
find_sink (GstElement *bin)
{
  GstIterator *sinks = gst_bin_iterate_recurse (GST_BIN (bin));
  GValue item = G_VALUE_INIT;
  ElementPtr found;
  while (!found && gst_iterator_next (sinks, &item) == GST_ITERATOR_OK) {
    auto *element = GST_ELEMENT (g_value_get_object (&item));
    if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "stats"))
      found.reset (GST_ELEMENT (gst_object_ref (element)));
    g_value_reset (&item);
  }
  g_value_unset (&item);
  gst_iterator_free (sinks);
  ck_assert (found != nullptr);
  return found;
}

} // namespace

GST_START_TEST (test_clip_takes_its_own_length_in_a_window)
{
  VirtualDisplay display;
  Topic topic;
  Captured in = publish ("filesrc location=\"" + clip ().path
                             + "\" ! decodebin ! videoconvert ! jpegenc",
      topic.name ());

  Pipeline pipeline (source_text (topic.name ())
                     + " ! jpegdec ! videoconvert ! autovideosink name=window");
  pipeline.reach_state (GST_STATE_READY);
  ElementPtr sink = find_sink (pipeline.element ("window").get ());
  g_print ("in %s: ", GST_OBJECT_NAME (sink.get ()));
  Pace pace (sink.get ());
  pace.run (pipeline, in.buffers.size (), in.end ());
  ck_assert_uint_eq (stat (sink.get (), "rendered"), in.buffers.size ());
  ck_assert_int_eq (stat (sink.get (), "dropped"), 0);
}
GST_END_TEST;

static Suite *
window_suite ()
{
  Suite *suite = suite_create ("window");
  TCase *tcase = tcase_create ("general");
  tcase_set_timeout (tcase, 150);
  tcase_add_test (tcase, test_clip_takes_its_own_length_in_a_window);
  suite_add_tcase (suite, tcase);
  return suite;
}

int
main (int argc, char **argv)
{
  gchar *server = g_find_program_in_path ("Xvfb");
  g_free (server);
  if (!server) {
    g_print ("window: skipped: there is no Xvfb\n");
    return kSkipped;
  }
  return run_broker_suite (argc, argv, window_suite (), "window", __FILE__);
}
