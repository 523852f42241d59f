/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "ledger.h"

namespace {

/* FNV-1a, over words: it has to be quick, not safe. */
uint32_t
checksum_of (GstBuffer *buffer)
{
  uint32_t sum = 2166136261u;
  GstMapInfo map;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return 0;
  for (gsize i = 0; i < map.size; i++)
    sum = (sum ^ map.data[i]) * 16777619u;
  gst_buffer_unmap (buffer, &map);
  return sum;
}

} // namespace

uint64_t
Ledger::enter (GstBuffer *buffer)
{
  uint32_t sum = checksum_of (buffer);
  std::lock_guard<std::mutex> lock (mutex_);
  checksums_[count_ % kChecksums] = sum;
  return count_++;
}

/* Until it ends all of it may still come. */
void
Ledger::begin_session ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  sessions_[sessions_count_++ % kSessions] = { count_, UINT64_MAX };
}

void
Ledger::end_session (uint64_t acknowledged, bool cleanly)
{
  std::lock_guard<std::mutex> lock (mutex_);
  Session &session = sessions_[(sessions_count_ - 1) % kSessions];
  session.sure_before = cleanly ? count_ : session.begin + acknowledged;
}

uint64_t
Ledger::count () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return count_;
}

/* The newest that begins at or before it. */
const Ledger::Session &
Ledger::session_of (uint64_t number) const
{
  uint64_t i = sessions_count_ - 1;
  while (i > 0 && sessions_[i % kSessions].begin > number
         && sessions_count_ - i < kSessions)
    i--;
  return sessions_[i % kSessions];
}

std::string
Ledger::compare (GstBuffer *buffer, std::optional<uint64_t> last) const
{
  uint32_t sum = checksum_of (buffer);
  uint64_t number = GST_BUFFER_OFFSET (buffer);
  std::lock_guard<std::mutex> lock (mutex_);
  if (number >= count_)
    return "a buffer with number " + std::to_string (number)
           + ", which nobody wrote";
  if (number + kChecksums > count_ && checksums_[number % kChecksums] != sum)
    return "other bytes in number " + std::to_string (number);
  if (!last || number == *last + 1)
    return "";
  std::string step
      = std::to_string (number) + " after " + std::to_string (*last);
  if (number <= *last)
    return "repeated: " + step;
  /* Those that a stop in the middle took may be missing, at the seam. */
  const Session &before = session_of (*last);
  if (session_of (number).begin == before.begin)
    return "a gap: " + step;
  if (session_of (number).begin != number)
    return "a session does not begin with its first: " + step;
  if (before.sure_before != UINT64_MAX && *last + 1 < before.sure_before)
    return "acknowledged and missing: " + step;
  return "";
}
