/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What was published, by several writers one after the other, and what became
 * of it. */

#pragma once

#include "reader_process.h"

#include <map>
#include <vector>

namespace kafkacheck {

/* One fault of the table, over all its rounds. */
struct Account {
  size_t published = 0;    /* what kafkasink has taken */
  size_t acknowledged = 0; /* of that */
  size_t read = 0;
  size_t lost = 0;    /* acknowledged, or before what was read, and not read */
  size_t doubled = 0; /* what a reader has got a second time */
  size_t out_of_order = 0; /* after what belongs behind it */
  size_t unknown = 0;      /* what nobody has published */
  size_t bad_starts = 0;   /* of readers that were started again */
  int64_t worst_pause = 0; /* ms without anything to read */

  void operator+= (const Account &other);
  /* Fails the test unless nothing is lost, and so on. */
  void check () const;
};

class Ledger {
 public:
  /* A writer's lines; the next one began when this one had ended. */
  void add_writer (const std::vector<std::string> &lines);

  /* What readers have read, each of which went on where the one before had
   * been killed: from a sync point, leaving nothing out. */
  Account judge (const std::vector<std::vector<UsedFrame>> &readers) const;

 private:
  struct Entry {
    size_t writer;
    bool is_acknowledged;
  };

  void read_one (const std::vector<UsedFrame> &frames, bool is_first,
      size_t &reached, Account &account) const;
  size_t count_lost (
      size_t begin, size_t end, const std::vector<bool> &seen) const;

  size_t writers_ = 0;
  std::vector<Entry> entries_;           /* in the order of the log */
  std::map<std::string, size_t> places_; /* in entries_, by checksum */
};

} // namespace kafkacheck
