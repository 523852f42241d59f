/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What this process holds, and what the broker's log takes on the disk, as time
 * goes by, in a CSV file. */

#pragma once

#include <chrono>
#include <fstream>
#include <string>

class Samples {
 public:
  /* `csv` empty: on standard output. `disk`: the broker's directory, or empty.
   */
  Samples (const std::string &csv, std::string disk);

  void take ();

 private:
  const std::string disk_;
  const std::chrono::steady_clock::time_point begin_;
  std::ofstream file_;
};
