/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a reader gives, on its way to the pad: caps, segment, events, buffer,
 * in this order. There is one from READY to PAUSED and back. The streaming
 * thread's. */

#pragma once

#include "elements/pipeline_clock.h"
#include "elements/sink_rate.h"

namespace gstkafka {

class Outlet {
 public:
  /* The clock and the sinks' rate are those of `src`, and outlive it. */
  Outlet (GstBaseSrc *src, std::shared_ptr<Reader> reader,
      std::shared_ptr<Presentation> presentation, PipelineClock &clock,
      SinkRate &sink_rate);

  /* All but the buffer, which is for create () to return; nullptr: there is
   * none, go on. */
  GstFlowReturn give (ReaderItem item, GstBuffer **out);

  /* The seek's place is found: its segment changes before it is sent. */
  void settle (const SeekRequest &request, const Reader::Sought &sought);

  /* The last buffer was pushed, or is not to come back: it is in use only as
   * long as somebody downstream has it. */
  void
  release_last ()
  {
    last_use_.reset ();
  }

  /* For create () to return, with the ERROR posted. */
  GstFlowReturn fail (const Error &error);

 private:
  bool place (const ReaderItem &item);
  void change_segment (Presentation::Change change, const GstSegment &segment);
  bool set_caps (GstCaps *caps);
  GstFlowReturn refuse_caps (const ReaderItem &item);
  void send_events (ReaderItem &item);
  void send_before_buffer (GstEvent *event);
  void track_use (GstBuffer *buffer, Usage::UsePtr use);

  GstBaseSrc *const src_;
  /* Of the buffer that is pushed now; it ends after the reader. */
  Usage::UsePtr last_use_;
  const std::shared_ptr<Reader> reader_;
  const std::shared_ptr<Presentation> presentation_;
  PipelineClock &clock_;
  SinkRate &sink_rate_;
};

} // namespace gstkafka
