/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Fills an appsrc with exactly what a test wants to go in. Everything may be
 * put in before the pipeline runs. */

#pragma once

#include "common/check.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kafkacheck {

struct Made {
  std::string bytes;
  std::optional<uint64_t> pts, dts, duration, offset, offset_end;
  uint32_t flags = 0;
  int memories = 1; /* the bytes are spread over that many */
};

GstBuffer *make_buffer (const Made &made);

class Feed {
 public:
  explicit Feed (GstElement *appsrc);

  void caps (const char *text);
  void push (const Made &made);
  void push_list (const std::vector<Made> &list);
  void tags (GstTagList *tags); /* takes them */
  void event (const char *structure);
  void finish (); /* EOS */

 private:
  void send (GstEvent *event);

  GstElement *appsrc_;
};

} // namespace kafkacheck
