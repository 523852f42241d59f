/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* There and back: one pipeline into a topic, one out of it. */

#pragma once

#include "common/broker.h"
#include "common/capture.h"
#include "common/pipeline.h"

namespace kafkacheck {

/* Fills the appsrc that is named "feed": see Feed. */
using FeedFunction = void (*) (GstElement *appsrc);

/* Runs `text` (up to what goes before kafkasink) to EOS; what entered
 * kafkasink. */
Captured publish (const std::string &text, const std::string &topic,
    const std::string &properties = "", FeedFunction feed = nullptr);

/* A kafkasrc and where its buffers end up. */
class Player {
 public:
  explicit Player (
      const std::string &topic, const std::string &properties = "");

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }
  Capture &
  capture ()
  {
    return capture_;
  }

  /* Starts; returns when it knows where to read: what is published from then on
   * comes after its start. */
  void start ();
  /* Fails the test when EOS comes. */
  void check_that_it_goes_on ();

 private:
  Pipeline pipeline_;
  Capture capture_;
};

/* Reads to EOS; what came out of kafkasrc. */
Captured play (const std::string &topic, const std::string &properties = "");

} // namespace kafkacheck
