/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Picture and sound of one pipeline in two streams, played by two sources in
 * another, and how far they are apart. */

#pragma once

#include "common/trip.h"

namespace kafkacheck {

/* Where picture and sound go, as kafkasink's and kafkasrc's properties. */
struct TwoStreams {
  std::string video, audio;
};

class Recorder {
 public:
  /* Publishes `seconds` of both and ends, or, if 0, goes on at the clock's pace
   * while this lives. */
  explicit Recorder (const TwoStreams &streams, int seconds = 0);

  void run_to_eos ();
  void start ();
  /* So many pictures, in all. */
  void wait_for_pictures (size_t count);
  void stop ();
  /* As a producer that is stopped and started again. */
  void restart ();

 private:
  Pipeline pipeline_;
  Capture video_;
};

class LipPlayer {
 public:
  LipPlayer (const TwoStreams &streams, const std::string &properties = "");

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }
  /* So many more of both. */
  void wait_for_more (size_t count);
  /* Until all is shown that there is. */
  void wait_for_the_last ();
  /* The source of the sound only. */
  void restart_sound ();
  /* Fails the test unless that is how fast both are played. */
  void check_rate (double rate);

  /* Fails the test unless pictures, from the one after the first `skip`, and
   * the sounds that were captured at the same time are shown within one buffer
   * of sound of each other. What is not shown does not count. While everything
   * is being moved on, to wait for the producer, a few were on their way. */
  void check_sync (size_t at_least, size_t skip = 0);

  const Capture &
  video () const
  {
    return video_;
  }

 private:
  Pipeline pipeline_;
  Capture video_, audio_;
};

} // namespace kafkacheck
