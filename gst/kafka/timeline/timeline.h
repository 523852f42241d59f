/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where records stand in the recording that a topic is.
 *
 *   log:       [ session A: 0 .. 30 s ] [ session B: 0 .. 10 s ] ...
 *   position:    0 ................. 30   30 .............. 40
 *
 * Sessions are stacked: the first keeps its own times, each later one begins
 * where the one before ended, so a restart of the producer is a seam and not a
 * hole. A timeline is learnt by looking into the log here and there, by
 * playing it, or both, with the same result, but for what is too short to be
 * seen between two parts of one session. No threads, no clock.
 *
 * Records of several sessions may alternate: two pipelines, or a pipeline and
 * another program, write at the same time. Then they are guests in each other's
 * stretch of the log and keep their own distance from the position, so that
 * both are shown at their pace:
 *
 *   log:       [ A A A A ][ B A B A A B ... ]
 *   position:    0 1 2 3    4 4 5 5 6 6
 *
 * A session that comes back too far from where the recording has got to is
 * stacked again: time does not run backwards, nor does it wait. */

#pragma once

#include "timeline/log.h"

#include <functional>
#include <unordered_map>
#include <vector>

namespace gstkafka {

/* A stretch of the log: one run of one producer, as far as the log holds it and
 * no other run begins, but for the guests. */
struct Session {
  std::string id;
  int64_t first_offset = 0;
  int64_t next_offset = 0;           /* one after the last that is known */
  std::optional<int64_t> first_time; /* of the first record that has one */
  int64_t last_time = 0;             /* largest PTS + duration */
  int64_t latest_offset = 0;         /* of the record that has it */
  int64_t base = 0;                  /* position = session time + base */
  std::vector<std::string> guests;   /* ids */

  int64_t
  start () const
  {
    return base + first_time.value_or (0);
  }
  int64_t
  end () const
  {
    return first_time ? base + last_time : base;
  }
};

/* Where a decoder may start. */
struct SyncPoint {
  int64_t offset;
  int64_t position;
};

enum class Snap {
  BEFORE, /* at the position or before it */
  AFTER,
  NEAREST,
};

class Timeline {
 public:
  /* Says where a session that this timeline has not met begins, when somebody
   * else has met it: other sources of the same pipeline. */
  using BaseOf = std::function<int64_t (const Session &session, int64_t wish)>;
  explicit Timeline (BaseOf base_of = nullptr) : base_of_ (std::move (base_of))
  {}

  /* Learns the sessions of [low, high). What is known already is not read
   * again, but for the end, which grows, and the start where retention has
   * taken some: positions stay as they are. False when the log failed. */
  bool survey (Log &log, int64_t low, int64_t high);

  /* The topic was deleted and made again, or a broker lost its end. Positions
   * go on from where they were. */
  void begin_anew (int64_t low);

  /* A record that is being played, in any order; learns what is new of it. The
   * session whose base holds for it, valid until the next call. */
  const Session &extend (const LoggedRecord &record);

  /* Where the session stands, if it is known, at that offset or near it. */
  std::optional<int64_t> base_of (const std::string &id, int64_t offset) const;
  /* One after the last record that is known. */
  int64_t next_offset () const;

  bool
  is_empty () const
  {
    return sessions_.empty ();
  }
  /* There are records, and none of those that are known has a time. */
  bool is_timeless () const;
  /* What there is to seek in. */
  int64_t start () const;
  int64_t end () const;
  const std::vector<Session> &
  sessions () const
  {
    return sessions_;
  }

  /* On the other side when there is none on that one; any record near when
   * there is none at all (intra refresh). nullopt: nothing to play, or the log
   * failed. */
  std::optional<SyncPoint> find_sync_point (
      Log &log, int64_t position, Snap snap) const;

  /* The last one whose offset is below `before`; its position is that of the
   * session's time 0 where the stream has no times. */
  std::optional<SyncPoint> last_sync_point (Log &log, int64_t before) const;

 private:
  using Looks = std::vector<LoggedRecord>;

  void give_up (size_t count);
  void trim (Log &log, int64_t low);
  void cut_front (Log &log, int64_t low);
  const Session *find (const std::string &id, int64_t offset) const;
  bool is_near (const LoggedRecord &record, const Session &own) const;
  const Session *admit_guest (const LoggedRecord &record);
  LoggedRecord in_time_of (const Session &session, LoggedRecord record) const;
  std::optional<LoggedRecord> read (
      Log &log, const Session &session, int64_t offset) const;
  size_t session_at (int64_t position) const;
  Session &open_session (const LoggedRecord &record, size_t index);
  bool is_known (const Session &session) const;
  void note_record (Session &session, const LoggedRecord &record);
  void learn (Session &session, const std::optional<LoggedRecord> &record);
  void survey_end (Log &log, Session &session, int64_t next_offset);
  void survey_latest (Log &log, Session &session, Looks looks);
  std::optional<LoggedRecord> read_to_seam (
      Log &log, Session &session, const LoggedRecord &last);
  std::optional<LoggedRecord> find_seam (Log &log, const Session &session,
      const LoggedRecord &last, Looks &looks) const;
  std::optional<LoggedRecord> find_stranger (Log &log, const Session &session,
      const LoggedRecord &last, Looks &looks) const;
  std::optional<LoggedRecord> close_in (
      Log &log, const Session &session, LoggedRecord &stranger) const;
  int64_t find_offset (Log &log, const Session &session, int64_t time) const;
  int64_t find_first_later (
      Log &log, const Session &session, int64_t time, int64_t around) const;
  std::optional<SyncPoint> scan_back (Log &log, const Session &session,
      int64_t around, int64_t end, std::optional<int64_t> time) const;
  std::optional<SyncPoint> sync_point_before (
      Log &log, const Session &session, int64_t time, int64_t around) const;
  std::optional<SyncPoint> any_record_at (
      Log &log, const Session &session, int64_t around) const;
  std::optional<SyncPoint> sync_point_after (
      Log &log, size_t index, int64_t time, int64_t around) const;

  BaseOf base_of_;
  std::vector<Session> sessions_; /* in the order of the log */
  /* How many of them have an id. */
  std::unordered_map<std::string, size_t> numbers_;
};

} // namespace gstkafka
