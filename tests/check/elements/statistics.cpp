/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What `stats` says moves when it should, and the message kafka-stats says the
 * same as often as was asked for. */

#include "common/mock_cluster.h"
#include "common/resources.h"
#include "common/stopping.h"
#include "common/trip.h"

#include <cstdio>

using namespace kafkacheck;

static const char *const kEndless
    = "fakesrc filltype=zero sizetype=fixed sizemax=100 ! "
      "identity sleep-time=1000 ! ";

/* That many records and one for EOS. */
static void
fill (const std::string &topic, int records)
{
  Pipeline pipeline ("fakesrc filltype=zero sizetype=fixed sizemax=100 "
                     "num-buffers="
                     + std::to_string (records) + " ! " + sink_text (topic));
  pipeline.run_to_eos ();
}

static double
fill_of (GstElement *element)
{
  GstStructure *stats = nullptr;
  gdouble fill = -1;
  g_object_get (element, "stats", &stats, nullptr);
  ck_assert (gst_structure_get_double (stats, "queue-fill", &fill));
  gst_structure_free (stats);
  return fill;
}

static void
wait_for_stats_messages (Pipeline &pipeline, size_t count)
{
  ck_assert (wait_until ([&] {
    return pipeline.element_messages ("kafka-stats").size () >= count;
  }));
}

static std::vector<std::string>
fields_of (const GstStructure *structure)
{
  std::vector<std::string> names;
  for (gint i = 0; i < gst_structure_n_fields (structure); i++)
    names.push_back (gst_structure_nth_field_name (structure, i));
  return names;
}

/* ---- kafkasink ---- */

GST_START_TEST (test_kafkasink_counts_what_was_acknowledged)
{
  Topic topic;
  Pipeline pipeline ("fakesrc filltype=zero num-buffers=50 sizetype=fixed "
                     "sizemax=100 ! "
                     + sink_text (topic.name ()));
  ElementPtr sink = pipeline.element ("sink");
  ck_assert_int_eq (stat (sink.get (), "records"), 0);
  ck_assert_int_eq (stat (sink.get (), "partition"), -1);
  ck_assert_int_eq (stat (sink.get (), "round-trip-time"), -1);
  for (int run = 0; run < 2; run++) { /* counts are since the last start */
    pipeline.run_to_eos ();
    ck_assert_int_eq (stat (sink.get (), "records"), 51);
    ck_assert_int_eq (stat (sink.get (), "bytes"), 50 * 100);
    ck_assert_int_eq (stat (sink.get (), "lost"), 0);
    ck_assert_int_eq (stat (sink.get (), "retries"), 0);
    ck_assert_int_eq (stat (sink.get (), "queued-records"), 0);
    ck_assert_int_eq (stat (sink.get (), "queued-bytes"), 0);
    ck_assert (fill_of (sink.get ()) == 0.0);
    ck_assert_int_eq (stat (sink.get (), "partition"), 0);
    pipeline.set_state (GST_STATE_READY);
    ck_assert_int_eq (stat (sink.get (), "records"), 51);
  }
}
GST_END_TEST;

/* Of itself, without anybody having asked for messages, and then none comes. */
GST_START_TEST (test_kafkasink_measures_the_round_trip)
{
  Topic topic;
  Pipeline pipeline (kEndless + sink_text (topic.name ()));
  pipeline.set_state (GST_STATE_PLAYING);
  ElementPtr sink = pipeline.element ("sink");
  ck_assert (
      wait_until ([&] { return stat (sink.get (), "round-trip-time") > 0; }));
  ck_assert_int_lt (
      stat (sink.get (), "round-trip-time"), 30 * int64_t{ GST_SECOND });
  ck_assert_int_gt (stat (sink.get (), "round-trip-time-p99"), 0);
  ck_assert_int_eq (stat (sink.get (), "throttle-time"), 0);
  ck_assert_int_eq (pipeline.element_messages ("kafka-stats").size (), 0);
}
GST_END_TEST;

static std::string
mocked_sink (const MockCluster &cluster, const std::string &properties)
{
  /* The mock cluster knows no limit to ask for. */
  return "kafkasink name=sink topic=t max-record-size=1000000 "
         "bootstrap-servers="
         + cluster.servers () + " " + properties;
}

GST_START_TEST (test_kafkasink_shows_how_full_its_queue_is)
{
  MockCluster cluster;
  Pipeline pipeline (
      kEndless + mocked_sink (cluster, "max-queue-bytes=100000"));
  pipeline.set_state (GST_STATE_PLAYING);
  ElementPtr sink = pipeline.element ("sink");
  ck_assert (wait_until ([&] { return stat (sink.get (), "records") > 0; }));
  cluster.set_round_trip (std::chrono::seconds (100));
  ck_assert (wait_until ([&] { return fill_of (sink.get ()) > 0.9; }));
  ck_assert (fill_of (sink.get ()) <= 1.0);
  ck_assert_int_gt (stat (sink.get (), "queued-records"), 0);
  ck_assert_int_gt (stat (sink.get (), "queued-bytes"), 90000);
}
GST_END_TEST;

/* The pipeline stays after EOS, so that an interval without traffic comes. */
GST_START_TEST (test_kafkasink_counts_records_that_were_sent_again)
{
  MockCluster cluster;
  cluster.fail_produce (RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2);
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=50 ! "
      + mocked_sink (cluster, "client-config=\"c,statistics.interval.ms=50\""));
  pipeline.run_to_eos ();
  ElementPtr sink = pipeline.element ("sink");
  ck_assert (wait_until ([&] { return stat (sink.get (), "retries") > 0; }));
  ck_assert_int_eq (stat (sink.get (), "records"), 51);
  ck_assert_int_eq (stat (sink.get (), "lost"), 0);
}
GST_END_TEST;

/* ---- kafkasrc ---- */

GST_START_TEST (test_kafkasrc_counts_what_it_gives)
{
  Topic topic;
  fill (topic.name (), 50);
  Pipeline pipeline (source_text (topic.name ()) + " ! fakesink");
  ElementPtr source = pipeline.element ("source");
  ck_assert_int_eq (stat (source.get (), "lag"), -1);
  ck_assert_int_eq (stat (source.get (), "round-trip-time"), -1);
  for (int run = 0; run < 2; run++) {
    pipeline.run_to_eos ();
    ck_assert_int_eq (stat (source.get (), "records"), 50);
    ck_assert_int_eq (stat (source.get (), "bytes"), 50 * 100);
    ck_assert_int_eq (stat (source.get (), "lag"), 0);
    ck_assert_int_eq (stat (source.get (), "gaps"), 0);
    ck_assert_int_eq (stat (source.get (), "retries"), 0);
    ck_assert_int_gt (stat (source.get (), "round-trip-time"), 0);
    ck_assert_int_eq (stat (source.get (), "throttle-time"), 0);
    pipeline.set_state (GST_STATE_READY);
    ck_assert_int_eq (stat (source.get (), "bytes"), 50 * 100);
  }
}
GST_END_TEST;

/* Two are read: one that the sink holds and one that waits for it. */
GST_START_TEST (test_kafkasrc_shows_how_far_behind_it_is)
{
  Topic topic;
  fill (topic.name (), 50);
  Pipeline pipeline (
      source_text (topic.name (),
          "client-config=\"c,statistics.interval.ms=50\" eos-policy=ignore")
      + " ! fakesink");
  pipeline.reach_state (GST_STATE_PAUSED);
  ElementPtr source = pipeline.element ("source");
  ck_assert (wait_until ([&] {
    return stat (source.get (), "queued-records") > 40
           && stat (source.get (), "queued-bytes") > 4000;
  }));
  int64_t lag = stat (source.get (), "lag");
  ck_assert_int_ge (lag, 49);
  /* Also when nobody reads on. */
  fill (topic.name (), 100);
  ck_assert (
      wait_until ([&] { return stat (source.get (), "lag") == lag + 101; }));
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_until ([&] {
    return stat (source.get (), "lag") == 0
           && stat (source.get (), "queued-records") == 0;
  }));
  ck_assert_int_eq (stat (source.get (), "records"), 150);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_counts_requests_that_were_made_again)
{
  MockCluster cluster;
  Pipeline (
      "fakesrc filltype=zero num-buffers=5 ! " + mocked_sink (cluster, ""))
      .run_to_eos ();
  Pipeline pipeline ("kafkasrc name=source topic=t eos-policy=ignore "
                     "client-config=\"c,statistics.interval.ms=50\" "
                     "start-position=latest bootstrap-servers="
                     + cluster.servers () + " ! fakesink");
  /* Those that ask for the recording's length have their share. */
  cluster.fail_list_offsets (RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 20);
  pipeline.set_state (GST_STATE_PLAYING);
  ElementPtr source = pipeline.element ("source");
  ck_assert (wait_until ([&] { return stat (source.get (), "retries") >= 1; }));
}
GST_END_TEST;

/* ---- messages ---- */

static std::string
settings_file (const char *interval)
{
  std::string path = scratch_directory () + "/settings";
  FILE *file = std::fopen (path.c_str (), "w");
  ck_assert (file != nullptr);
  std::fprintf (file, "statistics.interval.ms=%s\n", interval);
  std::fclose (file);
  return path;
}

/* However it is chosen. */
GST_START_TEST (test_an_interval_that_was_set_is_that_of_messages)
{
  Topic topic;
  fill (topic.name (), 5);
  const std::string ways[] = {
    "client-config=\"c,statistics.interval.ms=50\"",
    "config-file=" + settings_file ("50"),
    std::string ("uri=kafka://") + bootstrap_servers () + "/" + topic.name ()
        + "?statistics.interval.ms=50",
  };
  for (const auto &way : ways) {
    Pipeline reading (source_text (topic.name (), way + " eos-policy=ignore")
                      + " ! fakesink");
    Pipeline writing (kEndless + sink_text (topic.name (), way));
    reading.set_state (GST_STATE_PLAYING);
    writing.set_state (GST_STATE_PLAYING);
    wait_for_stats_messages (reading, 3);
    wait_for_stats_messages (writing, 3);
  }
}
GST_END_TEST;

/* Downstream takes nothing more, and yet nothing piles up. */
GST_START_TEST (test_kafkasrc_posts_messages_in_paused_too)
{
  Topic topic;
  fill (topic.name (), 5);
  Pipeline pipeline (source_text (topic.name (),
                         "client-config=\"c,statistics.interval.ms=50\"")
                     + " ! fakesink");
  pipeline.reach_state (GST_STATE_PAUSED);
  size_t count = pipeline.element_messages ("kafka-stats").size ();
  wait_for_stats_messages (pipeline, count + 5);
}
GST_END_TEST;

GST_START_TEST (test_the_message_has_what_stats_has)
{
  Topic topic;
  fill (topic.name (), 5);
  const char *setting = "client-config=\"c,statistics.interval.ms=50\"";
  const std::string texts[] = {
    kEndless + sink_text (topic.name (), setting, "kafka"),
    source_text (
        topic.name (), std::string (setting) + " eos-policy=ignore", "kafka")
        + " ! fakesink",
  };
  for (const auto &text : texts) {
    Pipeline pipeline (text);
    pipeline.set_state (GST_STATE_PLAYING);
    wait_for_stats_messages (pipeline, 1);
    GstStructure *stats = nullptr;
    g_object_get (pipeline.element ("kafka").get (), "stats", &stats, nullptr);
    ck_assert (fields_of (stats)
               == fields_of (pipeline.element_messages ("kafka-stats")[0]));
    gst_structure_free (stats);
  }
}
GST_END_TEST;

/* No messages, and nothing that librdkafka would have to measure. */
GST_START_TEST (test_an_interval_of_0_turns_statistics_off)
{
  Topic topic;
  const char *setting = "client-config=\"c,statistics.interval.ms=0\"";
  Pipeline writing (kEndless + sink_text (topic.name (), setting));
  Pipeline reading (source_text (topic.name (), setting) + " ! fakesink");
  /* The yardstick: by the time that this one has told, they had their time. */
  Pipeline other (kEndless + sink_text (topic.name (), "key=other", "other"));
  writing.set_state (GST_STATE_PLAYING);
  reading.set_state (GST_STATE_PLAYING);
  ElementPtr sink = writing.element ("sink");
  ck_assert (wait_until ([&] { return stat (sink.get (), "records") > 0; }));
  other.set_state (GST_STATE_PLAYING);
  ElementPtr yardstick = other.element ("other");
  ck_assert (wait_until (
      [&] { return stat (yardstick.get (), "round-trip-time") > 0; }));
  ck_assert_int_eq (stat (sink.get (), "round-trip-time"), -1);
  ck_assert_int_eq (writing.element_messages ("kafka-stats").size (), 0);
  ck_assert_int_eq (reading.element_messages ("kafka-stats").size (), 0);
  /* Its own counts need no librdkafka. */
  ElementPtr source = reading.element ("source");
  ck_assert (wait_until ([&] { return stat (source.get (), "lag") >= 0; }));
}
GST_END_TEST;

static const char *const kWrongIntervals[] = { "often", "-1" };

GST_START_TEST (test_an_interval_that_is_none_is_one_error)
{
  Pipeline pipeline (
      std::string ("fakesrc ! ")
      + sink_text ("t", std::string ("client-config=\"c,statistics.interval."
                                     "ms=(string)")
                            + kWrongIntervals[__i__] + "\""));
  ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
  const auto &text = pipeline.errors ()[0].text;
  ck_assert_msg (text.find ("statistics.interval.ms") != std::string::npos,
      "%s", text.c_str ());
}
GST_END_TEST;

/* ---- ends ---- */

GST_START_TEST (test_statistics_leave_nothing_and_hold_nothing_up)
{
  Topic topic;
  fill (topic.name (), 5);
  const char *setting = "client-config=\"c,statistics.interval.ms=1\"";
  fill (topic.name (), 5); /* what stays for ever is there now */
  Resources before;
  for (int i = 0; i < 10; i++) {
    Pipeline reading (source_text (topic.name (),
                          std::string (setting) + " eos-policy=ignore")
                      + " ! fakesink");
    Pipeline writing (kEndless + sink_text (topic.name (), setting));
    reading.set_state (GST_STATE_PLAYING);
    writing.set_state (GST_STATE_PLAYING);
    wait_for_stats_messages (reading, 10);
    wait_for_stats_messages (writing, 10);
    check_stop (reading, "source that tells every millisecond");
    check_stop (writing, "sink that tells every millisecond");
  }
  before.check_back_now ();
}
GST_END_TEST;

static Suite *
statistics_suite ()
{
  Suite *suite = suite_create ("statistics");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasink_counts_what_was_acknowledged);
  tcase_add_test (tcase, test_kafkasink_measures_the_round_trip);
  tcase_add_test (tcase, test_kafkasink_shows_how_full_its_queue_is);
  tcase_add_test (tcase, test_kafkasink_counts_records_that_were_sent_again);
  tcase_add_test (tcase, test_kafkasrc_counts_what_it_gives);
  tcase_add_test (tcase, test_kafkasrc_shows_how_far_behind_it_is);
  tcase_add_test (tcase, test_kafkasrc_counts_requests_that_were_made_again);
  tcase_add_test (tcase, test_an_interval_that_was_set_is_that_of_messages);
  tcase_add_test (tcase, test_kafkasrc_posts_messages_in_paused_too);
  tcase_add_test (tcase, test_the_message_has_what_stats_has);
  tcase_add_test (tcase, test_an_interval_of_0_turns_statistics_off);
  tcase_add_loop_test (tcase, test_an_interval_that_is_none_is_one_error, 0,
      G_N_ELEMENTS (kWrongIntervals));
  tcase_add_test (tcase, test_statistics_leave_nothing_and_hold_nothing_up);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (statistics)
