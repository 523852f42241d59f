/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A record as a GstBuffer: its payload, wrapped where that pays, and all that
 * its headers say but for the times. The counterpart of MappedBuffer. One
 * thread; buffers may outlive this and be freed by any other. */

#pragma once

#include "client/consumer.h"
#include "record/decoder.h"

#include <atomic>

namespace gstkafka {

class BufferMaker {
 public:
  /* `utc`: wall-clock time at running time 0 of its session, if known. */
  BufferPtr make (IncomingRecord record, const DecodedRecord &decoded,
      std::optional<int64_t> utc);

 private:
  GstBuffer *wrap_payload (IncomingRecord record);

  /* Payload bytes that are pinned downstream; shared with the buffers. */
  std::shared_ptr<std::atomic<uint64_t>> pinned_
      = std::make_shared<std::atomic<uint64_t>> (0);
};

} // namespace gstkafka
