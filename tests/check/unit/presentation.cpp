/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which running time a record has, and when it jumps. */

#include "common/check.h"

#include "elements/presentation.h"

using namespace gstkafka;
using Change = Presentation::Change;

/* One source, as basesrc has its segment. */
struct Source {
  std::shared_ptr<SourceSync> sync = std::make_shared<SourceSync> ();
  Presentation presentation;
  GstSegment segment;

  explicit Source (std::optional<GstClockTime> latency = std::nullopt)
      : presentation (sync, latency)
  {
    init ();
    sync->enter ();
  }
  explicit Source (
      const Source &other, std::optional<GstClockTime> latency = std::nullopt)
      : sync (other.sync), presentation (sync, latency)
  {
    init ();
    sync->enter ();
  }
  ~Source () { sync->leave (); }
  void
  init ()
  {
    gst_segment_init (&segment, GST_FORMAT_TIME);
  }

  Change
  place (const ReaderItem &item, std::optional<int64_t> now = std::nullopt)
  {
    std::optional<PipelineTime> time;
    if (now)
      time = PipelineTime{ 0, *now, 220 * GST_MSECOND };
    return presentation.place (segment, item, time);
  }

  /* Of a position, as sinks see it. */
  int64_t
  running (int64_t position) const
  {
    guint64 out = 0;
    int sign = gst_segment_to_running_time_full (&segment, GST_FORMAT_TIME,
        static_cast<guint64> (position)
            + presentation.shift (), /* may wrap, as there */
        &out);
    return sign * static_cast<int64_t> (out);
  }
  int64_t
  stream_time (int64_t position) const
  {
    return static_cast<int64_t> (gst_segment_to_stream_time (
        &segment, GST_FORMAT_TIME, presentation.timestamp (position)));
  }
};

constexpr int64_t kSecond = GST_SECOND;
constexpr int64_t kFrame = 40 * GST_MSECOND;
constexpr int64_t kNewYear = 1767225600 * kSecond; /* 2026-01-01 */

static ReaderItem
item_at (int64_t position)
{
  ReaderItem item;
  item.buffer.reset (gst_buffer_new ());
  GST_BUFFER_DURATION (item.buffer.get ()) = kFrame;
  item.pts = position;
  return item;
}

static ReaderItem
lasting (ReaderItem item, int64_t duration)
{
  GST_BUFFER_DURATION (item.buffer.get ()) = static_cast<guint64> (duration);
  return item;
}

static ReaderItem
first_item (int64_t position)
{
  ReaderItem item = item_at (position);
  item.from_the_start = true;
  return item;
}

GST_START_TEST (test_presentation_keeps_the_writers_running_time_from_the_start)
{
  Source source;
  source.place (first_item (21 * GST_MSECOND));
  ck_assert_int_eq (source.running (21 * GST_MSECOND), 21 * GST_MSECOND);
}
GST_END_TEST;

GST_START_TEST (test_presentation_begins_with_the_first_record_elsewhere)
{
  Source source;
  ck_assert (source.place (item_at (100 * kSecond)) == Change::EDITED);
  ck_assert_int_eq (source.running (100 * kSecond), 0);
  ck_assert_int_eq (source.stream_time (100 * kSecond), 100 * kSecond);
  ck_assert (source.place (item_at (101 * kSecond)) == Change::NONE);
  ck_assert_int_eq (source.running (101 * kSecond), kSecond);
}
GST_END_TEST;

GST_START_TEST (test_presentation_is_the_same_for_all_sources)
{
  Source video;
  Source audio (video);
  video.place (item_at (100 * kSecond));
  audio.place (item_at (99 * kSecond));
  ck_assert_int_eq (video.running (100 * kSecond), 0);
  ck_assert_int_eq (audio.running (100 * kSecond), 0);
  ck_assert_int_eq (audio.running (99 * kSecond), -kSecond);
}
GST_END_TEST;

GST_START_TEST (test_presentation_makes_room_for_negative_times)
{
  Source source;
  ReaderItem item = first_item (0);
  item.dts = -2 * kFrame;
  source.place (item);
  ck_assert_uint_gt (source.presentation.shift (), 0);
  ck_assert_uint_eq (source.presentation.timestamp (-2 * kFrame),
      source.presentation.shift () - 2 * kFrame);
  ck_assert_int_eq (source.running (0), 0);
  ck_assert_int_eq (source.running (-2 * kFrame), -2 * kFrame);
  ck_assert_int_eq (source.stream_time (kSecond), kSecond);
}
GST_END_TEST;

GST_START_TEST (test_presentation_waits_with_the_producer_in_all_sources)
{
  Source video;
  Source audio (video);
  video.place (first_item (0), 0);
  audio.place (first_item (0), 0);

  ReaderItem late = item_at (kSecond);
  late.after_wait = true;
  ck_assert (video.place (late, 11 * kSecond) == Change::MOVED);
  int64_t due = video.running (kSecond);
  ck_assert_int_ge (due, 11 * kSecond);
  ck_assert_int_le (due, 11 * kSecond + 150 * GST_MSECOND);
  ck_assert_int_eq (video.stream_time (kSecond), kSecond);

  /* It finds out on its own account, but once is enough. */
  late = item_at (kSecond);
  late.after_wait = true;
  ck_assert (audio.place (late, 11 * kSecond) == Change::MOVED);
  ck_assert_int_eq (audio.running (kSecond), due);
}
GST_END_TEST;

GST_START_TEST (test_presentation_does_not_move_for_what_is_in_time)
{
  Source source;
  source.place (first_item (0), 0);
  ReaderItem item = item_at (kSecond);
  item.after_wait = true;
  ck_assert (source.place (item, kSecond / 2) == Change::NONE);
  /* Nor for what is late though nobody waited for it. */
  ck_assert (source.place (item_at (2 * kSecond), 9 * kSecond) == Change::NONE);
}
GST_END_TEST;

GST_START_TEST (test_presentation_leaves_decoders_time_for_what_is_just_in_time)
{
  Source source;
  source.place (first_item (0), 0);
  ReaderItem item = item_at (kSecond);
  item.after_wait = true;
  int64_t now = kSecond - 10 * GST_MSECOND;
  ck_assert (source.place (item, now) == Change::NONE);
  item = item_at (kSecond);
  item.after_wait = item.is_newest = true;
  ck_assert (source.place (item, now) == Change::MOVED);
  ck_assert_int_eq (source.running (kSecond), now + 150 * GST_MSECOND);
}
GST_END_TEST;

/* The pipeline's clock starts with the first picture, and each further one
 * comes when it is due. */
GST_START_TEST (
    test_presentation_of_a_viewer_who_was_first_begins_a_little_later)
{
  Source video;
  Source audio (video);
  for (auto *source : { &video, &audio }) {
    ReaderItem item = first_item (0);
    item.after_wait = true;
    ck_assert (source->place (item) == Change::EDITED);
    ck_assert_int_eq (source->running (0), 150 * GST_MSECOND);
  }
  ReaderItem item = item_at (kFrame);
  item.after_wait = item.is_newest = true;
  ck_assert (video.place (item, kFrame) == Change::NONE);
}
GST_END_TEST;

GST_START_TEST (test_presentation_does_not_hold_up_the_others_for_who_waited)
{
  Source video;
  video.place (first_item (0), 0);
  Source audio (video);
  ReaderItem item = item_at (kSecond);
  item.after_wait = item.is_newest = true;
  audio.place (item, kSecond - 100 * GST_MSECOND);
  ck_assert_int_eq (audio.running (kSecond), kSecond);
  ck_assert (video.place (item_at (kSecond), kSecond) == Change::NONE);
}
GST_END_TEST;

GST_START_TEST (test_presentation_goes_straight_on_after_a_loss_in_all_sources)
{
  Source video;
  Source audio (video);
  video.place (first_item (0));
  audio.place (first_item (0));
  ReaderItem item = item_at (600 * kSecond);
  item.after_loss = true;
  ck_assert (video.place (item) == Change::MOVED);
  ck_assert_int_eq (video.running (600 * kSecond), kFrame);
  ck_assert_int_eq (video.stream_time (600 * kSecond), 600 * kSecond);

  item = item_at (601 * kSecond);
  item.after_loss = true;
  ck_assert (audio.place (item) == Change::MOVED);
  ck_assert_int_eq (audio.running (600 * kSecond), kFrame);
}
GST_END_TEST;

GST_START_TEST (test_presentation_is_in_time_after_a_loss_that_took_time)
{
  Source source;
  source.place (first_item (0), 0);
  for (int64_t position : { kSecond, 600 * kSecond }) {
    int64_t now = source.running (position) + 5 * kSecond;
    ReaderItem item = item_at (position);
    item.after_loss = item.after_wait = true;
    source.place (item, now);
    ck_assert_int_ge (source.running (position), now);
    ck_assert_int_le (source.running (position), now + 150 * GST_MSECOND);
  }
}
GST_END_TEST;

GST_START_TEST (test_presentation_counts_a_loss_after_a_seek_from_the_seek)
{
  Source source;
  source.place (first_item (0));
  source.place (item_at (900 * kSecond));
  source.segment.start = source.segment.position = 100 * kSecond;
  source.presentation.seek (source.segment, { GST_SEEK_FLAG_FLUSH, true, 77 });
  ReaderItem item = item_at (103 * kSecond);
  item.after_loss = true;
  source.place (item);
  ck_assert_int_eq (source.running (103 * kSecond), 0);
}
GST_END_TEST;

GST_START_TEST (test_presentation_knows_a_pause_that_took_no_writer_as_long)
{
  Source source;
  auto pause = [&] (int64_t position, int64_t written, int64_t now) {
    ReaderItem item = item_at (position * kSecond);
    item.written = kNewYear + written * kSecond;
    source.place (item, now * kSecond);
    return source.presentation.unexpected_pause () / kSecond;
  };
  ck_assert_int_eq (pause (0, 0, 0), 0);
  ck_assert_int_eq (pause (60, 1, 1), 0);
  ck_assert_int_eq (pause (3660, 2, 2), 3599);
  /* Once a minute, and not where the writer was away for as long. */
  ck_assert_int_eq (pause (7260, 3, 3), 0);
  ck_assert_int_eq (pause (10860, 3600, 100), 0);
  ck_assert_int_eq (pause (14460, 3601, 101), 3599);
  /* Nor after a seek. */
  source.segment.start = source.segment.position = 0;
  source.presentation.seek (source.segment, { GST_SEEK_FLAG_FLUSH, true, 7 });
  ck_assert_int_eq (pause (3660, 4, 0), 0);
}
GST_END_TEST;

/* Where the sync point that was found, or what another source has agreed on, is
 * behind the stop. */
GST_START_TEST (test_presentation_never_ends_before_it_begins)
{
  Source source;
  source.place (first_item (0));
  source.segment.start = source.segment.position = 5 * kSecond;
  source.segment.stop = 6 * kSecond;
  const SeekRequest request{ static_cast<GstSeekFlags> (
                                 GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT),
    true, 77 };
  source.presentation.seek (source.segment, request);
  ck_assert_uint_eq (source.segment.stop, 6 * kSecond);
  source.presentation.snap (source.segment, request, 8 * kSecond);
  ck_assert_uint_eq (source.segment.start, 8 * kSecond);
  ck_assert_uint_eq (source.segment.stop, 8 * kSecond);
}
GST_END_TEST;

static ReaderItem
foreign_at (int64_t position)
{
  ReaderItem item = item_at (position);
  item.is_foreign = true;
  return item;
}

GST_START_TEST (test_presentation_shortens_other_programs_pauses)
{
  Source source;
  source.place (foreign_at (0));
  ck_assert (source.place (foreign_at (9 * kSecond)) == Change::NONE);
  const int64_t night = 36000 * kSecond;
  ck_assert (source.place (foreign_at (night)) == Change::MOVED);
  ck_assert_int_eq (source.running (night), 19 * kSecond + kFrame);
  ck_assert_int_eq (source.stream_time (night), night);
  ck_assert (source.place (foreign_at (night + kSecond)) == Change::NONE);
  ck_assert_int_eq (source.running (night + kSecond), 20 * kSecond + kFrame);
}
GST_END_TEST;

/* From 1970 to now, and from now to 2090. */
GST_START_TEST (test_presentation_shortens_pauses_of_more_than_a_lifetime)
{
  for (bool is_playing : { false, true }) {
    Source source;
    int64_t due = 0;
    for (int64_t time : { int64_t{ 0 }, kNewYear, 3786825600 * kSecond }) {
      for (int64_t after : { int64_t{ 0 }, kFrame, 9 * kSecond }) {
        source.place (foreign_at (time + after),
            is_playing ? std::make_optional (due) : std::nullopt);
        ck_assert_int_eq (source.running (time + after), due + after);
        ck_assert_int_eq (source.stream_time (time + after), time + after);
      }
      due += 19 * kSecond + kFrame;
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_presentation_keeps_pauses_that_other_sources_may_fill)
{
  Source one;
  Source other (one);
  one.place (foreign_at (0));
  ck_assert (one.place (foreign_at (3600 * kSecond)) == Change::NONE);
  ck_assert_int_eq (one.running (3600 * kSecond), 3600 * kSecond);
}
GST_END_TEST;

GST_START_TEST (test_presentation_is_in_time_after_another_programs_pause)
{
  Source source;
  source.place (foreign_at (0), 0);
  ReaderItem item = foreign_at (60 * kSecond);
  item.after_wait = true;
  source.place (item, 61 * kSecond);
  ck_assert_int_ge (source.running (60 * kSecond), 61 * kSecond);
  ck_assert_int_le (
      source.running (60 * kSecond), 61 * kSecond + 150 * GST_MSECOND);
}
GST_END_TEST;

/* ---- what sinks say ---- */

/* The next picture, which was waited for, in time; how much later it is shown
 * than it was to be. */
static int64_t
delay_after_wait (Source &source, int64_t position)
{
  int64_t due = source.running (position);
  ReaderItem item = item_at (position);
  item.after_wait = true;
  source.place (item, due - 2 * kFrame);
  return source.running (position) - due;
}

GST_START_TEST (test_presentation_makes_up_for_what_decoders_keep_back)
{
  Source source;
  source.place (first_item (0), 0);
  for (int64_t i = 0; i < 20; i++)
    /* Three at a time. */
    source.presentation.note_lateness (
        static_cast<guint64> (i * kFrame), i % 3 ? -kFrame : 3 * kFrame);
  ck_assert_int_eq (
      delay_after_wait (source, kSecond), 3 * kFrame + 150 * GST_MSECOND);
}
GST_END_TEST;

GST_START_TEST (test_presentation_forgets_a_hiccup)
{
  Source source;
  source.place (first_item (0), 0);
  source.presentation.note_lateness (kSecond, 5 * kSecond);
  ck_assert_int_ge (delay_after_wait (source, 2 * kSecond), 5 * kSecond);

  int64_t now = source.running (3 * kSecond);
  source.presentation.note_lateness (now, 5 * kSecond);
  for (int64_t i = 1; i < 50; i++)
    source.presentation.note_lateness (now + i * kFrame, -kFrame);
  ck_assert_int_eq (delay_after_wait (source, 5 * kSecond), 0);

  source.presentation.note_lateness (now + 3 * kSecond, 5 * kSecond);
  source.segment.start = source.segment.position = kSecond;
  source.presentation.seek (source.segment, { GST_SEEK_FLAG_FLUSH, true, 77 });
  source.place (item_at (kSecond), 0);
  ck_assert_int_eq (delay_after_wait (source, 2 * kSecond), 0);
}
GST_END_TEST;

/* ---- another pace ---- */

GST_START_TEST (test_presentation_joins_where_the_others_are)
{
  Source video;
  video.place (first_item (0), 0);
  guint32 seqnum = 5;
  /* As basesrc does it: flushing seeks begin anew, others go on. */
  for (int flags :
      { +GST_SEEK_FLAG_NONE, +GST_SEEK_FLAG_FLUSH, +GST_SEEK_FLAG_KEY_UNIT,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, +GST_SEEK_FLAG_NONE }) {
    video.segment.rate = 2.0;
    video.segment.start = video.segment.position = 100 * kSecond;
    if (flags & GST_SEEK_FLAG_FLUSH)
      video.segment.base = 0;
    SeekRequest request{ static_cast<GstSeekFlags> (flags), true, seqnum++, 0 };
    video.presentation.seek (video.segment, request);
    if (flags & GST_SEEK_FLAG_KEY_UNIT)
      video.presentation.snap (video.segment, request, 99 * kSecond);
    video.place (item_at (100 * kSecond));
    ReaderItem item = item_at (101 * kSecond);
    item.after_wait = true;
    video.place (item, 50 * kSecond);

    Source audio (video);
    audio.place (first_item (0), 51 * kSecond);
    ck_assert_int_eq (
        audio.running (105 * kSecond), video.running (105 * kSecond));
    ck_assert_int_eq (
        audio.running (109 * kSecond), video.running (109 * kSecond));
    ck_assert (audio.presentation.rate () == 2.0);
  }
}
GST_END_TEST;

GST_START_TEST (test_presentation_goes_on_at_the_sync_point_in_all_sources)
{
  Source video;
  Source audio (video);
  SeekRequest request{ GST_SEEK_FLAG_KEY_UNIT, true, 5, 0 };
  int64_t found = 99 * kSecond;
  for (auto *source : { &video, &audio }) {
    source->place (lasting (first_item (0), kSecond));
    source->segment.start = source->segment.position = 100 * kSecond;
    source->presentation.seek (source->segment, request);
    source->presentation.snap (source->segment, request, found);
    ck_assert_int_eq (source->running (99 * kSecond), kSecond);
    ck_assert_int_eq (source->stream_time (101 * kSecond), 101 * kSecond);
    found += kSecond / 2;
  }
}
GST_END_TEST;

/* What it catches up with is late for its sink. */
GST_START_TEST (test_presentation_does_not_wait_for_who_joins)
{
  Source video;
  video.place (first_item (0), 0);
  Source audio (video);
  audio.place (first_item (0), 50 * kSecond);
  audio.presentation.note_lateness (0, 50 * kSecond);
  ReaderItem item = item_at (51 * kSecond);
  item.after_wait = true;
  ck_assert (
      audio.place (item, 51 * kSecond - 100 * GST_MSECOND) == Change::NONE);
  ck_assert_int_eq (audio.running (51 * kSecond), 51 * kSecond);
  /* Sinks may still say that a decoder keeps something back. */
  audio.presentation.note_lateness (51 * kSecond, kSecond);
  item = item_at (52 * kSecond);
  item.after_wait = true;
  ck_assert (
      audio.place (item, 52 * kSecond - 100 * GST_MSECOND) == Change::MOVED);
}
GST_END_TEST;

/* As B-frames have it: decoded two frames after it is shown at the earliest. */
static ReaderItem
reordered_at (int64_t frame, int64_t decoded)
{
  ReaderItem item = item_at (frame * kFrame);
  item.dts = (decoded - 2) * kFrame;
  item.from_the_start = decoded == 0;
  return item;
}

GST_START_TEST (test_presentation_changes_its_pace_with_what_is_shown_next)
{
  const int64_t order[] = { 0, 3, 1, 2, 6, 4, 5, 9, 7, 8 };
  /* What is to be shown when so many were given. */
  const int64_t next[] = { 0, 1, 1, 2, 4, 4, 5, 7, 7, 8 };
  for (int64_t given = 1; given < 10; given++) {
    Source source;
    for (int64_t i = 0; i < 10; i++) {
      if (i == given)
        source.presentation.change_rate (2.0, 5);
      Change change = source.place (reordered_at (order[i], i));
      ck_assert (i == 0 || (change == Change::NEW) == (i == given));
    }
    int64_t from = next[given];
    ck_assert_int_eq (source.running (from * kFrame), from * kFrame);
    ck_assert_int_eq (
        source.running ((from + 2) * kFrame), (from + 1) * kFrame);
    ck_assert_int_eq (source.stream_time (9 * kFrame), 9 * kFrame);
  }
}
GST_END_TEST;

/* As it has not begun, it is not known where that will be. */
GST_START_TEST (test_presentation_changes_its_pace_before_it_begins)
{
  for (int flags : { 0, static_cast<int> (GST_SEEK_FLAG_FLUSH),
           GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_FLUSH }) {
    Source source;
    Source other (source);
    for (auto *each : { &source, &other }) {
      each->segment.rate = 2.0;
      ck_assert (!each->presentation.seek (
          each->segment, { static_cast<GstSeekFlags> (flags), false, 77 }));
    }
    ck_assert (source.place (item_at (100 * kSecond)) == Change::EDITED);
    ck_assert (other.place (item_at (101 * kSecond)) == Change::EDITED);
    for (auto *each : { &source, &other }) {
      ck_assert_int_eq (each->running (100 * kSecond), 0);
      ck_assert_int_eq (each->running (104 * kSecond), 2 * kSecond);
      ck_assert_int_eq (each->stream_time (104 * kSecond), 104 * kSecond);
    }
    /* From now on it is. */
    ck_assert (source.presentation.seek (
        source.segment, { GST_SEEK_FLAG_FLUSH, false, 78 }));
  }
}
GST_END_TEST;

GST_START_TEST (test_presentation_changes_its_pace_in_all_sources)
{
  Source video;
  Source audio (video);
  video.place (lasting (first_item (0), 3 * kSecond));
  audio.place (lasting (first_item (0), 2 * kSecond));
  video.presentation.change_rate (2.0, 5);
  audio.presentation.change_rate (2.0, 5);
  ck_assert (video.place (item_at (3 * kSecond)) == Change::NEW);
  /* Not sooner than the other one. */
  ck_assert (audio.place (lasting (item_at (2 * kSecond), 2 * kSecond))
             == Change::NONE);
  ck_assert_int_eq (audio.running (2 * kSecond), 2 * kSecond);
  ck_assert (audio.place (item_at (4 * kSecond)) == Change::NEW);
  ck_assert_int_eq (audio.running (4 * kSecond), video.running (4 * kSecond));
}
GST_END_TEST;

GST_START_TEST (test_presentation_waits_at_an_instant_rate)
{
  Source source;
  source.place (first_item (0), 0);
  /* At 11 s it is 21 s by the segments. */
  source.presentation.note_instant_rate ({ 2.0, kSecond, kSecond, 5 });
  ReaderItem item = item_at (19 * kSecond);
  item.after_wait = true;
  ck_assert (source.place (item, 9 * kSecond) == Change::NONE);
  item = item_at (20 * kSecond);
  item.after_wait = true;
  ck_assert (source.place (item, 11 * kSecond) == Change::MOVED);
  ck_assert_int_eq (
      source.running (20 * kSecond), 21 * kSecond + 300 * GST_MSECOND);
}
GST_END_TEST;

GST_START_TEST (test_presentation_takes_over_an_instant_rate_in_all_sources)
{
  Source video;
  Source audio (video);
  video.place (lasting (first_item (0), 3 * kSecond));
  audio.place (lasting (first_item (0), 3 * kSecond));
  for (auto *source : { &video, &audio })
    source->presentation.note_instant_rate ({ 2.0, kSecond, kSecond, 5 });
  ReaderItem item = item_at (3 * kSecond);
  video.place (item);
  auto seqnum = video.presentation.take_over_instant_rate (video.segment, item);
  ck_assert (seqnum);
  for (auto *source : { &video, &audio })
    source->presentation.note_instant_rate (
        { 1.0, 2 * kSecond, 3 * kSecond, *seqnum });

  ck_assert (video.place (item_at (3 * kSecond + kFrame)) == Change::NONE);
  ck_assert (audio.place (item_at (3 * kSecond)) == Change::NEW);
  for (auto *source : { &video, &audio }) {
    ck_assert_int_eq (source->running (3 * kSecond), 3 * kSecond);
    ck_assert_int_eq (source->running (5 * kSecond), 4 * kSecond);
  }
  /* The application's own is for sinks alone. */
  for (double rate : { 3.0, 1.0 })
    audio.presentation.note_instant_rate (
        { rate, 3 * kSecond, 4 * kSecond, 7 });
  ck_assert (audio.place (item_at (4 * kSecond)) == Change::NONE);
}
GST_END_TEST;

/* Both had to wait, and neither has heard of the other. */
GST_START_TEST (test_presentation_takes_over_an_instant_rate_once)
{
  Source video;
  Source audio (video);
  ReaderItem item = first_item (0);
  std::optional<guint32> seqnum;
  for (auto *source : { &video, &audio })
    source->presentation.note_instant_rate ({ 2.0, kSecond, kSecond, 5 });
  for (auto *source : { &video, &audio }) {
    source->place (item);
    auto taken
        = source->presentation.take_over_instant_rate (source->segment, item);
    ck_assert (taken && taken == seqnum.value_or (*taken));
    seqnum = taken;
  }
  for (auto *source : { &video, &audio }) {
    source->presentation.note_instant_rate (
        { 1.0, 2 * kSecond, 3 * kSecond, *seqnum });
    ck_assert (source->place (item_at (kSecond)) == Change::NONE);
    ck_assert (
        !source->presentation.take_over_instant_rate (source->segment, item));
    ck_assert (source->segment.rate == 2.0);
  }
}
GST_END_TEST;

/* It does not matter how far a source has come with that. */
GST_START_TEST (test_presentation_changes_an_instant_rate_alike_in_all_sources)
{
  Source video;
  Source audio (video);
  ReaderItem item = first_item (0);
  for (auto *source : { &video, &audio }) {
    source->place (item);
    source->presentation.note_instant_rate ({ 2.0, kSecond, kSecond, 5 });
  }
  auto seqnum = video.presentation.take_over_instant_rate (video.segment, item);
  for (auto *source : { &video, &audio }) {
    source->presentation.note_instant_rate (
        { 1.0, 2 * kSecond, 3 * kSecond, *seqnum });
    ck_assert (source->presentation.multiplier_for (3.0, 7) == 1.5);
    /* Another sink brings it once more. */
    ck_assert (!source->presentation.multiplier_for (2.0, 5));
  }
}
GST_END_TEST;

/* ---- live ---- */

static ReaderItem
captured_at (int64_t position, int64_t capture, bool is_newest = true)
{
  ReaderItem item = item_at (position);
  item.capture = capture;
  item.is_newest = is_newest;
  return item;
}

/* Wall-clock time at running time 0, as any source would find it. */
static int64_t
set_wall_clock (Source &source)
{
  return source.sync->wall_at_zero (0, [] { return 1000 * kSecond; });
}

GST_START_TEST (test_live_presentation_follows_capture_time)
{
  Source source (200 * GST_MSECOND);
  int64_t wall = set_wall_clock (source);
  source.place (captured_at (50 * kSecond, wall + 3 * kSecond), 3 * kSecond);
  ck_assert_int_eq (source.running (50 * kSecond), 3 * kSecond);
  ck_assert_int_eq (source.stream_time (50 * kSecond), 50 * kSecond);

  /* Arrival wavers, what is shown does not. */
  for (int64_t late : { 10, 150, 0, 60 }) {
    int64_t due = 4 * kSecond;
    ck_assert (source.place (captured_at (51 * kSecond, wall + due),
                   due + late * static_cast<int64_t> (GST_MSECOND))
               == Change::NONE);
    ck_assert_int_eq (source.running (51 * kSecond), due);
  }
}
GST_END_TEST;

GST_START_TEST (test_live_presentation_leaves_the_time_between_two_sessions)
{
  Source source (200 * GST_MSECOND);
  int64_t wall = set_wall_clock (source);
  source.place (captured_at (0, wall), 0);
  /* Stacked at position 1 s, but a minute later. */
  ck_assert (
      source.place (captured_at (kSecond, wall + 60 * kSecond), 60 * kSecond)
      == Change::MOVED);
  ck_assert_int_eq (source.running (kSecond), 60 * kSecond);
  ck_assert_int_eq (source.stream_time (kSecond), kSecond);
}
GST_END_TEST;

GST_START_TEST (test_live_presentation_does_not_show_what_was_before_it)
{
  Source source (200 * GST_MSECOND);
  int64_t wall = set_wall_clock (source);
  source.place (captured_at (50 * kSecond, wall - kSecond, false), 0);
  ck_assert_int_eq (source.running (50 * kSecond), -kSecond);
  ck_assert_int_eq (source.running (52 * kSecond), kSecond);
  ck_assert (source.presentation.is_late ());
}
GST_END_TEST;

GST_START_TEST (test_live_presentation_is_late_when_nothing_can_be_shown)
{
  Source source (200 * GST_MSECOND);
  int64_t wall = set_wall_clock (source);
  auto is_late = [&] (int64_t age, bool is_newest) {
    source.place (captured_at (kSecond, wall + kSecond, is_newest),
        kSecond + age * static_cast<int64_t> (GST_MSECOND));
    return source.presentation.is_late ();
  };
  ck_assert (!is_late (0, false));
  ck_assert (!is_late (220, false));
  ck_assert (is_late (221, false));
  /* There is nothing to skip to. */
  ck_assert (!is_late (221, true));
}
GST_END_TEST;

GST_START_TEST (test_live_presentation_keeps_b_frames_before_a_jump)
{
  Source source (200 * GST_MSECOND);
  int64_t wall = set_wall_clock (source);
  source.place (captured_at (0, wall + kSecond), kSecond);
  source.place (captured_at (kSecond, wall + 9 * kSecond), 9 * kSecond);
  /* Comes after it and is shown before. */
  ck_assert_int_eq (source.running (kSecond - kFrame), 9 * kSecond - kFrame);
}
GST_END_TEST;

/* A camera without a battery. */
GST_START_TEST (test_live_presentation_follows_a_clock_that_began_in_1970)
{
  Source source (200 * GST_MSECOND);
  const int64_t wall = kNewYear;
  source.sync->wall_at_zero (0, [wall] { return wall; });
  for (int64_t frame = 0; frame < 100; frame++) {
    int64_t time = frame * kFrame;
    source.place (captured_at (time, time), time);
    ck_assert_int_eq (source.running (time), time);
  }
  source.place (captured_at (5 * kSecond, wall + 5 * kSecond), 5 * kSecond);
  ck_assert_int_eq (source.running (5 * kSecond), 5 * kSecond);
}
GST_END_TEST;

GST_START_TEST (
    test_live_presentation_does_not_wait_for_a_clock_that_was_behind)
{
  Source video (200 * GST_MSECOND);
  Source audio (video, 200 * GST_MSECOND);
  int64_t wall = set_wall_clock (video);
  for (auto *source : { &video, &audio }) {
    ReaderItem item = captured_at (0, wall - 3600 * kSecond);
    item.after_end = true;
    source->place (item, 0);
    ck_assert_int_eq (source->running (0), 0);
  }
  /* Nor for another source that still needs an hour. */
  for (auto *source : { &video, &audio }) {
    source->place (captured_at (kSecond, wall + kSecond), kSecond);
    ck_assert_int_eq (source->running (kSecond), kSecond);
  }
}
GST_END_TEST;

/* Its log ends with what nobody has continued. */
GST_START_TEST (
    test_live_presentation_does_not_wait_for_a_source_that_is_silent)
{
  Source one (200 * GST_MSECOND);
  Source other (one, 200 * GST_MSECOND);
  int64_t wall = set_wall_clock (one);
  other.place (captured_at (0, wall - 4 * kSecond), 0);
  ck_assert_int_eq (other.running (0), 0);
  one.place (captured_at (0, wall), 0);
  ck_assert_int_eq (one.running (0), 0);

  /* But for what really takes so long. */
  ReaderItem item = captured_at (kSecond, wall - 3 * kSecond);
  item.after_end = true;
  other.place (item, kSecond);
  one.place (captured_at (kSecond, wall + kSecond), kSecond);
  ck_assert_int_eq (one.running (kSecond), 5 * kSecond);
}
GST_END_TEST;

/* Found by fuzzing: sums that overflow. Where such a record is shown does not
 * matter; the next good one counts. */
GST_START_TEST (test_presentation_survives_absurd_times)
{
  const int64_t most = (int64_t{ 1 } << 62) + (int64_t{ 1 } << 61);
  for (bool is_live : { false, true }) {
    Source source (
        is_live ? std::make_optional (200 * GST_MSECOND) : std::nullopt);
    int64_t now = 0;
    for (int i = 0; i < 200; i++) {
      ReaderItem item = item_at (i % 2 ? most : -most);
      GST_BUFFER_DURATION (item.buffer.get ()) = INT64_MAX >> 2;
      if (i % 3 == 0)
        item.dts = -most;
      item.capture = i % 5 ? INT64_MIN + 2 : INT64_MAX - 1;
      item.after_end = i % 7 < 4;
      item.after_wait = i % 7 < 3;
      item.after_loss = i % 11 < 3;
      item.is_foreign = i % 13 < 3;
      item.is_newest = i % 2;
      if (i % 17 == 0)
        source.presentation.change_rate (i % 2 ? 1e9 : 1e-9, 100 + i);
      source.place (item, now += kFrame);
      source.presentation.is_beyond_stop (source.segment, item);
    }
  }
}
GST_END_TEST;

static Suite *
presentation_suite ()
{
  Suite *suite = suite_create ("presentation");
  TCase *recording = tcase_create ("recording");
  tcase_add_test (recording, test_presentation_survives_absurd_times);
  tcase_add_test (recording,
      test_presentation_keeps_the_writers_running_time_from_the_start);
  tcase_add_test (
      recording, test_presentation_begins_with_the_first_record_elsewhere);
  tcase_add_test (recording, test_presentation_is_the_same_for_all_sources);
  tcase_add_test (recording, test_presentation_makes_room_for_negative_times);
  tcase_add_test (
      recording, test_presentation_waits_with_the_producer_in_all_sources);
  tcase_add_test (
      recording, test_presentation_does_not_move_for_what_is_in_time);
  tcase_add_test (recording,
      test_presentation_leaves_decoders_time_for_what_is_just_in_time);
  tcase_add_test (recording,
      test_presentation_of_a_viewer_who_was_first_begins_a_little_later);
  tcase_add_test (
      recording, test_presentation_does_not_hold_up_the_others_for_who_waited);
  tcase_add_test (recording,
      test_presentation_goes_straight_on_after_a_loss_in_all_sources);
  tcase_add_test (
      recording, test_presentation_is_in_time_after_a_loss_that_took_time);
  tcase_add_test (
      recording, test_presentation_counts_a_loss_after_a_seek_from_the_seek);
  tcase_add_test (
      recording, test_presentation_knows_a_pause_that_took_no_writer_as_long);
  tcase_add_test (recording, test_presentation_never_ends_before_it_begins);
  tcase_add_test (recording, test_presentation_shortens_other_programs_pauses);
  tcase_add_test (
      recording, test_presentation_shortens_pauses_of_more_than_a_lifetime);
  tcase_add_test (
      recording, test_presentation_keeps_pauses_that_other_sources_may_fill);
  tcase_add_test (
      recording, test_presentation_is_in_time_after_another_programs_pause);
  suite_add_tcase (suite, recording);

  TCase *sinks = tcase_create ("sinks");
  tcase_add_test (
      sinks, test_presentation_makes_up_for_what_decoders_keep_back);
  tcase_add_test (sinks, test_presentation_forgets_a_hiccup);
  suite_add_tcase (suite, sinks);

  TCase *pace = tcase_create ("pace");
  tcase_add_test (
      pace, test_presentation_changes_its_pace_with_what_is_shown_next);
  tcase_add_test (pace, test_presentation_changes_its_pace_before_it_begins);
  tcase_add_test (pace, test_presentation_changes_its_pace_in_all_sources);
  tcase_add_test (pace, test_presentation_waits_at_an_instant_rate);
  tcase_add_test (
      pace, test_presentation_takes_over_an_instant_rate_in_all_sources);
  tcase_add_test (pace, test_presentation_takes_over_an_instant_rate_once);
  tcase_add_test (pace, test_presentation_joins_where_the_others_are);
  tcase_add_test (pace, test_presentation_does_not_wait_for_who_joins);
  tcase_add_test (
      pace, test_presentation_goes_on_at_the_sync_point_in_all_sources);
  tcase_add_test (
      pace, test_presentation_changes_an_instant_rate_alike_in_all_sources);
  suite_add_tcase (suite, pace);

  TCase *live = tcase_create ("live");
  tcase_add_test (live, test_live_presentation_follows_capture_time);
  tcase_add_test (
      live, test_live_presentation_leaves_the_time_between_two_sessions);
  tcase_add_test (
      live, test_live_presentation_does_not_show_what_was_before_it);
  tcase_add_test (
      live, test_live_presentation_is_late_when_nothing_can_be_shown);
  tcase_add_test (live, test_live_presentation_keeps_b_frames_before_a_jump);
  tcase_add_test (
      live, test_live_presentation_does_not_wait_for_a_clock_that_was_behind);
  tcase_add_test (
      live, test_live_presentation_does_not_wait_for_a_source_that_is_silent);
  tcase_add_test (
      live, test_live_presentation_follows_a_clock_that_began_in_1970);
  suite_add_tcase (suite, live);
  return suite;
}

GST_CHECK_MAIN (presentation)
