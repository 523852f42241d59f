/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A log that somebody made up, looked at and played in any order. All calls
 * end after a bounded number of looks, and what the timeline says of the log
 * stays in order. */

#include "fuzz.h"

#include "timeline/timeline.h"

#include <algorithm>

using namespace gstkafka;

namespace {

constexpr size_t kMaxRecords = 600;
constexpr int kMaxOperations = 60;

/* The first records are the log, from a distance to the next that is mostly
 * 1. */
class MadeUpLog final : public Log {
 public:
  explicit MadeUpLog (fuzz::Input &input)
  {
    const size_t count
        = (size_t{ input.byte () } * 256 + input.byte ()) % (kMaxRecords + 1);
    int64_t offset = input.byte ();
    std::optional<int64_t> last[8];
    while (records_.size () < count && !input.is_over ()) {
      const uint8_t kind = input.byte (), more = input.byte ();
      LoggedRecord record;
      record.offset = offset;
      const int session = kind % 8;
      record.session = session == 7 ? std::to_string (records_.size ())
                                    : std::string (1, "\0abcdef"[session]);
      if (session == 0)
        record.session.clear ();
      record.is_sync_point = kind & 8;
      record.is_eos = (kind & 0x70) == 0x70;
      if (more & 1)
        record.times.pts = last[session].value_or (0) + 40 * 1000 * 1000;
      if (more & 2)
        record.times.pts = clamp (input.time ());
      if (more & 4)
        record.times.dts = clamp (input.time ());
      if (more & 8)
        record.times.duration
            = static_cast<uint64_t> (clamp (input.time ())) >> 2;
      if (record.times.pts)
        last[session] = std::min<int64_t> (*record.times.pts, 1LL << 61);
      if (more & 16)
        record.seq = input.byte ();
      if (more & 32)
        record.seq = input.number ();
      offset = records_.empty () && (more & 64)
                   ? static_cast<int64_t> (input.number () >> 2)
                   : record.offset + 1;
      if (more & 128)
        offset += input.byte ();
      if ((kind & 0x80) && (more & 64))
        offset += static_cast<int64_t> (input.number () >> 14);
      records_.push_back (std::move (record));
    }
  }

  std::optional<LoggedRecord>
  at_or_after (int64_t offset) override
  {
    require (++reads_ < 100 * 1000);
    if (failed_ || (fails_after_ > 0 && --fails_after_ == 0)) {
      failed_ = true;
      return std::nullopt;
    }
    offset = std::max (offset, low);
    auto found = std::lower_bound (records_.begin (), records_.end (), offset,
        [] (const LoggedRecord &record, int64_t wanted) {
          return record.offset < wanted;
        });
    if (found == records_.end () || found->offset >= high)
      return std::nullopt;
    return *found;
  }
  bool
  has_failed () const override
  {
    return failed_;
  }

  void
  begin (int fails_after)
  {
    reads_ = 0;
    failed_ = false;
    fails_after_ = fails_after;
  }
  bool
  has (int64_t offset) const
  {
    return std::any_of (records_.begin (), records_.end (),
        [offset] (const auto &record) { return record.offset == offset; });
  }
  const std::vector<LoggedRecord> &
  records () const
  {
    return records_;
  }

  int64_t low = 0, high = 0;

 private:
  /* As a record's headers are. */
  static int64_t
  clamp (int64_t time)
  {
    constexpr int64_t most = (int64_t{ 1 } << 62) - 1;
    return std::clamp (time, -most, most);
  }

  std::vector<LoggedRecord> records_;
  int reads_ = 0;
  int fails_after_ = 0; /* 0: it does not */
  bool failed_ = false;
};

void
check_order (const Timeline &timeline)
{
  constexpr int64_t most = int64_t{ 1 } << 61;
  const Session *before = nullptr;
  for (const Session &session : timeline.sessions ()) {
    require (session.first_offset <= session.next_offset);
    require (session.base >= -most && session.base <= most);
    require (session.start () <= session.end ());
    require (session.guests.size () <= 16);
    require (!before || before->next_offset <= session.first_offset);
    before = &session;
  }
  require (timeline.sessions ().size () <= kMaxRecords + 1);
}

class Trial {
 public:
  explicit Trial (fuzz::Input &input) : input_ (input), log_ (input)
  {
    const auto &records = log_.records ();
    if (!records.empty ()) {
      log_.low = records.front ().offset;
      log_.high = records.back ().offset + 1;
    }
  }

  void
  step ()
  {
    const uint8_t kind = input_.byte ();
    log_.begin (kind & 0x80 ? input_.byte () : 0);
    switch (kind % 8) {
    case 0:
      survey ();
      break;
    case 1:
    case 2:
      play (kind % 8 == 1 ? 1 : input_.byte ());
      break;
    case 3:
      seek (Snap::BEFORE);
      break;
    case 4:
      seek (Snap::AFTER);
      break;
    case 5:
      seek (Snap::NEAREST);
      break;
    case 6:
      check_point (timeline_.last_sync_point (log_, place ()));
      break;
    case 7:
      change_log ();
      break;
    }
    check_order (timeline_);
  }

 private:
  /* An offset, of a record or near it. */
  int64_t
  place ()
  {
    const auto &records = log_.records ();
    const size_t index = size_t{ input_.byte () } * 3;
    return index < records.size () ? records[index].offset : log_.high;
  }
  void
  survey ()
  {
    const bool done = timeline_.survey (log_, log_.low, log_.high);
    require (done != log_.has_failed ());
  }
  void
  play (int count)
  {
    for (const auto &record : log_.records ())
      if (record.offset >= played_ && count-- > 0) {
        const Session &session = timeline_.extend (record);
        require (session.base >= -(int64_t{ 1 } << 61));
        played_ = record.offset + 1;
        check_order (timeline_);
      }
    if (count > 0)
      played_ = 0;
  }
  void
  seek (Snap snap)
  {
    int64_t position = input_.time ();
    check_point (timeline_.find_sync_point (log_, position, snap));
  }
  /* A decoder can begin there; also where a log has failed on the way. */
  void
  check_point (const std::optional<SyncPoint> &point)
  {
    require (!point || log_.has (point->offset));
  }
  /* Retention, a writer, a topic made anew. */
  void
  change_log ()
  {
    const int64_t a = place (), b = place ();
    log_.low = std::min (a, b);
    log_.high = std::max (a, b);
  }

  fuzz::Input &input_;
  MadeUpLog log_;
  Timeline timeline_;
  int64_t played_ = 0;
};

} // namespace

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz::Input input (data, size);
  Trial trial (input);
  for (int i = 0; i < kMaxOperations && !input.is_over (); i++)
    trial.step ();
  return 0;
}
