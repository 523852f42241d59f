/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Picture and sound of one pipeline as two streams, however they are told
 * apart. */

#include "common/trip.h"

#include <set>

using namespace kafkacheck;

namespace {

struct Place {
  std::string topic;
  std::string properties; /* of the sink; and of a source that reads it */
};

struct PictureAndSound {
  Captured picture, sound;
};

std::string
two_sinks (const Place &picture, const Place &sound)
{
  return "videotestsrc num-buffers=50 ! "
         "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc ! queue ! "
         + sink_text (picture.topic, picture.properties, "picture")
         + " audiotestsrc num-buffers=80 ! opusenc ! queue ! "
         + sink_text (sound.topic, sound.properties, "sound");
}

PictureAndSound
publish_both (const Place &picture, const Place &sound)
{
  Pipeline pipeline (two_sinks (picture, sound));
  Capture pictures (pipeline.element ("picture").get (), "sink");
  Capture sounds (pipeline.element ("sound").get (), "sink");
  pipeline.run_to_eos ();
  return { pictures.get (), sounds.get () };
}

void
check_both_come_back (const Place &picture, const Place &sound)
{
  PictureAndSound in = publish_both (picture, sound);
  check_identical (in.picture, play (picture.topic, picture.properties));
  check_identical (in.sound, play (sound.topic, sound.properties));
}

void
add_sessions (std::set<std::string> &sessions, const std::string &topic,
    int partition = 0)
{
  for (const auto &record : read_log (topic, partition))
    sessions.insert (record.header ("gst.session").value_or ("none"));
}

} // namespace

GST_START_TEST (test_two_sinks_write_two_topics_as_one_session)
{
  Topic picture, sound;
  check_both_come_back ({ picture.name (), "" }, { sound.name (), "" });

  std::set<std::string> sessions;
  add_sessions (sessions, picture.name ());
  add_sessions (sessions, sound.name ());
  ck_assert_uint_eq (sessions.size (), 1);
}
GST_END_TEST;

GST_START_TEST (test_two_sinks_write_two_partitions_as_one_session)
{
  Topic topic (3);
  check_both_come_back (
      { topic.name (), "partition=1" }, { topic.name (), "partition=2" });

  std::set<std::string> sessions;
  add_sessions (sessions, topic.name (), 1);
  add_sessions (sessions, topic.name (), 2);
  ck_assert_uint_eq (sessions.size (), 1);
  ck_assert_uint_eq (read_log (topic.name (), 0).size (), 0);
}
GST_END_TEST;

GST_START_TEST (test_two_sinks_write_two_keys_as_one_session)
{
  Topic topic;
  check_both_come_back (
      { topic.name (), "key=picture" }, { topic.name (), "key=sound" });

  std::set<std::string> sessions;
  add_sessions (sessions, topic.name ());
  ck_assert_uint_eq (sessions.size (), 1);
  for (const auto &record : read_log (topic.name ()))
    ck_assert (record.key == "picture" || record.key == "sound");
}
GST_END_TEST;

GST_START_TEST (test_key_alone_is_in_kafkas_partition_of_it)
{
  /* murmur2 of the key, as in Kafka's own tests of it. */
  const struct {
    const char *key;
    int32_t hash;
  } cases[] = { { "21", -973932308 }, { "foobar", -790332482 },
    { "abc", 479470107 } };
  constexpr int partitions = 7;
  Topic topic (partitions);
  for (const auto &row : cases) {
    std::string property = std::string ("key=") + row.key;
    Captured in = publish (
        "videotestsrc num-buffers=5 ! jpegenc", topic.name (), property);
    check_identical (in, play (topic.name (), property));

    int partition = (row.hash & 0x7fffffff) % partitions;
    ck_assert (read_log (topic.name (), partition).back ().key == row.key);
  }
}
GST_END_TEST;

GST_START_TEST (test_key_and_partition_is_that_key_in_that_partition)
{
  Topic topic (4);
  for (int partition = 0; partition < 4; partition++) {
    std::string property = "key=same partition=" + std::to_string (partition);
    Captured in = publish (
        "videotestsrc num-buffers=5 ! jpegenc", topic.name (), property);
    check_identical (in, play (topic.name (), property));
    ck_assert_uint_eq (read_log (topic.name (), partition).size (), 6);
  }
}
GST_END_TEST;

GST_START_TEST (test_two_sinks_of_one_stream_are_an_error)
{
  const char *same[] = { "", "partition=0", "key=k", "key=k partition=0" };
  for (const char *properties : same) {
    Topic topic;
    Place place{ topic.name (), properties };
    Pipeline pipeline (two_sinks (place, place));
    ck_assert (pipeline.run () == Pipeline::Ending::ERROR);
    const Complaint &error = pipeline.errors ().at (0);
    ck_assert_msg (strstr (error.text.c_str (), "picture")
                       && strstr (error.text.c_str (), "sound"),
        "does not name the sinks: %s", error.text.c_str ());
    ck_assert_uint_eq (pipeline.errors ().size (), 1);
  }
}
GST_END_TEST;

GST_START_TEST (test_two_sources_play_picture_and_sound_in_one_pipeline)
{
  Topic picture, sound;
  PictureAndSound in
      = publish_both ({ picture.name (), "" }, { sound.name (), "" });

  Pipeline pipeline (
      source_text (picture.name (), "", "a") + " ! fakesink name=pictures "
      + source_text (sound.name (), "", "b") + " ! fakesink name=sounds");
  Capture pictures (pipeline.element ("pictures").get (), "sink");
  Capture sounds (pipeline.element ("sounds").get (), "sink");
  pipeline.run_to_eos ();
  check_identical (in.picture, pictures.get ());
  check_identical (in.sound, sounds.get ());
}
GST_END_TEST;

static Suite *
streams_suite ()
{
  Suite *suite = suite_create ("streams");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_two_sinks_write_two_topics_as_one_session);
  tcase_add_test (tcase, test_two_sinks_write_two_partitions_as_one_session);
  tcase_add_test (tcase, test_two_sinks_write_two_keys_as_one_session);
  tcase_add_test (tcase, test_key_alone_is_in_kafkas_partition_of_it);
  tcase_add_test (tcase, test_key_and_partition_is_that_key_in_that_partition);
  tcase_add_test (tcase, test_two_sinks_of_one_stream_are_an_error);
  tcase_add_test (
      tcase, test_two_sources_play_picture_and_sound_in_one_pipeline);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (streams)
