/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/seek_turns.h"

namespace gstkafka {

void
SeekTurns::begin ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  is_started_ = true;
}

void
SeekTurns::end ()
{
  begun_.reset ();
  std::lock_guard<std::mutex> lock (mutex_);
  is_started_ = false;
  prepared_.reset ();
}

/* Seeks that flush end by themselves, so one can wait for another; but not the
 * streaming thread's, which the other may be waiting for. */
SeekTurns::Turn
SeekTurns::wait_for_turn (const SeekEvent &seek)
{
  Turn turn (flushing_, std::defer_lock);
  if (seek.has (GST_SEEK_FLAG_FLUSH)
      && streaming_ != std::this_thread::get_id ())
    turn.lock ();
  return turn;
}

SeekEvent
SeekTurns::prepare (SeekEvent seek, const GstSegment &segment,
    const std::optional<Recording::Range> &range, gint64 shift)
{
  SeekRequest request = seek.translate (segment, range, shift);
  std::lock_guard<std::mutex> lock (mutex_);
  /* In READY the last one counts alone. */
  if (prepared_ && is_started_)
    seek.inherit (request, *prepared_);
  prepared_ = request;
  return seek;
}

std::optional<SeekRequest>
SeekTurns::begin_seek ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  begun_ = prepared_;
  return begun_;
}

std::optional<SeekRequest>
SeekTurns::settle ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (begun_ && prepared_ && prepared_->seqnum == begun_->seqnum)
    prepared_->is_open = false;
  return begun_;
}

} // namespace gstkafka
