/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Chunks of large buffers back into buffers. A topic is an untrusted input: a
 * claim is checked before anything is allocated, memory grows with the bytes
 * that came, and what does not fit together is set aside as a whole. No
 * threads, no Kafka.
 *
 *   log:   0/3  1/3  0/2  2/3  1/2  0/4  1/4  0/1 ...
 *   stream  a    a    b    a    b    a    a    a
 *                          |    |              |
 *                       whole  whole       sets aside 0/4 and 1/4 */

#pragma once

#include "record/decoder.h"
#include "record/recent.h"

namespace gstkafka {

class Assembler {
 public:
  struct Limits {
    size_t buffer;   /* bytes */
    size_t all;      /* bytes of all that are unfinished */
    size_t count;    /* of those */
    uint64_t chunks; /* of a buffer */
  };
  static const Limits kLimits;

  /* A buffer as if it had been one record. */
  struct Whole {
    DecodedRecord decoded; /* of chunk 0 */
    BufferPtr payload;
    int64_t offset = -1; /* of chunk 0 */
  };

  enum class State {
    MORE,        /* kept; the buffer has more */
    WHOLE,       /* the last one of a buffer */
    DUPLICATE,   /* it was there before */
    PASSED_OVER, /* its buffer began before the reader did, or is set aside */
  };
  struct Answer {
    State state;
    Whole whole; /* if it is */
  };

  /* A buffer that is set aside: nothing of it is given. */
  struct Broken {
    int64_t offset; /* of the first record of it that came */
    std::string stream;
    Error why; /* of kind MALFORMED */
  };

  explicit Assembler (const Limits &limits = kLimits) : limits_ (limits) {}
  Assembler (const Assembler &) = delete;
  Assembler &operator= (const Assembler &) = delete;

  /* Records in the order of the log. `key` tells the streams of one session
   * apart. */

  /* One with a chunk. `is_first`: nothing of its stream has come before, so
   * nobody missed the beginning of its buffer. */
  Answer take (DecodedRecord record, std::string_view key, const void *data,
      size_t size, int64_t offset, bool is_first);

  /* One without: its stream's unfinished buffer will not be finished. */
  void pass (const DecodedRecord &record, std::string_view key, int64_t offset);

  /* Nothing follows: who was overtaken by another session is not waited for. */
  void end ();

  /* Records are gone, those of unfinished buffers among them. */
  void lose ();

  /* What comes next does not continue what came last; nothing is broken by
   * that. */
  void restart ();

  /* What was set aside since the last call. */
  std::vector<Broken> take_broken ();

 private:
  /* Grows by doubling, which moves pages and not bytes. */
  class Bytes {
   public:
    Bytes () = default;
    Bytes (Bytes &&other) noexcept { *this = std::move (other); }
    Bytes &operator= (Bytes &&other) noexcept;
    ~Bytes () { g_free (data_); }

    size_t
    size () const
    {
      return size_;
    }
    size_t
    capacity () const
    {
      return capacity_;
    }
    bool reserve (size_t capacity);
    /* There must be room. */
    void append (const void *data, size_t size);
    BufferPtr to_buffer ();

   private:
    guint8 *data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
  };

  struct Unfinished {
    std::string stream;
    std::string key;
    DecodedRecord decoded; /* of chunk 0 */
    int64_t offset = -1;
    int64_t last_offset = -1;
    uint32_t next = 0;  /* chunk */
    int overtaken = 0;  /* by buffers of other sessions, since the last chunk */
    size_t claimed = 0; /* bytes, if all chunks are as large as the first */
    Bytes bytes;
  };
  using Place = std::vector<Unfinished>::iterator;

  Place find (const std::string &stream);
  Answer begin (DecodedRecord record, std::string_view key, const void *data,
      size_t size, int64_t offset);
  Answer add (Place place, const void *data, size_t size, int64_t offset);
  Answer pass_over (const DecodedRecord &record, const std::string &stream,
      int64_t offset, bool is_first);
  MaybeError make_room (Unfinished &unfinished, size_t size);
  void leave_space (const Unfinished &growing, size_t bytes);
  void overtake (const std::string &session, std::string_view key);
  void expire (int64_t offset);
  void give_up (Place place, const std::string &why);
  void set_aside (Place place, std::string why);
  void report (int64_t offset, const std::string &stream, std::string why);
  void note_rest (
      const std::string &stream, uint64_t first_seq, uint64_t count);
  size_t total () const;

  const Limits limits_;
  std::vector<Unfinished> unfinished_;
  /* Streams whose rests are known. */
  static constexpr size_t kMaxRests = 1000;
  /* By stream: chunks with a lower gst.seq are of what was set aside. */
  Recent<uint64_t> rests_{ kMaxRests };
  std::vector<Broken> broken_;
};

} // namespace gstkafka
