/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/recording.h"

#include <algorithm>

namespace gstkafka {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRefreshInterval{ 1000 };
constexpr std::chrono::milliseconds kPatience{ 3000 };
/* Playing waits for DURATION, but not for long. */
constexpr std::chrono::milliseconds kFirstScan{ 500 };
/* For who wants to read, too, to get hold of the log. */
constexpr std::chrono::milliseconds kBreak{ 10 };

void
set (ConfigEntries &config, const char *name, const char *value)
{
  for (auto &entry : config)
    if (entry.name == name) {
      entry.value = value;
      return;
    }
  config.push_back ({ name, value });
}

/* Single records from all over the log: small fetches, and no waiting. */
ConfigEntries
probe_config (ConfigEntries config)
{
  set (config, "fetch.message.max.bytes", "16384");
  set (config, "fetch.wait.max.ms", "10");
  return config;
}

/* Many records, one after the other, of which only the key is looked at. */
ConfigEntries
scan_config (ConfigEntries config)
{
  set (config, "fetch.message.max.bytes", "1048576");
  set (config, "queued.max.messages.kbytes", "8192");
  set (config, "fetch.wait.max.ms", "10");
  return config;
}

} // namespace

/* One thread at a time reads the log; between two the log rests. */
class Recording::Reading {
 public:
  using Lock = std::unique_lock<std::mutex>;

  explicit Reading (Recording &self) : Reading (self, self.take_over ()) {}
  Reading (Recording &self, Lock lock)
      : log_ (self.log_), lock_ (std::move (lock))
  {}
  ~Reading () { log_.rest (); }

 private:
  KafkaLog &log_;
  Lock lock_;
};

/* Who plays does not wait for a scan of the recording's own thread. */
std::unique_lock<std::mutex>
Recording::take_over ()
{
  log_.set_awaited (true);
  std::unique_lock<std::mutex> lock (reading_);
  log_.set_awaited (false);
  return lock;
}

Result<std::unique_ptr<Recording>>
Recording::open (
    ConfigEntries config, const StreamAddress &stream, Timeline::BaseOf base_of)
{
  auto consumer = Consumer::open (probe_config (config), stream);
  if (!consumer)
    return consumer.error ();
  auto open_scanner = [config = scan_config (std::move (config)), stream] {
    auto scanner = Consumer::open (config, stream);
    return scanner ? std::move (*scanner) : nullptr;
  };
  return std::unique_ptr<Recording> (new Recording (std::move (*consumer),
      stream.key, std::move (open_scanner), std::move (base_of)));
}

Recording::~Recording ()
{
  {
    std::lock_guard<std::mutex> lock (mutex_);
    stopping_ = true;
    stop_.notify_all ();
  }
  set_interrupted (true);
  if (keeper_.joinable ())
    keeper_.join ();
}

bool
Recording::begin (int partition)
{
  bool done, is_in_scan;
  {
    Reading reading (*this);
    partition_ = partition;
    log_.set_partition (partition);
    done = survey (kFirstScan);
    is_in_scan = !done && log_.is_in_scan ();
  }
  if (!keeper_.joinable ())
    keeper_ = std::thread (&Recording::keep_up, this, is_in_scan);
  return done || is_in_scan;
}

/* While there is a Reading. */
bool
Recording::survey (std::chrono::milliseconds scan_patience)
{
  const auto asked = steady_clock::now ();
  auto marks = consumer_->query_watermarks (partition_);
  if (!marks)
    return false;
  note_round_trip (steady_clock::now () - asked);
  const auto now = steady_clock::now ();
  log_.begin (marks->high, now + kPatience, now + scan_patience);
  bool done = timeline_.survey (log_, marks->low, marks->high);
  std::lock_guard<std::mutex> lock (mutex_);
  marks_ = marks;
  /* Until it was looked at as a whole once it would be too short. */
  if (done || range_)
    range_ = Range{ timeline_.start (), timeline_.end (),
      timeline_.is_timeless () };
  return done;
}

/* Both ends are asked for, one after the other. A fetch would tell less: at the
 * end of the log the broker waits for data before it answers. */
void
Recording::note_round_trip (steady_clock::duration both)
{
  std::lock_guard<std::mutex> lock (mutex_);
  round_trip_
      = std::chrono::duration_cast<std::chrono::nanoseconds> (both).count ()
        / 2;
}

std::optional<int64_t>
Recording::base_of (const std::string &session, int64_t offset)
{
  Reading reading (*this);
  if (partition_ >= 0 && offset >= timeline_.next_offset ())
    survey (kPatience);
  return timeline_.base_of (session, offset);
}

void
Recording::keep_up (bool is_in_scan)
{
  while (true) {
    {
      std::unique_lock<std::mutex> lock (mutex_);
      if (stop_.wait_for (lock, is_in_scan ? kBreak : kRefreshInterval,
              [this] { return stopping_; }))
        return;
    }
    Reading reading (*this, Reading::Lock (reading_));
    is_in_scan = !survey (kPatience) && log_.is_in_scan ();
  }
}

std::optional<Recording::Range>
Recording::range () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return range_;
}

int64_t
Recording::round_trip () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return round_trip_;
}

std::optional<Watermarks>
Recording::marks () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return marks_;
}

std::optional<SyncPoint>
Recording::find (int64_t position, Snap snap)
{
  Reading reading (*this);
  if (!survey (kPatience))
    return std::nullopt;
  return timeline_.find_sync_point (log_, position, snap);
}

/* A survey may have seen it before, by an end that went back. */
void
Recording::begin_anew (int64_t low, int64_t last)
{
  Reading reading (*this);
  if (timeline_.next_offset () < last)
    return;
  log_.forget ();
  timeline_.begin_anew (low);
}

std::optional<Recording::Last>
Recording::find_last (int64_t before)
{
  Reading reading (*this);
  if (!survey (kPatience))
    return std::nullopt;
  auto point = timeline_.last_sync_point (log_, before);
  if (log_.has_failed ())
    return std::nullopt;
  return Last{ point, log_.high () };
}

std::optional<int64_t>
Recording::find_resume (int64_t offset)
{
  Reading reading (*this);
  if (!survey (kPatience))
    return std::nullopt;
  auto next = log_.at_or_after (offset);
  /* Whatever comes after it begins anew. */
  if (next && next->is_eos)
    return next->offset;
  auto last = next ? std::nullopt : log_.at_or_after (offset - 1);
  if (last && last->is_eos)
    return offset;
  auto point
      = timeline_.last_sync_point (log_, next ? next->offset + 1 : offset);
  if (log_.has_failed ())
    return std::nullopt;
  return point ? point->offset : offset;
}

void
Recording::set_interrupted (bool interrupted)
{
  log_.set_interrupted (interrupted);
}

} // namespace gstkafka
