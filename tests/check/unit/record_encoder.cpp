/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/encoder.h"
#include "record/names.h"
#include "unit/records.h"

using namespace gstkafka;

constexpr guint kDelta = GST_BUFFER_FLAG_DELTA_UNIT;

static Encoder::Settings
settings (uint64_t caps_interval = GST_SECOND)
{
  Encoder::Settings out;
  out.session = "s";
  out.caps_interval = caps_interval;
  return out;
}

/* Encodes and commits a buffer that comes `time` after the first, by its PTS
 * and by the clock. */
static Headers
publish (Encoder &encoder, GstClockTime time, guint flags = 0)
{
  BufferPtr buffer = make_buffer (time, GST_CLOCK_TIME_NONE, flags);
  Headers headers = encoder.encode (buffer.get (), time);
  encoder.commit (buffer.get (), time);
  return headers;
}

static bool
publishes_caps (Encoder &encoder, GstClockTime time, guint flags = 0)
{
  return has (publish (encoder, time, flags), kCapsHeader);
}

/* ---- every record ---- */

GST_START_TEST (test_encoder_writes_version_session_and_count)
{
  Encoder encoder (settings ());
  for (const char *seq : { "0", "1", "2" }) {
    Headers headers = publish (encoder, 0);
    check_text (value_of (headers, "gst.version"), "1");
    check_text (value_of (headers, "gst.session"), "s");
    check_text (value_of (headers, "gst.seq"), seq);
  }
}
GST_END_TEST;

GST_START_TEST (test_encoder_goes_on_counting_where_it_is_told)
{
  Encoder::Settings later = settings ();
  later.first_seq = G_MAXUINT32;
  Encoder encoder (later);
  check_text (value_of (publish (encoder, 0), "gst.seq"), "4294967295");
  check_text (value_of (publish (encoder, 0), "gst.seq"), "4294967296");
}
GST_END_TEST;

GST_START_TEST (test_encoder_leaves_out_what_a_buffer_does_not_have)
{
  Encoder encoder (settings ());
  ck_assert_int_eq (publish (encoder, GST_CLOCK_TIME_NONE).size (), 3);
}
GST_END_TEST;

GST_START_TEST (test_encoder_copies_duration_and_offsets)
{
  Encoder encoder (settings ());
  BufferPtr buffer = make_buffer ();
  GST_BUFFER_DURATION (buffer.get ()) = 0;
  GST_BUFFER_OFFSET (buffer.get ()) = 0;
  GST_BUFFER_OFFSET_END (buffer.get ()) = G_MAXUINT64 - 1;
  Headers headers = encoder.encode (buffer.get (), 0);
  check_text (value_of (headers, "gst.duration"), "0");
  check_text (value_of (headers, "gst.offset"), "0");
  check_text (value_of (headers, "gst.offset-end"), "18446744073709551614");
}
GST_END_TEST;

/* ---- times ---- */

constexpr GstClockTime kNone = GST_CLOCK_TIME_NONE;
constexpr GstClockTime kHours = 1000 * 3600 * GST_SECOND; /* x264enc's start */

static const struct {
  const char *what;
  GstFormat format;
  double rate;
  guint64 start, stop, base, offset;
  GstClockTime pts, dts;
  const char *expected_pts, *expected_dts;
} kTimes[] = {
  { "plain", GST_FORMAT_TIME, 1, 0, kNone, 0, 0, 7, 5, "7", "5" },
  { "zero", GST_FORMAT_TIME, 1, 0, kNone, 0, 0, 0, 0, "0", "0" },
  { "no DTS", GST_FORMAT_TIME, 1, 0, kNone, 0, 0, 7, kNone, "7", "(none)" },
  { "no PTS", GST_FORMAT_TIME, 1, 0, kNone, 0, 0, kNone, 7, "(none)", "7" },
  { "DTS before the start", GST_FORMAT_TIME, 1, kHours, kNone, 0, 0, kHours,
      kHours - 66666666, "0", "-66666666" },
  { "both before the start", GST_FORMAT_TIME, 1, 100, kNone, 0, 0, 70, 30,
      "-30", "-70" },
  { "after the stop", GST_FORMAT_TIME, 1, 0, 10, 0, 0, 15, 15, "15", "15" },
  { "base", GST_FORMAT_TIME, 1, 100, kNone, 1000, 0, 107, 95, "1007", "995" },
  { "base and before the start", GST_FORMAT_TIME, 1, 100, kNone, 10, 0, 95, 70,
      "5", "-20" },
  { "offset", GST_FORMAT_TIME, 1, 100, kNone, 0, 50, 157, 150, "7", "0" },
  { "twice as fast", GST_FORMAT_TIME, 2, 100, kNone, 0, 0, 120, 80, "10",
      "-10" },
  { "half as fast", GST_FORMAT_TIME, 0.5, 0, kNone, 0, 0, 10, 4, "20", "8" },
  { "backwards", GST_FORMAT_TIME, -1, 0, 100, 0, 0, 90, 105, "10", "-5" },
  { "bytes", GST_FORMAT_BYTES, 1, 4096, kNone, 0, 0, 7, 5, "7", "5" },
  { "undefined", GST_FORMAT_UNDEFINED, 1, 0, kNone, 0, 0, 7, kNone, "7",
      "(none)" },
  { "as late as can be", GST_FORMAT_TIME, 1, 0, kNone, 0, 0,
      (G_GUINT64_CONSTANT (1) << 62) - 1, 0, "4611686018427387903", "0" },
  { "too late", GST_FORMAT_TIME, 1, 0, kNone, 0, 0,
      G_GUINT64_CONSTANT (1) << 62, 0, "(none)", "0" },
  { "far too late", GST_FORMAT_BYTES, 1, 0, kNone, 0, 0, kNone - 1, 0, "(none)",
      "0" },
};

GST_START_TEST (test_encoder_writes_running_time)
{
  const auto &row = kTimes[__i__];
  GstSegment segment;
  gst_segment_init (&segment, row.format);
  segment.rate = row.rate;
  segment.start = row.start;
  segment.stop = row.stop;
  segment.base = row.base;
  segment.offset = row.offset;
  Encoder encoder (settings ());
  encoder.set_segment (segment);
  BufferPtr buffer = make_buffer (row.pts, row.dts);
  Headers headers = encoder.encode (buffer.get (), 0);
  g_print ("%s\n", row.what);
  check_text (value_of (headers, "gst.pts"), row.expected_pts);
  check_text (value_of (headers, "gst.dts"), row.expected_dts);
}
GST_END_TEST;

GST_START_TEST (test_encoder_leaves_out_a_duration_that_is_too_long)
{
  Encoder encoder (settings ());
  BufferPtr buffer = make_buffer ();
  for (GstClockTime duration :
      { GstClockTime{ kMaxDuration } + 1, GstClockTime{ G_MAXINT64 } }) {
    GST_BUFFER_DURATION (buffer.get ()) = duration;
    ck_assert (!has (encoder.encode (buffer.get (), 0), "gst.duration"));
  }
}
GST_END_TEST;

/* ---- flags ---- */

static const struct {
  guint flags;
  const char *expected;
} kFlags[] = {
  { 0, "(none)" },
  { GST_BUFFER_FLAG_DELTA_UNIT, "0x2000" },
  { GST_BUFFER_FLAG_LIVE, "0x10" },
  { GST_BUFFER_FLAG_HEADER | GST_BUFFER_FLAG_DISCONT, "0x440" },
  { GST_BUFFER_FLAG_TAG_MEMORY, "(none)" },
  { GST_BUFFER_FLAG_TAG_MEMORY | GST_BUFFER_FLAG_GAP, "0x800" },
  { GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED, "(none)" },
  { GST_BUFFER_FLAG_LAST | GST_BUFFER_FLAG_LAST << 1, "0x300000" },
  { 0xffffffff, "0xffffbff0" },
};

GST_START_TEST (test_encoder_writes_flags_of_the_media_only)
{
  Encoder encoder (settings ());
  Headers headers = publish (encoder, 0, kFlags[__i__].flags);
  check_text (value_of (headers, "gst.flags"), kFlags[__i__].expected);
}
GST_END_TEST;

/* ---- caps ---- */

GST_START_TEST (test_encoder_writes_caps_with_the_first_record)
{
  Encoder encoder (settings ());
  encoder.set_caps (make_caps ("image/jpeg, width=(int)3").get ());
  encoder.set_utc (G_GINT64_CONSTANT (1700000000000000000));
  Headers headers = publish (encoder, 0);
  check_text (value_of (headers, "gst.caps"), "image/jpeg, width=(int)3");
  check_text (value_of (headers, "gst.utc"), "1700000000000000000");
  headers = publish (encoder, 1);
  ck_assert (!has (headers, "gst.caps"));
  ck_assert (!has (headers, "gst.utc"));
}
GST_END_TEST;

GST_START_TEST (test_encoder_writes_nothing_of_caps_without_caps)
{
  Encoder encoder (settings ());
  Headers headers = publish (encoder, 0);
  ck_assert (!has (headers, "gst.caps"));
  ck_assert (!has (headers, "gst.utc"));
}
GST_END_TEST;

GST_START_TEST (test_encoder_writes_caps_when_they_change)
{
  Encoder encoder (settings ());
  encoder.set_caps (make_caps ("image/jpeg, width=(int)3").get ());
  publish (encoder, 0);
  encoder.set_caps (make_caps ("image/jpeg, width=(int)3").get ());
  ck_assert (!publishes_caps (encoder, 1));
  encoder.set_caps (make_caps ("image/jpeg, width=(int)4").get ());
  check_text (
      value_of (publish (encoder, 2), "gst.caps"), "image/jpeg, width=(int)4");
  ck_assert (!publishes_caps (encoder, 3));
}
GST_END_TEST;

/* With an interval that never ends. */
static void
check_caps (const char *caps, const std::vector<std::pair<guint, bool>> &flags)
{
  Encoder encoder (settings (G_MAXUINT64));
  encoder.set_caps (make_caps (caps).get ());
  GstClockTime time = 0;
  for (const auto &[flag, expected] : flags) {
    ck_assert_msg (publishes_caps (encoder, time, flag) == expected,
        "%s, record %d", caps, static_cast<int> (time));
    time++;
  }
}

GST_START_TEST (test_encoder_repeats_caps_at_sync_points_of_delta_streams)
{
  check_caps ("video/x-h264",
      { { 0, true }, { kDelta, false }, { kDelta, false }, { 0, true },
          { kDelta, false }, { 0, true }, { 0, true } });
}
GST_END_TEST;

GST_START_TEST (test_encoder_does_not_repeat_caps_when_all_are_sync_points)
{
  check_caps ("video/x-h264", { { 0, true }, { 0, false }, { 0, false } });
  check_caps ("image/jpeg", { { 0, true }, { 0, false }, { 0, false } });
}
GST_END_TEST;

GST_START_TEST (test_encoder_knows_that_pngenc_flags_every_picture)
{
  check_caps ("image/png",
      { { kDelta, true }, { kDelta, false }, { kDelta, false }, { 0, false } });
}
GST_END_TEST;

GST_START_TEST (test_encoder_forgets_delta_units_when_caps_change)
{
  Encoder encoder (settings (G_MAXUINT64));
  encoder.set_caps (make_caps ("video/x-h264").get ());
  publish (encoder, 0);
  publish (encoder, 1, kDelta);
  encoder.set_caps (make_caps ("image/jpeg").get ());
  ck_assert (publishes_caps (encoder, 2));
  ck_assert (!publishes_caps (encoder, 3));
}
GST_END_TEST;

GST_START_TEST (test_encoder_repeats_caps_after_the_interval_of_media_time)
{
  Encoder encoder (settings (10));
  encoder.set_caps (make_caps ("image/jpeg").get ());
  const std::pair<GstClockTime, bool> steps[]
      = { { 100, true }, { 109, false }, { 110, true }, { 119, false },
          { 125, true }, { 115, true }, { 110, false } };
  for (const auto &[pts, expected] : steps) {
    BufferPtr buffer = make_buffer (pts);
    ck_assert (has (encoder.encode (buffer.get (), 0), "gst.caps") == expected);
    encoder.commit (buffer.get (), 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_encoder_repeats_caps_after_the_interval_of_the_clock)
{
  Encoder encoder (settings (10));
  encoder.set_caps (make_caps ("meta/x-klv").get ());
  BufferPtr buffer = make_buffer ();
  const std::pair<uint64_t, bool> steps[] = { { 100, true }, { 109, false },
    { 110, true }, { 119, false }, { 500, true } };
  for (const auto &[now, expected] : steps) {
    ck_assert (
        has (encoder.encode (buffer.get (), now), "gst.caps") == expected);
    encoder.commit (buffer.get (), now);
  }
}
GST_END_TEST;

GST_START_TEST (test_encoder_repeats_caps_on_each_record_without_interval)
{
  Encoder encoder (settings (0));
  encoder.set_caps (make_caps ("image/jpeg").get ());
  for (int i = 0; i < 3; i++)
    ck_assert (publishes_caps (encoder, 0));
}
GST_END_TEST;

/* ---- sessions ---- */

GST_START_TEST (test_encoder_begins_a_session_with_caps)
{
  Encoder encoder (settings (G_MAXUINT64));
  encoder.set_caps (make_caps ("image/jpeg").get ());
  publish (encoder, 0);
  ck_assert (!publishes_caps (encoder, 1));
  encoder.begin_session ("t", 7);
  Headers headers = publish (encoder, 0);
  check_text (value_of (headers, "gst.session"), "t");
  check_text (value_of (headers, "gst.seq"), "7");
  check_text (value_of (headers, "gst.caps"), "image/jpeg");
}
GST_END_TEST;

GST_START_TEST (test_encoder_keeps_events_for_the_next_session)
{
  Encoder encoder (settings ());
  StructurePtr event (gst_structure_new_empty ("e"));
  encoder.riding ().add_event (event.get ());
  encoder.begin_session ("t", 0);
  ck_assert (has (publish (encoder, 0), "gst.event"));
}
GST_END_TEST;

/* ---- events ---- */

static TagListPtr
title (const char *text)
{
  return TagListPtr (gst_tag_list_new (GST_TAG_TITLE, text, nullptr));
}

static StructurePtr
event (int number)
{
  return StructurePtr (
      gst_structure_new ("e", "n", G_TYPE_INT, number, nullptr));
}

GST_START_TEST (test_encoder_lets_events_ride_on_the_next_record_in_order)
{
  Encoder encoder (settings ());
  ck_assert (encoder.riding ().add_event (event (1).get ()));
  ck_assert (encoder.riding ().add_tags (title ("a").get ()));
  ck_assert (encoder.riding ().add_event (event (2).get ()));
  ck_assert (!encoder.riding ().empty ());

  Headers headers = publish (encoder, GST_CLOCK_TIME_NONE);
  ck_assert_int_eq (headers.size (), 6);
  check_text (std::string (headers[3].name), "gst.event");
  check_text (headers[3].value, "e, n=(int)1;");
  check_text (std::string (headers[4].name), "gst.tags");
  check_text (headers[4].value, "taglist, title=(string)a;");
  check_text (std::string (headers[5].name), "gst.event");
  check_text (headers[5].value, "e, n=(int)2;");

  ck_assert (encoder.riding ().empty ());
  ck_assert_int_eq (publish (encoder, GST_CLOCK_TIME_NONE).size (), 3);
}
GST_END_TEST;

GST_START_TEST (test_encoder_lets_the_last_events_ride_on_the_eos_record)
{
  Encoder encoder (settings ());
  encoder.riding ().add_tags (title ("a").get ());
  Headers headers = encoder.encode_eos ();
  check_text (value_of (headers, "gst.eos"), "1");
  check_text (value_of (headers, "gst.seq"), "0");
  ck_assert (has (headers, "gst.tags"));
  encoder.commit_eos ();
  ck_assert (encoder.riding ().empty ());
  check_text (value_of (encoder.encode_eos (), "gst.seq"), "1");
}
GST_END_TEST;

GST_START_TEST (test_encoder_leaves_out_an_event_that_nobody_can_read)
{
  Encoder encoder (settings ());
  StructurePtr pointer (gst_structure_new (
      "e", "p", G_TYPE_POINTER, static_cast<void *> (&encoder), nullptr));
  ck_assert (!encoder.riding ().add_event (pointer.get ()));
  ck_assert (encoder.riding ().empty ());
}
GST_END_TEST;

GST_START_TEST (test_encoder_leaves_out_events_beyond_what_a_record_takes)
{
  Encoder encoder (settings ());
  for (size_t i = 0; i < kMaxEvents; i++)
    ck_assert (encoder.riding ().add_event (event (1).get ()));
  ck_assert (!encoder.riding ().add_event (event (1).get ()));
  ck_assert (!encoder.riding ().add_tags (title ("a").get ()));
  ck_assert_int_le (publish (encoder, 0).size (), kMaxHeaders);
}
GST_END_TEST;

/* ---- commit ---- */

GST_START_TEST (test_encoder_keeps_no_trace_of_what_is_not_committed)
{
  Encoder encoder (settings ());
  encoder.set_caps (make_caps ("video/x-h264").get ());
  encoder.riding ().add_tags (title ("a").get ());
  BufferPtr delta = make_buffer (0, 0, kDelta);
  const Headers first = encoder.encode (delta.get (), 0);
  for (int i = 0; i < 3; i++) {
    const Headers again = encoder.encode (delta.get (), 0);
    ck_assert_int_eq (again.size (), first.size ());
    for (size_t k = 0; k < first.size (); k++)
      check_text (again[k].value, first[k].value);
  }
  encoder.encode_eos ();
  ck_assert_int_eq (encoder.next_seq (), 0);
  ck_assert (!encoder.riding ().empty ());
  /* Nor has the stream got delta units: the next sync point has no caps of
   * its own. */
  publish (encoder, 0);
  ck_assert (!publishes_caps (encoder, 1));
}
GST_END_TEST;

static Suite *
record_encoder_suite ()
{
  Suite *suite = suite_create ("record_encoder");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_encoder_writes_version_session_and_count);
  tcase_add_test (tcase, test_encoder_goes_on_counting_where_it_is_told);
  tcase_add_test (tcase, test_encoder_leaves_out_what_a_buffer_does_not_have);
  tcase_add_test (tcase, test_encoder_copies_duration_and_offsets);
  tcase_add_loop_test (
      tcase, test_encoder_writes_running_time, 0, G_N_ELEMENTS (kTimes));
  tcase_add_test (tcase, test_encoder_leaves_out_a_duration_that_is_too_long);
  tcase_add_loop_test (tcase, test_encoder_writes_flags_of_the_media_only, 0,
      G_N_ELEMENTS (kFlags));
  tcase_add_test (tcase, test_encoder_writes_caps_with_the_first_record);
  tcase_add_test (tcase, test_encoder_writes_nothing_of_caps_without_caps);
  tcase_add_test (tcase, test_encoder_writes_caps_when_they_change);
  tcase_add_test (
      tcase, test_encoder_repeats_caps_at_sync_points_of_delta_streams);
  tcase_add_test (
      tcase, test_encoder_does_not_repeat_caps_when_all_are_sync_points);
  tcase_add_test (tcase, test_encoder_knows_that_pngenc_flags_every_picture);
  tcase_add_test (tcase, test_encoder_forgets_delta_units_when_caps_change);
  tcase_add_test (
      tcase, test_encoder_repeats_caps_after_the_interval_of_media_time);
  tcase_add_test (
      tcase, test_encoder_repeats_caps_after_the_interval_of_the_clock);
  tcase_add_test (
      tcase, test_encoder_repeats_caps_on_each_record_without_interval);
  tcase_add_test (tcase, test_encoder_begins_a_session_with_caps);
  tcase_add_test (tcase, test_encoder_keeps_events_for_the_next_session);
  tcase_add_test (
      tcase, test_encoder_lets_events_ride_on_the_next_record_in_order);
  tcase_add_test (
      tcase, test_encoder_lets_the_last_events_ride_on_the_eos_record);
  tcase_add_test (tcase, test_encoder_leaves_out_an_event_that_nobody_can_read);
  tcase_add_test (
      tcase, test_encoder_leaves_out_events_beyond_what_a_record_takes);
  tcase_add_test (tcase, test_encoder_keeps_no_trace_of_what_is_not_committed);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (record_encoder);
