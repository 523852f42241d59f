/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A topic that is not there, at a broker that does not make it. */

#include "faults.h"

#include "common/failing.h"
#include "common/stopping.h"
#include "common/trip.h"

using namespace kafkacheck;

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed ! kafkasink name=kafka"

static std::string
at (const std::string &topic)
{
  return "bootstrap-servers=" + own_broker ().servers () + " topic=" + topic;
}

GST_START_TEST (test_kafkasink_without_its_topic_is_one_error_with_advice)
{
  const ErrorCase error = { "sink without its topic", SINK,
    GST_RESOURCE_ERROR_NOT_FOUND, "Create it, or set create-topic=true" };
  std::string name = unused_topic_name ();
  FailingPipeline pipeline (error, at (name));
  ck_assert (pipeline.check ().text.find (name) != std::string::npos);
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_creates_its_topic_when_asked)
{
  std::string name = unused_topic_name ();
  Pipeline pipeline ("fakesrc filltype=zero num-buffers=3 sizetype=fixed ! "
                     + sink_text (name, "create-topic=true partition=1 "
                                        "topic-config=\"t,partitions=2\""));
  pipeline.run_to_eos ();
  ck_assert_int_eq (read_log (name, 1).size (), 4);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_names_the_missing_topic_and_waits_for_it)
{
  std::string name = unused_topic_name ();
  Player player (name);
  player.pipeline ().set_state (GST_STATE_PLAYING);
  player.pipeline ().wait_for_warning ("Topic '" + name + "' does not exist");
  Captured in = publish ("videotestsrc num-buffers=5 ! "
                         "video/x-raw,width=64,height=64 ! jpegenc",
      name, "create-topic=true");
  ck_assert (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  /* Running time has moved on while it waited. */
  check_identical (
      starting_at (in, 0), starting_at (player.capture ().get (), 0));
  ck_assert_int_eq (player.pipeline ().warnings ().size (), 1);
}
GST_END_TEST;

/* It has more records by the time the reader comes to look than were read of
 * the old one. */
GST_START_TEST (test_kafkasrc_begins_a_topic_that_was_made_anew_at_its_start)
{
  std::string name = unused_topic_name ();
  publish ("videotestsrc num-buffers=5 ! video/x-raw,width=64,height=64 ! "
           "jpegenc",
      name, "create-topic=true eos-record=false");
  Player player (name);
  player.pipeline ().set_state (GST_STATE_PLAYING);
  player.capture ().wait_for_buffers (5);
  delete_topic (name);
  Captured in = publish ("videotestsrc num-buffers=50 pattern=ball ! "
                         "video/x-raw,width=64,height=64 ! jpegenc",
      name, "create-topic=true");
  player.pipeline ().wait_for_warning ("is not the one that was being read");
  ck_assert (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 55);
  for (size_t i = 0; i < 50; i++)
    check_text (out.buffers[5 + i].checksum, in.buffers[i].checksum);
  ck_assert (out.buffers[5].is_discont ());
}
GST_END_TEST;

/* Nothing comes that would tell: the log ends where the old one did, or before
 * that, and that end was told of. The client takes its time to find the topic,
 * so what is found may be any of these. */
GST_START_TEST (test_kafkasrc_plays_a_topic_that_was_made_anew_no_longer)
{
  static const struct {
    const char *properties;
    int num_buffers;
  } cases[] = {
    { "", 5 },
    { "group-id=g", 5 },
    { "", 4 },
    { "group-id=g", 4 },
    { "", 1 },
  };
  const auto &made_anew = cases[__i__];
  std::string name = unused_topic_name ();
  publish ("videotestsrc num-buffers=5 ! video/x-raw,width=64,height=64 ! "
           "jpegenc",
      name, "create-topic=true eos-record=false");
  Player player (name, made_anew.properties);
  player.pipeline ().set_state (GST_STATE_PLAYING);
  player.capture ().wait_for_buffers (5);
  delete_topic (name);
  player.pipeline ().wait_for_warning ("Waiting for it to come back");
  Captured in = publish ("videotestsrc pattern=ball num-buffers="
                             + std::to_string (made_anew.num_buffers)
                             + " ! video/x-raw,width=64,height=64 ! jpegenc",
      name, "create-topic=true eos-record=false");
  player.capture ().wait_for_buffers (5 + in.buffers.size ());
  player.pipeline ().wait_for_warning ("is not the one that was being read");
  Captured out = player.capture ().get ();
  for (size_t i = 0; i < in.buffers.size (); i++)
    check_text (out.buffers[5 + i].checksum, in.buffers[i].checksum);
  ck_assert (out.buffers[5].is_discont ());
}
GST_END_TEST;

/* Though what is committed is the number that the group had come to before. */
GST_START_TEST (test_kafkasrc_resumes_in_a_topic_that_was_made_anew)
{
  static const char *clip = "videotestsrc num-buffers=5 pattern=ball ! "
                            "video/x-raw,width=64,height=64 ! jpegenc";
  std::string name = unused_topic_name ();
  publish ("videotestsrc num-buffers=5 ! video/x-raw,width=64,height=64 ! "
           "jpegenc",
      name, "create-topic=true eos-record=false");
  Captured in;
  {
    Player player (name, "group-id=g commit-interval=200000000");
    ElementPtr source = player.pipeline ().element ("source");
    auto has_place
        = [&source] { return stat (source.get (), "committed") == 4; };
    player.pipeline ().set_state (GST_STATE_PLAYING);
    player.capture ().wait_for_buffers (5);
    ck_assert (wait_until (has_place));
    delete_topic (name);
    player.pipeline ().wait_for_warning ("Waiting for it to come back");
    in = publish (clip, name, "create-topic=true eos-record=false");
    player.pipeline ().wait_for_warning ("is not the one that was being read");
    player.capture ().wait_for_buffers (10);
    ck_assert (wait_until (has_place));
  }
  Player player (name, "group-id=g");
  player.pipeline ().set_state (GST_STATE_PLAYING);
  player.capture ().wait_for_buffers (1);
  check_text (
      player.capture ().get ().buffers[0].checksum, in.buffers[4].checksum);
}
GST_END_TEST;

/* The controller's port of a broker speaks the protocol and knows no topics. */
GST_START_TEST (test_kafkasink_does_not_hang_at_a_controller)
{
  const ErrorCase error = { "sink at a controller", SINK,
    GST_RESOURCE_ERROR_OPEN_READ_WRITE, "bootstrap-servers" };
  FailingPipeline (
      error, "topic=t bootstrap-servers=" + own_broker ().controller ())
      .check ();
}
GST_END_TEST;

TCase *
missing_topic_tests ()
{
  TCase *tcase = tcase_create ("missing topic");
  tcase_add_test (
      tcase, test_kafkasink_without_its_topic_is_one_error_with_advice);
  tcase_add_test (tcase, test_kafkasink_creates_its_topic_when_asked);
  tcase_add_test (
      tcase, test_kafkasrc_names_the_missing_topic_and_waits_for_it);
  tcase_add_test (
      tcase, test_kafkasrc_begins_a_topic_that_was_made_anew_at_its_start);
  tcase_add_loop_test (
      tcase, test_kafkasrc_plays_a_topic_that_was_made_anew_no_longer, 0, 5);
  tcase_add_test (tcase, test_kafkasrc_resumes_in_a_topic_that_was_made_anew);
  tcase_add_test (tcase, test_kafkasink_does_not_hang_at_a_controller);
  return tcase;
}
