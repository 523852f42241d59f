/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What becomes of a reader when the log goes away under it. */

#include "common/trip.h"
#include "pace.h"

#include <algorithm>

using namespace kafkacheck;

namespace {

constexpr int64_t kFrame = GST_SECOND / 25;

/* So many pictures, too many for what a reader fetches ahead. */
const char *kPictures = "videotestsrc pattern=snow num-buffers=400 ! "
                        "video/x-raw,width=160,height=120,framerate=25/1 ! "
                        "jpegenc";
const char *kGroups = "videotestsrc num-buffers=400 ! "
                      "video/x-raw,width=160,height=120,framerate=25/1 ! "
                      "x264enc key-int-max=20 bframes=2 ! "
                      "video/x-h264,stream-format=avc";
const char *kSmallQueue
    = "client-config=\"c,queued.max.messages.kbytes=64,"
      "fetch.message.max.bytes=16384,queued.min.messages=1\" ";

/* A source whose buffers wait until a test lets them go. */
class HeldPlayer {
 public:
  HeldPlayer (const std::string &topic, const std::string &properties = "")
      : pipeline_ (source_text (topic, kSmallQueue + properties)
                   + " ! fakesink name=end sync=false async=false"),
        capture_ (pipeline_.element ("end").get (), "sink"),
        pad_ (gst_element_get_static_pad (
            pipeline_.element ("source").get (), "src")),
        source_ (pipeline_.element ("source"))
  {
    /* While it is held no time passes. */
    gst_pipeline_use_clock (GST_PIPELINE (pipeline_.get ()), nullptr);
  }

  /* Returns when the first is there. */
  void
  start ()
  {
    hold ();
    ck_assert (pipeline_.set_state (GST_STATE_PLAYING));
    ck_assert (wait_until ([&] { return gst_pad_is_blocking (pad_.get ()); }));
  }
  void
  hold ()
  {
    probe_ = gst_pad_add_probe (
        pad_.get (),
        static_cast<GstPadProbeType> (
            GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER),
        [] (GstPad *, GstPadProbeInfo *, gpointer) { return GST_PAD_PROBE_OK; },
        nullptr, nullptr);
  }
  void
  release ()
  {
    gst_pad_remove_probe (pad_.get (), probe_);
  }

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }
  Captured
  play_to_end ()
  {
    release ();
    ck_assert_msg (pipeline_.wait_for_end () == Pipeline::Ending::EOS, "%s",
        pipeline_.describe ().c_str ());
    capture_.wait_for_eos ();
    return capture_.get ();
  }
  int64_t
  stat (const char *name) const
  {
    return kafkacheck::stat (source_.get (), name);
  }
  GstElement *
  source () const
  {
    return source_.get ();
  }
  Capture &
  capture ()
  {
    return capture_;
  }

 private:
  Pipeline pipeline_;
  Capture capture_;
  PadPtr pad_;
  ElementPtr source_;
  gulong probe_ = 0;
};

/* The first buffer that does not follow the one before it. */
size_t
find_jump (const Captured &in, const Captured &out)
{
  size_t i = 0;
  while (i < out.buffers.size ()
         && out.buffers[i].checksum == in.buffers.at (i).checksum)
    i++;
  return i;
}

struct Range {
  gboolean seekable;
  gint64 start, end;
};

Range
seekable_range (GstElement *source)
{
  Range range{};
  GstQuery *query = gst_query_new_seeking (GST_FORMAT_TIME);
  if (gst_element_query (source, query))
    gst_query_parse_seeking (
        query, nullptr, &range.seekable, &range.start, &range.end);
  gst_query_unref (query);
  return range;
}

gint64
duration (GstElement *source)
{
  gint64 duration = -1;
  gst_element_query_duration (source, GST_FORMAT_TIME, &duration);
  return duration;
}

void
wait_for_start (GstElement *source, int64_t start)
{
  ck_assert_msg (
      wait_until ([&] { return seekable_range (source).start == start; }),
      "seekable from %" G_GINT64_FORMAT, seekable_range (source).start);
}

/* What follows the loss, and how it follows. */
void
check_after_loss (const Captured &in, const Captured &out, size_t resumed)
{
  size_t jump = find_jump (in, out);
  ck_assert_uint_gt (jump, 0);
  ck_assert_uint_lt (jump, out.buffers.size ());
  ck_assert_uint_eq (out.buffers.size () - jump, in.buffers.size () - resumed);
  for (size_t i = jump; i < out.buffers.size (); i++)
    check_text (
        out.buffers[i].checksum, in.buffers[resumed + i - jump].checksum);
  ck_assert (out.buffers[jump].is_discont ());
  ck_assert (!out.buffers[jump].is_delta_unit ());

  /* Running time goes straight on. */
  Captured before = out;
  before.buffers.resize (jump);
  int64_t end = before.end ();
  ck_assert_int_eq (*out.buffers[jump].pts, end);
}

size_t
sync_point_from (const Captured &in, size_t index)
{
  while (in.buffers.at (index).is_delta_unit ())
    index++;
  return index;
}

} // namespace

GST_START_TEST (test_kafkasrc_goes_on_behind_what_retention_took)
{
  for (const char *media : { kPictures, kGroups }) {
    Topic topic;
    Captured in = publish (media, topic.name ());
    HeldPlayer player (topic.name ());
    player.start ();
    delete_records (topic.name (), 333);
    Captured out = player.play_to_end ();

    check_after_loss (in, out, sync_point_from (in, 333));
    size_t given = find_jump (in, out);
    ck_assert_int_eq (player.stat ("lost"), 333 - static_cast<int> (given));
    ck_assert_int_eq (player.stat ("gaps"), 0);
    ck_assert_uint_eq (player.pipeline ().warnings ().size (), 1);
    const Complaint &warning = player.pipeline ().warnings ()[0];
    const std::string count
        = std::to_string (333 - given) + " records are gone";
    ck_assert_msg (
        strstr (warning.text.c_str (), count.c_str ())
            && strstr (warning.text.c_str (), topic.name ().c_str ()),
        "%s", warning.text.c_str ());
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_goes_on_behind_several_losses)
{
  Topic topic;
  Captured in = publish (kPictures, topic.name ());
  HeldPlayer player (topic.name ());
  player.start ();
  delete_records (topic.name (), 150);
  player.release ();
  player.pipeline ().wait_for_warning ("records are gone");
  player.hold ();
  delete_records (topic.name (), 390);
  Captured out = player.play_to_end ();

  check_text (out.buffers.back ().checksum, in.buffers.back ().checksum);
  ck_assert_int_eq (player.stat ("lost"),
      static_cast<int> (in.buffers.size () - out.buffers.size ()));
  for (size_t i = 1; i < out.buffers.size (); i++)
    ck_assert_int_eq (*out.buffers[i].pts, *out.buffers[i - 1].pts + kFrame);
}
GST_END_TEST;

/* What was read of it by then is neither lost nor given. */
GST_START_TEST (test_kafkasrc_sets_aside_a_large_buffer_that_lost_its_rest)
{
  Topic topic;
  Captured in = publish (
      "fakesrc num-buffers=3 sizetype=fixed sizemax=4000000 filltype=random",
      topic.name (), "max-record-size=50000");
  HeldPlayer player (topic.name ());
  player.start ();
  const int64_t chunks = player.stat ("chunks");
  /* Some of the second one's have been fetched. */
  ck_assert (wait_until ([&] { return player.stat ("queued-records") > 0; }));
  delete_records (topic.name (), 2 * chunks - 10);
  Captured out = player.play_to_end ();
  ck_assert_uint_eq (out.buffers.size (), 2);
  check_text (out.buffers[0].checksum, in.buffers[0].checksum);
  check_text (out.buffers[1].checksum, in.buffers[2].checksum);
  ck_assert (out.buffers[1].is_discont ());
  ck_assert_int_gt (player.stat ("lost"), 0);
  ck_assert_int_eq (player.stat ("quarantined"), 1);
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 2);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_waits_where_everything_was_deleted)
{
  Topic topic;
  Captured in = publish (kPictures, topic.name ());
  HeldPlayer player (topic.name ());
  player.start ();
  delete_records (topic.name (), -1);
  player.release ();
  player.pipeline ().wait_for_warning ("records are gone");
  size_t given = player.capture ().count ();
  Captured more = publish (
      "videotestsrc num-buffers=10 ! video/x-raw,framerate=25/1 ! jpegenc",
      topic.name ());
  ck_assert (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), given + 10);
  ck_assert (out.buffers[given].is_discont ());
  check_text (out.buffers[given].checksum, more.buffers.front ().checksum);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stop_at_end_ends_where_everything_was_deleted)
{
  Topic topic;
  publish (kPictures, topic.name ());
  HeldPlayer player (topic.name (), "stop-position=end");
  player.start ();
  delete_records (topic.name (), -1);
  player.play_to_end ();
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 1);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_goes_on_with_a_topic_that_is_made_anew)
{
  Topic topic;
  publish (kPictures, topic.name (), "eos-record=false");
  Player player (topic.name ());
  player.start ();
  player.capture ().wait_for_buffers (400);
  make_anew (topic.name ());
  Captured more = publish (
      "videotestsrc num-buffers=10 ! video/x-raw,framerate=25/1 ! jpegenc",
      topic.name ());
  ck_assert_msg (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS,
      "%s", player.pipeline ().describe ().c_str ());
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 410);
  ck_assert (out.buffers[400].is_discont ());
  check_text (out.buffers[400].checksum, more.buffers.front ().checksum);
  /* It may also have seen that there was none for a moment. */
  const auto &warnings = player.pipeline ().warnings ();
  ck_assert_msg (
      !warnings.empty () && warnings.size () <= 2
          && warnings.back ().text.find ("made anew") != std::string::npos,
      "%s", player.pipeline ().describe ().c_str ());
}
GST_END_TEST;

/* Shown in time: neither late nor after a wait. */
GST_START_TEST (test_playback_goes_on_at_its_pace_after_a_loss)
{
  Topic topic;
  publish (kPictures, topic.name ());
  Pipeline pipeline (source_text (topic.name (), kSmallQueue)
                     + " ! jpegdec ! queue max-size-buffers=3 ! fakesink "
                       "name=show sync=true qos=true max-lateness=200000000");
  ElementPtr sink = pipeline.element ("show");
  ElementPtr source = pipeline.element ("source");
  Pace pace (sink.get ());
  Capture capture (sink.get (), "sink");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (15);
  delete_records (topic.name (), 370);
  ck_assert_msg (pipeline.wait_for_end () == Pipeline::Ending::EOS, "%s",
      pipeline.describe ().c_str ());

  const int64_t lost = stat (source.get (), "lost");
  ck_assert_int_gt (lost, 100);
  Captured out = capture.get ();
  pace.check (static_cast<size_t> (400 - lost));
  int64_t longest = 0;
  for (size_t i = 1; i < out.buffers.size (); i++)
    longest = std::max (longest, *out.buffers[i].pts - *out.buffers[i - 1].pts);
  g_print ("%.1f ms at most between two\n",
      static_cast<double> (longest) / GST_MSECOND);
  ck_assert_int_le (longest, 10 * kFrame);
}
GST_END_TEST;

/* ---- seeking ---- */

GST_START_TEST (test_kafkasrc_seekable_range_shrinks_from_the_left)
{
  Topic topic;
  Captured in = publish (kPictures, topic.name ());
  HeldPlayer player (topic.name ());
  player.start ();
  Range whole = seekable_range (player.source ());
  ck_assert (whole.seekable);
  ck_assert_int_eq (whole.start, 0);
  ck_assert_int_eq (whole.end, 400 * kFrame);

  for (int64_t low : { 100, 350 }) {
    delete_records (topic.name (), low);
    wait_for_start (player.source (), low * kFrame);
    ck_assert_int_eq (seekable_range (player.source ()).end, 400 * kFrame);
    ck_assert_int_eq (duration (player.source ()), 400 * kFrame);
  }
  delete_records (topic.name (), -1);
  wait_for_start (player.source (), 400 * kFrame);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_seek_to_what_is_gone_is_to_the_first_there_is)
{
  for (const char *media : { kPictures, kGroups }) {
    Topic topic;
    Captured in = publish (media, topic.name ());
    /* Pictures have their caps once a second only. */
    const size_t first = media == kPictures ? 225 : sync_point_from (in, 205);
    HeldPlayer player (topic.name ());
    player.start ();
    delete_records (topic.name (), 205);
    player.release ();
    ck_assert (gst_element_seek_simple (player.source (), GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        100 * kFrame));
    ck_assert (player.pipeline ().wait_for_end () == Pipeline::Ending::EOS);
    Captured out = player.capture ().get ();
    out.buffers.erase (out.buffers.begin (),
        out.buffers.begin () + static_cast<std::ptrdiff_t> (out.last_flush));
    ck_assert_uint_eq (out.buffers.size (), in.buffers.size () - first);
    check_text (out.buffers[0].checksum, in.buffers[first].checksum);
  }
}
GST_END_TEST;

static Suite *
retention_suite ()
{
  Suite *suite = suite_create ("retention");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasrc_goes_on_behind_what_retention_took);
  tcase_add_test (tcase, test_kafkasrc_goes_on_behind_several_losses);
  tcase_add_test (
      tcase, test_kafkasrc_sets_aside_a_large_buffer_that_lost_its_rest);
  tcase_add_test (tcase, test_kafkasrc_waits_where_everything_was_deleted);
  tcase_add_test (
      tcase, test_kafkasrc_stop_at_end_ends_where_everything_was_deleted);
  tcase_add_test (tcase, test_kafkasrc_goes_on_with_a_topic_that_is_made_anew);
  tcase_add_test (tcase, test_playback_goes_on_at_its_pace_after_a_loss);
  tcase_add_test (tcase, test_kafkasrc_seekable_range_shrinks_from_the_left);
  tcase_add_test (
      tcase, test_kafkasrc_seek_to_what_is_gone_is_to_the_first_there_is);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (retention)
