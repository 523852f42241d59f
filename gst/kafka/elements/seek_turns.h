/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Seeks of several threads, one after the other: what one of them asks for
 * beside what basesrc tells do_seek () stays with it, from its event by do_seek
 * () to where the streaming thread finds the place. Any thread, but for what
 * says otherwise.
 *
 *   event -- prepare () --> basesrc -- do_seek (): begin_seek () --> settle ()
 */

#pragma once

#include "elements/seek_event.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace gstkafka {

class SeekTurns {
 public:
  /* From READY to PAUSED, and back, when a seek is nobody's any more. */
  void begin ();
  void end ();

  /* That is the calling thread. */
  void
  note_streaming_thread ()
  {
    streaming_ = std::this_thread::get_id ();
  }

  /* basesrc takes one seek after the other, but does not tell do_seek () of
   * which event: what prepare () keeps is to be that one's until basesrc is
   * done with it. */
  using Turn = std::unique_lock<std::recursive_mutex>;
  Turn wait_for_turn (const SeekEvent &seek);

  /* `seek` for basesrc; the rest of it is kept. See SeekEvent::translate (). */
  SeekEvent prepare (SeekEvent seek, const GstSegment &segment,
      const std::optional<Recording::Range> &range, gint64 shift);

  /* The rest of the seek that basesrc comes with; nullopt: it is its own. With
   * the stream lock. */
  std::optional<SeekRequest> begin_seek ();

  /* The same again: nothing of it is to be found out any more. With the stream
   * lock. */
  std::optional<SeekRequest> settle ();

 private:
  std::recursive_mutex flushing_; /* see wait_for_turn () */
  std::atomic<std::thread::id> streaming_;

  std::mutex mutex_; /* guards these */
  bool is_started_ = false;
  std::optional<SeekRequest> prepared_;

  std::optional<SeekRequest> begun_; /* by the stream lock */
};

} // namespace gstkafka
