/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The account of what a player has given out, and how far that was used: up to
 * the first record that somebody downstream still has. No Kafka, no clock; any
 * thread.
 *
 *   offsets:  ... 10  11  12  13  14  15 ...
 *                 used    |   used  |
 *                         in use    given next
 *   -> place () = 12
 *
 * Used means that nobody holds the record's memory any more. But who stops or
 * is flushed drops what it holds, used or not: on the way there releases do not
 * count. */

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace gstkafka {

class Usage : public std::enable_shared_from_this<Usage> {
 public:
  /* One record in use, until the last copy of the pointer is gone. */
  class Use {
   public:
    Use (std::shared_ptr<Usage> usage, uint64_t account, int64_t offset)
        : usage_ (std::move (usage)), account_ (account), offset_ (offset)
    {}
    ~Use ();
    Use (const Use &) = delete;
    Use &operator= (const Use &) = delete;

    /* It was not given to anybody: it counts as in use for good. */
    void
    withdraw ()
    {
      usage_.reset ();
    }

   private:
    std::shared_ptr<Usage> usage_;
    const uint64_t account_;
    const int64_t offset_;
  };
  using UsePtr = std::shared_ptr<Use>;

  /* Another place in the log: what was given out before does not matter any
   * more. Records from `start` on, to find a sync point, to `used_up_to` were
   * used before. */
  void begin (int64_t start, int64_t used_up_to);

  /* The next record; offsets rise. */
  UsePtr give (int64_t offset);
  /* What lies between is nothing to use. */
  void advance_to (int64_t offset);

  /* Whether releases count. */
  void set_playing (bool playing);
  /* Until begin (), or until it turns out that there was no flush. */
  void set_flushing (bool flushing);

  /* The first offset that is not used; nullopt while none was since begin ().
   */
  std::optional<int64_t> place () const;
  /* Whether anything was released since begin (), held or not. */
  bool has_moved () const;

 private:
  void release (uint64_t account, int64_t offset);
  std::optional<int64_t> reached () const;
  void hold_or_go_on (bool playing, bool flushing);
  bool
  is_held () const
  {
    return flushing_ || !playing_;
  }

  mutable std::mutex mutex_; /* guards all below */
  uint64_t account_ = 0;
  int64_t beginning_ = 0; /* used up to here before */
  int64_t next_ = 0;
  std::set<int64_t> in_use_;
  bool playing_ = false;
  bool flushing_ = false;
  std::optional<int64_t> held_place_; /* while is_held () */
};

} // namespace gstkafka
