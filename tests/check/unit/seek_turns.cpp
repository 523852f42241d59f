/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/seek_turns.h"
#include "common/check.h"

#include <future>

using namespace gstkafka;

static SeekEvent
make_seek (guint flags, GstSeekType start_type, gint64 start)
{
  GstEvent *event = gst_event_new_seek (1.0, GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (flags), start_type, start, GST_SEEK_TYPE_NONE,
      -1);
  SeekEvent seek (event);
  gst_event_unref (event);
  return seek;
}

/* As long as the recording's range is not known. */
static void
prepare_open (SeekTurns &turns, const SeekEvent &seek)
{
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  turns.prepare (seek, segment, std::nullopt, 0);
}

static SeekEvent
make_seek_from_end ()
{
  return make_seek (GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_END, -5);
}
static SeekEvent
make_seek_without_start ()
{
  return make_seek (GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_NONE, -1);
}

GST_START_TEST (test_seek_without_a_start_keeps_that_of_the_open_one_before)
{
  SeekTurns turns;
  turns.begin ();
  prepare_open (turns, make_seek_from_end ());
  prepare_open (turns, make_seek_without_start ());
  auto begun = turns.begin_seek ();
  ck_assert (begun && begun->start_from_end == -5);
}
GST_END_TEST;

GST_START_TEST (test_seek_in_ready_counts_alone)
{
  SeekTurns turns;
  prepare_open (turns, make_seek_from_end ());
  prepare_open (turns, make_seek_without_start ());
  turns.begin ();
  auto begun = turns.begin_seek ();
  ck_assert (begun && !begun->start_from_end);
}
GST_END_TEST;

GST_START_TEST (test_seek_that_is_settled_leaves_nothing_open)
{
  SeekTurns turns;
  turns.begin ();
  const SeekEvent first = make_seek_from_end ();
  prepare_open (turns, first);
  turns.begin_seek ();
  auto settled = turns.settle ();
  ck_assert (settled && settled->seqnum == first.seqnum);
  prepare_open (turns, make_seek_without_start ());
  ck_assert (!turns.begin_seek ()->start_from_end);
}
GST_END_TEST;

GST_START_TEST (test_seek_that_came_meanwhile_is_not_settled)
{
  SeekTurns turns;
  turns.begin ();
  prepare_open (turns, make_seek_from_end ());
  turns.begin_seek ();
  prepare_open (turns, make_seek_from_end ());
  turns.settle ();
  prepare_open (turns, make_seek_without_start ());
  ck_assert (turns.begin_seek ()->start_from_end == -5);
}
GST_END_TEST;

GST_START_TEST (test_seek_is_nobodys_after_the_end)
{
  SeekTurns turns;
  turns.begin ();
  prepare_open (turns, make_seek_from_end ());
  turns.begin_seek ();
  turns.end ();
  ck_assert (!turns.settle ());
  ck_assert (!turns.begin_seek ());
}
GST_END_TEST;

GST_START_TEST (test_seeks_that_flush_wait_for_each_other)
{
  SeekTurns turns;
  auto turn = turns.wait_for_turn (make_seek_from_end ());
  std::atomic<bool> is_over{ false };
  auto other = std::async (std::launch::async, [&turns, &is_over] {
    auto mine = turns.wait_for_turn (make_seek_from_end ());
    return is_over.load ();
  });
  is_over = true;
  turn.unlock ();
  ck_assert (other.get ());
}
GST_END_TEST;

/* Whoever has the turn may be waiting for them. */
GST_START_TEST (
    test_seeks_of_the_streaming_thread_and_without_flush_do_not_wait)
{
  SeekTurns turns;
  auto turn = turns.wait_for_turn (make_seek_from_end ());
  ck_assert (turn.owns_lock ());
  auto other = std::async (std::launch::async, [&turns] {
    const SeekEvent without_flush
        = make_seek (GST_SEEK_FLAG_NONE, GST_SEEK_TYPE_SET, 0);
    bool waited = turns.wait_for_turn (without_flush).owns_lock ();
    turns.note_streaming_thread ();
    return waited || turns.wait_for_turn (make_seek_from_end ()).owns_lock ();
  });
  ck_assert (!other.get ());
}
GST_END_TEST;

static Suite *
seek_turns_suite ()
{
  Suite *suite = suite_create ("seek_turns");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (
      tcase, test_seek_without_a_start_keeps_that_of_the_open_one_before);
  tcase_add_test (tcase, test_seek_in_ready_counts_alone);
  tcase_add_test (tcase, test_seek_that_is_settled_leaves_nothing_open);
  tcase_add_test (tcase, test_seek_that_came_meanwhile_is_not_settled);
  tcase_add_test (tcase, test_seek_is_nobodys_after_the_end);
  tcase_add_test (tcase, test_seeks_that_flush_wait_for_each_other);
  tcase_add_test (
      tcase, test_seeks_of_the_streaming_thread_and_without_flush_do_not_wait);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (seek_turns);
