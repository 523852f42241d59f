/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where kafkasrc starts, and where it stops. */

#include "common/feed.h"
#include "common/trip.h"

using namespace kafkacheck;

static const char *jpeg
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";
static const char *h264
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! "
      "x264enc bframes=2 key-int-max=20 ! video/x-h264,stream-format=avc";

static Captured
until (Captured in, size_t end)
{
  in.buffers.resize (end);
  in.last_events.clear ();
  return in;
}

static size_t
sync_point_after (const Captured &in, size_t index)
{
  while (in.buffers.at (index).is_delta_unit ())
    index++;
  return index;
}

static std::string
start_offset (size_t offset)
{
  return "start-position=offset start-offset=" + std::to_string (offset);
}

static std::string
stop_offset (size_t offset)
{
  return "stop-position=offset stop-offset=" + std::to_string (offset);
}

static std::string
time_of_record (int64_t index, int64_t ms = 0)
{
  return rfc3339 (kNewYear + index * 1000 + ms);
}

GST_START_TEST (test_kafkasrc_starts_at_the_sync_point_after_the_offset)
{
  Topic topic;
  Captured in = publish (h264, topic.name ());
  size_t sync_point = sync_point_after (in, 5);
  ck_assert_uint_gt (sync_point, 5);

  Captured out = play (topic.name (), start_offset (5));
  check_identical (starting_at (in, sync_point), out);
  ck_assert (strstr (out.buffers[0].caps.c_str (), "codec_data"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_at_any_picture_of_an_intra_only_stream)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  ck_assert (!read_log (topic.name ()).at (10).header ("gst.caps"));

  check_identical (
      starting_at (in, 10), play (topic.name (), start_offset (10)));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_at_any_picture_of_a_png_stream)
{
  Topic topic;
  Captured in = publish ("videotestsrc num-buffers=20 ! "
                         "video/x-raw,width=64,height=64 ! pngenc",
      topic.name ());
  if (kafkacheck::pngenc_flags_all_as_delta ())
    ck_assert (in.buffers[7].is_delta_unit ());

  check_identical (starting_at (in, 7), play (topic.name (), start_offset (7)));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_finds_caps_that_are_far_back)
{
  Topic topic;
  Captured in = publish ("videotestsrc num-buffers=600 ! "
                         "video/x-raw,width=16,height=16 ! jpegenc",
      topic.name (), "caps-interval=3600000000000");
  size_t with_caps = 0;
  for (const auto &record : read_log (topic.name ()))
    with_caps += record.header ("gst.caps").has_value ();
  ck_assert_uint_eq (with_caps, 1);

  check_identical (
      starting_at (in, 590), play (topic.name (), start_offset (590)));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_finds_the_caps_of_its_own_key)
{
  const std::string small = "videotestsrc num-buffers=300 ! "
                            "video/x-raw,width=16,height=16 ! jpegenc";
  Topic topic_a, topic_b, both;
  Captured in
      = publish (small, topic_a.name (), "key=a caps-interval=3600000000000");
  publish ("audiotestsrc num-buffers=300 ! mulawenc", topic_b.name (),
      "key=b caps-interval=0");
  auto records = read_log (topic_a.name ());
  const auto others = read_log (topic_b.name ());
  for (size_t i = others.size (); i-- > 0;)
    records.insert (
        records.begin () + static_cast<std::ptrdiff_t> (i), others[i]);
  write_log (both.name (), records);

  check_identical (starting_at (in, 290),
      play (both.name (), "key=a partition=0 " + start_offset (580)));
}
GST_END_TEST;

/* Several thousand records of another key are one scan, not one look each. */
GST_START_TEST (test_kafkasrc_finds_a_key_that_is_rare_in_its_partition)
{
  Topic alone, both;
  Captured in = publish (jpeg, alone.name (), "key=a");
  auto records = read_log (alone.name ());
  Record other = records[0];
  other.key = "b";
  other.headers.clear ();
  const std::vector<Record> others (5000, other);
  records.insert (records.begin () + 25, others.begin (), others.end ());
  records.insert (records.end (), others.begin (), others.end ());
  write_log (both.name (), records);

  const std::string key = "key=a partition=0 stop-position=end ";
  check_identical (starting_at (in, 49),
      play (both.name (), key + "start-position=latest-sync"));
  Player player (both.name (), key);
  player.start ();
  player.capture ().wait_for_eos ();
  check_identical (in, player.capture ().get ());
  wait_for_duration (player.pipeline ().get (), 2 * GST_SECOND);
}
GST_END_TEST;

static void
feed_two_caps (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test,number=1");
  for (uint64_t i = 0; i < 20; i++)
    feed.push ({ "one", i * GST_SECOND / 100 });
  feed.caps ("application/x-test,number=2");
  for (uint64_t i = 20; i < 40; i++)
    feed.push ({ "two", i * GST_SECOND / 100 });
  feed.finish ();
}

GST_START_TEST (test_kafkasrc_starts_with_the_caps_that_hold_at_the_offset)
{
  Topic topic;
  Captured in = publish ("appsrc name=feed", topic.name (), "", feed_two_caps);

  for (size_t start : { size_t{ 10 }, size_t{ 20 }, size_t{ 30 } })
    check_identical (
        starting_at (in, start), play (topic.name (), start_offset (start)));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_takes_the_nearest_end_for_an_offset_beyond_it)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());

  Player player (topic.name (), start_offset (1000000));
  player.start ();
  Captured more = publish (jpeg, topic.name ());
  player.capture ().wait_for_eos ();
  check_identical (
      starting_at (more, 0), starting_at (player.capture ().get (), 0));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_latest_gives_only_what_comes_after_its_start)
{
  Topic topic;
  publish (jpeg, topic.name ());

  Player player (topic.name (), "start-position=latest");
  player.start ();
  Captured in = publish (h264, topic.name ());
  player.capture ().wait_for_eos ();
  /* Running time has moved on while it waited. */
  check_identical (
      starting_at (in, 0), starting_at (player.capture ().get (), 0));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_and_stops_by_the_records_time)
{
  struct {
    std::string start, stop; /* empty: not set */
    size_t first, end;
  } cases[] = {
    { time_of_record (-1), "", 0, 50 },
    { time_of_record (0), "", 0, 50 },
    { time_of_record (10), "", 10, 50 },
    { time_of_record (10, 1), "", 11, 50 },
    { "", time_of_record (20), 0, 20 },
    { "", time_of_record (19, 1), 0, 20 },
    { time_of_record (10), time_of_record (20), 10, 20 },
  };
  /* Retention would take what is that old. */
  Topic topic, timed (1, { { "retention.ms", "-1" } });
  Captured in = publish (jpeg, topic.name ());
  copy_with_times (topic.name (), timed.name ());

  for (const auto &row : cases) {
    std::string properties;
    if (!row.start.empty ())
      properties += " start-position=time start-time=" + row.start;
    if (!row.stop.empty ())
      properties += " stop-position=time stop-time=" + row.stop;
    Captured expected = starting_at (until (in, row.end), row.first);
    std::string difference
        = first_difference (expected, play (timed.name (), properties));
    ck_assert_msg (difference.empty (), "%s: %s", properties.c_str (),
        difference.c_str ());
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_start_time_takes_any_zone)
{
  Topic topic, timed (1, { { "retention.ms", "-1" } });
  Captured in = publish (jpeg, topic.name ());
  copy_with_times (topic.name (), timed.name ());

  check_identical (starting_at (in, 30),
      play (timed.name (),
          "start-position=time start-time=2026-01-01T05:30:30+05:30"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stops_before_the_stop_offset)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());

  check_identical (until (in, 20), play (topic.name (), stop_offset (20)));
  check_identical (starting_at (until (in, 20), 15),
      play (topic.name (), start_offset (15) + " " + stop_offset (20)));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_waits_for_a_stop_offset_that_is_not_there_yet)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name (), "eos-record=false");

  Player player (topic.name (), stop_offset (60));
  player.start ();
  player.capture ().wait_for_buffers (50);
  Captured more = publish (jpeg, topic.name ());
  player.capture ().wait_for_eos ();
  check_identical (
      one_after_another (in, until (more, 10)), player.capture ().get ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stop_at_end_needs_no_eos_record)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name (), "eos-record=false");
  ck_assert_uint_eq (read_log (topic.name ()).size (), 50);

  check_identical (
      in, play (topic.name (), "stop-position=end eos-policy=ignore"));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stop_at_end_of_an_empty_topic_is_eos)
{
  Topic topic;
  Captured out = play (topic.name (), "stop-position=end");
  ck_assert_uint_eq (out.buffers.size (), 0);
}
GST_END_TEST;

static Suite *
positions_suite ()
{
  Suite *suite = suite_create ("positions");
  TCase *start = tcase_create ("start");
  tcase_add_test (
      start, test_kafkasrc_starts_at_the_sync_point_after_the_offset);
  tcase_add_test (
      start, test_kafkasrc_starts_at_any_picture_of_an_intra_only_stream);
  tcase_add_test (start, test_kafkasrc_starts_at_any_picture_of_a_png_stream);
  tcase_add_test (start, test_kafkasrc_finds_caps_that_are_far_back);
  tcase_add_test (start, test_kafkasrc_finds_the_caps_of_its_own_key);
  tcase_add_test (
      start, test_kafkasrc_finds_a_key_that_is_rare_in_its_partition);
  tcase_add_test (
      start, test_kafkasrc_starts_with_the_caps_that_hold_at_the_offset);
  tcase_add_test (
      start, test_kafkasrc_takes_the_nearest_end_for_an_offset_beyond_it);
  tcase_add_test (
      start, test_kafkasrc_latest_gives_only_what_comes_after_its_start);
  tcase_add_test (start, test_kafkasrc_starts_and_stops_by_the_records_time);
  tcase_add_test (start, test_kafkasrc_start_time_takes_any_zone);
  suite_add_tcase (suite, start);

  TCase *stop = tcase_create ("stop");
  tcase_add_test (stop, test_kafkasrc_stops_before_the_stop_offset);
  tcase_add_test (
      stop, test_kafkasrc_waits_for_a_stop_offset_that_is_not_there_yet);
  tcase_add_test (stop, test_kafkasrc_stop_at_end_needs_no_eos_record);
  tcase_add_test (stop, test_kafkasrc_stop_at_end_of_an_empty_topic_is_eos);
  suite_add_tcase (suite, stop);
  return suite;
}

KAFKA_CHECK_MAIN (positions)
