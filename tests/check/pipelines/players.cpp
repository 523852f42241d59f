/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Players know nothing of Kafka but the URI. */

#include "common/trip.h"

#ifdef HAVE_PBUTILS
#include <gst/pbutils/pbutils.h>
#endif

using namespace kafkacheck;

namespace {

constexpr int64_t kLength = 2 * GST_SECOND;

const char *const jpeg
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";

/* More than one broker: a client takes the first that answers, and a query
 * names properties of kafkasrc and librdkafka alike. */
std::string
uri_of (const std::string &topic)
{
  std::string servers = bootstrap_servers ();
  return "kafka://" + servers + "," + servers + "/" + topic
         + "?partition=0&fetch.wait.max.ms=20";
}

int64_t
duration_of (Pipeline &pipeline)
{
  gint64 duration = -1;
  ck_assert (wait_until ([&] {
    return gst_element_query_duration (
        pipeline.get (), GST_FORMAT_TIME, &duration);
  }));
  return duration;
}

int64_t
position_of (Pipeline &pipeline)
{
  gint64 position = -1;
  ck_assert (
      gst_element_query_position (pipeline.get (), GST_FORMAT_TIME, &position));
  return position;
}

/* A seek bar: it knows how long it is, can be moved, and the picture follows.
 */
void
check_seek_bar (Pipeline &pipeline)
{
  pipeline.reach_state (GST_STATE_PAUSED);
  ck_assert_int_eq (duration_of (pipeline), kLength);
  for (int64_t target : { 1500 * GST_MSECOND, 300 * GST_MSECOND }) {
    ck_assert (gst_element_seek_simple (pipeline.get (), GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        target));
    pipeline.reach_state (GST_STATE_PAUSED);
    ck_assert_int_eq (position_of (pipeline), target);
  }
  pipeline.run_to_eos ();
}

/* Every picture from the beginning, and their times. */
void
check_all_shown (Pipeline &pipeline, GstElement *sink)
{
  Capture shown (sink, "sink");
  pipeline.run_to_eos ();
  ck_assert_uint_eq (shown.get ().buffers.size (), 50);
  ck_assert_int_eq (shown.get ().end (), kLength);
}

void
check_player (const std::string &player)
{
  Topic topic;
  publish (jpeg, topic.name ());
  const std::string text = player + " name=player uri=\""
                           + uri_of (topic.name ())
                           + "\" video-sink=\"fakesink name=shown sync=false\"";
  Pipeline seeking (text);
  check_seek_bar (seeking);

  Pipeline playing (text);
  GstElement *sink = nullptr;
  g_object_get (playing.get (), "video-sink", &sink, nullptr);
  ElementPtr owned (sink);
  check_all_shown (playing, sink);
}

} // namespace

GST_START_TEST (test_playbin_plays_a_topic_and_seeks_in_it)
{
  check_player ("playbin");
}
GST_END_TEST;

GST_START_TEST (test_playbin3_plays_a_topic_and_seeks_in_it)
{
  check_player ("playbin3");
}
GST_END_TEST;

static void
check_decoding_bin (const char *bin)
{
  Topic topic;
  publish (jpeg, topic.name ());
  const std::string text = std::string (bin) + " uri=\""
                           + uri_of (topic.name ())
                           + "\" ! fakesink name=shown sync=false";
  Pipeline seeking (text), playing (text);
  check_seek_bar (seeking);
  check_all_shown (playing, playing.element ("shown").get ());
}

GST_START_TEST (test_uridecodebin_takes_several_brokers_and_a_query)
{
  check_decoding_bin ("uridecodebin");
}
GST_END_TEST;

GST_START_TEST (test_uridecodebin3_takes_several_brokers_and_a_query)
{
  check_decoding_bin ("uridecodebin3");
}
GST_END_TEST;

#ifdef HAVE_PBUTILS
GST_START_TEST (test_discoverer_tells_what_is_in_a_topic)
{
  Topic topic;
  publish (jpeg, topic.name ());
  GError *error = nullptr;
  GstDiscoverer *discoverer = gst_discoverer_new (10 * GST_SECOND, &error);
  ck_assert_msg (discoverer, "%s", error ? error->message : "");
  GstDiscovererInfo *info = gst_discoverer_discover_uri (
      discoverer, uri_of (topic.name ()).c_str (), &error);
  ck_assert_msg (info && !error, "%s", error ? error->message : "no answer");
  ck_assert_int_eq (gst_discoverer_info_get_result (info), GST_DISCOVERER_OK);
  ck_assert_uint_eq (gst_discoverer_info_get_duration (info), kLength);
  ck_assert (gst_discoverer_info_get_seekable (info));

  GList *videos = gst_discoverer_info_get_video_streams (info);
  ck_assert_uint_eq (g_list_length (videos), 1);
  auto *video = GST_DISCOVERER_VIDEO_INFO (videos->data);
  ck_assert_uint_eq (gst_discoverer_video_info_get_width (video), 64);
  GstCaps *caps = gst_discoverer_stream_info_get_caps (
      GST_DISCOVERER_STREAM_INFO (video));
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  ck_assert (gst_structure_has_name (structure, "image/jpeg"));
  gst_caps_unref (caps);
  gst_discoverer_stream_info_list_free (videos);
  gst_discoverer_info_unref (info);
  g_object_unref (discoverer);
}
GST_END_TEST;
#endif

/* The README's way in and out for a file. */
GST_START_TEST (test_parsed_file_is_played_by_decodebin3)
{
  Topic topic;
  Pipeline reference (
      "filesrc location=\"" + clip ().path
      + "\" ! parsebin name=p ! queue max-size-time=0 max-size-bytes=0 "
        "max-size-buffers=0 ! "
      + sink_text (topic.name ()));
  Capture in (reference.element ("sink").get (), "sink");
  reference.run_to_eos ();
  size_t count = in.get ().buffers.size ();
  ck_assert_uint_gt (count, 0);

  Pipeline pipeline (source_text (topic.name ())
                     + " ! decodebin3 ! fakesink name=shown sync=false");
  Capture shown (pipeline.element ("shown").get (), "sink");
  pipeline.run_to_eos ();
  ck_assert_uint_gt (shown.get ().buffers.size (), 0);
  if (clip ().frames)
    ck_assert_uint_eq (
        shown.get ().buffers.size (), static_cast<size_t> (*clip ().frames));
  ck_assert_int_eq (duration_of (pipeline), in.get ().end ());
}
GST_END_TEST;

static Suite *
players_suite ()
{
  Suite *suite = suite_create ("players");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_playbin_plays_a_topic_and_seeks_in_it);
  tcase_add_test (tcase, test_playbin3_plays_a_topic_and_seeks_in_it);
  tcase_add_test (tcase, test_uridecodebin_takes_several_brokers_and_a_query);
  tcase_add_test (tcase, test_uridecodebin3_takes_several_brokers_and_a_query);
#ifdef HAVE_PBUTILS
  tcase_add_test (tcase, test_discoverer_tells_what_is_in_a_topic);
#endif
  tcase_add_test (tcase, test_parsed_file_is_played_by_decodebin3);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (players)
