/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Other programs' records, which say little of themselves: what media they
 * hold, and when that is to be shown. No threads, no Kafka. */

#pragma once

#include "header.h"
#include "record/media.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gstkafka {

/* The caps that a MIME type, or caps as text, in a content-type header mean.
 * nullptr: it does not tell, and the bytes have to. */
CapsPtr caps_of_content_type (std::string_view value);

/* In this order: what the user says, what the content-type says, what the bytes
 * look like. */
class ForeignCaps {
 public:
  /* `set` by the user, or nullptr. */
  explicit ForeignCaps (CapsPtr set = nullptr) : set_ (std::move (set)) {}

  /* nullptr: nothing tells. */
  CapsPtr find (const HeaderViews &headers, const void *data, size_t size);

  /* Whether the last record had one that was looked at. */
  bool
  has_content_type () const
  {
    return has_content_type_;
  }

 private:
  GstCaps *look_at_header (std::string_view content_type);
  GstCaps *look_at_bytes (const void *data, size_t size);

  CapsPtr set_;
  /* Of the record before, so that a picture like it costs nothing. */
  std::string content_type_;
  CapsPtr told_;
  std::string beginning_;
  CapsPtr found_;
  bool is_sure_ = false;
  bool has_content_type_ = false;
};

/* Record timestamps as a time that never runs backwards. Where several
 * producers' clocks differ the one that is ahead leads, and the others' records
 * are shown with it. A clock that was set back for good goes on from there. */
class ForeignClock {
 public:
  /* Both in ns since 1970. */
  int64_t take (int64_t written_at);

  void restart ();

 private:
  std::optional<int64_t> last_;
  int64_t correction_ = 0;
  int behind_ = 0; /* records in a row */
};

} // namespace gstkafka
