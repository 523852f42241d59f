/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/reader_stats.h"

namespace gstkafka {

void
ReaderCounts::begin (int partition)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.partition = partition;
}

void
ReaderCounts::add_given (uint64_t bytes, int64_t next_offset)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.records++;
  stats_.bytes += bytes;
  stats_.offset = next_offset;
}

void
ReaderCounts::take_back (uint64_t bytes)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.records--;
  stats_.bytes -= bytes;
}

void
ReaderCounts::add_chunk ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.chunks++;
}

void
ReaderCounts::add_quarantined (const Playback::Counts &playback)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.quarantined++;
  stats_.playback = playback;
}

void
ReaderCounts::add_lost (int64_t records)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.lost += static_cast<uint64_t> (records);
}

void
ReaderCounts::add_skipped_live (int64_t records)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.skipped_live += static_cast<uint64_t> (records);
}

void
ReaderCounts::note_playback (const Playback::Counts &playback)
{
  std::lock_guard<std::mutex> lock (mutex_);
  stats_.playback = playback;
}

ReaderStats
ReaderCounts::stats () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return stats_;
}

} // namespace gstkafka
