/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a group remembers, and who of it plays. */

#include "common/stopping.h"
#include "common/trip.h"

#include "client/handles.h"

#include <chrono>

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

static const char *jpeg
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";
static const char *h264
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! "
      "x264enc bframes=2 key-int-max=20 ! video/x-h264,stream-format=avc";

static std::string
in_group (const std::string &group, const std::string &properties = "")
{
  return "commit-interval=10000000 group-id=" + group + " " + properties;
}

static size_t
sync_point_before (const Captured &in, int64_t index)
{
  auto at = static_cast<size_t> (index);
  while (in.buffers.at (at).is_delta_unit ())
    at--;
  return at;
}

/* For what must not happen. */
static bool
stays (const std::function<bool ()> &condition)
{
  auto end = steady_clock::now () + milliseconds (300);
  return wait_until ([&] {
    return !condition () || steady_clock::now () > end;
  }) && condition ();
}

/* Gives what it is given back only when it is told to; but for the last one, as
 * appsink keeps the sample that was pulled last. */
class Holder {
 public:
  Holder (const std::string &topic, const std::string &properties)
      : pipeline_ (source_text (topic, properties)
                   + " ! appsink name=end sync=false enable-last-sample=false"),
        source_ (pipeline_.element ("source")), end_ (pipeline_.element ("end"))
  {
    ck_assert (pipeline_.set_state (GST_STATE_PLAYING));
  }

  GstSample *
  pull ()
  {
    GstSample *sample = nullptr;
    g_signal_emit_by_name (
        end_.get (), "try-pull-sample", 10 * GST_SECOND, &sample);
    ck_assert (sample != nullptr);
    return sample;
  }
  void
  use (int count)
  {
    for (int i = 0; i < count; i++)
      gst_sample_unref (pull ());
  }
  int64_t
  committed () const
  {
    return stat (source_.get (), "committed");
  }
  void
  wait_for_commit (int64_t offset) const
  {
    ck_assert_msg (wait_until ([&] { return committed () == offset; }),
        "committed: %d", static_cast<int> (committed ()));
  }
  void
  check_that_commit_stays (int64_t offset) const
  {
    ck_assert_msg (stays ([&] { return committed () == offset; }),
        "committed: %d", static_cast<int> (committed ()));
  }
  void
  wait_for_records (int64_t count) const
  {
    ck_assert (
        wait_until ([&] { return stat (source_.get (), "records") == count; }));
  }
  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }

 private:
  Pipeline pipeline_;
  ElementPtr source_, end_;
};

static void
wait_for_place (Player &player, int64_t offset)
{
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert_msg (
      wait_until ([&] { return stat (source.get (), "committed") == offset; }),
      "committed: %d", static_cast<int> (stat (source.get (), "committed")));
}

/* ---- where to start ---- */

GST_START_TEST (test_kafkasrc_resumes_at_the_sync_point_before_its_place)
{
  for (const char *text : { jpeg, h264 }) {
    Topic topic;
    const std::string group = unused_group_name ();
    Captured in = publish (text, topic.name ());
    play (
        topic.name (), in_group (group, "stop-position=offset stop-offset=35"));
    int64_t place = committed_offset (group, topic.name ());
    /* The sink has kept the last one. */
    ck_assert_int_eq (place, 34);
    check_identical (starting_at (in, sync_point_before (in, place)),
        play (topic.name (), in_group (group)));
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_at_the_earliest_for_a_new_group)
{
  Topic topic;
  Captured in = publish (h264, topic.name ());
  for (int i = 0; i < 2; i++)
    check_identical (in, play (topic.name (), in_group (unused_group_name ())));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_that_has_used_all_ends_at_once_when_it_resumes)
{
  for (const char *text : { jpeg, h264 }) {
    Topic topic;
    const std::string group = unused_group_name ();
    Captured first = publish (text, topic.name ());
    auto play_on = [&] {
      Pipeline pipeline (source_text (topic.name (), in_group (group))
                         + " ! fakesink name=end enable-last-sample=false");
      Capture capture (pipeline.element ("end").get (), "sink");
      pipeline.run_to_eos ();
      return capture.get ();
    };
    check_identical (first, play_on ());
    ck_assert_int_eq (committed_offset (group, topic.name ()), 50);
    ck_assert_uint_eq (play_on ().buffers.size (), 0);

    Captured second = publish (text, topic.name ());
    check_identical (starting_at (second, 0), play_on ());
  }
}
GST_END_TEST;

/* Whether the sink keeps the last one, or not. */
GST_START_TEST (test_kafkasrc_that_ends_at_each_eos_plays_session_by_session)
{
  for (const char *text : { jpeg, h264 })
    for (int kept : { 0, 1 }) {
      Topic topic;
      const std::string properties
          = in_group (unused_group_name (), "eos-policy=always");
      auto play_on = [&] (const std::function<void ()> &meanwhile) {
        Pipeline pipeline (source_text (topic.name (), properties)
                           + " ! fakesink name=end enable-last-sample="
                           + (kept ? "true" : "false"));
        Capture capture (pipeline.element ("end").get (), "sink");
        ck_assert (pipeline.set_state (GST_STATE_PLAYING));
        meanwhile ();
        ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);
        return capture.get ();
      };
      std::vector<Captured> in;
      for (int i = 0; i < 3; i++)
        in.push_back (publish (text, topic.name ()));
      auto check_session = [&] (size_t i, const Captured &out) {
        const size_t before
            = i > 0 && kept ? 50 - sync_point_before (in[i], 49) : 0;
        ck_assert_uint_eq (out.buffers.size (), before + 50);
        check_text (
            out.buffers[before].checksum, in[i].buffers.front ().checksum);
        check_text (
            out.buffers.back ().checksum, in[i].buffers.back ().checksum);
      };
      for (size_t i = 0; i < 3; i++)
        check_session (i, play_on ([] {}));
      /* Where there is no more, it is waited for. */
      check_session (
          3, play_on ([&] { in.push_back (publish (text, topic.name ())); }));
    }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_at_each_eos_of_sessions_of_one_record)
{
  Topic topic;
  const std::string properties
      = in_group (unused_group_name (), "eos-policy=always");
  for (int i = 0; i < 3; i++)
    publish ("fakesrc num-buffers=1 sizetype=fixed sizemax=10", topic.name ());
  for (int i = 0; i < 3; i++) {
    Pipeline pipeline (source_text (topic.name (), properties)
                       + " ! fakesink name=end enable-last-sample=false");
    Capture capture (pipeline.element ("end").get (), "sink");
    pipeline.run_to_eos ();
    ck_assert_uint_eq (capture.count (), 1);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_takes_the_end_for_a_place_beyond_it)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Captured in = publish (jpeg, topic.name (), "eos-record=false");
  commit_offset (group, topic.name (), 1000);
  Player player (topic.name (), in_group (group));
  player.start ();
  player.pipeline ().wait_for_warning ("has come to record 1000");
  Captured more = publish (jpeg, topic.name ());
  player.capture ().wait_for_eos ();
  /* From the picture before the end, as the next might need it. */
  Captured expected = starting_at (one_after_another (in, more), 49);
  ck_assert_uint_eq (player.capture ().count (), expected.buffers.size ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_tells_what_retention_took_while_nobody_played)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Captured in = publish (jpeg, topic.name ());
  commit_offset (group, topic.name (), 10);
  delete_records (topic.name (), 25);
  Player player (topic.name (), in_group (group));
  player.pipeline ().run_to_eos ();
  const Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 25);
  ck_assert (out.buffers[0].is_discont ());
  check_text (out.buffers[0].checksum, in.buffers[25].checksum);
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert_int_eq (stat (source.get (), "lost"), 15);
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 1);
  const Complaint &warning = player.pipeline ().warnings ()[0];
  ck_assert_msg (strstr (warning.text.c_str (), "15 records are gone"), "%s",
      warning.text.c_str ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_start_position_wins_over_its_group)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Captured in = publish (jpeg, topic.name ());
  commit_offset (group, topic.name (), 40);
  check_identical (
      in, play (topic.name (), in_group (group, "start-position=earliest")));
}
GST_END_TEST;

/* ---- what counts as used ---- */

GST_START_TEST (test_kafkasrc_commits_what_was_released_and_no_more)
{
  Topic topic;
  publish (jpeg, topic.name ());
  Holder holder (topic.name (), in_group (unused_group_name ()));
  holder.wait_for_records (50);
  holder.check_that_commit_stays (-1);
  holder.use (11);
  holder.wait_for_commit (10);

  GstSample *held = holder.pull ();
  /* A copy of the buffer shares its memory. */
  GstBuffer *copy = gst_buffer_copy (gst_sample_get_buffer (held));
  holder.use (9);
  holder.wait_for_commit (11);
  holder.check_that_commit_stays (11);
  gst_sample_unref (held);
  holder.check_that_commit_stays (11);
  gst_buffer_unref (copy);
  holder.wait_for_commit (20);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_commits_large_and_empty_buffers_too)
{
  Topic topic;
  publish ("fakesrc num-buffers=5 sizetype=fixed sizemax=100000 filltype=zero",
      topic.name (), "eos-record=false");
  publish ("fakesrc num-buffers=5 sizetype=fixed sizemax=0", topic.name ());
  Holder holder (topic.name (), in_group (unused_group_name ()));
  holder.wait_for_records (10);
  holder.check_that_commit_stays (-1);
  holder.use (1);
  for (int i = 1; i < 10; i++) {
    holder.use (1);
    holder.wait_for_commit (i);
  }
}
GST_END_TEST;

/* It flushes the queue and whatever the sink has not shown yet. */
GST_START_TEST (test_kafkasrc_does_not_commit_what_a_stop_drops)
{
  Topic topic;
  const std::string group = unused_group_name ();
  publish (jpeg, topic.name ());
  Pipeline pipeline (source_text (topic.name (), in_group (group))
                     + " ! queue ! fakesink name=end sync=true");
  Capture capture (pipeline.element ("end").get (), "sink");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (20);
  check_stop (pipeline, "source in a group");
  auto taken = static_cast<int64_t> (capture.count ());
  int64_t place = committed_offset (group, topic.name ());
  ck_assert_int_lt (place, taken);
  ck_assert_int_ge (place, taken - 3);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_begins_a_new_account_with_a_flushing_seek)
{
  Topic topic;
  publish (jpeg, topic.name ());
  Holder holder (topic.name (), in_group (unused_group_name ()));
  holder.wait_for_records (50);
  holder.use (31);
  holder.wait_for_commit (30);
  ck_assert (gst_element_seek_simple (holder.pipeline ().get (),
      GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 400 * GST_MSECOND));
  holder.wait_for_records (90);
  holder.check_that_commit_stays (30);
  holder.use (6);
  holder.wait_for_commit (15);
}
GST_END_TEST;

/* ---- who plays ---- */

GST_START_TEST (test_kafkasrc_of_another_group_reads_by_itself)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name (), "eos-record=false");
  const std::string groups[] = { unused_group_name (), unused_group_name () };
  Player players[] = { Player (topic.name (), in_group (groups[0])),
    Player (topic.name (), in_group (groups[1])) };
  for (auto &player : players)
    player.start ();
  Captured both = one_after_another (in, publish (jpeg, topic.name ()));
  for (auto &player : players) {
    player.capture ().wait_for_eos ();
    ck_assert_uint_eq (player.capture ().count (), both.buffers.size ());
    ck_assert (player.pipeline ().warnings ().empty ());
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_hands_over_at_once_when_it_stops)
{
  Topic topic;
  const std::string properties
      = in_group (unused_group_name (), "eos-policy=ignore");
  Captured in = publish (h264, topic.name ());
  Player first (topic.name (), properties);
  first.start ();
  first.capture ().wait_for_buffers (50);
  Player second (topic.name (), properties);
  ck_assert (second.pipeline ().set_state (GST_STATE_PLAYING));
  second.pipeline ().wait_for_warning ("Another reader of consumer group");
  Player third (topic.name (), properties);
  ck_assert (third.pipeline ().set_state (GST_STATE_PLAYING));
  third.pipeline ().wait_for_warning ("Waiting to take over");
  ck_assert_uint_eq (second.capture ().count (), 0);

  check_stop (first.pipeline (), "source in a group");
  check_duration ("taking over", [&] {
    /* From the sync point before the one that the sink has kept. */
    second.capture ().wait_for_buffers (50 - sync_point_before (in, 49));
  });
  publish (jpeg, topic.name (), "eos-record=false");
  second.capture ().wait_for_buffers (100 - sync_point_before (in, 49));
  ck_assert_uint_eq (third.capture ().count (), 0);
  ck_assert_int_eq (second.pipeline ().warnings ().size (), 1);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_of_each_partition_plays_its_own)
{
  Topic topic (2);
  const std::string group = unused_group_name ();
  Captured in[] = { publish (jpeg, topic.name (), "partition=0"),
    publish (h264, topic.name (), "partition=1") };
  Player players[] = { Player (topic.name (),
                           in_group (group, "partition=0 eos-policy=ignore")),
    Player (topic.name (), in_group (group, "partition=1 eos-policy=ignore")) };
  for (auto &player : players)
    player.start ();
  for (int i = 0; i < 2; i++) {
    players[i].capture ().wait_for_buffers (50);
    Captured out = players[i].capture ().get ();
    out.has_eos = true;
    check_identical (in[i], out);
    ck_assert (players[i].pipeline ().warnings ().empty ());
    wait_for_place (players[i], 49);
    ck_assert_int_eq (committed_offset (group, topic.name (), i), 49);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_of_each_key_plays_its_own)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Captured in[] = { publish (jpeg, topic.name (), "key=a"),
    publish (h264, topic.name (), "key=b") };
  Player players[]
      = { Player (topic.name (), in_group (group, "key=a eos-policy=ignore")),
          Player (topic.name (), in_group (group, "key=b eos-policy=ignore")) };
  for (auto &player : players)
    player.start ();
  for (int i = 0; i < 2; i++) {
    players[i].capture ().wait_for_buffers (50);
    Captured out = players[i].capture ().get ();
    out.has_eos = true;
    check_identical (in[i], out);
    ck_assert (players[i].pipeline ().warnings ().empty ());
    /* The second one's are behind 50 records and an EOS record. */
    wait_for_place (players[i], i ? 100 : 49);
    players[i].pipeline ().set_state (GST_STATE_NULL);
  }
  ck_assert_int_eq (committed_offset (group + ":a", topic.name ()), 49);
  ck_assert_int_eq (committed_offset (group + ":b", topic.name ()), 100);
  Captured again = play (topic.name (), in_group (group, "key=b"));
  check_identical (starting_at (in[1], sync_point_before (in[1], 49)), again);
}
GST_END_TEST;

/* Kafka takes no offsets from outside of a group that has members. */
GST_START_TEST (test_kafkasrc_warns_when_its_group_has_other_members)
{
  using namespace gstkafka;
  Topic topic;
  const std::string group = unused_group_name ();
  publish (jpeg, topic.name ());

  char reason[256] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set (
      conf, "bootstrap.servers", bootstrap_servers (), reason, sizeof reason);
  rd_kafka_conf_set (conf, "group.id", group.c_str (), reason, sizeof reason);
  rd_kafka_conf_set (
      conf, "auto.offset.reset", "earliest", reason, sizeof reason);
  Handle<rd_kafka_t, rd_kafka_destroy> member (
      rd_kafka_new (RD_KAFKA_CONSUMER, conf, reason, sizeof reason));
  PartitionListHandle topics (rd_kafka_topic_partition_list_new (1));
  rd_kafka_topic_partition_list_add (
      topics.get (), topic.name ().c_str (), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe (member.get (), topics.get ());
  bool has_joined = wait_until ([&] {
    return MessageHandle (rd_kafka_consumer_poll (member.get (), 100))
           != nullptr;
  });
  ck_assert (has_joined);

  Player player (topic.name (), in_group (group, "eos-policy=ignore"));
  player.start ();
  player.pipeline ().wait_for_warning ("has members of another kind");
  player.capture ().wait_for_buffers (50);
  rd_kafka_consumer_close (member.get ());
  wait_for_place (player, 49);
  ck_assert_int_eq (player.pipeline ().warnings ().size (), 1);
}
GST_END_TEST;

static Suite *
groups_suite ()
{
  Suite *suite = suite_create ("groups");
  TCase *start = tcase_create ("start");
  tcase_add_test (
      start, test_kafkasrc_resumes_at_the_sync_point_before_its_place);
  tcase_add_test (start, test_kafkasrc_starts_at_the_earliest_for_a_new_group);
  tcase_add_test (
      start, test_kafkasrc_that_has_used_all_ends_at_once_when_it_resumes);
  tcase_add_test (
      start, test_kafkasrc_that_ends_at_each_eos_plays_session_by_session);
  tcase_add_test (
      start, test_kafkasrc_ends_at_each_eos_of_sessions_of_one_record);
  tcase_add_test (start, test_kafkasrc_takes_the_end_for_a_place_beyond_it);
  tcase_add_test (
      start, test_kafkasrc_tells_what_retention_took_while_nobody_played);
  tcase_add_test (start, test_kafkasrc_start_position_wins_over_its_group);
  suite_add_tcase (suite, start);

  TCase *use = tcase_create ("use");
  tcase_add_test (use, test_kafkasrc_commits_what_was_released_and_no_more);
  tcase_add_test (use, test_kafkasrc_commits_large_and_empty_buffers_too);
  tcase_add_test (use, test_kafkasrc_does_not_commit_what_a_stop_drops);
  tcase_add_test (use, test_kafkasrc_begins_a_new_account_with_a_flushing_seek);
  suite_add_tcase (suite, use);

  TCase *turns = tcase_create ("turns");
  tcase_add_test (turns, test_kafkasrc_of_another_group_reads_by_itself);
  tcase_add_test (turns, test_kafkasrc_hands_over_at_once_when_it_stops);
  tcase_add_test (turns, test_kafkasrc_of_each_partition_plays_its_own);
  tcase_add_test (turns, test_kafkasrc_of_each_key_plays_its_own);
  tcase_add_test (turns, test_kafkasrc_warns_when_its_group_has_other_members);
  suite_add_tcase (suite, turns);
  return suite;
}

KAFKA_CHECK_MAIN (groups)
