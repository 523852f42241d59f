/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A record's headers back to what they say. A topic is an untrusted input:
 * every value is checked, nothing is allocated on a record's word. No threads,
 * no Kafka. */

#pragma once

#include "header.h"
#include "record/media.h"
#include "result.h"

#include <optional>
#include <vector>

namespace gstkafka {

/* What came in the stream between the record before and this one: one of the
 * two. */
struct RidingEvent {
  TagListPtr tags;
  StructurePtr custom;
};

struct DecodedRecord {
  /* No gst. header at all: another program's; everything below is empty. */
  bool foreign = false;

  std::string session;
  uint64_t seq = 0;
  std::optional<int64_t> pts, dts; /* ns of running time in the session */
  std::optional<uint64_t> duration, offset, offset_end;
  uint32_t flags = 0;
  CapsPtr caps;                    /* nullptr: as before */
  std::optional<int64_t> utc;      /* ns since 1970 at running time 0 */
  std::vector<RidingEvent> events; /* in the order they were in */
  bool eos = false;

  struct Chunk {
    uint32_t index, count;
  };
  std::optional<Chunk> chunk;
};

/* What tells a key from others: itself, or of a long one its digest, as a
 * hostile topic may have keys of megabytes. */
std::string key_trace (std::string_view key);

/* One name for each stream in each session. */
std::string stream_name (const DecodedRecord &record, std::string_view key);

/* Errors are of kind MALFORMED and say which header it is. */
Result<DecodedRecord> decode_record (const HeaderViews &headers);

} // namespace gstkafka
