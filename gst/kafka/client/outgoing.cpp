/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/outgoing.h"

namespace gstkafka {

namespace {

/* What each record in a batch costs beside key, value and headers, integers at
 * their longest, so that what is counted here is never less than what the
 * broker counts. */
constexpr size_t kRecordOverhead = 40;
constexpr size_t kHeaderOverhead = 10;

} // namespace

size_t
RecordRoom::overhead (const Headers &headers) const
{
  size_t size = kBatchOverhead + kRecordOverhead + key_size_;
  for (const auto &header : headers)
    size += kHeaderOverhead + header.name.size () + header.value.size ();
  return size;
}

} // namespace gstkafka
