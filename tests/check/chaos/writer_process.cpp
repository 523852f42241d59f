/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "writer_process.h"

#include <algorithm>
#include <csignal>

namespace kafkacheck {

/* More than a record may have. */
constexpr const char *kLargest = "1500000";

WriterProcess::WriterProcess (const std::string &sink)
    : LoggedProcess (WRITER, { sink, kLargest })
{}

size_t
WriterProcess::acknowledged () const
{
  const auto &written = lines ();
  return static_cast<size_t> (std::count_if (written.begin (), written.end (),
      [] (const std::string &line) { return line[0] == '='; }));
}

void
WriterProcess::wait_for_acknowledgements (size_t more)
{
  size_t wanted = acknowledged () + more;
  ck_assert_msg (comes_to ([&] { return acknowledged () >= wanted; }),
      "%zu of %zu are acknowledged; %s", acknowledged (), wanted,
      describe ().c_str ());
}

void
WriterProcess::finish ()
{
  signal (SIGTERM);
  wait_for_end ();
}

} // namespace kafkacheck
