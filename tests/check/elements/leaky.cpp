/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A full queue, while the broker stands still: what waits, what is dropped, and
 * what the log has to show for it. */

#include "faults.h"

#include "common/feed.h"
#include "common/resources.h"
#include "common/stopping.h"
#include "common/trip.h"

#include <gst/check/gstharness.h>

#include <cstring>

using namespace kafkacheck;

constexpr int kRun = 10;     /* buffers of a run, where nothing else is said */
constexpr int kSize = 10000; /* bytes of each */
constexpr int kRoom = 100;   /* about so many of them */

/* A kafkasink that is fed numbered pictures by hand. */
class Camera {
 public:
  Camera (const std::string &topic, const char *leaky, int run = kRun)
      : run_ (run), element_ (gst_element_factory_make ("kafkasink", "kafka")),
        bus_ (gst_bus_new ())
  {
    gst_element_set_bus (element_, bus_.get ());
    g_object_set (element_, "topic", topic.c_str (), "bootstrap-servers",
        own_broker ().servers ().c_str (), "max-queue-bytes",
        guint64{ kRoom * (kSize + 1024) }, nullptr);
    gst_util_set_object_arg (G_OBJECT (element_), "leaky", leaky);
    harness_ = gst_harness_new_with_element (element_, "sink", nullptr);
    gst_harness_set_src_caps_str (
        harness_, "video/x-h264, stream-format=byte-stream, alignment=au");
  }
  ~Camera ()
  {
    gst_harness_teardown (harness_);
    gst_bus_set_flushing (bus_.get (), TRUE);
    gst_object_unref (element_);
  }

  /* `count` pictures, which begin with their number. */
  void
  push (int count)
  {
    for (int i = 0; i < count; i++, next_++) {
      GstBuffer *buffer = gst_buffer_new_allocate (nullptr, kSize, nullptr);
      gst_buffer_memset (buffer, 0, 0, kSize);
      gst_buffer_fill (buffer, 0, &next_, sizeof next_);
      GST_BUFFER_PTS (buffer) = static_cast<guint64> (next_) * GST_MSECOND;
      if (next_ % run_ != 0)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
      ck_assert_int_eq (gst_harness_push (harness_, buffer), GST_FLOW_OK);
    }
  }
  void
  finish ()
  {
    ck_assert (gst_harness_push_event (harness_, gst_event_new_eos ()));
  }
  int64_t
  stat (const char *name)
  {
    return kafkacheck::stat (element_, name);
  }
  int
  warnings ()
  {
    int count = 0;
    while (MessagePtr message{
        gst_bus_pop_filtered (bus_.get (), GST_MESSAGE_WARNING) })
      count++;
    return count;
  }

 private:
  const int run_;       /* buffers from one sync point to the next */
  GstElement *element_; /* harness_ has it, and we */
  std::unique_ptr<GstBus, Unref> bus_;
  GstHarness *harness_;
  int next_ = 0;
};

static int
number_of (const Record &record)
{
  int number = -1;
  memcpy (&number, record.value->data (), sizeof number);
  return number;
}

static bool
is_discont (const Record &record)
{
  auto flags = record.header ("gst.flags");
  return flags && std::stoul (*flags, nullptr, 16) & GST_BUFFER_FLAG_DISCONT;
}

/* In order; each run from its beginning and, but for the last before a hole,
 * to its end; holes marked. How many buffers there are. */
static int
check_runs (const std::string &topic)
{
  auto records = read_log (topic);
  ck_assert (records.back ().header ("gst.eos").has_value ());
  records.pop_back ();
  int before = -1;
  for (size_t i = 0; i < records.size (); i++) {
    int number = number_of (records[i]);
    check_text (records[i].header ("gst.seq").value (), std::to_string (i));
    ck_assert_int_gt (number, before);
    bool is_hole = number != before + 1;
    if (is_hole)
      ck_assert_msg (number % kRun == 0, "%d follows %d", number, before);
    ck_assert_msg (is_discont (records[i]) == is_hole,
        "%d follows %d, and DISCONT is %d", number, before,
        is_discont (records[i]));
    before = number;
  }
  return static_cast<int> (records.size ());
}

static const char *const kPolicies[] = { "upstream", "downstream" };

GST_START_TEST (test_leaky_kafkasink_drops_whole_runs_and_never_waits)
{
  constexpr int count = 5 * kRoom;
  Topic topic;
  Camera camera (topic.name (), kPolicies[__i__]);
  camera.push (kRun);
  ck_assert (wait_until ([&] { return camera.stat ("records") == kRun; }));

  own_broker ().freeze ();
  auto took = measure ([&] { camera.push (count); });
  ck_assert (took < patience () / 2);
  ck_assert_int_le (camera.stat ("queued-bytes"), kRoom * (kSize + 1024));
  ck_assert_int_gt (camera.stat ("dropped"), count - kRoom - 2 * kRun);
  own_broker ().thaw ();
  camera.finish ();
  ck_assert_int_eq (camera.warnings (), 1);

  int there = check_runs (topic.name ());
  ck_assert_int_eq (there + camera.stat ("dropped"), kRun + count);
  ck_assert_int_eq (camera.stat ("lost"), 0);
}
GST_END_TEST;

GST_START_TEST (test_leaky_downstream_keeps_the_newest)
{
  Topic topic;
  Camera camera (topic.name (), "downstream");
  camera.push (kRun);
  ck_assert (wait_until ([&] { return camera.stat ("records") == kRun; }));
  own_broker ().freeze ();
  constexpr int count = 3 * kRoom;
  camera.push (count);
  own_broker ().thaw ();
  camera.finish ();
  auto records = read_log (topic.name ());
  ck_assert_int_eq (number_of (records[records.size () - 2]), kRun + count - 1);
}
GST_END_TEST;

/* max-queue-bytes at its least: one at a time. */
GST_START_TEST (test_leaky_kafkasink_publishes_however_small_the_queue_is)
{
  Topic topic;
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=100 sizetype=fixed ! "
      + sink_text (topic.name (),
          std::string ("max-queue-bytes=1 leaky=") + kPolicies[__i__]));
  ck_assert (pipeline.run () == Pipeline::Ending::EOS);
  int64_t dropped = stat (pipeline.element ("sink").get (), "dropped");
  ck_assert_int_lt (dropped, 100);
  ck_assert_int_eq (
      static_cast<int64_t> (read_log (topic.name ()).size ()) + dropped, 101);
}
GST_END_TEST;

static const struct {
  const char *leaky;
  int run;
} kBursts[] = {
  { "upstream", kRun },
  { "downstream", kRun },
  /* That half of the queue is free after a drop ends no burst. */
  { "downstream", 7 * kRun },
};

GST_START_TEST (test_each_burst_is_announced_once)
{
  const auto &c = kBursts[__i__];
  Topic topic;
  Camera camera (topic.name (), c.leaky, c.run);
  camera.push (c.run);
  for (int burst = 0; burst < 2; burst++) {
    int64_t before = camera.stat ("records");
    own_broker ().freeze ();
    camera.push (42 * kRun);
    ck_assert_int_eq (camera.warnings (), 1);
    own_broker ().thaw ();
    ck_assert (wait_until ([&] {
      return camera.stat ("records") > before
             && camera.stat ("queued-records") == 0;
    }));
    camera.push (c.run);
    ck_assert_int_eq (camera.warnings (), 0);
  }
  camera.finish ();
  check_runs (topic.name ());
}
GST_END_TEST;

/* The caps of the buffers that went, and their tags, are there all the same. */
GST_START_TEST (test_what_rides_on_dropped_buffers_is_published)
{
  Topic topic;
  Pipeline pipeline (
      "appsrc name=feed format=time ! "
      + sink_text (topic.name (), "leaky=downstream max-queue-bytes=200000"));
  ElementPtr sink = pipeline.element ("sink");
  Feed feed (pipeline.element ("feed").get ());
  feed.caps ("application/x-test, n=(int)1");
  feed.push ({ std::string (kSize, 'a'), 0 });
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_until ([&] { return stat (sink.get (), "records") == 1; }));
  own_broker ().freeze ();
  for (uint64_t i = 1; i <= 50; i++)
    feed.push ({ std::string (kSize, 'b'), i });
  feed.caps ("application/x-test, n=(int)2");
  feed.event ("rides, n=(int)3");
  for (uint64_t i = 51; i <= 100; i++)
    feed.push ({ std::string (kSize, 'c'), i });
  feed.finish ();
  ck_assert (wait_until ([&] { return stat (sink.get (), "dropped") >= 70; }));
  own_broker ().thaw ();
  ck_assert (pipeline.wait_for_end () == Pipeline::Ending::EOS);

  auto records = read_log (topic.name ());
  const Record *first_c = nullptr;
  for (const auto &record : records)
    if (record.value && record.value->front () == 'c' && !first_c)
      first_c = &record;
  ck_assert (first_c != nullptr);
  check_text (
      first_c->header ("gst.caps").value (), "application/x-test, n=(int)2");
  check_text (first_c->header ("gst.event").value (), "rides, n=(int)3;");
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_that_waits_is_interrupted_at_once)
{
  Topic topic;
  Pipeline pipeline ("fakesrc filltype=zero sizetype=fixed sizemax=10000 ! "
                     + sink_text (topic.name (), "max-queue-bytes=1000000"));
  ElementPtr sink = pipeline.element ("sink");
  pipeline.set_state (GST_STATE_PLAYING);
  ck_assert (wait_until ([&] { return stat (sink.get (), "records") > 0; }));
  own_broker ().freeze ();
  ck_assert (
      wait_until ([&] { return stat (sink.get (), "queued-records") > 80; }));
  ck_assert_int_eq (stat (sink.get (), "dropped"), 0);
  check_stop (pipeline, "sink that waits for room");
}
GST_END_TEST;

/* As long as the broker is away, and however much comes. */
GST_START_TEST (test_process_stays_in_its_budget_while_the_broker_is_away)
{
  constexpr int count = 50000; /* half a gigabyte */
  constexpr long most_kilobytes = 100 * 1000;
  Topic topic;
  Camera camera (topic.name (), kPolicies[__i__]);
  camera.push (kRun);
  ck_assert (wait_until ([&] { return camera.stat ("records") == kRun; }));
  own_broker ().kill ();
  forget_peak_memory ();
  camera.push (count);
  ck_assert_msg (
      !why_memory_is_no_measure ().empty () || peak_memory () < most_kilobytes,
      "%ld kB", peak_memory ());
  ck_assert_int_gt (camera.stat ("dropped"), count / 2);
  own_broker ().bring_up ();
  camera.finish ();
  ck_assert_int_eq (
      check_runs (topic.name ()) + camera.stat ("dropped"), kRun + count);
}
GST_END_TEST;

TCase *
leaky_tests ()
{
  TCase *tcase = tcase_create ("leaky");
  tcase_add_loop_test (tcase,
      test_leaky_kafkasink_drops_whole_runs_and_never_waits, 0,
      G_N_ELEMENTS (kPolicies));
  tcase_add_test (tcase, test_leaky_downstream_keeps_the_newest);
  tcase_add_loop_test (tcase,
      test_leaky_kafkasink_publishes_however_small_the_queue_is, 0,
      G_N_ELEMENTS (kPolicies));
  tcase_add_loop_test (
      tcase, test_each_burst_is_announced_once, 0, G_N_ELEMENTS (kBursts));
  tcase_add_test (tcase, test_what_rides_on_dropped_buffers_is_published);
  tcase_add_loop_test (tcase,
      test_process_stays_in_its_budget_while_the_broker_is_away, 0,
      G_N_ELEMENTS (kPolicies));
  tcase_add_test (tcase, test_kafkasink_that_waits_is_interrupted_at_once);
  return tcase;
}
