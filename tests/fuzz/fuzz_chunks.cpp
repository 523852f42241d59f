/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Chunks in any order, of several streams, and records between them. A buffer
 * is whole or not at all: its bytes are those of its chunks, 0 to n-1, each
 * once and in order. Memory stays within the limits. */

#include "fuzz.h"
#include "gstreamer.h"

#include "record/assembler.h"

#include <algorithm>

using namespace gstkafka;

namespace {

constexpr int kMaxRecords = 300;
constexpr Assembler::Limits kSmall{ 2000, 5000, 4, 64 };

/* Tells whose it is and which. */
std::string
make_bytes (char stream, uint32_t index, size_t size)
{
  std::string bytes (size, static_cast<char> (index));
  if (!bytes.empty ())
    bytes.front () = stream;
  return bytes;
}

class Trial {
 public:
  explicit Trial (fuzz::Input &input) : input_ (input), assembler_ (kSmall) {}

  void
  step ()
  {
    const uint8_t kind = input_.byte ();
    if (kind == 0xff)
      assembler_.restart ();
    else if (kind == 0xfe)
      assembler_.end ();
    else
      take (kind);
    for (const auto &broken : assembler_.take_broken ()) {
      require (broken.why.kind == ErrorKind::MALFORMED);
      require (broken.offset >= 0 && broken.offset <= offset_);
    }
  }

 private:
  struct Writer {
    uint64_t seq = 0;
    uint32_t index = 0, count = 0;
    bool has_come = false;
  };

  /* Mostly as a writer would go on, or else anything. */
  void
  take (uint8_t kind)
  {
    const int number = kind % 4;
    Writer &writer = writers_[number];
    const uint8_t more = input_.byte ();
    DecodedRecord record;
    record.session = std::string (1, static_cast<char> ('a' + number / 2));
    const std::string key (static_cast<size_t> (number % 2), 'k');
    record.seq = writer.seq++;
    offset_ += 1 + (more & 1);
    const bool is_first = !std::exchange (writer.has_come, true);
    if ((kind & 0x1c) == 0x1c) {
      assembler_.pass (record, key, offset_);
      writer.count = 0;
      return;
    }
    if (writer.index >= writer.count) {
      writer.index = 0;
      writer.count = 1 + input_.byte () % 8;
    }
    record.chunk = DecodedRecord::Chunk{ writer.index++, writer.count };
    if (kind & 0x80)
      record.seq = input_.byte ();
    if (kind & 0x40) {
      auto count = static_cast<uint32_t> (
          std::max<uint64_t> (input_.number () & 0xffffffff, 1));
      record.chunk
          = { static_cast<uint32_t> (input_.number () % count), count };
    }
    if (more & 2)
      record.pts = number;
    const std::string bytes = make_bytes (static_cast<char> ('A' + number),
        record.chunk->index, size_t{ input_.byte () } * (more & 4 ? 16 : 1));
    const auto chunk = *record.chunk;
    auto answer = assembler_.take (std::move (record), key, bytes.data (),
        bytes.size (), offset_, is_first);
    if (answer.state == Assembler::State::WHOLE)
      check_whole (answer.whole, chunk, static_cast<char> ('A' + number));
    else
      require (!answer.whole.payload);
  }

  void
  check_whole (const Assembler::Whole &whole, const DecodedRecord::Chunk &last,
      char stream)
  {
    require (whole.payload && last.index + 1 == last.count);
    require (whole.offset >= 0 && whole.offset <= offset_);
    GstMapInfo map;
    require (gst_buffer_map (whole.payload.get (), &map, GST_MAP_READ));
    require (map.size <= kSmall.buffer);
    const std::string bytes (reinterpret_cast<char *> (map.data), map.size);
    gst_buffer_unmap (whole.payload.get (), &map);
    /* Numbers rise from 0 by 1, where a chunk has any beyond its stream's. */
    int before = -1;
    for (char c : bytes) {
      if (c == stream)
        continue;
      const int index = static_cast<unsigned char> (c);
      require (index < 'A' || index > 'D');
      require (index >= before);
      before = index;
    }
    require (before < 0 || before <= static_cast<int> (last.index & 0xff));
  }

  fuzz::Input &input_;
  Assembler assembler_;
  Writer writers_[4];
  int64_t offset_ = 0;
};

} // namespace

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz::begin_gstreamer ();
  fuzz::Input input (data, size);
  Trial trial (input);
  for (int i = 0; i < kMaxRecords && !input.is_over (); i++)
    trial.step ();
  return 0;
}
