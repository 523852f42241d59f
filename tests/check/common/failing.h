/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Errors as tables: what is wrong, and what the bus has to say of it. */

#pragma once

#include "common/pipeline.h"

namespace kafkacheck {

struct ErrorCase {
  const char *name;     /* of the case, for people */
  const char *pipeline; /* the element under test is called 'kafka' */
  GstResourceError code;
  const char *advice; /* a part of the text: what to do */
};

/* How long an element may take to find out. */
std::chrono::milliseconds error_limit ();

/* A pipeline that is on its way to fail as a case says. */
class FailingPipeline {
 public:
  /* Sets it to PLAYING. `properties` are added to the element's. */
  explicit FailingPipeline (
      const ErrorCase &error_case, const std::string &properties = "");

  /* Waits for the ERROR, stops the pipeline and checks: it came in time, was
   * the only one of that element, and is of the right kind; it is a sentence
   * with the advice in it. It was stopped within the limit. */
  Complaint check ();

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }

 private:
  std::vector<Complaint> own_errors ();

  const ErrorCase &case_;
  const std::chrono::steady_clock::time_point started_;
  Pipeline pipeline_;
};

} // namespace kafkacheck
