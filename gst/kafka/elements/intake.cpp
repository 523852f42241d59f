/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/intake.h"

#include "elements/kafka_log.h"

namespace gstkafka {

Intake::~Intake ()
{
  for (auto &begun : begun_)
    begun.second->withdraw ();
}

void
Intake::adopt (const IncomingRecord &record, DecodedRecord &foreign)
{
  adopt_foreign (record, foreign);
  foreign.seq = foreign_seq_++;
  foreign.caps = foreign_caps_.find (
      record.headers (), record.payload (), record.size ());
  if (!foreign.pts)
    return;
  int64_t time = foreign_clock_.take (*foreign.pts);
  foreign.utc = *foreign.pts - time;
  foreign.pts = time;
}

Intake::Answer
Intake::take (IncomingRecord record, DecodedRecord decoded, std::string key,
    bool is_first)
{
  if (decoded.chunk && !decoded.eos)
    return take_chunk (
        std::move (record), std::move (decoded), std::move (key), is_first);
  assembler_.pass (decoded, key, record.offset ());
  Frame frame;
  frame.decoded = std::move (decoded);
  frame.key = std::move (key);
  frame.offset = record.offset ();
  frame.written = written_at (record);
  frame.payload = std::move (record);
  return { std::move (frame), false };
}

Intake::Answer
Intake::take_chunk (IncomingRecord record, DecodedRecord decoded,
    std::string key, bool is_first)
{
  bool is_beginning = decoded.chunk->index == 0;
  auto answer = assembler_.take (std::move (decoded), key, record.payload (),
      record.size (), record.offset (), is_first);
  const bool is_whole = answer.state == Assembler::State::WHOLE;
  const bool is_taken = is_whole || answer.state == Assembler::State::MORE;
  if (is_taken && is_beginning && usage_)
    begun_[record.offset ()] = usage_->give (record.offset ());
  if (!is_whole)
    return { std::nullopt, is_taken };
  Frame frame;
  frame.decoded = std::move (answer.whole.decoded);
  frame.payload = std::move (answer.whole.payload);
  frame.key = std::move (key);
  frame.offset = answer.whole.offset;
  frame.written = written_at (record);
  frame.use = take_use (frame.offset);
  return { std::move (frame), true };
}

Usage::UsePtr
Intake::take_use (int64_t offset)
{
  auto begun = begun_.find (offset);
  if (begun == begun_.end ())
    return nullptr;
  auto use = std::move (begun->second);
  begun_.erase (begun);
  return use;
}

std::vector<Assembler::Broken>
Intake::take_broken ()
{
  auto broken = assembler_.take_broken ();
  for (const auto &one : broken)
    begun_.erase (one.offset);
  return broken;
}

void
Intake::end ()
{
  assembler_.end ();
}

void
Intake::lose ()
{
  assembler_.lose ();
}

void
Intake::restart ()
{
  assembler_.restart ();
  begun_.clear ();
}

void
Intake::restart_elsewhere ()
{
  restart ();
  foreign_clock_.restart ();
}

} // namespace gstkafka
