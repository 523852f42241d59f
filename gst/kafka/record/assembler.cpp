/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/assembler.h"

#include "record/names.h"

#include <algorithm>
#include <cstring>

namespace gstkafka {

namespace {

/* Buffers of another session after which a writer is taken for gone: two that
 * write at the same time do not get that far apart. */
constexpr int kMaxOvertaken = 32;

/* The same for a writer whom nobody follows: minutes of a busy partition, and
 * writers do not try for longer. */
constexpr int64_t kMaxDistance = 100000;

std::string
name_of (const DecodedRecord::Chunk &chunk)
{
  return std::to_string (chunk.index) + "/" + std::to_string (chunk.count);
}

std::string
describe (const DecodedRecord &record, int64_t offset)
{
  return "record " + std::to_string (offset) + ", "
         + (record.chunk ? "chunk " + name_of (*record.chunk) : "no chunk");
}

uint64_t
first_seq (const DecodedRecord &record)
{
  return record.seq - std::min<uint64_t> (record.seq, record.chunk->index);
}

} // namespace

const Assembler::Limits Assembler::kLimits
    = { kMaxBufferSize, kMaxBufferSize, 16, kMaxChunks };

/* ---- memory ---- */

Assembler::Bytes &
Assembler::Bytes::operator= (Bytes &&other) noexcept
{
  std::swap (data_, other.data_);
  std::swap (size_, other.size_);
  std::swap (capacity_, other.capacity_);
  return *this;
}

bool
Assembler::Bytes::reserve (size_t capacity)
{
  auto *data = static_cast<guint8 *> (g_try_realloc (data_, capacity));
  if (!data)
    return false;
  data_ = data;
  capacity_ = capacity;
  return true;
}

void
Assembler::Bytes::append (const void *data, size_t size)
{
  std::memcpy (data_ + size_, data, size);
  size_ += size;
}

/* Downstream may write into it, as nobody else has it. */
BufferPtr
Assembler::Bytes::to_buffer ()
{
  if (capacity_ > size_)
    reserve (size_);
  guint8 *data = std::exchange (data_, nullptr);
  capacity_ = 0;
  return BufferPtr (gst_buffer_new_wrapped_full (
      static_cast<GstMemoryFlags> (0), data, size_, 0, size_, data, g_free));
}

size_t
Assembler::total () const
{
  size_t total = 0;
  for (const auto &unfinished : unfinished_)
    total += unfinished.bytes.capacity ();
  return total;
}

/* Whoever was heard of last is kept. */
void
Assembler::leave_space (const Unfinished &growing, size_t bytes)
{
  const std::string stream = growing.stream;
  while (unfinished_.size () > 1 && total () + bytes > limits_.all) {
    auto oldest = unfinished_.end ();
    for (auto i = unfinished_.begin (); i != unfinished_.end (); ++i)
      if (i->stream != stream
          && (oldest == unfinished_.end ()
              || i->last_offset < oldest->last_offset))
        oldest = i;
    give_up (oldest, "unfinished buffers take too much memory");
  }
}

/* ---- what is broken ---- */

std::vector<Assembler::Broken>
Assembler::take_broken ()
{
  return std::exchange (broken_, {});
}

void
Assembler::report (int64_t offset, const std::string &stream, std::string why)
{
  broken_.push_back (
      { offset, stream, { ErrorKind::MALFORMED, std::move (why), "" } });
}

void
Assembler::note_rest (
    const std::string &stream, uint64_t first_seq, uint64_t count)
{
  rests_[stream] = first_seq + std::min (count, UINT64_MAX - first_seq);
}

void
Assembler::set_aside (Place place, std::string why)
{
  report (place->offset, place->stream, std::move (why));
  note_rest (place->stream, place->decoded.seq, place->decoded.chunk->count);
  unfinished_.erase (place);
}

void
Assembler::give_up (Place place, const std::string &why)
{
  const DecodedRecord::Chunk due = { place->next, place->decoded.chunk->count };
  set_aside (
      place, "chunk " + name_of (due) + " of its buffer is missing: " + why);
}

/* Two writers may take turns; but one that crashed does not come back. */
void
Assembler::overtake (const std::string &session, std::string_view key)
{
  for (size_t i = unfinished_.size (); i-- > 0;) {
    Unfinished &other = unfinished_[i];
    if (other.key == key && other.decoded.session != session
        && ++other.overtaken >= kMaxOvertaken)
      give_up (unfinished_.begin () + static_cast<std::ptrdiff_t> (i),
          "its session goes no further");
  }
}

void
Assembler::expire (int64_t offset)
{
  for (size_t i = unfinished_.size (); i-- > 0;)
    if (offset - unfinished_[i].last_offset > kMaxDistance)
      give_up (unfinished_.begin () + static_cast<std::ptrdiff_t> (i),
          "its writer goes no further");
}

void
Assembler::end ()
{
  for (size_t i = unfinished_.size (); i-- > 0;)
    if (unfinished_[i].overtaken > 0)
      give_up (unfinished_.begin () + static_cast<std::ptrdiff_t> (i),
          "its session goes no further");
}

void
Assembler::lose ()
{
  while (!unfinished_.empty ())
    give_up (unfinished_.begin (), "it is gone from the log");
}

void
Assembler::restart ()
{
  unfinished_.clear ();
  rests_.clear ();
}

/* ---- what comes ---- */

Assembler::Place
Assembler::find (const std::string &stream)
{
  return std::find_if (unfinished_.begin (), unfinished_.end (),
      [&stream] (const Unfinished &other) { return other.stream == stream; });
}

void
Assembler::pass (
    const DecodedRecord &record, std::string_view key, int64_t offset)
{
  if (unfinished_.empty () && rests_.empty ())
    return;
  expire (offset);
  if (record.foreign)
    return;
  const std::string stream = stream_name (record, key);
  auto place = find (stream);
  if (place != unfinished_.end ())
    give_up (place, describe (record, offset) + ", came instead");
  rests_.erase (stream);
  overtake (record.session, key);
}

Assembler::Answer
Assembler::take (DecodedRecord record, std::string_view key, const void *data,
    size_t size, int64_t offset, bool is_first)
{
  expire (offset);
  const std::string stream = stream_name (record, key);
  const DecodedRecord::Chunk chunk = *record.chunk;
  auto place = find (stream);
  if (place != unfinished_.end ()) {
    const uint64_t due = place->decoded.seq + place->next;
    if (record.seq < due)
      return { State::DUPLICATE, {} };
    if (record.seq == due && chunk.index == place->next
        && chunk.count == place->decoded.chunk->count)
      return add (place, data, size, offset);
    give_up (place, describe (record, offset) + ", came instead");
  }
  if (chunk.index > 0)
    return pass_over (record, stream, offset, is_first);
  return begin (std::move (record), key, data, size, offset);
}

Assembler::Answer
Assembler::pass_over (const DecodedRecord &record, const std::string &stream,
    int64_t offset, bool is_first)
{
  const uint64_t *rest = rests_.find (stream);
  if (rest && record.seq < *rest)
    return { State::PASSED_OVER, {} };
  if (!is_first)
    report (offset, stream,
        "it is chunk " + name_of (*record.chunk)
            + " of a buffer whose beginning is missing");
  note_rest (stream, first_seq (record), record.chunk->count);
  return { State::PASSED_OVER, {} };
}

Assembler::Answer
Assembler::begin (DecodedRecord record, std::string_view key, const void *data,
    size_t size, int64_t offset)
{
  const uint64_t count = record.chunk->count;
  std::string stream = stream_name (record, key);
  rests_.erase (stream);
  /* The last one may be small. */
  if (count > limits_.chunks
      || (size > 0 && count - 1 > (limits_.buffer - 1) / size)) {
    report (offset, stream,
        "its buffer is too large: " + std::to_string (count) + " chunks of "
            + std::to_string (size) + " bytes, where no buffer has more than "
            + std::to_string (limits_.chunks) + " chunks and "
            + std::to_string (limits_.buffer) + " bytes");
    note_rest (stream, record.seq, count);
    return { State::PASSED_OVER, {} };
  }
  if (unfinished_.size () >= limits_.count) {
    auto oldest = std::min_element (unfinished_.begin (), unfinished_.end (),
        [] (const Unfinished &a, const Unfinished &b) {
          return a.last_offset < b.last_offset;
        });
    give_up (oldest, "too many buffers are unfinished");
  }
  Unfinished unfinished;
  unfinished.stream = std::move (stream);
  unfinished.key = std::string (key);
  unfinished.offset = offset;
  unfinished.claimed
      = std::min (static_cast<size_t> (count) * size, limits_.buffer);
  unfinished.decoded = std::move (record);
  unfinished_.push_back (std::move (unfinished));
  return add (std::prev (unfinished_.end ()), data, size, offset);
}

/* Nothing but the reserve that doubling needs, and no more of that than was
 * claimed. */
MaybeError
Assembler::make_room (Unfinished &unfinished, size_t size)
{
  const Bytes &bytes = unfinished.bytes;
  const size_t needed = bytes.size () + size;
  if (size > limits_.buffer || needed > limits_.buffer)
    return Error{ ErrorKind::MALFORMED,
      "no buffer has more than " + std::to_string (limits_.buffer) + " bytes",
      "" };
  if (needed <= bytes.capacity ())
    return std::nullopt;
  size_t capacity
      = std::min (std::max (2 * bytes.capacity (), needed), limits_.buffer);
  if (unfinished.claimed >= needed)
    capacity = std::min (capacity, unfinished.claimed);
  const std::string stream = unfinished.stream;
  leave_space (unfinished, capacity - bytes.capacity ());
  /* Others before it may be gone. */
  if (!find (stream)->bytes.reserve (capacity))
    return Error{ ErrorKind::MALFORMED,
      "there is no memory for " + std::to_string (capacity) + " bytes", "" };
  return std::nullopt;
}

Assembler::Answer
Assembler::add (Place place, const void *data, size_t size, int64_t offset)
{
  const std::string stream = place->stream;
  MaybeError error = size > 0 ? make_room (*place, size)
                              : Error{ ErrorKind::MALFORMED,
                                  "a chunk of it has no bytes", "" };
  place = find (stream);
  if (error) {
    set_aside (place, "its buffer is of no use: " + error->message);
    return { State::PASSED_OVER, {} };
  }
  place->bytes.append (data, size);
  place->last_offset = offset;
  place->overtaken = 0;
  if (++place->next < place->decoded.chunk->count)
    return { State::MORE, {} };

  Whole whole{ std::move (place->decoded), place->bytes.to_buffer (),
    place->offset };
  const std::string key = std::move (place->key);
  unfinished_.erase (place);
  overtake (whole.decoded.session, key);
  return { State::WHOLE, std::move (whole) };
}

} // namespace gstkafka
