/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Decides, record by record in the order of the log, what a player is given
 * and at which position. No threads, no Kafka. */

#pragma once

#include "record/decoder.h"
#include "record/recent.h"
#include "timeline/timeline.h"

#include <string>

namespace gstkafka {

/* What the timeline wants to know of a record. */
LoggedRecord logged_record (
    int64_t offset, const DecodedRecord &decoded, bool is_intra_only);

class Playback {
 public:
  struct Decision {
    bool give = false;
    bool is_sync_point = false;
    bool discont = false;
    bool from_the_start = false; /* the recording's first record */
    int64_t base = 0;            /* position = session time + base */
    bool warn_no_sync = false;   /* given without a sync point before it */
    bool jumps = false;          /* in time, by far: see is_plausible () */
  };

  struct Counts {
    uint64_t gaps = 0;       /* records that are missing between two others */
    uint64_t duplicates = 0; /* a crashed writer's retry; not given again */
    uint64_t skipped = 0;    /* before the first sync point */
  };

  explicit Playback (Timeline::BaseOf base_of)
      : base_of_ (std::move (base_of)), timeline_ (base_of_)
  {}

  /* `key` tells the streams of one session apart, here and below. */

  /* A record before the first that is wanted: only its caps are. */
  void note_context (DecodedRecord &record, std::string_view key);

  /* A record as it comes, before anything is made of it. Nothing of a duplicate
   * counts. */
  enum class Order { FIRST, NEXT, GAP, DUPLICATE };
  /* Whether count () has met its stream. */
  bool knows (const DecodedRecord &record, std::string_view key) const;
  Order count (const DecodedRecord &record, std::string_view key);

  /* After count (); for a chunked buffer, once it is whole. Takes the record's
   * caps. `written`: ns since 1970. */
  Decision take (DecodedRecord &record, int64_t offset, std::string_view key,
      std::optional<int64_t> written = std::nullopt);

  /* Records are missing or unreadable: go on at the next sync point. */
  void resync ();

  /* The same, if it is that stream that is being given. */
  void resync (const std::string &stream);

  /* What is missing is of all streams, and is counted elsewhere. */
  void skip_lost ();

  /* What comes next is from another place of the log, and stands at `position`
   * or behind it. */
  void restart (int64_t position = INT64_MIN);

  const GstCaps *
  caps () const
  {
    return stream_ ? stream_->caps.get () : nullptr;
  }
  std::optional<int64_t>
  utc () const
  {
    return stream_ ? stream_->utc : std::nullopt;
  }
  const Counts &
  counts () const
  {
    return counts_;
  }

 private:
  /* What holds for the records of one stream in one session. */
  struct Stream {
    std::string name; /* session and key */
    CapsPtr caps;
    std::optional<int64_t> utc;
    bool has_begun = false; /* its first record was met, so all is known */
  };

  /* Streams of one partition whose counts are remembered. */
  static constexpr size_t kMaxStreams = 1000;
  /* Of what came of a stream. */
  struct StreamCount {
    uint64_t next = 0;
    uint64_t missing_from = 0; /* the last gap, which ends before `next` */
    uint64_t missing_to = 0;
  };

  Order place_in (StreamCount &stream, uint64_t seq);
  Order fill_gap (StreamCount &stream, uint64_t seq);
  bool note_shown (const DecodedRecord &record, int64_t base,
      std::optional<int64_t> written);
  bool switch_to (const std::string &stream);
  void place (DecodedRecord &record, Decision &decision, const Session &own);
  void note_caps (DecodedRecord &record);
  bool is_sync_point (const DecodedRecord &record) const;
  bool lacks_caps () const;
  bool is_beginning (const DecodedRecord &record, bool is_sync_point) const;

  const Timeline::BaseOf base_of_;
  Timeline timeline_;
  std::optional<Stream> stream_;   /* of the record before */
  std::vector<Stream> others_;     /* that may come back; the newest last */
  int64_t given_from_ = INT64_MIN; /* largest position so far */
  bool needs_sync_ = true;
  bool discont_ = true;
  std::optional<LoggedRecord> shown_; /* last; its times are positions */
  uint64_t waited_for_sync_ = 0;      /* records */
  Recent<StreamCount> streams_{ kMaxStreams }; /* by session, key */
  Counts counts_;
};

} // namespace gstkafka
