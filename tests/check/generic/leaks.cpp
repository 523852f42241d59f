/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Nothing is left alive: no element, pad, buffer, caps, event or message. The
 * program runs itself with GStreamer's leaks tracer and reads what that says.
 */

#include "common/fake_server.h"
#include "common/mock_cluster.h"
#include "common/pipeline.h"
#include "common/stopping.h"

#include <sstream>

using namespace kafkacheck;

static std::string
at (const MockCluster &cluster)
{
  return " topic=t bootstrap-servers=" + cluster.servers () + " ";
}

static std::string
sink (const MockCluster &cluster, const std::string &properties = "")
{
  /* The mock cluster knows no limit to ask for. */
  return "kafkasink name=kafka max-record-size=1000000" + at (cluster)
         + properties;
}

/* Caps that change, tags, an event, small buffers and large ones. */
static void
publish (const MockCluster &cluster)
{
  Pipeline pipeline ("concat name=all ! " + sink (cluster)
                     + " videotestsrc name=data num-buffers=20 ! jpegenc ! "
                       "taginject tags=title=a ! all. "
                       "videotestsrc num-buffers=20 ! "
                       "video/x-raw,width=100,height=100 ! all.");
  gst_element_send_event (pipeline.element ("data").get (),
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new_empty ("application/x-event")));
  pipeline.run_to_eos ();
}

GST_START_TEST (test_publishing_and_playing_leaves_nothing)
{
  MockCluster cluster;
  publish (cluster);
  Pipeline pipeline ("kafkasrc" + at (cluster) + " ! fakesink");
  pipeline.run_to_eos ();
  pipeline.set_state (GST_STATE_NULL);
  pipeline.run_to_eos (); /* once more */
}
GST_END_TEST;

GST_START_TEST (test_stopping_in_the_middle_leaves_nothing)
{
  MockCluster cluster;
  publish (cluster);
  Pipeline playing ("kafkasrc" + at (cluster) + " ! queue ! fakesink");
  playing.reach_state (GST_STATE_PAUSED);

  Pipeline publishing ("fakesrc filltype=zero sizetype=fixed sizemax=10000 ! "
                       + sink (cluster, "max-queue-bytes=1000000"));
  publishing.set_state (GST_STATE_PLAYING);
  ElementPtr element = publishing.element ("kafka");
  ck_assert (wait_until ([&] { return stat (element.get (), "records") > 0; }));
  cluster.set_round_trip (std::chrono::seconds (100));
  ck_assert (wait_until (
      [&] { return stat (element.get (), "queued-records") > 80; }));
}
GST_END_TEST;

GST_START_TEST (test_playing_in_a_group_leaves_nothing)
{
  MockCluster cluster;
  publish (cluster);
  const std::string source
      = "kafkasrc group-id=crew commit-interval=10000000" + at (cluster);
  Pipeline playing (source + " ! queue ! fakesink");
  playing.run_to_eos ();
  /* The mock names members by their address, and the elder one plays: by chance
   * this one. */
  Pipeline waiting (source + " ! fakesink");
  waiting.set_state (GST_STATE_PLAYING);
  Pipeline::Ending ending = waiting.wait_for ([] (GstMessage *message) {
    return GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING;
  });
  ck_assert_msg (
      ending != Pipeline::Ending::ERROR, "%s", waiting.describe ().c_str ());
}
GST_END_TEST;

GST_START_TEST (test_flushing_leaves_nothing)
{
  MockCluster cluster;
  publish (cluster);
  Pipeline playing ("kafkasrc name=kafka" + at (cluster) + " ! fakesink");
  playing.reach_state (GST_STATE_PAUSED);
  check_flush (playing, "source");
  Pipeline publishing (
      "fakesrc filltype=zero sizetype=fixed ! " + sink (cluster));
  publishing.reach_state (GST_STATE_PAUSED);
  check_flush (publishing, "sink");
}
GST_END_TEST;

GST_START_TEST (test_errors_leave_nothing)
{
  ClosedPort port;
  const std::string where = "topic=t bootstrap-servers=" + port.address ();
  const std::string pipelines[] = {
    "fakesrc filltype=zero ! kafkasink",
    "kafkasrc ! fakesink",
    "fakesrc filltype=zero ! kafkasink topic=t client-config=\"c,no.such=1\"",
    "kafkasrc topic=t start-offset=5 ! fakesink",
    "fakesrc filltype=zero ! kafkasink topic=t fakesrc filltype=zero ! "
    "kafkasink topic=t",
    "fakesrc filltype=zero num-buffers=5 ! kafkasink " + where,
    "kafkasrc " + where + " ! fakesink",
  };
  for (const auto &text : pipelines) {
    Pipeline pipeline (text);
    ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
  }
}
GST_END_TEST;

GST_START_TEST (test_two_sinks_of_one_run_leave_nothing)
{
  MockCluster cluster;
  Pipeline pipeline ("fakesrc filltype=zero num-buffers=5 ! "
                     + sink (cluster, "key=a")
                     + " fakesrc filltype=zero num-buffers=5 ! kafkasink "
                       "max-record-size=1000000 key=b"
                     + at (cluster));
  pipeline.run_to_eos ();
  gchar *dot = gst_debug_bin_to_dot_data (
      GST_BIN (pipeline.get ()), GST_DEBUG_GRAPH_SHOW_ALL);
  g_free (dot);
}
GST_END_TEST;

static Suite *
leaks_suite ()
{
  Suite *suite = suite_create ("leaks");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_publishing_and_playing_leaves_nothing);
  tcase_add_test (tcase, test_stopping_in_the_middle_leaves_nothing);
  tcase_add_test (tcase, test_playing_in_a_group_leaves_nothing);
  tcase_add_test (tcase, test_flushing_leaves_nothing);
  tcase_add_test (tcase, test_errors_leave_nothing);
  tcase_add_test (tcase, test_two_sinks_of_one_run_leave_nothing);
  suite_add_tcase (suite, tcase);
  return suite;
}

/* One process, so that the tracer sees everything end. `log` is what it has to
 * say, and GLib and librdkafka beside it. */
static bool
run_with_tracer (const char *program, std::string &log)
{
  const gchar *argv[] = { program, nullptr };
  gchar **environment = g_get_environ ();
  auto set = [&] (const char *name, const char *value) {
    environment = g_environ_setenv (environment, name, value, TRUE);
  };
  set ("GST_TRACERS", "leaks");
  set ("GST_DEBUG", "GST_TRACER:7");
  set ("GST_DEBUG_NO_COLOR", "1");
  set ("CK_FORK", "no");
  /* Each result at once: what a failed test leaves running keeps GStreamer from
   * being deinitialised, and the suite's summary from being printed. */
  set ("CK_LOG_FILE_NAME", "-");
  gchar *text = nullptr;
  gint status = -1;
  bool ran = g_spawn_sync (nullptr, const_cast<gchar **> (argv), environment,
      G_SPAWN_DEFAULT, nullptr, nullptr, nullptr, &text, &status, nullptr);
  g_strfreev (environment);
  log = text ? text : "";
  g_free (text);
  return ran && status == 0;
}

static int
count_alive (const std::string &log)
{
  int alive = 0;
  std::istringstream lines (log);
  for (std::string line; std::getline (lines, line);)
    /* Not the line that announces the form of the others. */
    if (line.find ("object-alive, type-name=(string)") != std::string::npos
        && line.find ("%s") == std::string::npos) {
      alive++;
      g_print ("%s\n", line.c_str ());
    }
  return alive;
}

int
main (int argc, char **argv)
{
  if (g_getenv ("GST_TRACERS")) {
    setvbuf (stdout, nullptr, _IOLBF, 0);
    gst_check_init (&argc, &argv);
    /* Where nothing is forked it deinitialises GStreamer, and so the tracer
     * says what is left. */
    return gst_check_run_suite (leaks_suite (), "leaks", __FILE__);
  }
  std::string log;
  bool passed = run_with_tracer (argv[0], log);
  bool was_traced = log.find ("GST_TRACER") != std::string::npos;
  int alive = count_alive (log);
  if (!was_traced || !passed)
    g_print ("%s:\n%s\n",
        was_traced ? "it failed" : "the leaks tracer has not run",
        log.c_str ());
  g_print ("%d objects are still alive\n", alive);
  return passed && was_traced && alive == 0 ? 0 : 1;
}
