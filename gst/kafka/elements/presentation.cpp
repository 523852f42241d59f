/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/presentation.h"

#include <algorithm>

namespace gstkafka {

namespace {

constexpr GstClockTime kTimestampShift = 1000 * 3600 * GST_SECOND;

/* What the way of a record that was waited for may vary by, and a decoder and a
 * sink take with it: decoders keep some pictures back. */
constexpr int64_t kWaitMargin = 150 * GST_MSECOND;

/* What is left of it when it is made up again: with less a decoder may be late.
 * A sink without a queue takes each buffer as the one before it is shown: then
 * there is more in the log. */
constexpr int64_t kLeastMargin = 50 * GST_MSECOND;

/* What a sink shows though it came late. */
constexpr int64_t kTolerable = 5 * GST_MSECOND;

/* What was in time for so long is not late any more: of pictures that a decoder
 * gives out several at a time only the first may be. */
constexpr int64_t kInTime = GST_SECOND;

/* Of several topics retention takes away about the same, by their segments. */
constexpr int64_t kSameLoss = 2 * GST_SECOND;

/* Other programs' records know no sessions: a night between two of them is no
 * more than this, unless another source has pictures of it. */
constexpr int64_t kLongestPause = 10 * GST_SECOND;

/* A pause that people wonder about, and how often they are told. */
constexpr int64_t kLongPause = 60 * GST_SECOND;

/* Where a live source's records stand is reckoned from wall-clock times, anew
 * after each pause; below it a difference is no reason for another segment. */
constexpr int64_t kSame = 5 * GST_MSECOND;

/* Durations are rounded. */
constexpr int64_t kRounding = GST_MSECOND;

/* No encoder reorders more pictures. */
constexpr size_t kMaxReordered = 64;

/* A record may claim any time. 36 years of running time, so that the sums below
 * have room. But a clock that nobody has set is 56 years behind, and the next
 * record's may be right, or far ahead: 73 and 146 years for those. */
constexpr int64_t kFarthest = int64_t{ 1 } << 60;
constexpr int64_t kFarthestCapture = 2 * kFarthest;
constexpr int64_t kFarthestPosition = 4 * kFarthest;

int64_t
within_reach (int64_t time, int64_t reach = kFarthest)
{
  return std::clamp (time, -reach, reach);
}

std::optional<int64_t>
show_time (const ReaderItem &item)
{
  auto time = item.pts ? item.pts : item.dts;
  return time ? std::make_optional (within_reach (*time, kFarthestPosition))
              : std::nullopt;
}

int64_t
scaled (int64_t time, double factor)
{
  constexpr auto farthest = static_cast<double> (kFarthest);
  return static_cast<int64_t> (
      std::clamp (static_cast<double> (time) * factor, -farthest, farthest));
}

int64_t
duration_of (const ReaderItem &item)
{
  GstClockTime duration = GST_BUFFER_DURATION (item.buffer.get ());
  return GST_CLOCK_TIME_IS_VALID (duration)
             ? within_reach (static_cast<int64_t> (duration))
             : 0;
}

/* Everything `delay` later, or earlier. */
void
move_segment (GstSegment &segment, int64_t delay)
{
  int64_t base = within_reach (static_cast<int64_t> (segment.base)) + delay;
  segment.base = static_cast<guint64> (std::max<int64_t> (base, 0));
  if (base >= 0)
    return;
  /* Running time cannot begin below 0: what would is not shown. */
  auto hidden
      = static_cast<guint64> (static_cast<double> (-base) * ABS (segment.rate));
  segment.start += hidden;
  segment.time += hidden;
}

} // namespace

Presentation::Presentation (
    std::shared_ptr<SourceSync> sync, std::optional<GstClockTime> latency)
    : sync_ (std::move (sync)), epoch_ (sync_->epoch ())
{
  if (latency)
    live_.emplace (*latency);
}

Presentation::~Presentation ()
{
  sync_->forget_need (this);
}

GstClockTime
Presentation::timestamp (std::optional<int64_t> position) const
{
  if (!position)
    return GST_CLOCK_TIME_NONE;
  int64_t time = *position + static_cast<int64_t> (shift_);
  return time < 0 ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime> (time);
}

void
Presentation::begin_epoch (guint32 seqnum)
{
  epoch_ = seqnum;
  delay_ = {};
  given_end_ = 0;
  told_at_.reset ();
  heed_from_ = lateness_ = late_at_ = 0;
  std::lock_guard<std::mutex> lock (mutex_);
  instant_rate_ = {};
}

std::optional<int64_t>
Presentation::seek (GstSegment &segment, const SeekRequest &request)
{
  const bool flushes = request.flags & GST_SEEK_FLAG_FLUSH;
  int64_t position = static_cast<int64_t> (
      (request.moves ? segment.start : segment.position) - request.shift);
  auto next = std::exchange (next_, std::nullopt);
  bool has_begun = std::exchange (has_given_, false) || is_anchored_;
  written_.reset ();
  given_.clear ();
  {
    std::lock_guard<std::mutex> lock (mutex_);
    rate_ = segment.rate;
    rate_change_.reset ();
  }
  if (flushes)
    begin_epoch (request.seqnum);
  segment.offset = 0;
  if (!has_begun && !request.moves && !request.stop_from_end)
    return std::nullopt;

  is_anchored_ = true;
  if (!flushes) {
    /* basesrc goes by the last buffer, which may be a B-frame. */
    int64_t base = std::max (static_cast<int64_t> (segment.base), given_end_);
    if (!request.moves && next) {
      position = next->position;
      base = next->base;
    }
    segment.base = static_cast<guint64> (std::max<int64_t> (base, 0));
  }
  /* Neither a key-unit seek nor an open one, which are not there yet. */
  if (!(request.flags & GST_SEEK_FLAG_KEY_UNIT) && !request.is_open)
    position = agree_on_seek (segment, request, position);
  if (GST_CLOCK_TIME_IS_VALID (segment.stop))
    segment.stop += shift_ - request.shift;
  begin_at (segment, position);
  return position;
}

/* Others have come further, or not as far. */
int64_t
Presentation::agree_on_seek (
    GstSegment &segment, const SeekRequest &request, int64_t position) const
{
  if (request.flags & GST_SEEK_FLAG_FLUSH)
    return sync_->anchor (epoch_, position, segment.rate);
  int64_t base = static_cast<int64_t> (segment.base) - delay_.time;
  auto place = sync_->agree_on_seek (
      epoch_, request.seqnum, { position, base, segment.rate });
  segment.base
      = static_cast<guint64> (std::max<int64_t> (place.base + delay_.time, 0));
  return place.position;
}

void
Presentation::settle (GstSegment &segment, const SeekRequest &request,
    const Recording::Range &range, int64_t position)
{
  if (!(request.flags & GST_SEEK_FLAG_KEY_UNIT))
    position = agree_on_seek (segment, request, position);
  if (request.stop_from_end)
    segment.stop
        = timestamp (std::max<int64_t> (range.end + *request.stop_from_end, 0));
  begin_at (segment, position);
}

void
Presentation::snap (
    GstSegment &segment, const SeekRequest &request, int64_t position)
{
  begin_at (segment, agree_on_seek (segment, request, position));
}

/* What ends before that ends there: GStreamer takes it for a mistake. */
void
Presentation::begin_at (GstSegment &segment, int64_t position) const
{
  segment.time = static_cast<guint64> (std::max<int64_t> (position, 0));
  segment.start = shift_ + segment.time;
  segment.position = segment.start;
  if (GST_CLOCK_TIME_IS_VALID (segment.stop))
    segment.stop = std::max (segment.stop, segment.start);
}

/* Nothing before it is shown. */
void
Presentation::begin_with (
    GstSegment &segment, int64_t position, int64_t due) const
{
  begin_at (segment, position);
  segment.base = static_cast<guint64> (due);
}

/* Where the others have got to, if there are any. */
void
Presentation::join (GstSegment &segment)
{
  const SourceSync::Place at = sync_->last_place (epoch_);
  segment.rate = at.rate;
  segment.base = static_cast<guint64> (std::max<int64_t> (at.base, 0));
  begin_at (segment, at.position);
  std::lock_guard<std::mutex> lock (mutex_);
  if (!rate_change_)
    rate_ = at.rate;
}

/* By the segment's rate `at` lies where it did. */
void
Presentation::begin_by (
    GstSegment &segment, int64_t position, const SourceSync::Place &at) const
{
  int64_t earliest = at.position - scaled (at.base, segment.rate);
  position = std::max ({ position, earliest, int64_t{ 0 } });
  int64_t base = at.base + scaled (position - at.position, 1 / segment.rate);
  segment.base = static_cast<guint64> (std::max<int64_t> (base, 0));
  begin_at (segment, position);
}

void
Presentation::change_rate (double rate, guint32 seqnum)
{
  std::lock_guard<std::mutex> lock (mutex_);
  /* Each sink sends a pipeline's seek to its source. */
  if (std::exchange (rate_seqnum_, seqnum) == seqnum)
    return;
  rate_ = rate;
  rate_change_ = RateChange{ rate, seqnum };
}

double
Presentation::rate () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return rate_;
}

/* Where another source has taken it over, this one does the same. */
void
Presentation::note_instant_rate (const InstantRate &rate)
{
  double taken = 1.0;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    taken = rate_ * std::exchange (instant_rate_, rate).multiplier;
  }
  if (sync_->is_take_over (rate.seqnum))
    change_rate (taken, rate.seqnum);
}

InstantRate
Presentation::instant_rate () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return instant_rate_;
}

std::optional<double>
Presentation::multiplier_for (double rate, guint32 seqnum) const
{
  if (sync_->was_taken_over (seqnum))
    return std::nullopt;
  return rate / this->rate ();
}

std::optional<guint32>
Presentation::take_over_instant_rate (
    GstSegment &segment, const ReaderItem &item)
{
  double taken = 1.0;
  guint32 seqnum = GST_SEQNUM_INVALID;
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (instant_rate_.multiplier == 1.0)
      return std::nullopt;
    taken = rate_ * instant_rate_.multiplier;
    seqnum = sync_->take_over (instant_rate_.seqnum);
  }
  change_rate (taken, seqnum);
  follow_rate (segment, item);
  return seqnum;
}

Presentation::Change
Presentation::place (GstSegment &segment, const ReaderItem &item,
    const std::optional<PipelineTime> &now)
{
  bool is_first = !std::exchange (has_given_, true);
  bool is_changed = make_room (segment, item);
  bool is_moved = false;
  if (live_) {
    is_moved = follow_capture (segment, item, now);
  } else {
    is_changed |= anchor (segment, item, is_first, now);
    is_moved |= follow_delay (segment);
    is_changed |= follow_rate (segment, item);
    is_moved |= follow_jump (segment, item);
    is_moved |= make_up (segment, item, by_segments (now));
    note_late_record (segment, item, by_segments (now));
    note_pause (segment, item, now);
  }
  note_end (segment, item);
  note_next (segment, item);
  if (is_first)
    return is_changed || is_moved ? Change::EDITED : Change::NONE;
  return is_moved ? Change::MOVED : is_changed ? Change::NEW : Change::NONE;
}

void
Presentation::note_end (const GstSegment &segment, const ReaderItem &item)
{
  auto time = show_time (item);
  if (!time)
    return;
  int64_t end = *time + duration_of (item);
  if (GST_CLOCK_TIME_IS_VALID (segment.stop))
    end = std::min (end, static_cast<int64_t> (segment.stop - shift_));
  given_end_ = std::max (given_end_, due_time (segment, end));
}

/* One that took the writer as long is as it should be. */
void
Presentation::note_pause (const GstSegment &segment, const ReaderItem &item,
    const std::optional<PipelineTime> &now)
{
  unexpected_pause_ = 0;
  auto time = show_time (item);
  if (!time)
    return;
  auto before = std::exchange (written_, item.written);
  int64_t pause = due_time (segment, *time) - given_end_;
  if (!before || !item.written || pause < kLongPause
      || pause - std::max<int64_t> (*item.written - *before, 0) < kLongPause)
    return;
  int64_t at = now ? now->running_time : 0;
  if (told_at_ && at - *told_at_ < kLongPause)
    return;
  told_at_ = at;
  unexpected_pause_ = pause;
}

/* B-frames are shown before a picture that was given before them. */
void
Presentation::note_next (const GstSegment &segment, const ReaderItem &item)
{
  auto time = show_time (item);
  if (!time)
    return;
  int64_t &end = given_[*time];
  end = std::max (end, *time + duration_of (item));
  /* Nothing that is decoded later is shown before it. */
  int64_t lowest = item.dts ? within_reach (*item.dts, kFarthestPosition) : end;
  int64_t next = next_ ? std::max (next_->position, lowest) : *time;
  for (const auto &[from, to] : given_)
    if (from <= next + kRounding)
      next = std::max (next, to);
  next_ = SourceSync::Place{ next, due_time (segment, next), segment.rate };

  while (!given_.empty () && given_.begin ()->second <= lowest)
    given_.erase (given_.begin ());
  if (given_.size () > kMaxReordered)
    given_.erase (given_.begin ());
}

/* For negative times: all timestamps are higher from here on, and running time
 * and stream time stay as they are. */
bool
Presentation::make_room (GstSegment &segment, const ReaderItem &item)
{
  int64_t lowest = std::min (item.pts.value_or (0), item.dts.value_or (0));
  if (lowest >= 0 || shift_ > 0)
    return false;
  shift_ = kTimestampShift;
  segment.start += kTimestampShift;
  segment.position += kTimestampShift;
  if (GST_CLOCK_TIME_IS_VALID (segment.stop))
    segment.stop += kTimestampShift;
  return true;
}

/* The segment begins at 0 for a recording that is played from its beginning,
 * so that running time is what it was for the writer; anywhere else it begins
 * with the first record, so that nobody waits for what came before; in any case
 * where the other sources' segments do. Who was there before the record gets
 * what comes next as it is made, and begins that much later. */
bool
Presentation::anchor (GstSegment &segment, const ReaderItem &item,
    bool is_first, const std::optional<PipelineTime> &now)
{
  std::optional<int64_t> start = show_time (item);
  if (is_first && item.from_the_start)
    start = 0;
  if (!start || is_anchored_)
    return false;
  is_anchored_ = true;
  sync_->anchor (epoch_, *start, segment.rate);
  join (segment);
  /* In PLAYING make_up () sees to that. */
  if (is_first && item.after_wait && !now)
    sync_->add_delay (epoch_, delay_, kWaitMargin);
  return true;
}

/* What other sources, or this one, have found out. */
bool
Presentation::follow_delay (GstSegment &segment)
{
  SourceSync::Delay delay = sync_->delay (epoch_);
  if (delay.changes == delay_.changes)
    return false;
  move_segment (segment, delay.time - delay_.time);
  delay_ = delay;
  return true;
}

/* From the place on where the first of all sources changes its pace, so that it
 * is the same for all. */
bool
Presentation::follow_rate (GstSegment &segment, const ReaderItem &item)
{
  auto time = show_time (item);
  std::lock_guard<std::mutex> lock (mutex_);
  if (!rate_change_ || !time)
    return false;
  auto start = static_cast<int64_t> (segment.start - shift_);
  int64_t next = next_ ? std::min (next_->position, *time) : *time;
  next = std::max (next, start);
  SourceSync::Place at = sync_->agree_on_seek (epoch_, rate_change_->seqnum,
      { next, due_time (segment, next) - delay_.time, rate_change_->rate });
  if (next < at.position)
    return false;
  at.base += delay_.time;
  segment.rate = rate_ = at.rate;
  rate_change_.reset ();
  begin_by (segment, start, at);
  return true;
}

/* Nobody waits for a time that no writer can have come to: it is shown next. */
bool
Presentation::follow_jump (GstSegment &segment, const ReaderItem &item)
{
  if (!item.after_jump || !is_alone ())
    return false;
  int64_t first = std::min (item.pts.value_or (INT64_MAX), //
      item.dts.value_or (INT64_MAX));
  begin_with (segment, first, given_end_);
  return true;
}

/* Waiting for the producer is not paid with dropped frames: when a record comes
 * too late, or nearly so, because there was none, running time is moved on by
 * as much, for all sources. Nor are lost records paid with a wait: then it is
 * moved back. */
bool
Presentation::make_up (GstSegment &segment, const ReaderItem &item,
    const std::optional<PipelineTime> &now)
{
  auto time = show_time (item);
  if (!time)
    return false;
  const int64_t due = due_time (segment, *time);
  int64_t better = due;
  if (item.after_loss)
    better += time_to_leave_out (due, now);
  else if (item.is_foreign && is_alone ())
    better = std::min (due, given_end_ + kLongestPause);
  if (item.after_wait && now) {
    int64_t late = now->running_time - better;
    if (int64_t of_sinks = lateness_.exchange (0))
      late = std::max (late, of_sinks);
    double faster = std::max (1.0, instant_rate ().multiplier);
    int64_t least = item.is_newest ? scaled (kLeastMargin, faster) : 0;
    if (late > -least)
      better += late + scaled (kWaitMargin, faster);
  }
  if (better == due)
    return false;
  /* Sinks will still speak of what was given before. */
  heed_from_ = given_end_;
  if (due >= kFarthest && is_alone ()) {
    /* Nobody knows how far it is. */
    begin_with (segment, *time, better);
    return true;
  }
  sync_->add_delay (epoch_, delay_, better - due);
  return follow_delay (segment);
}

/* What was much too late before anybody downstream had it, as with a source
 * that joins and catches up, is nothing to wait for. */
void
Presentation::note_late_record (const GstSegment &segment,
    const ReaderItem &item, const std::optional<PipelineTime> &now)
{
  auto time = show_time (item);
  if (!time || !now)
    return;
  int64_t due = due_time (segment, *time);
  if (due + kWaitMargin < now->running_time)
    heed_from_ = std::max<int64_t> (heed_from_, due + 1);
}

void
Presentation::note_lateness (GstClockTime shown, GstClockTimeDiff late)
{
  auto at = static_cast<int64_t> (shown);
  if (!GST_CLOCK_TIME_IS_VALID (shown) || at < heed_from_)
    return;
  /* Not what came just in time: a sink that waits for each buffer takes the
   * next one no earlier. */
  if (late > kTolerable) {
    lateness_ = std::max<int64_t> (
        lateness_, scaled (late, instant_rate ().multiplier));
    late_at_ = at;
  } else if (at > late_at_ + kInTime) {
    lateness_ = 0;
  }
}

/* Negative: how much earlier all may be. Sources that lost more or less the
 * same leave it at what the first one has decided, and wait for the rest. */
int64_t
Presentation::time_to_leave_out (
    int64_t due, const std::optional<PipelineTime> &now) const
{
  int64_t free_from
      = now ? std::max (given_end_, now->running_time) : given_end_;
  int64_t more = std::min<int64_t> (free_from - due, 0);
  return is_alone () || more < -kSameLoss ? more : 0;
}

/* A live source's running time is that of the capture, whatever the positions:
 * what lies between two sessions counts. */
bool
Presentation::follow_capture (GstSegment &segment, const ReaderItem &item,
    const std::optional<PipelineTime> &now)
{
  auto time = show_time (item);
  is_late_ = false;
  if (!time || !item.capture || !now)
    return false;
  int64_t wall_at_zero = sync_->wall_at_zero (now->base_time,
      [&] { return g_get_real_time () * GST_USECOND - now->running_time; });
  int64_t captured = within_reach (
      within_reach (*item.capture, kFarthestCapture) - wall_at_zero,
      kFarthestCapture);
  int64_t age = now->running_time - captured;
  bool is_fresh = item.is_newest || (item.is_resumed && item.after_end);
  int64_t need = live_->take ({ now->running_time, age, is_fresh });
  /* What was there already is as old as it is, whatever its way here takes. */
  is_supplied_ |= item.after_end;
  if (is_supplied_)
    sync_->note_need (this, need);
  need = sync_->agree_on_need (need, live_->most_for (age));
  /* Not sooner: a sink without a queue keeps the source until one record before
   * the next is shown. */
  is_late_
      = !item.is_newest && age - need > static_cast<int64_t> (now->latency);

  int64_t due = within_reach (captured + need);
  if (is_anchored_ && std::abs (due - due_time (segment, *time)) < kSame)
    return false;
  is_anchored_ = true;
  show_at (segment, *time, due);
  return true;
}

/* The segment begins as early as it can: B-frames that come after a picture are
 * shown before it. But running time does not run backwards: what was captured
 * while a pipeline was paused is not shown. */
void
Presentation::show_at (GstSegment &segment, int64_t position, int64_t due) const
{
  int64_t before = std::min (due - given_end_, std::max<int64_t> (position, 0));
  segment.base = static_cast<guint64> (due - before);
  begin_at (segment, position - before);
}

/* In running time; below 0 it is not shown. */
int64_t
Presentation::due_time (const GstSegment &segment, int64_t position) const
{
  guint64 due = 0;
  int sign = gst_segment_to_running_time_full (&segment, GST_FORMAT_TIME,
      static_cast<guint64> (position + static_cast<int64_t> (shift_)), &due);
  return sign
         * static_cast<int64_t> (
             std::min (due, static_cast<guint64> (kFarthest)));
}

/* What segments say for `time`. */
std::optional<PipelineTime>
Presentation::by_segments (const std::optional<PipelineTime> &time) const
{
  auto out = time;
  InstantRate rate = instant_rate ();
  if (out)
    out->running_time
        = rate.upstream_running_time
          + scaled (out->running_time - rate.running_time, rate.multiplier);
  return out;
}

bool
Presentation::is_beyond_stop (
    const GstSegment &segment, const ReaderItem &item) const
{
  /* In decode order: a later B-frame may still belong before it. */
  std::optional<int64_t> time = item.dts ? item.dts : item.pts;
  return GST_CLOCK_TIME_IS_VALID (segment.stop) && time
         && *time + static_cast<int64_t> (shift_)
                >= static_cast<int64_t> (segment.stop);
}

} // namespace gstkafka
