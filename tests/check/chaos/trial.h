/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* One stream that is written and read by processes of their own while something
 * goes wrong, and elements that are pestered meanwhile. */

#pragma once

#include "common/broker.h"
#include "pester.h"
#include "table.h"
#include "writer_process.h"

namespace kafkacheck {

/* How often a fault comes: more with GST_KAFKA_TEST_KILLS, which is the number
 * for those that are quick. `share` of it for others, but once at least. */
int rounds (int share = 1);

class Trial {
 public:
  /* Starts all of it; `fault` is for people. Properties are added to those of
   * the elements that are not pestered. */
  explicit Trial (std::string fault, const std::string &sink_properties = "",
      const std::string &source_properties = "", const Pairs &topic_config = {},
      int replicas = 1);

  const std::string &
  topic () const
  {
    return topic_.name ();
  }
  WriterProcess &
  writer ()
  {
    return *writer_;
  }
  ReaderProcess &
  reader ()
  {
    return *reader_;
  }

  /* Fails the test unless all works, within its patience. */
  void settle ();
  /* Ends all, and fails the test unless nothing is lost; a row of the table. */
  void finish (int rounds);

 private:
  const std::string fault_;
  Topic topic_;
  Topic pestered_;
  std::unique_ptr<WriterProcess> writer_;
  std::unique_ptr<ReaderProcess> reader_;
  std::unique_ptr<Pester> pester_;
};

} // namespace kafkacheck
