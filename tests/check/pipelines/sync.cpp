/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Picture and sound that one pipeline published stay together in another,
 * however it was started and whatever happened since. */

#include "lips.h"

using namespace kafkacheck;

static std::string
at (const std::string &topic, int partition = -1)
{
  return "bootstrap-servers=" + std::string (bootstrap_servers ())
         + " topic=" + topic
         + (partition < 0 ? "" : " partition=" + std::to_string (partition));
}

/* Two topics, or two partitions of one. */
static const char *const kLayouts[] = { "topics", "partitions" };

class Streams {
 public:
  explicit Streams (int layout)
      : first_ (layout + 1), second_ (layout == 0 ? new Topic : nullptr)
  {}

  TwoStreams
  names () const
  {
    return second_
               ? TwoStreams{ at (first_.name ()), at (second_->name ()) }
               : TwoStreams{ at (first_.name (), 0), at (first_.name (), 1) };
  }
  const std::string &
  video_topic () const
  {
    return first_.name ();
  }

 private:
  Topic first_;
  std::unique_ptr<Topic> second_;
};

GST_START_TEST (test_lips_are_in_sync_from_the_beginning)
{
  Streams streams (__i__);
  Recorder (streams.names (), 2).run_to_eos ();
  LipPlayer player (streams.names ());
  player.pipeline ().run_to_eos ();
  player.check_sync (50);
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_from_the_end)
{
  for (const char *start : { "latest", "latest-sync" }) {
    Streams streams (__i__);
    Recorder recorder (streams.names ());
    recorder.start ();
    recorder.wait_for_pictures (10);
    LipPlayer player (
        streams.names (), std::string ("start-position=") + start);
    ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
    player.wait_for_more (50);
    player.check_sync (45);
  }
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_from_a_start_time)
{
  Streams streams (__i__);
  {
    Recorder recorder (streams.names ());
    recorder.start ();
    recorder.wait_for_pictures (100);
  }
  LipPlayer player (streams.names (),
      "stop-position=end start-position=time start-time="
          + rfc3339 (read_log (streams.video_topic ()).at (40).timestamp_ms));
  player.pipeline ().run_to_eos ();
  player.check_sync (50);
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_live)
{
  Streams streams (__i__);
  Recorder recorder (streams.names ());
  recorder.start ();
  recorder.wait_for_pictures (25);
  LipPlayer player (streams.names (), "is-live=true");
  ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
  player.wait_for_more (50);
  player.check_sync (40);
}
GST_END_TEST;

static const struct Jump {
  const char *name;
  int flags;
  GstSeekType type;
  int64_t seconds;
  double rate = 1.0;
} kJumps[] = {
  { "on", GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 6 },
  { "back", GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET,
      1 },
  { "to a key unit", GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT,
      GST_SEEK_TYPE_SET, 4 },
  { "without flush", GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET, 2 },
  { "to a key unit without flush", GST_SEEK_FLAG_KEY_UNIT, GST_SEEK_TYPE_SET,
      5 },
  { "to what is gone", GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0 },
  { "from the end", GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_END, -2 },
};

GST_START_TEST (test_lips_are_in_sync_after_a_seek)
{
  Streams streams (__i__);
  Recorder (streams.names (), 8).run_to_eos ();
  if (__i__ == 0) /* of the picture only */
    delete_records (streams.video_topic (), 20);
  LipPlayer player (streams.names ());
  player.pipeline ().reach_state (GST_STATE_PLAYING);
  player.wait_for_more (5);
  for (const auto &jump : kJumps) {
    g_print ("%s: ", jump.name);
    size_t before = player.video ().count ();
    ck_assert (gst_element_seek (player.pipeline ().get (), jump.rate,
        GST_FORMAT_TIME, static_cast<GstSeekFlags> (jump.flags), jump.type,
        jump.seconds * GST_SECOND, GST_SEEK_TYPE_NONE, -1));
    player.pipeline ().reach_state (GST_STATE_PLAYING);
    player.wait_for_more (20);
    player.check_sync (12, before + 2);
  }
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_when_the_producer_comes_back)
{
  for (const char *properties : { "", "is-live=true" }) {
    Streams streams (__i__);
    Recorder recorder (streams.names ());
    recorder.start ();
    recorder.wait_for_pictures (5);
    LipPlayer player (
        streams.names (), std::string ("eos-policy=ignore ") + properties);
    ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
    player.wait_for_more (25);
    recorder.restart ();
    player.wait_for_more (75);
    player.check_sync (80);
  }
}
GST_END_TEST;

static void
change_rate (LipPlayer &player, double rate, GstSeekFlags flags)
{
  ck_assert (gst_element_seek (player.pipeline ().get (), rate, GST_FORMAT_TIME,
      flags, GST_SEEK_TYPE_NONE, 0, GST_SEEK_TYPE_NONE, 0));
}

/* At the end of what there is, so that all wait, and take it over into their
 * segments with the next record. */
GST_START_TEST (test_lips_are_in_sync_after_each_instant_rate)
{
  Streams streams (__i__);
  Recorder recorder (streams.names ());
  recorder.start ();
  recorder.wait_for_pictures (5);
  LipPlayer player (streams.names (), "eos-policy=ignore");
  ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
  player.wait_for_more (25);
  for (double rate : { 1.5, 1.0, 2.0, 1.0 }) {
    recorder.stop ();
    player.wait_for_the_last ();
    size_t before = player.video ().count ();
    change_rate (player, rate, GST_SEEK_FLAG_INSTANT_RATE_CHANGE);
    recorder.start ();
    player.wait_for_more (40);
    player.check_rate (rate);
    player.check_sync (30, before);
  }
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_after_a_seek_from_an_instant_rate)
{
  Streams streams (__i__);
  Recorder (streams.names (), 8).run_to_eos ();
  LipPlayer player (streams.names ());
  player.pipeline ().reach_state (GST_STATE_PLAYING);
  player.wait_for_more (5);
  change_rate (player, 1.5, GST_SEEK_FLAG_INSTANT_RATE_CHANGE);
  player.wait_for_more (10);
  player.check_rate (1.5);
  size_t before = player.video ().count ();
  change_rate (player, 2.0, GST_SEEK_FLAG_NONE);
  player.wait_for_more (20);
  player.check_rate (2.0);
  player.check_sync (12, before);
}
GST_END_TEST;

GST_START_TEST (test_lips_are_in_sync_when_one_comes_back)
{
  Streams streams (0);
  Recorder (streams.names (), 6).run_to_eos ();
  constexpr auto flush = GST_SEEK_FLAG_FLUSH;
  const Jump jumps[] = {
    { "nowhere", 0, GST_SEEK_TYPE_NONE, 0 },
    { "on", flush, GST_SEEK_TYPE_SET, 3 },
    { "to a key unit, fast", flush | GST_SEEK_FLAG_KEY_UNIT, GST_SEEK_TYPE_SET,
        3, 2.0 },
    { "on without flush", 0, GST_SEEK_TYPE_SET, 3 },
    { "fast without flush", 0, GST_SEEK_TYPE_NONE, 0, 2.0 },
  };
  const Jump &jump = jumps[__i__];
  g_print ("%s: ", jump.name);
  LipPlayer player (streams.names ());
  player.pipeline ().reach_state (GST_STATE_PLAYING);
  player.wait_for_more (5);
  if (__i__ > 0)
    ck_assert (gst_element_seek (player.pipeline ().get (), jump.rate,
        GST_FORMAT_TIME, static_cast<GstSeekFlags> (jump.flags), jump.type,
        jump.seconds * GST_SECOND, GST_SEEK_TYPE_NONE, -1));
  player.pipeline ().reach_state (GST_STATE_PLAYING);
  player.wait_for_more (10);
  size_t before = player.video ().count ();
  player.restart_sound ();
  ck_assert (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  player.check_sync (20, before);
}
GST_END_TEST;

static Suite *
sync_suite ()
{
  Suite *suite = suite_create ("sync");
  TCase *tcase = tcase_create ("general");
  constexpr int layouts = G_N_ELEMENTS (kLayouts);
  tcase_add_loop_test (
      tcase, test_lips_are_in_sync_from_the_beginning, 0, layouts);
  tcase_add_loop_test (tcase, test_lips_are_in_sync_from_the_end, 0, layouts);
  tcase_add_loop_test (
      tcase, test_lips_are_in_sync_from_a_start_time, 0, layouts);
  tcase_add_loop_test (tcase, test_lips_are_in_sync_live, 0, layouts);
  tcase_add_loop_test (tcase, test_lips_are_in_sync_after_a_seek, 0, layouts);
  tcase_add_loop_test (
      tcase, test_lips_are_in_sync_when_the_producer_comes_back, 0, layouts);
  tcase_add_loop_test (
      tcase, test_lips_are_in_sync_after_each_instant_rate, 0, layouts);
  tcase_add_loop_test (tcase,
      test_lips_are_in_sync_after_a_seek_from_an_instant_rate, 0, layouts);
  tcase_add_loop_test (tcase, test_lips_are_in_sync_when_one_comes_back, 0, 5);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (sync)
