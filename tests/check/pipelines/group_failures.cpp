/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Readers that die, freeze or stand still: nothing is missed, and somebody
 * plays on. */

#include "common/stopping.h"
#include "common/trip.h"
#include "reader_process.h"

#include <chrono>
#include <cstdlib>
#include <map>
#include <random>

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* Four seconds, and no two pictures alike. */
#define PICTURES                                                               \
  "videotestsrc pattern=snow num-buffers=400 ! "                               \
  "video/x-raw,width=64,height=64,framerate=100/1 ! "
static const char *jpeg = PICTURES "jpegenc";
static const char *h264
    = PICTURES "x264enc bframes=2 key-int-max=25 speed-preset=ultrafast ! "
               "video/x-h264,stream-format=avc";

/* What a broker allows at least. */
constexpr milliseconds kSession{ 6000 };

static std::string
source_in (const std::string &topic, const std::string &group,
    const std::string &properties = "")
{
  return source_text (topic,
             "commit-interval=100000000 group-id=" + group + " " + properties)
         + " ! queue max-size-buffers=20";
}

/* Fails the test unless the bytes tell all records from each other. */
static std::map<std::string, size_t>
index_of (const Captured &in, const std::string &topic)
{
  std::map<std::string, size_t> indices;
  for (const auto &record : read_log (topic))
    if (record.value) {
      gchar *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5,
          record.value->data (), static_cast<gssize> (record.value->size ()));
      indices.emplace (sum, indices.size ());
      g_free (sum);
    }
  ck_assert_uint_eq (indices.size (), in.buffers.size ());
  return indices;
}

/* What several readers have used together, one after the other. */
class Progress {
 public:
  explicit Progress (std::map<std::string, size_t> indices)
      : indices_ (std::move (indices))
  {}

  /* Fails the test when one of them did not start at a sync point, left out
   * something, or played out of order. */
  void
  add (const std::vector<UsedFrame> &frames)
  {
    for (size_t i = 0; i < frames.size (); i++) {
      size_t index = indices_.at (frames[i].checksum);
      if (i == 0) {
        ck_assert_msg (frames[i].is_sync_point, "starts at %zu", index);
        ck_assert_msg (
            index <= next_, "frames %zu to %zu are missed", next_, index);
      } else {
        ck_assert_uint_eq (index, last_ + 1);
      }
      last_ = index;
      next_ = std::max (next_, index + 1);
    }
  }

  void
  check_complete () const
  {
    ck_assert_uint_eq (next_, indices_.size ());
  }
  size_t
  next () const
  {
    return next_;
  }

 private:
  std::map<std::string, size_t> indices_;
  size_t last_ = 0;
  size_t next_ = 0;
};

static void
wait_at_random (milliseconds most)
{
  static std::mt19937 generator{ std::random_device () () };
  auto end = steady_clock::now ()
             + milliseconds (std::uniform_int_distribution<int> (
                 0, static_cast<int> (most.count ())) (generator));
  wait_until ([end] { return steady_clock::now () >= end; });
}

static int
rounds ()
{
  const char *text = g_getenv ("GST_KAFKA_TEST_KILLS");
  return text ? std::atoi (text) : 1;
}

/* Both at once, as who starts again waits for the session's end. */
GST_START_TEST (test_killed_reader_misses_nothing_when_it_is_started_again)
{
  Topic topics[2];
  const std::string group = unused_group_name ();
  std::vector<Progress> progress;
  for (int i = 0; i < 2; i++) {
    Captured in = publish (i ? h264 : jpeg, topics[i].name ());
    progress.emplace_back (index_of (in, topics[i].name ()));
  }
  for (int round = 0; round <= rounds (); round++) {
    ReaderProcess readers[]
        = { ReaderProcess (source_in (topics[0].name (), group)),
            ReaderProcess (source_in (topics[1].name (), group)) };
    if (round == rounds ()) {
      for (auto &reader : readers)
        reader.wait_for_end ();
    } else {
      for (auto &reader : readers)
        reader.wait_for (1);
      wait_at_random (milliseconds (1500));
      for (auto &reader : readers)
        reader.kill ();
    }
    for (int i = 0; i < 2; i++) {
      progress[i].add (readers[i].used ());
      g_print ("round %d: %zu frames, up to %zu\n", round,
          readers[i].used ().size (), progress[i].next ());
    }
  }
  for (const auto &one : progress)
    one.check_complete ();
}
GST_END_TEST;

GST_START_TEST (test_reader_takes_over_from_one_that_was_killed)
{
  Topic topic;
  const std::string group = unused_group_name ();
  const std::string properties = "client-config=\"c,session.timeout.ms=6000\"";
  Progress progress (index_of (publish (h264, topic.name ()), topic.name ()));
  ReaderProcess first (source_in (topic.name (), group, properties));
  first.wait_for (100);
  ReaderProcess second (source_in (topic.name (), group, properties));
  second.wait_for_complaint ("Another reader of consumer group");
  ck_assert_uint_eq (second.used ().size (), 0);
  first.kill ();
  progress.add (first.used ());
  auto time = measure ([&] { second.wait_for (1); });
  g_print ("taken over after %d ms\n", static_cast<int> (time.count ()));
  ck_assert_int_lt (time.count (), (kSession + stop_limit () * 3).count ());
  second.wait_for_end ();
  progress.add (second.used ());
  progress.check_complete ();
}
GST_END_TEST;

GST_START_TEST (test_frozen_reader_gives_its_place_up)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Progress progress (index_of (publish (jpeg, topic.name ()), topic.name ()));
  ReaderProcess first (source_in (topic.name (), group));
  first.wait_for (50);
  ReaderProcess second (source_in (topic.name (), group, "eos-policy=ignore"));
  second.wait_for_complaint ("Another reader");
  first.freeze ();
  progress.add (first.used ());
  size_t at_freeze = first.used ().size ();
  second.wait_for (100);
  first.thaw ();
  first.wait_for_complaint ("has lost its place");
  progress.add (second.used ());
  second.wait_for (300);
  /* What its sink had taken before, no more. */
  ck_assert_uint_lt (first.used ().size (), at_freeze + 30);

  second.kill ();
  first.wait_for_end ();
}
GST_END_TEST;

/* The streaming thread is blocked for longer than max.poll.interval.ms, and a
 * second reader is there to take over from anyone who is thrown out. */
GST_START_TEST (test_paused_reader_stays_a_member)
{
  Topic topic;
  const std::string group = unused_group_name ();
  const std::string properties
      = "eos-policy=ignore commit-interval=100000000 group-id=" + group
        + " client-config=\"c,max.poll.interval.ms=6000\"";
  Captured in = publish (jpeg, topic.name ());
  Pipeline pipeline (source_text (topic.name (), properties)
                     + " ! fakesink name=end sync=true");
  Capture capture (pipeline.element ("end").get (), "sink");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (50);
  pipeline.reach_state (GST_STATE_PAUSED);
  size_t before = capture.count ();

  Player other (topic.name (), properties);
  ck_assert (other.pipeline ().set_state (GST_STATE_PLAYING));
  other.pipeline ().wait_for_warning ("Another reader");
  auto end = steady_clock::now () + 2 * kSession;
  wait_until ([end] { return steady_clock::now () >= end; });
  ck_assert_uint_eq (other.capture ().count (), 0);
  ck_assert_uint_le (capture.count (), before + 1);

  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (in.buffers.size ());
  ck_assert_msg (
      pipeline.warnings ().empty (), "%s", pipeline.describe ().c_str ());
  Captured out = capture.get ();
  out.has_eos = true;
  out.last_events = in.last_events;
  check_identical (in, out);
}
GST_END_TEST;

static Suite *
group_failures_suite ()
{
  Suite *suite = suite_create ("group_failures");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (
      tcase, test_killed_reader_misses_nothing_when_it_is_started_again);
  tcase_add_test (tcase, test_reader_takes_over_from_one_that_was_killed);
  tcase_add_test (tcase, test_frozen_reader_gives_its_place_up);
  tcase_add_test (tcase, test_paused_reader_stays_a_member);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (group_failures)
