/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the fuzz targets share. Each is a program of libFuzzer's, which calls
 * the function below with whatever it makes up; and one that replays a corpus
 * without it: replay.cpp. */

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A promise that the input has broken; libFuzzer keeps that. */
#define require(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf (                                                           \
          stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);      \
      std::abort ();                                                           \
    }                                                                          \
  } while (0)

namespace fuzz {

/* Decisions out of an input. At its end all are 0. */
class Input {
 public:
  Input (const uint8_t *data, size_t size)
      : left_ (reinterpret_cast<const char *> (data), size)
  {}

  bool
  is_over () const
  {
    return left_.empty ();
  }
  uint8_t
  byte ()
  {
    if (left_.empty ())
      return 0;
    auto value = static_cast<uint8_t> (left_.front ());
    left_.remove_prefix (1);
    return value;
  }
  uint64_t
  number ()
  {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
      value = value << 8 | byte ();
    return value;
  }
  /* Small steps, and now and then the ends of what there is. */
  int64_t
  time ()
  {
    const uint8_t kind = byte ();
    if (kind < 0xf0)
      return int64_t{ kind } * 10 * 1000 * 1000;
    if (kind < 0xf4)
      return -int64_t{ byte () } * 1000 * 1000;
    return static_cast<int64_t> (number ());
  }
  /* Up to the next `end`, or all that is left. */
  std::string_view
  text_to (char end)
  {
    const size_t size = left_.find (end);
    std::string_view text = left_.substr (0, size);
    left_.remove_prefix (
        size == std::string_view::npos ? left_.size () : size + 1);
    return text;
  }
  std::string_view
  rest () const
  {
    return left_;
  }

 private:
  std::string_view left_;
};

} // namespace fuzz
