/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where each session begins in the recording: agreed on once, by whoever meets
 * a session first, so that playing and looking ahead come to the same
 * positions. Any thread. */

#pragma once

#include "timeline/timeline.h"

#include <map>
#include <mutex>

namespace gstkafka {

class SessionBases {
 public:
  int64_t base_of (const Session &session, int64_t wish)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    return bases_.emplace (session.id, wish).first->second;
  }

 private:
  std::mutex mutex_; /* guards bases_ */
  std::map<std::string, int64_t> bases_;
};

} // namespace gstkafka
