/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* From a topic to what a source gives out, one step at a time: finds the topic
 * and the place to start, decodes, wraps payloads, keeps the counts. Knows
 * neither clock nor segment; positions are signed and count the recording.
 *
 * Calls come from the streaming thread, but for those that say otherwise. */

#pragma once

#include "elements/bounds.h"
#include "elements/complaints.h"
#include "elements/ending.h"
#include "elements/given_caps.h"
#include "elements/group.h"
#include "elements/intake.h"
#include "elements/log_cursor.h"
#include "elements/playback.h"
#include "elements/reader_stats.h"
#include "elements/recording.h"
#include "elements/turn.h"

#include <deque>

namespace gstkafka {

struct ReaderSettings {
  ConfigEntries config;
  StreamAddress stream;
  WantedBounds bounds;
  EosPolicy eos_policy = EosPolicy::AT_END;
  CapsPtr caps; /* for foreign records; nullptr: not set */
  GroupSettings group;
  std::shared_ptr<StatisticsSink> statistics; /* or nullptr */
};

/* One record, ready for the pad. */
struct ReaderItem {
  BufferPtr buffer;                /* nullptr: left out, or only events */
  int64_t offset = -1;             /* with a buffer: of its first record */
  std::optional<int64_t> pts, dts; /* positions, ns; may be negative */
  CapsPtr caps;                    /* when they change */
  bool from_the_start = false;     /* the recording's first record */
  bool after_end = false;          /* the log had ended before it */
  bool after_wait = false;         /* and it was waited for */
  bool after_loss = false;         /* records before it are gone */
  bool after_jump = false;         /* its time is nowhere near the last one's */
  bool is_foreign = false;         /* another program's */
  bool is_newest = false;          /* the log has none after it, so far */
  bool is_resumed = false;         /* what came before it is not continued */
  std::optional<int64_t> capture;  /* ns since 1970 */
  std::optional<int64_t> written;  /* the same; by the record */
  std::vector<RidingEvent> events;
  MaybeError warning; /* to be posted before it */
  Usage::UsePtr use;  /* goes with the buffer; nullptr: no group */
};

/* Where to go on reading. */
struct ReaderSeek {
  int64_t position = 0;
  Snap snap = Snap::BEFORE;
  bool key_units_only = false; /* leave out all but sync points */
  /* The recording's range was not known: it holds the position, which may
   * count from its end. */
  bool is_open = false;
  bool from_end = false;
};

class Reader {
 public:
  struct Nothing {}; /* call again */
  struct Ended {};
  struct Sought { /* what follows begins at this sync point */
    int64_t position;
    /* Where an open request was to, and what it was settled by. */
    int64_t wanted;
    std::optional<Recording::Range> range;
  };
  struct Warning {
    Error error;
  };
  using Output
      = std::variant<Nothing, ReaderItem, Sought, Ended, Warning, Error>;

  /* Errors are of kind SETTINGS; the network is not waited for. */
  static Result<std::unique_ptr<Reader>> open (
      ReaderSettings settings, const Timeline::BaseOf &base_of);
  ~Reader ();

  /* Takes a few slices of kSliceMs at most. */
  Output step ();

  /* Takes effect with the next step (). */
  void seek (const ReaderSeek &request);

  /* As with a seek, but for where it reads. */
  void
  set_key_units_only (bool key_units_only)
  {
    key_units_only_ = key_units_only;
  }

  /* Goes on at the newest sync point, if that is newer than what step () has
   * brought last; what lies between is counted. Blocks while the log is
   * read. */
  bool catch_up ();

  /* What became of an item's caps. They are repeated with the next item where
   * nobody wanted them just now; where they are refused the item is set aside.
   * Nothing is, and the answer is why, while none were ever taken, by all that
   * is known: then it is the pipeline that is wrong. */
  void
  note_caps_taken ()
  {
    given_caps_.note_taken ();
  }
  void
  repeat_caps ()
  {
    given_caps_.repeat ();
  }
  MaybeError refuse_caps (const ReaderItem &item);

  /* While set, step () ends early. Any thread. */
  void set_interrupted (bool interrupted);
  bool
  is_interrupted () const
  {
    return is_interrupted_;
  }

  /* Of the recording as it was looked at last. At once, from any thread. */
  std::optional<Recording::Range>
  surveyed_range () const
  {
    return recording_->range ();
  }
  /* That, and what was given out since. At once, from any thread. */
  std::optional<Recording::Range> range () const;
  ReaderStats stats () const;

  /* What downstream releases counts as used in PLAYING only, and not from the
   * beginning of a flush until the seek. Any thread. */
  void
  set_playing (bool playing)
  {
    usage_->set_playing (playing);
  }
  void
  set_flushing (bool flushing)
  {
    usage_->set_flushing (flushing);
  }
  /* Anything, since it began to read here. Any thread. */
  bool
  was_used () const
  {
    return usage_->has_moved ();
  }

 private:
  enum class Phase {
    FIND_TOPIC,
    SURVEY,
    TAKE_TURN,
    FIND_START,
    FIND_POSITION,
    READ
  };

  Reader (ReaderSettings settings, const Timeline::BaseOf &base_of,
      std::unique_ptr<Consumer> consumer, std::unique_ptr<Recording> recording);

  Output step_once ();
  Error take_warning ();
  bool ends_in_silence ();
  Output find_topic ();
  Output handle_missing_topic (const Error &why);
  MaybeError join_group ();
  Output survey ();
  std::optional<Output> heed_group ();
  Output take_turn ();
  void begin_turn (const Turn::Begun &turn);
  Output begin_reading ();
  void check_place (int64_t place, const Watermarks &marks);
  Error count_lost (int64_t lost);
  Output find_position ();
  std::optional<Recording::Range> settle_request ();
  void begin_elsewhere (int64_t position = INT64_MIN);
  Output read_from (int64_t start, int64_t context);
  Output read ();
  Output look_further_back ();
  Output handle_record (IncomingRecord record);
  Output sort_record (IncomingRecord record);
  void note_arrival ();
  Output handle_decoded (IncomingRecord record, Result<DecodedRecord> decoded);
  Output handle_end (int64_t offset);
  Output handle_lost (const LogCursor::Lost &lost);
  Output handle_other_log (const LogCursor::OtherLog &log);
  Output handle_damage (const DamagedBatch &damaged);
  Output handle_silence ();
  Output report_outage (MaybeError outage);
  void quarantine (int64_t offset, const Error &why);
  void tell_malformed (int64_t offset, const Error &why);
  void quarantine_broken ();
  std::optional<int64_t> capture_time (const Frame &frame) const;
  Output take (IncomingRecord record, DecodedRecord decoded);
  Output pass_over_duplicate (const DecodedRecord &decoded);
  Output give (Frame frame);
  void place (ReaderItem &item, const DecodedRecord &decoded,
      const Playback::Decision &decision);
  void fill (ReaderItem &item, Frame frame, const Playback::Decision &decision);
  MaybeError find_fault (
      const Frame &frame, const Playback::Decision &decision);
  bool is_newest () const;
  bool is_stop_over () const;
  void note_unused ();
  int64_t lag (int partition) const;

  const ReaderSettings settings_;
  const Complaints complaints_;
  Quarantine quarantine_{ complaints_ };
  const std::unique_ptr<Consumer> consumer_;
  const std::unique_ptr<Recording> recording_;
  const std::shared_ptr<Usage> usage_ = std::make_shared<Usage> ();
  Turn turn_;

  Phase phase_ = Phase::FIND_TOPIC;
  int partition_ = -1;
  bool topic_warned_ = false;
  std::chrono::steady_clock::time_point missing_since_; /* with that */
  bool outage_warned_ = false;
  int surveys_ = 0;
  std::optional<ReaderSeek> request_;
  std::optional<Recording::Range> settled_by_; /* if it was open */
  bool key_units_only_ = false;

  LogCursor cursor_;
  int64_t low_ = 0;            /* first offset that the log has */
  int64_t start_offset_ = 0;   /* records before it are context: see below */
  int64_t context_ = 0;        /* where reading began, to find the caps */
  bool needs_context_ = false; /* nothing came from start_offset_ on */
  std::atomic<bool> is_interrupted_{ false };
  std::atomic<int64_t> given_up_to_{ INT64_MIN }; /* position, for any thread */
  Bounds bounds_;
  Ending ending_;
  bool is_at_end_ = false;      /* of the log, as far as is known */
  bool has_passed_end_ = false; /* of the log, since the last record */
  bool has_waited_ = false;     /* for the next one, there or elsewhere */
  bool has_given_ = false;      /* something, since it began to read here */
  bool has_lost_ = false;       /* records, since the last one given */
  int64_t caught_up_to_ = 0;    /* nothing newer to skip to before that */

  Playback playback_;
  Intake intake_;
  std::deque<Error> warnings_; /* to be posted */
  GivenCaps given_caps_;
  bool caps_warned_ = false;
  BufferMaker buffers_;
  ReaderCounts counts_;
};

} // namespace gstkafka
