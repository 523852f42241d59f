/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* When a source's records are shown: positions in the recording become
 * timestamps, and the segment says which running time that is.
 *
 *   position + shift = timestamp -- segment --> running time
 *
 * Running time runs on with positions, but is moved where it has to be: by a
 * seek, after a wait for the producer, where records were lost, and, for a live
 * source, so that it follows capture time. The segment changes here, whoever
 * calls sends it. One thread at a time, but for what says otherwise. */

#pragma once

#include "elements/live_pace.h"
#include "elements/reader.h"
#include "elements/source_sync.h"

#include <atomic>
#include <map>

namespace gstkafka {

/* What GstBaseSrcClass.do_seek () is not told of a seek event. */
struct SeekRequest {
  GstSeekFlags flags;
  bool moves; /* not only the rate changes */
  guint32 seqnum;
  GstClockTime shift; /* of its positions: see Presentation::shift () */
  /* How far the recording reaches was not known yet: see settle (). */
  bool is_open = false;
  std::optional<int64_t> start_from_end = std::nullopt;
  std::optional<int64_t> stop_from_end = std::nullopt;
};

/* The pipeline's time. */
struct PipelineTime {
  GstClockTime base_time;
  GstClockTimeDiff running_time; /* now */
  GstClockTime latency;          /* all sinks are later by that */
};

/* What a GST_EVENT_INSTANT_RATE_SYNC_TIME says: from running_time on sinks play
 * so many times as fast as segments say, and that is upstream_running_time by
 * the segments. */
struct InstantRate {
  double multiplier = 1.0;
  int64_t running_time = 0, upstream_running_time = 0;
  guint32 seqnum = GST_SEQNUM_INVALID;
};

class Presentation {
 public:
  /* What became of the segment. */
  enum class Change {
    NONE,
    EDITED, /* nothing was given yet: it was not sent either */
    NEW,
    MOVED, /* that too, and running time has jumped */
  };

  /* `latency` makes it a live one's. */
  Presentation (
      std::shared_ptr<SourceSync> sync, std::optional<GstClockTime> latency);
  ~Presentation ();

  /* The timestamps' distance from positions. GstBuffer has no negative times,
   * and B-frames' first DTS may be negative in running time. Then all
   * timestamps, and the segment's start, are this much higher, and running time
   * comes out exact. x264enc does the same. Any thread. */
  GstClockTime
  shift () const
  {
    return shift_;
  }
  GstClockTime timestamp (std::optional<int64_t> position) const;

  /* basesrc has worked out a seek's segment: its stream time, from where to
   * read. nullopt: from where that was to begin anyway. */
  std::optional<int64_t> seek (GstSegment &segment, const SeekRequest &request);

  /* Now the recording's range is known, and that an open seek begins at
   * `position`. */
  void settle (GstSegment &segment, const SeekRequest &request,
      const Recording::Range &range, int64_t position);

  /* A key-unit seek begins at the sync point that was found. */
  void snap (GstSegment &segment, const SeekRequest &request, int64_t position);

  /* Only the pace changes, with the next record that place () gets. Any
   * thread. */
  void change_rate (double rate, guint32 seqnum);

  /* The segment's, or what that will be with the next record. Any thread. */
  double rate () const;

  /* Sinks' instant rate is another one. Any thread. */
  void note_instant_rate (const InstantRate &rate);
  InstantRate instant_rate () const;

  /* The sinks' multiplier for a seek to `rate`; nullopt: the seek was heard of
   * before, and is in the segment by now. Any thread. */
  std::optional<double> multiplier_for (double rate, guint32 seqnum) const;

  /* After place (): the instant rate, if there is one, becomes the segment's,
   * there and in all sources that hear of the seqnum that is returned. */
  std::optional<guint32> take_over_instant_rate (
      GstSegment &segment, const ReaderItem &item);

  /* Makes sure that the segment shows `item` when it should be. `now` where the
   * pipeline is PLAYING. */
  Change place (GstSegment &segment, const ReaderItem &item,
      const std::optional<PipelineTime> &now);

  /* What a sink says of a buffer that it got, negative: in time. What is late
   * by then is made up for, too, when the producer was waited for. Any thread.
   */
  void note_lateness (GstClockTime shown, GstClockTimeDiff late);

  /* After place (): it came too late for a live source. */
  bool
  is_late () const
  {
    return is_late_;
  }

  /* After place (): for so long, in ns, nothing is shown before it, though it
   * was not written that much later; 0: it is not long, or was told. */
  int64_t
  unexpected_pause () const
  {
    return unexpected_pause_;
  }

  bool is_beyond_stop (const GstSegment &segment, const ReaderItem &item) const;

 private:
  bool make_room (GstSegment &segment, const ReaderItem &item);
  bool anchor (GstSegment &segment, const ReaderItem &item, bool is_first,
      const std::optional<PipelineTime> &now);
  bool follow_delay (GstSegment &segment);
  bool follow_rate (GstSegment &segment, const ReaderItem &item);
  bool follow_jump (GstSegment &segment, const ReaderItem &item);
  bool make_up (GstSegment &segment, const ReaderItem &item,
      const std::optional<PipelineTime> &now);
  void note_late_record (const GstSegment &segment, const ReaderItem &item,
      const std::optional<PipelineTime> &now);
  int64_t time_to_leave_out (
      int64_t due, const std::optional<PipelineTime> &now) const;
  bool follow_capture (GstSegment &segment, const ReaderItem &item,
      const std::optional<PipelineTime> &now);
  void note_pause (const GstSegment &segment, const ReaderItem &item,
      const std::optional<PipelineTime> &now);
  void note_end (const GstSegment &segment, const ReaderItem &item);
  void note_next (const GstSegment &segment, const ReaderItem &item);
  bool
  is_alone () const
  {
    return sync_->users () <= 1;
  }
  void begin_epoch (guint32 seqnum);
  void begin_at (GstSegment &segment, int64_t position) const;
  void begin_with (GstSegment &segment, int64_t position, int64_t due) const;
  int64_t agree_on_seek (
      GstSegment &segment, const SeekRequest &request, int64_t position) const;
  void join (GstSegment &segment);
  void begin_by (
      GstSegment &segment, int64_t position, const SourceSync::Place &at) const;
  void show_at (GstSegment &segment, int64_t position, int64_t due) const;
  int64_t due_time (const GstSegment &segment, int64_t position) const;
  std::optional<PipelineTime> by_segments (
      const std::optional<PipelineTime> &time) const;

  const std::shared_ptr<SourceSync> sync_;
  std::atomic<GstClockTime> shift_{ 0 };
  bool is_anchored_ = false; /* segment.start is known */
  bool has_given_ = false;
  guint32 epoch_;           /* as SourceSync has it */
  SourceSync::Delay delay_; /* of that, as far as the segment has it */
  int64_t given_end_ = 0;   /* running time up to where items were given */
  /* From where to where items were given, as far as others that are shown
   * before them may still come. */
  std::map<int64_t, int64_t> given_;
  std::optional<SourceSync::Place> next_; /* what was not given begins there */
  std::optional<int64_t> written_;        /* the last one */
  int64_t unexpected_pause_ = 0;
  std::optional<int64_t> told_at_; /* of one */
  std::optional<LivePace> live_;
  bool is_late_ = false;
  bool is_supplied_ = false; /* something came after the log's end */

  /* What sinks say of what is to be shown from heed_from_ on; what was late
   * last was to be shown at late_at_. */
  std::atomic<int64_t> lateness_{ 0 }, late_at_{ 0 }, heed_from_{ 0 };

  struct RateChange {
    double rate;
    guint32 seqnum;
  };
  mutable std::mutex mutex_; /* guards these */
  double rate_ = 1.0;
  std::optional<RateChange> rate_change_;
  guint32 rate_seqnum_ = 0; /* of the last one */
  InstantRate instant_rate_;
};

} // namespace gstkafka
