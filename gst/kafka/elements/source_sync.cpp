/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/source_sync.h"

namespace gstkafka {

namespace {

/* At a seam another track may end a little later than the one that meets the
 * next session first. */
constexpr int64_t kSeamMargin = 100 * GST_MSECOND;

} // namespace

int64_t
SourceSync::base_of (const Session &session, int64_t wish)
{
  bool has_company = users () > 1;
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = bases_.find (session.id);
  if (known != bases_.end ())
    return known->second;
  if (has_company && !bases_.empty ())
    wish += kSeamMargin;
  bases_.emplace (session.id, wish);
  return wish;
}

int64_t
SourceSync::anchor (guint32 epoch, int64_t wish)
{
  std::lock_guard<std::mutex> lock (mutex_);
  Epoch &now = epochs_[epoch];
  if (!now.has_anchor) {
    now.has_anchor = true;
    now.anchor = wish;
  }
  return now.anchor;
}

GstClockTime
SourceSync::delay (guint32 epoch) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = epochs_.find (epoch);
  return known == epochs_.end () ? 0 : known->second.delay;
}

GstClockTime
SourceSync::raise_delay (guint32 epoch, GstClockTime known, GstClockTime more)
{
  std::lock_guard<std::mutex> lock (mutex_);
  Epoch &now = epochs_[epoch];
  if (now.delay <= known)
    now.delay = known + more;
  return now.delay;
}

} // namespace gstkafka
