/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/seek_event.h"
#include "common/check.h"

using namespace gstkafka;

static constexpr gint64 kS = GST_SECOND;
static const Recording::Range kRange{ 10 * kS, 60 * kS };

static SeekEvent
make_seek (guint flags, GstSeekType start_type, gint64 start,
    GstSeekType stop_type = GST_SEEK_TYPE_NONE, gint64 stop = -1,
    gdouble rate = 1.0)
{
  GstEvent *event = gst_event_new_seek (rate, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (flags), start_type, start, stop_type, stop);
  SeekEvent seek (event);
  gst_event_unref (event);
  return seek;
}

static GstSegment
make_segment ()
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  return segment;
}

GST_START_TEST (test_seek_is_the_same_event_again)
{
  SeekEvent seek = make_seek (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
      GST_SEEK_TYPE_SET, 5, GST_SEEK_TYPE_END, -7, 2.0);
  GstEvent *event = seek.to_event ();
  SeekEvent again (event);
  gst_event_unref (event);
  ck_assert_uint_eq (again.seqnum, seek.seqnum);
  ck_assert (again.flags == seek.flags && again.rate == 2.0);
  ck_assert (again.start == 5 && again.stop == -7);
  ck_assert (again.stop_type == GST_SEEK_TYPE_END);
}
GST_END_TEST;

static const struct {
  GstSeekType start_type;
  gint64 start;
  GstSeekType stop_type;
  gint64 stop;
  gint64 new_start, new_stop; /* without the shift */
} kTranslations[] = {
  { GST_SEEK_TYPE_SET, 20 * kS, GST_SEEK_TYPE_NONE, -1, 20 * kS, -1 },
  { GST_SEEK_TYPE_SET, 20 * kS, GST_SEEK_TYPE_SET, 30 * kS, 20 * kS, 30 * kS },
  { GST_SEEK_TYPE_SET, 20 * kS, GST_SEEK_TYPE_SET, -1, 20 * kS, -1 },
  /* Beyond either end. */
  { GST_SEEK_TYPE_SET, 5 * kS, GST_SEEK_TYPE_NONE, -1, 10 * kS, -1 },
  { GST_SEEK_TYPE_SET, 99 * kS, GST_SEEK_TYPE_NONE, -1, 60 * kS, -1 },
  { GST_SEEK_TYPE_SET, 1 * kS, GST_SEEK_TYPE_SET, 2 * kS, 10 * kS, 10 * kS },
  { GST_SEEK_TYPE_END, -2 * kS, GST_SEEK_TYPE_END, -1 * kS, 58 * kS, 59 * kS },
  { GST_SEEK_TYPE_END, -99 * kS, GST_SEEK_TYPE_NONE, -1, 10 * kS, -1 },
  { GST_SEEK_TYPE_END, 5 * kS, GST_SEEK_TYPE_NONE, -1, 60 * kS, -1 },
  { GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_END, -99 * kS, 10 * kS, 10 * kS },
  { GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_END, -60 * kS - 1, 10 * kS, 10 * kS },
  { GST_SEEK_TYPE_END, G_MININT64, GST_SEEK_TYPE_END, G_MININT64, 10 * kS,
      10 * kS },
};

GST_START_TEST (test_seek_is_told_in_timestamps)
{
  const auto &c = kTranslations[__i__];
  for (gint64 shift : { gint64{ 0 }, 1000 * kS }) {
    SeekEvent seek = make_seek (
        GST_SEEK_FLAG_FLUSH, c.start_type, c.start, c.stop_type, c.stop);
    SeekRequest request = seek.translate (make_segment (), kRange, shift);
    ck_assert (seek.start_type == GST_SEEK_TYPE_SET);
    ck_assert_int_eq (seek.start, c.new_start + shift);
    ck_assert_int_eq (seek.stop, c.new_stop < 0 ? -1 : c.new_stop + shift);
    ck_assert (request.moves && !request.is_open);
    ck_assert_uint_eq (request.shift, static_cast<guint64> (shift));
  }
}
GST_END_TEST;

GST_START_TEST (test_seek_from_an_unknown_end_is_open)
{
  SeekEvent seek = make_seek (GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_END, -2 * kS,
      GST_SEEK_TYPE_END, -1 * kS);
  SeekRequest request = seek.translate (make_segment (), std::nullopt, 0);
  ck_assert (request.is_open);
  ck_assert_int_eq (*request.start_from_end, -2 * kS);
  ck_assert_int_eq (*request.stop_from_end, -1 * kS);
  ck_assert (seek.start_type == GST_SEEK_TYPE_SET && seek.start == 0);
  ck_assert (seek.stop_type == GST_SEEK_TYPE_SET && seek.stop == -1);
}
GST_END_TEST;

GST_START_TEST (test_seek_leaves_open_what_it_does_not_name)
{
  SeekRequest before = make_seek (GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_END,
      -2 * kS, GST_SEEK_TYPE_END, -1 * kS)
                           .translate (make_segment (), std::nullopt, 0);
  auto inherit = [&before] (GstSeekType start_type, GstSeekType stop_type) {
    SeekEvent seek
        = make_seek (GST_SEEK_FLAG_FLUSH, start_type, 0, stop_type, 0);
    SeekRequest request = seek.translate (make_segment (), kRange, 0);
    seek.inherit (request, before);
    return request;
  };
  SeekRequest rate = inherit (GST_SEEK_TYPE_NONE, GST_SEEK_TYPE_NONE);
  ck_assert (rate.is_open && rate.start_from_end == -2 * kS);
  ck_assert (rate.stop_from_end == -1 * kS);
  SeekRequest start = inherit (GST_SEEK_TYPE_SET, GST_SEEK_TYPE_NONE);
  ck_assert (start.is_open && !start.start_from_end);
  ck_assert (start.stop_from_end == -1 * kS);
  SeekRequest stop = inherit (GST_SEEK_TYPE_NONE, GST_SEEK_TYPE_SET);
  ck_assert (stop.start_from_end == -2 * kS && !stop.stop_from_end);

  before.is_open = false;
  ck_assert (!inherit (GST_SEEK_TYPE_NONE, GST_SEEK_TYPE_NONE).is_open);
}
GST_END_TEST;

/* GStreamer takes a segment that ends before it begins for a mistake. */
GST_START_TEST (test_seek_beyond_the_stop_that_was_ends_at_once)
{
  GstSegment segment = make_segment ();
  segment.stop = 30 * kS;
  SeekEvent seek = make_seek (GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 40 * kS);
  seek.translate (segment, kRange, 0);
  ck_assert (seek.stop_type == GST_SEEK_TYPE_SET);
  ck_assert_int_eq (seek.stop, 40 * kS);
}
GST_END_TEST;

GST_START_TEST (test_seek_to_a_stop_that_was_passed_ends_at_once)
{
  GstSegment segment = make_segment ();
  segment.start = 20 * kS;
  for (gint64 position : { 20 * kS, 40 * kS }) {
    segment.position = static_cast<guint64> (position);
    SeekEvent seek = make_seek (
        GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_NONE, -1, GST_SEEK_TYPE_SET, 15 * kS);
    ck_assert (!seek.translate (segment, kRange, 0).moves);
    ck_assert_int_eq (seek.stop, position);
  }
}
GST_END_TEST;

GST_START_TEST (test_seek_survives_a_stop_at_the_end_of_all_times)
{
  for (GstSeekType type : { GST_SEEK_TYPE_SET, GST_SEEK_TYPE_END }) {
    SeekEvent seek = make_seek (
        GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 20 * kS, type, G_MAXINT64);
    seek.translate (make_segment (), kRange, 1000 * kS);
    ck_assert (seek.stop == G_MAXINT64);
  }
}
GST_END_TEST;

GST_START_TEST (test_seek_that_changes_the_rate_alone_is_known)
{
  const GstSegment plain = make_segment ();
  GstSegment trick = plain;
  trick.flags = GST_SEGMENT_FLAG_TRICKMODE;
  auto seek = [] (guint flags, GstSeekType stop_type = GST_SEEK_TYPE_NONE) {
    return make_seek (flags, GST_SEEK_TYPE_NONE, -1, stop_type, 5 * kS, 2.0);
  };
  ck_assert (seek (GST_SEEK_FLAG_NONE).is_change_of_pace (plain));
  ck_assert (!seek (GST_SEEK_FLAG_NONE).is_change_of_pace (trick));
  ck_assert (seek (GST_SEEK_FLAG_TRICKMODE).is_change_of_pace (trick));
  ck_assert (!seek (GST_SEEK_FLAG_FLUSH).is_change_of_pace (plain));
  ck_assert (!seek (GST_SEEK_FLAG_SEGMENT).is_change_of_pace (plain));
  ck_assert (
      !seek (GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET).is_change_of_pace (plain));
}
GST_END_TEST;

GST_START_TEST (test_seek_snaps_as_its_flags_say)
{
  auto snap = [] (guint flags) {
    return snap_of (static_cast<GstSeekFlags> (flags));
  };
  constexpr guint unit = GST_SEEK_FLAG_KEY_UNIT;
  ck_assert (snap (unit) == Snap::BEFORE);
  ck_assert (snap (unit | GST_SEEK_FLAG_SNAP_BEFORE) == Snap::BEFORE);
  ck_assert (snap (unit | GST_SEEK_FLAG_SNAP_AFTER) == Snap::AFTER);
  ck_assert (snap (unit | GST_SEEK_FLAG_SNAP_NEAREST) == Snap::NEAREST);
  ck_assert (snap (GST_SEEK_FLAG_SNAP_AFTER) == Snap::BEFORE);
}
GST_END_TEST;

static Suite *
seek_event_suite ()
{
  Suite *suite = suite_create ("seek_event");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_seek_is_the_same_event_again);
  tcase_add_loop_test (
      tcase, test_seek_is_told_in_timestamps, 0, G_N_ELEMENTS (kTranslations));
  tcase_add_test (tcase, test_seek_from_an_unknown_end_is_open);
  tcase_add_test (tcase, test_seek_leaves_open_what_it_does_not_name);
  tcase_add_test (tcase, test_seek_beyond_the_stop_that_was_ends_at_once);
  tcase_add_test (tcase, test_seek_to_a_stop_that_was_passed_ends_at_once);
  tcase_add_test (tcase, test_seek_survives_a_stop_at_the_end_of_all_times);
  tcase_add_test (tcase, test_seek_that_changes_the_rate_alone_is_known);
  tcase_add_test (tcase, test_seek_snaps_as_its_flags_say);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (seek_event);
