/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What passes a pad, in a form that two pipelines can be compared by: times as
 * signed running time, caps and tags as text, bytes as a checksum. */

#pragma once

#include "common/check.h"
#include "common/pad_probe.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace kafkacheck {

/* Of bytes, as captures have them. */
std::string checksum_of (const void *data, size_t size);
std::string checksum_of (GstBuffer *buffer);

/* What a pad has before its first SEGMENT. */
GstSegment no_segment ();

struct CapturedBuffer {
  std::string checksum; /* of the bytes */
  size_t size = 0;
  std::optional<int64_t> pts, dts; /* ns of running time */
  std::optional<uint64_t> duration, offset, offset_end;
  uint32_t flags = 0; /* those that travel */
  std::string caps;   /* that hold for it */
  /* Tag lists and custom events before it, in order. */
  std::vector<std::string> events;

  /* Not compared: */
  std::optional<uint64_t> utc; /* timestamp/x-unix */

  bool
  is_delta_unit () const
  {
    return flags & GST_BUFFER_FLAG_DELTA_UNIT;
  }
  bool
  is_discont () const
  {
    return flags & GST_BUFFER_FLAG_DISCONT;
  }
};

struct Captured {
  /* Largest PTS and duration. */
  int64_t end () const;

  std::vector<CapturedBuffer> buffers;
  std::vector<std::string> last_events; /* after the last buffer */
  bool has_eos = false;
  size_t last_flush = 0; /* how many buffers came before it */
};

/* Listens on a pad while it lives. Buffer lists count as their buffers, as they
 * do for a sink. */
class Capture {
 public:
  Capture (GstElement *element, const char *pad_name);
  Capture (const Capture &) = delete;
  Capture &operator= (const Capture &) = delete;

  /* What came so far. */
  Captured get () const;
  size_t count () const;

  /* Fails the test when they don't come in time. */
  void wait_for_buffers (size_t count) const;
  void wait_for_eos () const;
  bool gets_eos_within (std::chrono::milliseconds time) const;

 private:
  void note (GstPadProbeInfo *info);
  void note_buffer (GstBuffer *buffer);
  void note_event (GstEvent *event);

  /* Guards all below but probe_; changed_ tells of each change. */
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  GstSegment segment_;
  std::string caps_;
  std::vector<std::string> events_; /* since the last buffer */
  Captured captured_;

  PadProbe probe_;
};

/* What is expected of a reader that begins with buffer `first`: its running
 * time begins there too. */
Captured starting_at (const Captured &in, size_t first);

/* What is expected of two recordings in one topic: the second goes on where the
 * first ends, with DISCONT. */
Captured one_after_another (const Captured &first, const Captured &second);

/* As the two differ first, for people; empty: they don't. kafkasrc marks where
 * it starts with DISCONT, so the first buffer of `out` may have it added. */
std::string first_difference (const Captured &in, const Captured &out);

/* Fails the test with the first difference. */
void check_identical (const Captured &in, const Captured &out);

} // namespace kafkacheck
