/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records into frames: the chunks of a large buffer become one, and another
 * program's record is given what it does not tell. Which of them are given out,
 * and when, is for others to say. No threads. */

#pragma once

#include "client/consumer.h"
#include "elements/buffer_maker.h"
#include "elements/foreign.h"
#include "elements/usage.h"
#include "record/assembler.h"

#include <map>

namespace gstkafka {

/* One record, or all the chunks of a buffer. */
struct Frame {
  DecodedRecord decoded;
  BufferMaker::Payload payload;
  std::string key;
  int64_t offset = -1;            /* of the first record */
  std::optional<int64_t> written; /* ns since 1970 */
  Usage::UsePtr use;              /* if it has begun */
};

class Intake {
 public:
  /* `foreign_caps`: those of other programs' records, or nullptr. */
  explicit Intake (CapsPtr foreign_caps)
      : foreign_caps_ (std::move (foreign_caps))
  {}
  /* What is unfinished was not used by that. */
  ~Intake ();
  Intake (const Intake &) = delete;
  Intake &operator= (const Intake &) = delete;

  /* From its first chunk on a buffer is in use, so that a group stays there
   * until all of it was used. */
  void
  track (std::shared_ptr<Usage> usage)
  {
    usage_ = std::move (usage);
  }

  /* Caps, a time as monotonous as a player needs it, the time of capture as the
   * record says it, and a count. */
  void adopt (const IncomingRecord &record, DecodedRecord &foreign);
  bool
  has_foreign_content_type () const
  {
    return foreign_caps_.has_content_type ();
  }

  struct Answer {
    std::optional<Frame> frame; /* the one that the record completes */
    bool is_chunk = false;      /* of a buffer that is given as a whole */
  };
  /* In the order of the log. `is_first`: of its stream. */
  Answer take (IncomingRecord record, DecodedRecord decoded, std::string key,
      bool is_first);

  /* Buffers that were set aside since the last call. */
  std::vector<Assembler::Broken> take_broken ();

  /* Nothing follows. */
  void end ();
  /* Records are gone: what is unfinished stays so. */
  void lose ();
  /* What comes next does not continue what came last. */
  void restart ();
  /* ... and it is from another time, too. */
  void restart_elsewhere ();

 private:
  Answer take_chunk (IncomingRecord record, DecodedRecord decoded,
      std::string key, bool is_first);
  Usage::UsePtr take_use (int64_t offset);

  Assembler assembler_;
  std::shared_ptr<Usage> usage_; /* nullptr: nobody asks */
  /* Of unfinished buffers, by the offset of chunk 0. */
  std::map<int64_t, Usage::UsePtr> begun_;

  ForeignCaps foreign_caps_;
  ForeignClock foreign_clock_;
  uint64_t foreign_seq_ = 0;
};

} // namespace gstkafka
