/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* To NULL in under a second, and flushed as fast, whatever an element is just
 * waiting for. */

#include "faults.h"

#include "common/broker.h"
#include "common/capture.h"
#include "common/stopping.h"

using namespace kafkacheck;

/* Buffers of 10000 bytes, of which 93 fill the queue with what is counted
 * beside the payload. */
#define SMALL_QUEUE "max-queue-bytes=1000000"
constexpr int kFullQueue = 90;

static std::string
source (const std::string &topic)
{
  return "kafkasrc name=kafka bootstrap-servers=" + own_broker ().servers ()
         + " topic=" + topic + " ! fakesink";
}

static std::string
member (const std::string &topic)
{
  return "kafkasrc name=kafka bootstrap-servers=" + own_broker ().servers ()
         + " topic=" + topic + " group-id=" + unused_group_name ()
         + " commit-interval=10000000 ! fakesink";
}

static std::string
sink (const std::string &properties)
{
  return "fakesrc filltype=zero sizetype=fixed sizemax=10000 ! "
         "kafkasink "
         "name=kafka "
         "bootstrap-servers="
         + own_broker ().servers () + " topic=" + Topic ().name () + " "
         + properties;
}

/* Ends by itself, and never fills the queue: EOS would wait behind it. */
static std::string
ending_sink ()
{
  return "fakesrc filltype=zero num-buffers=5000 sizetype=fixed sizemax=10000 "
         "! kafkasink name=kafka max-queue-bytes=100000000 bootstrap-servers="
         + own_broker ().servers () + " topic=" + Topic ().name ();
}

static std::string
filled_topic ()
{
  Topic topic;
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=100 sizetype=fixed sizemax=10000 ! "
      + sink_text (topic.name (), "eos-record=false"));
  pipeline.run_to_eos ();
  return topic.name ();
}

static void
play (Pipeline &pipeline)
{
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
}

static void
wait_for_stat (Pipeline &pipeline, const char *name, int64_t at_least)
{
  ElementPtr element = pipeline.element ("kafka");
  ck_assert_msg (
      wait_until ([&] { return stat (element.get (), name) >= at_least; }),
      "no %d %s: %s", static_cast<int> (at_least), name,
      pipeline.describe ().c_str ());
}

static void
play_all (Pipeline &pipeline)
{
  play (pipeline);
  wait_for_stat (pipeline, "records", 100);
}

static void
fill_queue (Pipeline &pipeline)
{
  play (pipeline);
  wait_for_stat (pipeline, "records", 1000);
  own_broker ().freeze ();
  wait_for_stat (pipeline, "queued-records", kFullQueue);
}

static void
begin_eos (Pipeline &pipeline)
{
  Capture capture (pipeline.element ("kafka").get (), "sink");
  play (pipeline);
  wait_for_stat (pipeline, "records", 1);
  own_broker ().freeze ();
  capture.wait_for_eos ();
}

static const struct {
  const char *name;
  std::string (*pipeline) ();
  void (*reach) (Pipeline &);
} kSituations[] = {
  { "source that waits for its topic",
      [] { return source (unused_topic_name ()); },
      [] (Pipeline &pipeline) {
        play (pipeline);
        pipeline.wait_for_warning ("does not exist");
      } },
  { "source at the end of the log", [] { return source (filled_topic ()); },
      play_all },
  { "source whose downstream is paused",
      [] { return source (filled_topic ()); },
      [] (Pipeline &pipeline) { pipeline.reach_state (GST_STATE_PAUSED); } },
  { "sink that waits in PAUSED", [] { return sink (SMALL_QUEUE); },
      [] (Pipeline &pipeline) { pipeline.reach_state (GST_STATE_PAUSED); } },
  { "sink at full speed", [] { return sink (SMALL_QUEUE); },
      [] (Pipeline &pipeline) {
        play (pipeline);
        wait_for_stat (pipeline, "records", 1000);
      } },
  { "source that reads, broker frozen", [] { return source (filled_topic ()); },
      [] (Pipeline &pipeline) {
        play_all (pipeline);
        own_broker ().freeze ();
      } },
  { "source in a group", [] { return member (filled_topic ()); }, play_all },
  { "source in a group, broker frozen", [] { return member (filled_topic ()); },
      [] (Pipeline &pipeline) {
        play_all (pipeline);
        own_broker ().freeze ();
      } },
  { "source in a group that is joining, broker frozen",
      [] { return member (filled_topic ()); },
      [] (Pipeline &pipeline) {
        play (pipeline);
        own_broker ().freeze ();
      } },
  { "source that starts, broker frozen",
      [] { return source (filled_topic ()); },
      [] (Pipeline &pipeline) {
        own_broker ().freeze ();
        play (pipeline);
      } },
  { "source that waits for its topic, broker frozen",
      [] { return source (unused_topic_name ()); },
      [] (Pipeline &pipeline) {
        play (pipeline);
        pipeline.wait_for_warning ("does not exist");
        own_broker ().freeze ();
      } },
  { "sink that starts, broker frozen", [] { return sink (SMALL_QUEUE); },
      [] (Pipeline &pipeline) {
        own_broker ().freeze ();
        play (pipeline);
        wait_for_stat (pipeline, "queued-records", kFullQueue);
      } },
  { "sink whose queue is full, broker frozen",
      [] { return sink (SMALL_QUEUE); }, fill_queue },
  { "sink whose queue is full, in PAUSED, broker frozen",
      [] { return sink (SMALL_QUEUE); },
      [] (Pipeline &pipeline) {
        fill_queue (pipeline);
        check_duration ("sink whose queue is full, to PAUSED",
            [&] { pipeline.set_state (GST_STATE_PAUSED); });
      } },
  { "sink that drains at EOS, broker frozen", ending_sink, begin_eos },
};

/* A pipeline in that situation, taken out of it by `check`. */
static void
check_in_situation (int i, void (*check) (Pipeline &, const std::string &))
{
  Pipeline pipeline (kSituations[i].pipeline ());
  kSituations[i].reach (pipeline);
  check (pipeline, kSituations[i].name);
  check_stop (pipeline, kSituations[i].name);
}

GST_START_TEST (test_element_stops_at_once)
{
  check_in_situation (__i__, [] (Pipeline &, const std::string &) {});
}
GST_END_TEST;

/* Back and forth, too, faster than the streaming thread can follow. */
static void
check_pauses_and_flushes (Pipeline &pipeline, const std::string &name)
{
  check_duration (name + ", 200 times to PAUSED and PLAYING", [&] {
    for (int i = 0; i < 200; i++) {
      pipeline.set_state (GST_STATE_PAUSED);
      pipeline.set_state (GST_STATE_PLAYING);
    }
  });
  check_flush (pipeline, name);
}

GST_START_TEST (test_element_pauses_and_flushes_at_once)
{
  check_in_situation (__i__, check_pauses_and_flushes);
}
GST_END_TEST;

GST_START_TEST (test_element_stops_at_once_when_the_broker_is_killed)
{
  Pipeline sinks[]
      = { Pipeline (sink (SMALL_QUEUE)), Pipeline (sink (SMALL_QUEUE)) };
  Pipeline sources[] = { Pipeline (source (filled_topic ())),
    Pipeline (source (filled_topic ())), Pipeline (member (filled_topic ())) };
  for (auto &pipeline : sinks) {
    play (pipeline);
    wait_for_stat (pipeline, "records", 1000);
  }
  for (auto &pipeline : sources)
    play_all (pipeline);
  own_broker ().kill ();
  for (auto &pipeline : sinks)
    pipeline.wait_for_warning ("keeps trying");
  for (auto &pipeline : sources)
    pipeline.wait_for_warning ("Waiting for it");

  check_pauses_and_flushes (sinks[0], "sink, broker killed");
  check_pauses_and_flushes (sources[0], "source, broker killed");
  check_pauses_and_flushes (sources[2], "source in a group, broker killed");
  for (auto &pipeline : sinks)
    check_stop (pipeline, "sink, broker killed");
  for (auto &pipeline : sources)
    check_stop (pipeline, "source, broker killed");
}
GST_END_TEST;

TCase *
stopping_tests ()
{
  TCase *tcase = tcase_create ("stopping");
  constexpr int count = G_N_ELEMENTS (kSituations);
  tcase_add_loop_test (tcase, test_element_stops_at_once, 0, count);
  tcase_add_loop_test (
      tcase, test_element_pauses_and_flushes_at_once, 0, count);
  tcase_add_test (tcase, test_element_stops_at_once_when_the_broker_is_killed);
  return tcase;
}
