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
#include <variant>

namespace gstkafka {

class BufferMaker {
 public:
  /* A record's, or what its chunks have been put together to. */
  using Payload = std::variant<BufferPtr, IncomingRecord>;

  /* `utc`: wall-clock time at running time 0 of its session, if known. */
  BufferPtr make (Payload payload, const DecodedRecord &decoded,
      std::optional<int64_t> utc);

 private:
  GstBuffer *wrap_payload (IncomingRecord record);

  /* Payload bytes that are pinned downstream; shared with the buffers. */
  std::shared_ptr<std::atomic<uint64_t>> pinned_
      = std::make_shared<std::atomic<uint64_t>> (0);
};

} // namespace gstkafka
