/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The recording that a topic holds at present: from where to where it reaches,
 * and where in the log a position is. A thread keeps it up to date, as
 * producers append and retention runs on. */

#pragma once

#include "elements/kafka_log.h"
#include "timeline/timeline.h"

#include <condition_variable>
#include <thread>

namespace gstkafka {

class Recording {
 public:
  struct Range {
    int64_t start = 0, end = 0; /* positions, ns */
    bool is_timeless = false;   /* no record has a time: nothing to seek in */
  };

  /* Errors are of kind SETTINGS; the network is not waited for. `config` is
   * the player's. */
  static Result<std::unique_ptr<Recording>> open (ConfigEntries config,
      const StreamAddress &stream, Timeline::BaseOf base_of);
  ~Recording ();

  /* Looks into the log for the first time, and from then on once a second.
   * False when it could not be read in time; it is tried again, here and there.
   * True also where a rare stream's records take longer to find: there will be
   * a range () later. */
  bool begin (int partition);

  /* What was found last; at once, from any thread. nullopt before that. */
  std::optional<Range> range () const;

  /* The log's ends when it was read last; as range (). */
  std::optional<Watermarks> marks () const;

  /* How long the broker took to answer when the log was read last, ns; -1: it
   * was not yet. As range (). */
  int64_t round_trip () const;

  /* Where a session's time 0 stands, whose record at that offset is the first
   * that the player meets: it may have started anywhere. nullopt: not known.
   * Blocks while the log is read. */
  std::optional<int64_t> base_of (const std::string &session, int64_t offset);

  /* Blocks while the log is read; nullopt when it could not be. */
  std::optional<SyncPoint> find (int64_t position, Snap snap);

  /* The log is another one than that which had a record at `last`, and
   * begins at `low`. Positions go on from where they were. Blocks while the log
   * is read. */
  void begin_anew (int64_t low, int64_t last);

  /* The last sync point whose offset is below `before`, and where the log ends.
   * Blocks while the log is read; nullopt when it could not be. */
  struct Last {
    std::optional<SyncPoint> point;
    int64_t high;
  };
  std::optional<Last> find_last (int64_t before = INT64_MAX);

  /* Where to start so that nothing from `offset` on is missed: at the last sync
   * point that is not after it. Blocks while the log is read; nullopt when it
   * could not be. */
  std::optional<int64_t> find_resume (int64_t offset);

  /* While set, find () and begin () end early. Any thread. */
  void set_interrupted (bool interrupted);

 private:
  Recording (std::unique_ptr<Consumer> consumer, std::string key,
      KafkaLog::OpenScanner open_scanner, Timeline::BaseOf base_of)
      : consumer_ (std::move (consumer)),
        log_ (*consumer_, std::move (key), std::move (open_scanner)),
        timeline_ (std::move (base_of))
  {}

  class Reading;

  std::unique_lock<std::mutex> take_over ();
  void note_round_trip (std::chrono::steady_clock::duration both);
  bool survey (std::chrono::milliseconds scan_patience);
  void keep_up (bool is_in_scan);

  std::unique_ptr<Consumer> consumer_;

  std::mutex reading_; /* guards what follows: see Reading */
  int partition_ = -1;
  KafkaLog log_;
  Timeline timeline_;

  mutable std::mutex mutex_; /* guards the rest; never held while reading */
  std::condition_variable stop_;
  bool stopping_ = false;
  std::optional<Range> range_;
  std::optional<Watermarks> marks_;
  int64_t round_trip_ = -1;

  std::thread keeper_;
};

} // namespace gstkafka
