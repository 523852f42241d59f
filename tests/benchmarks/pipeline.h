/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Pipelines that are measured. Only for use in child processes: GStreamer
 * starts threads. */

#pragma once

#include "harness.h"

#include <gst/gst.h>

#include <functional>
#include <future>
#include <string>

namespace gstkafka {

class Pipeline {
 public:
  /* In the words of gst-launch-1.0; ends the process when it makes no sense. */
  explicit Pipeline (const std::string &description);
  ~Pipeline ();
  Pipeline (const Pipeline &) = delete;
  Pipeline &operator= (const Pipeline &) = delete;

  /* Links `source`, which it takes, in front of the element `name`. */
  void prepend (GstElement *source, const char *name);

  /* Ends the process when there is none; the caller's to unref. */
  GstElement *element (const char *name) const;

  void set_state (GstState state);
  void play ();
  /* Until EOS; ends the process on ERROR. */
  void wait_for_end ();
  /* Until `holds`; ends the process on ERROR. Looks once a millisecond. */
  void wait_until (const std::function<bool ()> &holds);
  /* Tells of the first buffer that reaches `name`, once. */
  std::future<void> first_buffer_at (const char *name);
  /* A field of the structure in the property `stats` of element `name`. */
  uint64_t stat (const char *name, const char *field) const;

 private:
  GstElement *pipeline_;
  std::promise<void> first_buffer_;
};

/* What both elements of the project have to be told. */
std::string kafka_properties (const std::string &topic);

/* kafkasink, from the first record to the last acknowledgement. */
Usage produce_with_element (
    const std::string &topic, size_t size, uint64_t count);

/* kafkasrc, from the first buffer to the end of `count`. */
Usage consume_with_element (
    const std::string &topic, size_t size, uint64_t count);

} // namespace gstkafka
