/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Seeks at awkward moments, and what players are told. Where they land is in
 * the matrix. */

#include "common/feed.h"
#include "common/stopping.h"
#include "common/trip.h"

#include <set>
#include <thread>

using namespace kafkacheck;

static const char *jpeg
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";

static void
seek_to (GstElement *element, GstClockTime position)
{
  ck_assert (gst_element_seek_simple (element, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
      static_cast<gint64> (position)));
}

/* Has the first caps meet a pad that is being flushed. */
class SeekAtCaps {
 public:
  SeekAtCaps (GstElement *source, GstClockTime position)
      : source_ (source), position_ (position),
        pad_ (gst_element_get_static_pad (source, "src")),
        probe_ (gst_pad_add_probe (pad_.get (),
            GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, this, nullptr))
  {}

  ~SeekAtCaps ()
  {
    gst_pad_remove_probe (pad_.get (), probe_);
    if (seeking_.joinable ())
      seeking_.join ();
  }

 private:
  static GstPadProbeReturn
  on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
  {
    auto *self = static_cast<SeekAtCaps *> (user_data);
    if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_CAPS
        || self->seeking_.joinable ())
      return GST_PAD_PROBE_OK;
    self->seeking_
        = std::thread ([self] { seek_to (self->source_, self->position_); });
    ck_assert (wait_until ([pad] { return GST_PAD_IS_FLUSHING (pad); }));
    return GST_PAD_PROBE_OK;
  }

  GstElement *const source_;
  const GstClockTime position_;
  PadPtr pad_;
  gulong probe_;
  std::thread seeking_;
};

GST_START_TEST (test_kafkasrc_takes_a_seek_while_it_gives_caps)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  Player player (topic.name ());
  ElementPtr source = player.pipeline ().element ("source");
  {
    SeekAtCaps seek (source.get (), GST_SECOND);
    player.pipeline ().run_to_eos ();
  }
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 25);
  check_text (out.buffers[0].checksum, in.buffers[25].checksum);
  check_text (out.buffers[0].caps, in.buffers[25].caps);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stops_where_it_was_to_though_it_was_sought_early)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  Player player (topic.name (), "stop-position=offset stop-offset=40");
  ck_assert (player.pipeline ().set_state (GST_STATE_PAUSED));
  seek_to (player.pipeline ().element ("source").get (), GST_SECOND);
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size () - out.last_flush, 15);
  check_text (out.buffers[out.last_flush].checksum, in.buffers[25].checksum);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_where_it_was_sought_before)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  for (const char *start :
      { "", "start-position=time start-time=2099-01-01T00:00:00Z" }) {
    Player player (topic.name (), start);
    player.pipeline ().reach_state (GST_STATE_READY);
    seek_to (player.pipeline ().element ("source").get (), GST_SECOND);
    player.pipeline ().run_to_eos ();
    Captured out = player.capture ().get ();
    ck_assert_uint_eq (out.buffers.size (), 25);
    check_text (out.buffers[0].checksum, in.buffers[25].checksum);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_takes_a_seek_without_flush_while_it_waits)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name (), "eos-record=false");
  Player player (topic.name ());
  ElementPtr source = player.pipeline ().element ("source");
  player.start ();
  player.capture ().wait_for_buffers (50);
  player.check_that_it_goes_on ();
  check_duration ("seek without flush at the end of the log", [&] {
    ck_assert (gst_element_seek_simple (
        source.get (), GST_FORMAT_TIME, GST_SEEK_FLAG_ACCURATE, GST_SECOND));
  });
  player.capture ().wait_for_buffers (75);
  check_text (
      player.capture ().get ().buffers[50].checksum, in.buffers[25].checksum);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_takes_a_seek_to_what_is_gone_as_a_whole)
{
  Topic topic;
  publish (jpeg, topic.name ());
  delete_records (topic.name (), 30);
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert (gst_element_seek (source.get (), 1.0, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
      GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET, GST_SECOND / 2));
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), out.last_flush);
}
GST_END_TEST;

/* Before it is known from where to where the recording reaches: here from 1
 * to 2 s. */
GST_START_TEST (test_kafkasrc_takes_an_early_seek_as_it_takes_a_late_one)
{
  constexpr gint64 ms = GST_MSECOND;
  const struct {
    GstSeekType start_type;
    gint64 start;
    GstSeekType stop_type;
    gint64 stop;
    size_t first, count;
  } rows[] = {
    { GST_SEEK_TYPE_SET, 200 * ms, GST_SEEK_TYPE_NONE, -1, 25, 25 },
    { GST_SEEK_TYPE_SET, 1200 * ms, GST_SEEK_TYPE_NONE, -1, 30, 20 },
    { GST_SEEK_TYPE_END, -400 * ms, GST_SEEK_TYPE_NONE, -1, 40, 10 },
    { GST_SEEK_TYPE_END, -5000 * ms, GST_SEEK_TYPE_NONE, -1, 25, 25 },
    { GST_SEEK_TYPE_SET, 1200 * ms, GST_SEEK_TYPE_END, -400 * ms, 30, 10 },
    { GST_SEEK_TYPE_END, -800 * ms, GST_SEEK_TYPE_END, -400 * ms, 30, 10 },
    { GST_SEEK_TYPE_SET, 200 * ms, GST_SEEK_TYPE_SET, 400 * ms, 0, 0 },
  };
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  delete_records (topic.name (), 25);
  for (const auto &row : rows)
    for (int snap : { GST_SEEK_FLAG_ACCURATE, GST_SEEK_FLAG_KEY_UNIT }) {
      Player player (topic.name ());
      player.pipeline ().reach_state (GST_STATE_READY);
      ck_assert (gst_element_seek (player.pipeline ().element ("source").get (),
          1.0, GST_FORMAT_TIME,
          static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | snap),
          row.start_type, row.start, row.stop_type, row.stop));
      player.pipeline ().run_to_eos ();
      Captured out = player.capture ().get ();
      ck_assert_uint_eq (out.buffers.size (), row.count);
      if (row.count == 0)
        continue;
      check_text (out.buffers[0].checksum, in.buffers[row.first].checksum);
      ck_assert_int_eq (*out.buffers[0].pts, 0);
    }
}
GST_END_TEST;

/* From 0 to 2 s. */
GST_START_TEST (test_kafkasrc_takes_a_seek_from_the_end_beyond_either_end)
{
  constexpr gint64 s = GST_SECOND;
  const struct {
    GstSeekType start_type;
    gint64 start;
    GstSeekType stop_type;
    gint64 stop;
    size_t count;
  } rows[] = {
    { GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_END, -20 * s, 0 },
    { GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_END, -2 * s - 1, 0 },
    { GST_SEEK_TYPE_END, -20 * s, GST_SEEK_TYPE_NONE, -1, 50 },
    { GST_SEEK_TYPE_END, -20 * s, GST_SEEK_TYPE_END, -s, 25 },
  };
  Topic topic;
  publish (jpeg, topic.name ());
  for (const auto &row : rows) {
    Player player (topic.name ());
    player.pipeline ().reach_state (GST_STATE_PAUSED);
    player.capture ().wait_for_buffers (1);
    ck_assert (gst_element_seek (player.pipeline ().element ("source").get (),
        1.0, GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        row.start_type, row.start, row.stop_type, row.stop));
    player.pipeline ().run_to_eos ();
    Captured out = player.capture ().get ();
    ck_assert_uint_eq (out.buffers.size () - out.last_flush, row.count);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_at_a_stop_that_it_has_passed)
{
  Topic topic;
  publish (jpeg, topic.name ());
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  seek_to (source.get (), 3 * GST_SECOND / 2);
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ck_assert (gst_element_seek (source.get (), 1.0, GST_FORMAT_TIME,
      GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_NONE, -1, GST_SEEK_TYPE_SET,
      GST_SECOND));
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_lt (out.buffers.size () - out.last_flush, 10);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_where_a_seek_was_beyond_the_end)
{
  Topic topic;
  publish (jpeg, topic.name ());
  for (GstState state : { GST_STATE_READY, GST_STATE_PAUSED })
    for (GstSeekType type : { GST_SEEK_TYPE_SET, GST_SEEK_TYPE_END }) {
      Player player (topic.name ());
      player.pipeline ().reach_state (state);
      if (state == GST_STATE_PAUSED)
        player.capture ().wait_for_buffers (1);
      ck_assert (gst_element_seek (player.pipeline ().element ("source").get (),
          1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, type, 100 * GST_SECOND,
          GST_SEEK_TYPE_NONE, -1));
      player.pipeline ().run_to_eos ();
      gint64 position = -1;
      ck_assert (gst_element_query_position (
          player.pipeline ().get (), GST_FORMAT_TIME, &position));
      ck_assert_int_eq (position, 2 * GST_SECOND);
    }
}
GST_END_TEST;

static void
change_rate (GstElement *source, int flags)
{
  ck_assert (gst_element_seek (source, 2.0, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (flags), GST_SEEK_TYPE_NONE, 0,
      GST_SEEK_TYPE_NONE, 0));
}

GST_START_TEST (test_kafkasrc_starts_where_it_was_to_at_another_rate)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  const std::string group = unused_group_name ();
  commit_offset (group, topic.name (), 25);
  for (const std::string &start :
      { std::string ("start-position=offset start-offset=25"),
          "group-id=" + group + " commit-interval=0" })
    for (int flags : { 0, static_cast<int> (GST_SEEK_FLAG_FLUSH),
             GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT }) {
      Player player (topic.name (), start);
      player.pipeline ().reach_state (GST_STATE_READY);
      change_rate (player.pipeline ().element ("source").get (), flags);
      ck_assert (player.pipeline ().set_state (GST_STATE_PAUSED));
      player.capture ().wait_for_buffers (1);
      /* Of a group nothing is used, so that the next one begins there, too. */
      player.pipeline ().reach_state (GST_STATE_PAUSED);
      Captured out = player.capture ().get ();
      check_text (out.buffers[0].checksum, in.buffers[25].checksum);
      ck_assert_int_eq (*out.buffers[0].pts, 0);
    }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_changes_the_rate_while_it_waits_for_its_start)
{
  Topic topic;
  publish (jpeg, topic.name (), "eos-record=false");
  Player player (topic.name (), "start-position=latest");
  player.start ();
  change_rate (
      player.pipeline ().element ("source").get (), GST_SEEK_FLAG_FLUSH);
  Captured in = publish (jpeg, topic.name ());
  player.capture ().wait_for_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 50);
  check_text (out.buffers[0].checksum, in.buffers[0].checksum);
  ck_assert_int_eq (*out.buffers[49].pts - *out.buffers[0].pts,
      49 * static_cast<int64_t> (GST_SECOND) / 50);
}
GST_END_TEST;

/* Three seconds, a sync point each second. */
static void
feed_groups (GstElement *appsrc)
{
  constexpr GstClockTime frame = GST_SECOND / 10;
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  for (unsigned i = 0; i < 30; i++) {
    Made made{ "frame " + std::to_string (i), i * frame, {}, frame };
    made.flags = i % 10 ? GST_BUFFER_FLAG_DELTA_UNIT : 0;
    feed.push (made);
  }
  feed.finish ();
}

GST_START_TEST (test_kafkasrc_ends_trick_mode_between_two_sync_points)
{
  Topic topic;
  publish ("appsrc name=feed format=time", topic.name (), "eos-record=false",
      feed_groups);
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert (gst_element_seek (source.get (), 2.0, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_TRICKMODE
                                 | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS),
      GST_SEEK_TYPE_SET, GST_SECOND, GST_SEEK_TYPE_SET,
      5 * GST_SECOND / 2 + 1));
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size () - out.last_flush, 2);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_begins_in_trick_mode)
{
  Topic topic;
  publish ("appsrc name=feed format=time", topic.name (), "", feed_groups);
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_READY);
  change_rate (player.pipeline ().element ("source").get (),
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_TRICKMODE
          | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS);
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().get ().buffers.size (), 3);
}
GST_END_TEST;

/* Caps come with the first record, and once a second. */
GST_START_TEST (test_kafkasrc_begins_with_caps_where_retention_took_the_first)
{
  Topic topic;
  Captured in = publish (jpeg, topic.name ());
  delete_records (topic.name (), 10);
  Captured out = play (topic.name ());
  ck_assert_uint_eq (out.buffers.size (), 25);
  check_text (out.buffers[0].checksum, in.buffers[25].checksum);
  for (const auto &buffer : out.buffers)
    check_text (buffer.caps, in.buffers[0].caps);
}
GST_END_TEST;

static bool
is_duration_changed (GstMessage *message)
{
  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_DURATION_CHANGED;
}

GST_START_TEST (test_kafkasrc_tells_that_the_recording_has_grown)
{
  Topic topic;
  publish (jpeg, topic.name (), "eos-record=false");
  Player player (topic.name ());
  ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
  player.capture ().wait_for_buffers (50);
  ck_assert (player.pipeline ().wait_for (is_duration_changed)
             == Pipeline::Ending::NONE);
  publish (jpeg, topic.name (), "eos-record=false");
  ck_assert (player.pipeline ().wait_for (is_duration_changed)
             == Pipeline::Ending::NONE);
  wait_for_duration (player.pipeline ().get (), 4 * GST_SECOND);
}
GST_END_TEST;

/* The log is looked at once a second, and a viewer is often ahead of that. */
GST_START_TEST (test_kafkasrc_counts_what_was_played_into_the_duration)
{
  Topic topic;
  publish (jpeg, topic.name (), "eos-record=false");
  Player player (topic.name ());
  ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING));
  player.capture ().wait_for_buffers (50);
  publish (jpeg, topic.name (), "eos-record=false");
  player.capture ().wait_for_buffers (100);
  ElementPtr source = player.pipeline ().element ("source");
  gint64 duration = 0;
  ck_assert (
      gst_element_query_duration (source.get (), GST_FORMAT_TIME, &duration));
  ck_assert_int_eq (duration, 4 * GST_SECOND);
}
GST_END_TEST;

/* Keeps the lengths of all segments that pass. */
class SegmentLengths {
 public:
  explicit SegmentLengths (GstElement *source)
      : probe_ (gst_element_get_static_pad (source, "src"),
          GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, [this] (GstPadProbeInfo *info) {
            note (GST_PAD_PROBE_INFO_EVENT (info));
          })
  {}

  std::set<GstClockTime>
  get ()
  {
    std::lock_guard<std::mutex> lock (mutex_);
    return lengths_;
  }

 private:
  void
  note (GstEvent *event)
  {
    if (GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT)
      return;
    const GstSegment *segment;
    gst_event_parse_segment (event, &segment);
    std::lock_guard<std::mutex> lock (mutex_);
    if (segment->stop != GST_CLOCK_TIME_NONE)
      lengths_.insert (segment->stop - segment->start);
  }

  std::mutex mutex_; /* guards lengths_ */
  std::set<GstClockTime> lengths_;

  PadProbe probe_;
};

GST_START_TEST (test_kafkasrc_does_not_mix_the_seeks_of_two_threads)
{
  Topic topic;
  publish (jpeg, topic.name ());
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  SegmentLengths lengths (source.get ());
  auto seek_often = [&source] (GstClockTime start, GstClockTime length) {
    for (int i = 0; i < 300; i++)
      gst_element_seek (source.get (), 1.0, GST_FORMAT_TIME,
          static_cast<GstSeekFlags> (
              GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
          GST_SEEK_TYPE_SET, start, GST_SEEK_TYPE_SET, start + length);
  };
  std::thread other (seek_often, GST_SECOND / 5, GST_SECOND / 5);
  seek_often (GST_SECOND, GST_SECOND / 2);
  other.join ();
  player.pipeline ().run_to_eos ();
  for (GstClockTime length : lengths.get ())
    ck_assert (length == GST_SECOND / 5 || length == GST_SECOND / 2);
}
GST_END_TEST;

static void
feed_without_times (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  for (int i = 0; i < 10; i++)
    feed.push ({ "part " + std::to_string (i) });
  feed.finish ();
}

/* A demuxer behind it knows better. */
GST_START_TEST (test_kafkasrc_has_no_seek_bar_where_records_have_no_time)
{
  Topic topic;
  publish ("appsrc name=feed", topic.name (), "", feed_without_times);
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  player.capture ().wait_for_buffers (1);
  ElementPtr source = player.pipeline ().element ("source");
  gint64 duration = 0;
  gst_element_query_duration (source.get (), GST_FORMAT_TIME, &duration);
  ck_assert_int_eq (duration, -1); /* not known */
  GstQuery *query = gst_query_new_seeking (GST_FORMAT_TIME);
  ck_assert (gst_element_query (source.get (), query));
  gboolean is_seekable = TRUE;
  gst_query_parse_seeking (query, nullptr, &is_seekable, nullptr, nullptr);
  gst_query_unref (query);
  ck_assert (!is_seekable);
  ck_assert (!gst_element_seek_simple (
      source.get (), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SECOND));
  player.pipeline ().run_to_eos ();
}
GST_END_TEST;

static Suite *
seeks_suite ()
{
  Suite *suite = suite_create ("seeks");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasrc_takes_a_seek_while_it_gives_caps);
  tcase_add_test (
      tcase, test_kafkasrc_stops_where_it_was_to_though_it_was_sought_early);
  tcase_add_test (tcase, test_kafkasrc_starts_where_it_was_sought_before);
  tcase_add_test (
      tcase, test_kafkasrc_takes_a_seek_without_flush_while_it_waits);
  tcase_add_test (tcase, test_kafkasrc_takes_a_seek_to_what_is_gone_as_a_whole);
  tcase_add_test (
      tcase, test_kafkasrc_takes_an_early_seek_as_it_takes_a_late_one);
  tcase_add_test (
      tcase, test_kafkasrc_takes_a_seek_from_the_end_beyond_either_end);
  tcase_add_test (tcase, test_kafkasrc_ends_at_a_stop_that_it_has_passed);
  tcase_add_test (tcase, test_kafkasrc_ends_where_a_seek_was_beyond_the_end);
  tcase_add_test (tcase, test_kafkasrc_starts_where_it_was_to_at_another_rate);
  tcase_add_test (
      tcase, test_kafkasrc_changes_the_rate_while_it_waits_for_its_start);
  tcase_add_test (tcase, test_kafkasrc_begins_in_trick_mode);
  tcase_add_test (tcase, test_kafkasrc_ends_trick_mode_between_two_sync_points);
  tcase_add_test (
      tcase, test_kafkasrc_begins_with_caps_where_retention_took_the_first);
  tcase_add_test (tcase, test_kafkasrc_tells_that_the_recording_has_grown);
  tcase_add_test (
      tcase, test_kafkasrc_counts_what_was_played_into_the_duration);
  tcase_add_test (tcase, test_kafkasrc_does_not_mix_the_seeks_of_two_threads);
  tcase_add_test (
      tcase, test_kafkasrc_has_no_seek_bar_where_records_have_no_time);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (seeks)
