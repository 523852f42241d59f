/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* librdkafka without GStreamer, used as its own examples do: the measure for
 * the elements. And the topics that both write and read. */

#pragma once

#include "harness.h"

#include <string>

namespace gstkafka {

/* Payloads made beforehand, different from each other, used round and round.
 * More than a processor's cache, little beside what is being measured. */
class Payloads {
 public:
  explicit Payloads (size_t size);

  const char *
  at (uint64_t index) const
  {
    return bytes_.data () + index % count_ * size_;
  }
  size_t
  size () const
  {
    return size_;
  }

 private:
  const size_t size_;
  const size_t count_;
  std::string bytes_;
};

/* Made on construction and deleted on destruction, both in a child process. */
class TemporaryTopic {
 public:
  TemporaryTopic ();
  ~TemporaryTopic ();
  TemporaryTopic (const TemporaryTopic &) = delete;
  TemporaryTopic &operator= (const TemporaryTopic &) = delete;

  const std::string &
  name () const
  {
    return name_;
  }

 private:
  std::string name_;
};

struct BareProduction {
  bool idempotent = false;
  bool headers = false; /* as many and as long as kafkasink writes */
};

/* From the first record to the last acknowledgement. */
Usage produce_bare (
    const std::string &topic, size_t size, uint64_t count, BareProduction how);

/* From the first record to the last one of `count`. */
Usage consume_bare (const std::string &topic, uint64_t count);

} // namespace gstkafka
