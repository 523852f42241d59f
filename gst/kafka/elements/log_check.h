/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether a log is still the one that was being read. A topic may be deleted
 * and made anew under the same name, and have more records by then than were
 * read of the old one: nothing in Kafka's fetches tells. So where there is a
 * doubt, the record that was read last is looked at again. Standard library
 * only. */

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gstkafka {

/* What tells a record from another one at the same offset. */
struct RecordTrace {
  int64_t offset = -1;
  int64_t timestamp_ms = -1;
  size_t size = 0;

  bool
  operator== (const RecordTrace &other) const
  {
    return offset == other.offset && timestamp_ms == other.timestamp_ms
           && size == other.size;
  }
};

class LogCheck {
 public:
  /* Each record in the order in which it is read. */
  void
  note_read (const RecordTrace &trace)
  {
    last_ = trace;
  }

  /* The broker said that there is no such topic. */
  void
  note_missing ()
  {
    is_due_ = last_.has_value ();
  }
  bool
  is_due () const
  {
    return is_due_;
  }

  /* Whether that record, of a stream that nothing was read of and that does not
   * begin with it, follows one that was not looked at twice. */
  bool
  doubts (int64_t offset) const
  {
    return last_ && last_->offset + 1 == offset && vouched_for_ != offset;
  }

  /* Begins; returns the offset to look at. There was a record. */
  int64_t
  begin ()
  {
    is_running_ = true;
    return last_->offset;
  }
  bool
  is_running () const
  {
    return is_running_;
  }
  int64_t
  offset () const
  {
    return last_->offset;
  }
  /* It is still due if it was. */
  void
  interrupt ()
  {
    is_running_ = false;
  }

  /* Ends with what is there: whether it is the same log. */
  bool
  is_same (const RecordTrace &found) const
  {
    return found == *last_;
  }
  void
  end ()
  {
    is_running_ = is_due_ = false;
    vouched_for_ = last_->offset + 1;
  }
  void
  forget ()
  {
    *this = LogCheck ();
  }

 private:
  std::optional<RecordTrace> last_;
  int64_t vouched_for_ = -1;
  bool is_due_ = false, is_running_ = false;
};

} // namespace gstkafka
