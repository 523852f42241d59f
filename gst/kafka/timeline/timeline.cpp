/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/timeline.h"

#include <algorithm>
#include <utility>

namespace gstkafka {

namespace {

/* Records that are read where one is looked at closely: enough to see past
 * B-frames, which come before the picture they are shown after. */
constexpr int64_t kSpan = 32;
constexpr int kGrowth = 4;
constexpr int64_t kLongestSpan = INT64_MAX / kGrowth;
/* Buffers without a time that may belong to the picture behind them. */
constexpr int kMostHeaders = 8;
/* How far a sync point may be: minutes of video. */
constexpr int64_t kFarthest = 16384;
/* Records of a short session. */
constexpr int64_t kBrief = 64;
/* Looks for another session between two records of one: each sixteenth of what
 * lies between is looked into. */
constexpr int kLooks = 15;
/* Records whose times tell where a session ends. */
constexpr int kEnough = 16;
/* Centuries, so that what a hostile log piles up stops before it overflows: a
 * base and a time have room in one sum. */
constexpr int64_t kMaxBase = int64_t{ 1 } << 61;
constexpr int64_t kMaxTime = int64_t{ 1 } << 62;

/* ns; how far apart sessions that are written at the same time may get. What
 * comes late by as much is late on the screen, too. */
constexpr int64_t kTogether = int64_t{ 2 } * 1000 * 1000 * 1000;
constexpr size_t kMaxGuests = 16;
/* Then the oldest are given up, as if retention had taken them. */
constexpr size_t kMaxSessions = 10000;

std::optional<int64_t>
first_of (std::optional<int64_t> a, std::optional<int64_t> b)
{
  return a ? a : b;
}

/* Rises with the offset inside a session: decode order. */
std::optional<int64_t>
order_time (const SessionTimes &times)
{
  return first_of (times.dts, times.pts);
}

std::optional<int64_t>
show_time (const SessionTimes &times)
{
  return first_of (times.pts, times.dts);
}

/* The last record of [from, to). */
std::optional<LoggedRecord>
last_record (Log &log, int64_t from, int64_t to)
{
  std::optional<LoggedRecord> last;
  for (int64_t back = 1; !last && !log.has_failed ();
       back = std::min (back, kLongestSpan) * kGrowth) {
    int64_t begin = to - from > back ? to - back : from;
    for (auto record = log.at_or_after (begin); record && record->offset < to;
         record = log.at_or_after (record->offset + 1))
      last = record;
    if (begin == from)
      break;
  }
  return last;
}

bool
is_brief (const Session &session)
{
  return session.next_offset - session.first_offset < kBrief;
}

int64_t
position_of (const Session &session, int64_t time)
{
  int64_t position = std::clamp (time, -kMaxTime, kMaxTime) + session.base;
  return std::clamp (position, -kMaxTime, kMaxTime);
}

/* To the session, or to a guest of it. */
bool
belongs (const Session &session, const LoggedRecord &record)
{
  return record.session == session.id
         || std::find (
                session.guests.begin (), session.guests.end (), record.session)
                != session.guests.end ();
}

/* Two records of a session that were looked at, with none in between. What lies
 * before `end` may be anybody's; from there on are holes. */
struct Gap {
  LoggedRecord before;
  int64_t end;
  LoggedRecord after;

  /* Offsets that may be another session's. A session counts its own. */
  int64_t
  unknown () const
  {
    int64_t between = end - before.offset - 1;
    if (before.session != after.session || !before.seq || !after.seq
        || *after.seq <= *before.seq)
      return between;
    uint64_t counted = *after.seq - *before.seq - 1;
    return counted > static_cast<uint64_t> (between)
               ? between
               : between - static_cast<int64_t> (counted);
  }
};

/* What is behind its latest record is not reached by seeks: another program's
 * clock may have been set back there. */
int64_t
search_end (const Session &session)
{
  bool is_steady
      = !session.id.empty () || session.latest_offset < session.first_offset;
  return is_steady ? session.next_offset : session.latest_offset + 1;
}

/* Of records that are read one after the other those whose times are to be
 * believed: as the one before or the one after says. */
class Sieve {
 public:
  /* What came before `next`, if it is. */
  std::optional<LoggedRecord>
  shift (LoggedRecord next)
  {
    const bool agree = last_ && is_plausible (next, *last_);
    auto passed = agree ? std::exchange (last_, std::nullopt) : end ();
    if (passed && !is_plausible (*passed, next))
      passed.reset ();
    if (passed)
      believed_ = passed;
    last_ = std::move (next);
    return passed;
  }

  /* What came last, if it is. */
  std::optional<LoggedRecord>
  end ()
  {
    auto last = std::exchange (last_, std::nullopt);
    if (last && believed_ && !is_plausible (*last, *believed_))
      last.reset ();
    return last;
  }

 private:
  std::optional<LoggedRecord> believed_, last_;
};

/* Remembers, while a log is read forward, where a decoder may start. Header
 * buffers before a key picture, and the pieces of one (alignment=nal), belong
 * to it: the first of such a run is the place. */
class SyncRun {
 public:
  /* Whether `record` is a sync point, or belongs to one, whose time is known:
   * then point () is that. */
  bool
  add (const LoggedRecord &record)
  {
    auto time = show_time (record.times);
    bool continues = is_open_ && (!time || !has_time_ || *time == time_);
    if (!record.is_sync_point) {
      is_open_ = false;
      return false;
    }
    if (!continues) {
      is_open_ = true;
      has_time_ = false;
      timeless_ = 0;
      offset_ = record.offset;
    }
    /* A stream without times has no headers, as far as one can see. */
    if (!time && !has_time_ && ++timeless_ > kMostHeaders)
      offset_ = record.offset;
    if (time) {
      has_time_ = true;
      time_ = *time;
      shown_at_ = *time;
    }
    if (time && record.session.empty ())
      shown_at_ = latest_ = std::max (latest_, *time);
    return has_time_;
  }

  bool
  is_open () const
  {
    return is_open_;
  }
  SyncPoint
  point () const
  {
    return { offset_, has_time_ ? shown_at_ : 0 };
  }

 private:
  bool is_open_ = false;
  bool has_time_ = false;
  int timeless_ = 0; /* records, one after the other */
  int64_t offset_ = 0;
  int64_t time_ = 0;
  /* Another program's record is shown no earlier than the one before it. */
  int64_t shown_at_ = 0;
  int64_t latest_ = INT64_MIN;
};

} // namespace

/* ---- sessions ---- */

/* The oldest. */
void
Timeline::give_up (size_t count)
{
  auto end = sessions_.begin () + static_cast<std::ptrdiff_t> (count);
  for (auto session = sessions_.begin (); session != end; ++session) {
    auto number = numbers_.find (session->id);
    if (--number->second == 0)
      numbers_.erase (number);
  }
  sessions_.erase (sessions_.begin (), end);
}

/* In front of sessions_[index]. */
Session &
Timeline::open_session (const LoggedRecord &record, size_t index)
{
  if (index >= kMaxSessions) {
    constexpr size_t given_up = kMaxSessions / 10;
    give_up (given_up);
    index -= given_up;
  }
  Session session;
  session.id = record.session;
  session.first_offset = record.offset;
  session.next_offset = record.offset;
  session.base = index > 0 ? std::clamp (
                     sessions_[index - 1].end (), -kMaxBase, kMaxBase)
                           : 0;
  numbers_[session.id]++;
  auto place = sessions_.begin () + static_cast<std::ptrdiff_t> (index);
  return *sessions_.insert (place, std::move (session));
}

void
Timeline::learn (Session &session, const std::optional<LoggedRecord> &record)
{
  if (record)
    note_record (session, *record);
}

void
Timeline::note_record (Session &session, const LoggedRecord &record)
{
  session.next_offset = std::max (session.next_offset, record.offset + 1);
  auto time = show_time (record.times);
  /* A session is not placed by its guests. */
  if (!time || (!session.first_time && record.session != session.id))
    return;
  time = std::clamp (*time, -kMaxTime, kMaxTime);
  int64_t room
      = std::min (kMaxTime - std::max<int64_t> (*time, 0), kLongestGap);
  int64_t end
      = *time
        + static_cast<int64_t> (std::min (
            record.times.duration.value_or (0), static_cast<uint64_t> (room)));
  if (session.first_time) {
    if (end > session.last_time)
      session.latest_offset = record.offset;
    session.last_time = std::max (session.last_time, end);
    return;
  }

  /* Where it begins is known with its first time. The first session keeps its
   * own times; so a sound that begins at 21 ms still does. Foreign records
   * have none but the wall clock's. */
  bool is_first = &session == &sessions_.front ();
  int64_t before
      = is_first ? 0 : std::clamp ((&session)[-1].end (), -kMaxBase, kMaxBase);
  session.first_time = time;
  session.last_time = end;
  session.latest_offset = record.offset;
  session.base
      = is_first && !session.id.empty () ? 0 : before - *session.first_time;
  if (base_of_ && !is_known (session))
    session.base = base_of_ (session, session.base);
  session.base = std::clamp (session.base, -kMaxBase, kMaxBase);
}

/* Whether it began before another one and comes back after it. Then nobody
 * else knows better where it stands now. */
bool
Timeline::is_known (const Session &session) const
{
  return numbers_.at (session.id) > 1;
}

/* The last that begins before `offset`, or else any. */
const Session *
Timeline::find (const std::string &id, int64_t offset) const
{
  if (numbers_.count (id) == 0)
    return nullptr;
  const Session *found = nullptr;
  for (auto session = sessions_.rbegin (); session != sessions_.rend ();
       ++session) {
    if (session->id != id)
      continue;
    found = &*session;
    if (session->first_offset <= offset)
      break;
  }
  return found;
}

std::optional<int64_t>
Timeline::base_of (const std::string &id, int64_t offset) const
{
  const Session *session = find (id, offset);
  return session && session->first_time ? std::optional (session->base)
                                        : std::nullopt;
}

int64_t
Timeline::next_offset () const
{
  return sessions_.empty () ? 0 : sessions_.back ().next_offset;
}

bool
Timeline::is_near (const LoggedRecord &record, const Session &own) const
{
  auto time = show_time (record.times);
  if (!time || !own.first_time)
    return true;
  int64_t position = position_of (own, *time);
  return position - kTogether <= end () && position + kTogether >= end ();
}

/* Where a record that is not of the last session belongs, if it is of one that
 * is written at the same time. */
const Session *
Timeline::admit_guest (const LoggedRecord &record)
{
  const Session *own = find (record.session, record.offset);
  if (!own || !is_near (record, *own))
    return nullptr;
  auto &guests = sessions_.back ().guests;
  if (std::find (guests.begin (), guests.end (), own->id) == guests.end ()) {
    if (guests.size () >= kMaxGuests)
      return nullptr;
    guests.push_back (own->id);
  }
  return own;
}

/* A guest's times, as the session would have them. */
LoggedRecord
Timeline::in_time_of (const Session &session, LoggedRecord record) const
{
  if (record.session == session.id)
    return record;
  const Session *own = find (record.session, record.offset);
  if (!own || !own->first_time) {
    /* Nobody has met it yet. */
    record.times = {};
    record.is_sync_point = false;
    return record;
  }
  for (auto *time : { &record.times.pts, &record.times.dts })
    if (*time)
      *time = position_of (*own, **time) - session.base;
  return record;
}

std::optional<LoggedRecord>
Timeline::read (Log &log, const Session &session, int64_t offset) const
{
  auto record = log.at_or_after (offset);
  if (record)
    record = in_time_of (session, std::move (*record));
  return record;
}

/* A player does not go from end to end: after a seek a record may belong to the
 * part of a session that was passed over, or to one that was as a whole. */
const Session &
Timeline::extend (const LoggedRecord &record)
{
  auto behind = std::upper_bound (sessions_.begin (), sessions_.end (),
      record.offset, [] (int64_t offset, const Session &session) {
        return offset < session.first_offset;
      });
  if (behind != sessions_.begin ()) {
    Session &session = *std::prev (behind);
    bool is_inside = record.offset < session.next_offset;
    if (record.session == session.id) {
      if (!is_inside || !session.first_time)
        note_record (session, record);
      return session;
    }
    const Session *own = nullptr;
    if (is_inside)
      own = find (record.session, record.offset);
    else if (behind == sessions_.end ())
      own = admit_guest (record);
    if (own && !is_inside)
      note_record (session, in_time_of (session, record));
    if (own || is_inside)
      return own ? *own : session;
  }
  if (behind != sessions_.end () && record.session == behind->id) {
    behind->first_offset = record.offset;
    auto time = show_time (record.times);
    if (!behind->first_time)
      note_record (*behind, record);
    else if (time)
      behind->first_time = std::clamp (*time, -kMaxTime, behind->last_time);
    return *behind;
  }
  auto index = static_cast<size_t> (behind - sessions_.begin ());
  Session &session = open_session (record, index);
  note_record (session, record);
  return session;
}

/* Retention runs on. Positions stay as they are. */
void
Timeline::trim (Log &log, int64_t low)
{
  size_t gone = 0;
  while (gone + 1 < sessions_.size () && sessions_[gone].next_offset <= low)
    gone++;
  give_up (gone);
  if (!sessions_.empty () && sessions_.front ().first_offset < low)
    cut_front (log, low);
}

/* What is left of the first session begins with what is left of the log. */
void
Timeline::cut_front (Log &log, int64_t low)
{
  Session &front = sessions_.front ();
  if (front.next_offset <= low) {
    front.first_offset = front.next_offset = low;
    if (front.first_time)
      front.first_time = front.last_time;
    return;
  }
  auto record = read (log, front, low);
  for (int i = 0; record && !show_time (record->times) && i < kSpan; i++)
    record = read (log, front, record->offset + 1);
  if (!record)
    return;
  front.first_offset = low;
  auto time = show_time (record->times);
  if (front.first_time && time && record->offset < front.next_offset)
    front.first_time = std::clamp (*time, *front.first_time, front.last_time);
}

void
Timeline::begin_anew (int64_t low)
{
  Session over;
  over.id = "\n"; /* nobody's */
  over.first_offset = over.next_offset = low;
  over.base = std::clamp (end (), -kMaxBase, kMaxBase);
  over.first_time = 0;
  numbers_ = { { over.id, 1 } };
  sessions_.assign (1, std::move (over));
}

bool
Timeline::is_timeless () const
{
  return !sessions_.empty ()
         && std::none_of (
             sessions_.begin (), sessions_.end (), [] (const Session &session) {
               return session.first_time.has_value ();
             });
}

int64_t
Timeline::start () const
{
  return sessions_.empty () ? 0 : sessions_.front ().start ();
}

int64_t
Timeline::end () const
{
  return sessions_.empty () ? 0 : sessions_.back ().end ();
}

/* ---- learning from the log ---- */

bool
Timeline::survey (Log &log, int64_t low, int64_t high)
{
  if (!sessions_.empty () && high < next_offset ())
    begin_anew (low);
  trim (log, low);
  if (sessions_.empty ()) {
    auto first = log.at_or_after (low);
    if (!first || first->offset >= high)
      return !log.has_failed ();
    note_record (open_session (*first, 0), *first);
  }
  /* Once: at the end of the log a fetch waits for more. */
  auto last = last_record (log, sessions_.back ().next_offset, high);
  bool is_short = sessions_.size () > 1 && is_brief (sessions_.back ());
  while (last && last->offset >= sessions_.back ().next_offset
         && !log.has_failed ()) {
    Session &session = sessions_.back ();
    is_short |= last->offset - session.next_offset < kBrief;
    auto seam = is_short ? read_to_seam (log, session, *last) : std::nullopt;
    if (!seam && session.next_offset <= last->offset) {
      Looks looks;
      seam = find_seam (log, session, *last, looks);
      if (log.has_failed ())
        break;
      survey_end (log, session, seam ? seam->offset : last->offset + 1);
      survey_latest (log, session, std::move (looks));
    }
    if (!seam)
      break;
    is_short = is_brief (session);
    if (!admit_guest (*seam))
      note_record (open_session (*seam, sessions_.size ()), *seam);
  }
  return !log.has_failed ();
}

/* Where one session was short, others are. A topic of many thousand is read on,
 * as a few looks for each would take minutes; so is what a writer has added
 * since the log was looked at. nullopt: none in what was read. */
std::optional<LoggedRecord>
Timeline::read_to_seam (Log &log, Session &session, const LoggedRecord &last)
{
  /* From the one before on, which tells whether the first is to be believed. */
  const bool has_begun = session.next_offset > session.first_offset + 1;
  auto record = log.at_or_after (session.next_offset - (has_begun ? 1 : 0));
  Sieve sieve;
  bool is_seam = false;
  for (int64_t i = 0; record && record->offset <= last.offset && i < kBrief;
       i++) {
    is_seam = !belongs (session, *record);
    if (is_seam)
      break;
    learn (session, sieve.shift (in_time_of (session, *record)));
    session.next_offset = std::max (session.next_offset, record->offset + 1);
    record = log.at_or_after (record->offset + 1);
  }
  learn (session, sieve.end ());
  if (!is_seam)
    return std::nullopt;
  session.next_offset = record->offset;
  return record;
}

/* The first record, as far as one can see, that is neither of `session` nor of
 * a guest; nullopt: none up to `last`. That the last record of the log belongs
 * to it, or the one before a seam, does not mean that all before do: a session
 * may have come back. Fills `looks` with records that belong. */
std::optional<LoggedRecord>
Timeline::find_seam (Log &log, const Session &session, const LoggedRecord &last,
    Looks &looks) const
{
  std::optional<LoggedRecord> seam, inside = last;
  if (!belongs (session, last)) {
    seam = last;
    inside = close_in (log, session, *seam);
  }
  while (inside && !log.has_failed ()) {
    auto stranger = find_stranger (log, session, *inside, looks);
    if (!stranger)
      break;
    seam = std::move (stranger);
    looks.clear ();
    inside = close_in (log, session, *seam);
  }
  return seam;
}

/* Some record between what is known of `session` and `last`, which belongs to
 * it, that does not. Where most offsets are unknown is looked first. With every
 * record counted, what came in between is found by halves, and if nothing did,
 * nothing is looked for: only looks that leave both halves in doubt are
 * numbered. */
std::optional<LoggedRecord>
Timeline::find_stranger (Log &log, const Session &session,
    const LoggedRecord &last, Looks &looks) const
{
  auto first = log.at_or_after (session.next_offset);
  if (!first || !belongs (session, *first))
    return first;
  looks = { in_time_of (session, *first) };
  std::vector<Gap> gaps{ { *first, last.offset, last } };
  for (int left = kLooks; left > 0 && !log.has_failed ();) {
    auto gap = std::max_element (
        gaps.begin (), gaps.end (), [] (const Gap &a, const Gap &b) {
          return a.unknown () < b.unknown ();
        });
    if (gap->unknown () <= 0)
      break;
    int64_t middle = gap->before.offset + (gap->end - gap->before.offset) / 2;
    auto record = log.at_or_after (middle);
    if (!record)
      break;
    Gap behind{ *record, gap->end, gap->after };
    gap->end = middle;
    if (record->offset >= behind.end) {
      left--;
      continue;
    }
    if (!belongs (session, *record))
      return record;
    looks.push_back (in_time_of (session, *record));
    gap->after = *record;
    if (gap->unknown () > 0 && behind.unknown () > 0)
      left--;
    gaps.push_back (std::move (behind));
  }
  return std::nullopt;
}

/* Makes of `stranger`, a record that is neither of `session` nor of a guest,
 * the first one, if all before belong; the one before that, if it was looked
 * at. Its number tells where its session should begin; where that is so, the
 * one before it is of the session before. Every third time by halves, as there
 * may be holes, or many sessions. */
std::optional<LoggedRecord>
Timeline::close_in (
    Log &log, const Session &session, LoggedRecord &stranger) const
{
  std::optional<LoggedRecord> before;
  int64_t inside = session.next_offset - 1;
  int64_t outside = stranger.offset;
  for (int turn = 1; outside - inside > 1; turn++) {
    int64_t middle = inside + (outside - inside) / 2;
    if (turn % 3 != 0 && stranger.seq) {
      auto count = static_cast<int64_t> (
          std::min (*stranger.seq, static_cast<uint64_t> (INT64_MAX)));
      middle = count > 0 ? stranger.offset - std::min (count, stranger.offset)
                         : outside - 1;
      middle = std::clamp (middle, inside + 1, outside - 1);
    }
    auto record = log.at_or_after (middle);
    if (!record)
      break;
    if (belongs (session, *record)) {
      inside = record->offset;
      before = std::move (record);
    } else {
      outside = middle;
      stranger = std::move (*record);
    }
  }
  return before;
}

void
Timeline::survey_end (Log &log, Session &session, int64_t next_offset)
{
  /* Its beginning, if nothing so far had a time. */
  for (int64_t offset = session.first_offset;
       !session.first_time && offset < next_offset;) {
    auto record = read (log, session, offset);
    if (!record || record->offset >= next_offset)
      break;
    note_record (session, *record);
    offset = record->offset + 1;
  }

  int64_t from = session.next_offset;
  for (int64_t span = kSpan; !log.has_failed ();
       span = std::min (span, kLongestSpan) * kGrowth) {
    int64_t begin = std::max (session.first_offset, next_offset - span);
    int seen = 0;
    Sieve sieve;
    for (auto record = read (log, session, begin);
         record && record->offset < next_offset;
         record = read (log, session, record->offset + 1)) {
      learn (session, sieve.shift (*record));
      seen++;
    }
    learn (session, sieve.end ());
    if (seen >= kEnough || begin <= std::min (from, session.first_offset))
      break;
  }
  session.next_offset = next_offset;
}

/* Another program's clock may have been set back: then its latest record is not
 * at the end but where one look was later than the next. */
void
Timeline::survey_latest (Log &log, Session &session, Looks looks)
{
  auto time_of = [] (const LoggedRecord &record) {
    return show_time (record.times).value_or (INT64_MIN);
  };
  auto is_earlier = [&] (const LoggedRecord &a, const LoggedRecord &b) {
    return time_of (a) < time_of (b);
  };
  auto latest = std::max_element (looks.begin (), looks.end (), is_earlier);
  if (!session.id.empty () || latest == looks.end ()
      || time_of (*latest) <= session.last_time)
    return;
  int64_t inside = latest->offset, outside = session.next_offset;
  for (const auto &look : looks)
    if (look.offset > inside)
      outside = std::min (outside, look.offset);
  while (outside - inside > kSpan) {
    int64_t middle = inside + (outside - inside) / 2;
    auto record = read (log, session, middle);
    if (!record)
      return;
    if (record->offset < outside && !is_earlier (*record, *latest))
      inside = record->offset;
    else
      outside = middle;
  }
  for (auto record = read (log, session, inside);
       record && record->offset < outside;
       record = read (log, session, record->offset + 1))
    note_record (session, *record);
}

/* ---- finding a position ---- */

size_t
Timeline::session_at (int64_t position) const
{
  size_t index = 0;
  for (size_t i = 1; i < sessions_.size (); i++)
    if (sessions_[i].first_time && sessions_[i].start () <= position)
      index = i;
  return index;
}

/* The last offset whose record is not later than `time`, give or take the
 * holes. By interpolation, as most streams have a steady rate: a little low, a
 * little high, and the answer is in between. Every third time by halves, as
 * other streams have not. */
int64_t
Timeline::find_offset (Log &log, const Session &session, int64_t time) const
{
  const int64_t end = search_end (session);
  int64_t low = session.first_offset, high = end;
  double low_time = static_cast<double> (session.first_time.value_or (0));
  double high_time = static_cast<double> (session.last_time);
  int64_t aside = -kSpan / 4;
  for (int turn = 1; high - low > kSpan && !log.has_failed (); turn++) {
    int64_t width = high - low;
    int64_t guess = low + width / 2;
    if (turn % 3 != 0 && high_time > low_time) {
      double share
          = (static_cast<double> (time) - low_time) / (high_time - low_time);
      guess = low
              + static_cast<int64_t> (
                  std::clamp (share, 0.0, 1.0) * static_cast<double> (width))
              + aside;
      guess = std::clamp (guess, low + 1, high - 1);
    }
    auto record = read (log, session, guess);
    /* Some records have no time: the next that has one speaks for them. */
    for (int64_t i = 0; record && !order_time (record->times) && i < kSpan; i++)
      record = read (log, session, record->offset + 1);
    auto found = record ? order_time (record->times) : std::nullopt;
    if (found && record->offset < high && *found <= time) {
      low = record->offset;
      low_time = static_cast<double> (*found);
      aside = kSpan / 4;
    } else {
      high = guess;
      aside = -kSpan / 4;
      if (found && record->offset < end)
        high_time = static_cast<double> (*found);
    }
  }
  return session.id.empty () ? find_first_later (log, session, time, high)
                             : high;
}

/* Where other programs' clocks differ there are several places where a record
 * is later than `time` and the one before it is not. The first is where a
 * player gets there. It is far enough back where records go by before any is
 * later. */
int64_t
Timeline::find_first_later (
    Log &log, const Session &session, int64_t time, int64_t around) const
{
  int64_t end = std::min (around + kSpan, search_end (session));
  for (int64_t span = 2 * kSpan; !log.has_failed (); span *= kGrowth) {
    int64_t begin = std::max (session.first_offset, around - span);
    auto record = read (log, session, begin);
    int earlier = 0;
    while (record && record->offset < end
           && show_time (record->times).value_or (time) <= time) {
      record = read (log, session, record->offset + 1);
      earlier++;
    }
    if (earlier >= kSpan || begin == session.first_offset || span >= kFarthest)
      return record ? std::min (record->offset, end) : end;
  }
  return around;
}

/* The last sync point before offset `end`; where `time` is given, the last that
 * is not later. Looks around `around` first, then further back. */
std::optional<SyncPoint>
Timeline::scan_back (Log &log, const Session &session, int64_t around,
    int64_t end, std::optional<int64_t> time) const
{
  for (int64_t span = 2 * kSpan; !log.has_failed (); span *= kGrowth) {
    int64_t begin = std::max (session.first_offset, around - span);
    SyncPoint best{ -1, 0 };
    SyncRun run;
    for (auto record = read (log, session, begin);
         record && record->offset < end;
         record = read (log, session, record->offset + 1)) {
      bool has_time = run.add (*record);
      if (time ? has_time && run.point ().position <= *time : run.is_open ())
        best = run.point ();
    }
    /* A run that reaches the beginning of what was read may be longer. */
    if (best.offset > begin
        || (best.offset >= 0 && begin == session.first_offset))
      return SyncPoint{ best.offset, position_of (session, best.position) };
    if (begin == session.first_offset || span >= kFarthest)
      break;
  }
  return std::nullopt;
}

std::optional<SyncPoint>
Timeline::sync_point_before (
    Log &log, const Session &session, int64_t time, int64_t around) const
{
  int64_t end = session.id.empty ()
                    ? around
                    : std::min (around + kSpan, session.next_offset);
  return scan_back (log, session, around, end, time);
}

std::optional<SyncPoint>
Timeline::last_sync_point (Log &log, int64_t before) const
{
  for (auto session = sessions_.rbegin ();
       session != sessions_.rend () && !log.has_failed (); ++session) {
    int64_t end = std::min (before, session->next_offset);
    if (end <= session->first_offset)
      continue;
    if (auto point = scan_back (log, *session, end, end, std::nullopt))
      return point;
  }
  return std::nullopt;
}

std::optional<SyncPoint>
Timeline::sync_point_after (
    Log &log, size_t index, int64_t time, int64_t around) const
{
  int64_t begin = std::max (sessions_[index].first_offset, around - 2 * kSpan);
  for (; index < sessions_.size (); index++) {
    const Session &session = sessions_[index];
    SyncRun run;
    for (auto record = read (log, session, begin);
         record && record->offset < session.next_offset;
         record = read (log, session, record->offset + 1)) {
      if (record->offset > around + kFarthest)
        return std::nullopt;
      if (run.add (*record) && run.point ().position >= time)
        return SyncPoint{ run.point ().offset,
          position_of (session, run.point ().position) };
    }
    /* Any of the next session is after it. */
    begin = session.next_offset;
    time = INT64_MIN;
  }
  return std::nullopt;
}

std::optional<SyncPoint>
Timeline::any_record_at (Log &log, const Session &session, int64_t around) const
{
  auto record
      = log.at_or_after (std::max (session.first_offset, around - kSpan));
  if (!record)
    return std::nullopt;
  return SyncPoint{ record->offset,
    position_of (session, show_time (record->times).value_or (0)) };
}

std::optional<SyncPoint>
Timeline::find_sync_point (Log &log, int64_t position, Snap snap) const
{
  if (sessions_.empty ())
    return std::nullopt;
  position = std::clamp (position, 1 - kMaxTime, kMaxTime - 1);
  size_t index = session_at (position);
  const Session &session = sessions_[index];
  int64_t time = position - session.base;
  int64_t around = find_offset (log, session, time);

  std::optional<SyncPoint> before, after;
  if (snap != Snap::AFTER)
    before = sync_point_before (log, session, time, around);
  if (snap != Snap::BEFORE || !before)
    after = sync_point_after (log, index, time, around);
  if (snap == Snap::AFTER && !after)
    before = sync_point_before (log, session, time, around);
  if (!before && !after)
    return any_record_at (log, session, around);
  if (!before || !after)
    return before ? before : after;
  return after->position - position < position - before->position ? after
                                                                  : before;
}

} // namespace gstkafka
