/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A real video through Kafka and back. */

#include "common/trip.h"

using namespace kafkacheck;

static std::string
decoded_clip ()
{
  return "filesrc location=\"" + clip ().path + "\" ! decodebin name=decoded ";
}

GST_START_TEST (test_every_picture_of_the_clip_comes_back)
{
  Topic topic;
  Captured in
      = publish (decoded_clip () + "! videoconvert ! jpegenc", topic.name ());
  if (clip ().frames)
    ck_assert_uint_eq (
        in.buffers.size (), static_cast<size_t> (*clip ().frames));
  check_identical (in, play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_pictures_and_sound_of_the_clip_come_back_as_they_were)
{
  Topic picture, sound;
  Pipeline pipeline (
      "filesrc location=\"" + clip ().path
      + "\" ! parsebin name=parsed "
        "parsed. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! "
      + sink_text (picture.name (), "", "one")
      + " parsed. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 "
        "! "
      + sink_text (sound.name (), "", "other"));
  Capture pictures (pipeline.element ("one").get (), "sink");
  Capture sounds (pipeline.element ("other").get (), "sink");
  pipeline.run_to_eos ();

  Captured both[] = { pictures.get (), sounds.get () };
  ck_assert_uint_gt (both[0].buffers.size (), 0);
  ck_assert_uint_gt (both[1].buffers.size (), 0);
  check_identical (both[0], play (picture.name ()));
  check_identical (both[1], play (sound.name ()));
}
GST_END_TEST;

static Suite *
clip_suite ()
{
  Suite *suite = suite_create ("clip");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_every_picture_of_the_clip_comes_back);
  tcase_add_test (
      tcase, test_pictures_and_sound_of_the_clip_come_back_as_they_were);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (clip)
