/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "reader_process.h"

#include <sstream>

namespace kafkacheck {

ReaderProcess::ReaderProcess (const std::string &source, const std::string &end)
    : LoggedProcess (READER, { source + " ! fakesink name=end " + end })
{}

const std::vector<UsedFrame> &
ReaderProcess::used () const
{
  const auto &written = lines ();
  while (used_.size () < written.size ()) {
    UsedFrame frame{};
    std::istringstream line (written[used_.size ()]);
    line >> frame.checksum >> frame.is_sync_point >> frame.ms;
    used_.push_back (std::move (frame));
  }
  return used_;
}

void
ReaderProcess::wait_for (size_t frames) const
{
  ck_assert_msg (comes_to ([&] { return used ().size () >= frames; }),
      "%zu frames of %zu were used; %s", used ().size (), frames,
      describe ().c_str ());
}

} // namespace kafkacheck
