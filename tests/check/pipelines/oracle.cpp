/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oracle.h"

#include <algorithm>

namespace kafkacheck {

static bool
has_sync_point_at (const Captured &encoded, int64_t time)
{
  return std::any_of (encoded.buffers.begin (), encoded.buffers.end (),
      [time] (const CapturedBuffer &buffer) {
        return buffer.pts == time && !buffer.is_delta_unit ();
      });
}

void
Oracle::add_session (const Captured &encoded, const Captured &shown)
{
  ck_assert (!encoded.buffers.empty ());
  int64_t start = encoded.buffers[0].pts.value_or (0);
  int64_t base = frames_.empty () ? 0 : end_ - start;
  session_starts_.push_back (frames_.size ());
  session_bases_.push_back (base);
  for (const auto &buffer : shown.buffers)
    add_frame (buffer, encoded, base);
  end_ = base + encoded.end ();
}

void
Oracle::add_frame (
    const CapturedBuffer &shown, const Captured &encoded, int64_t base)
{
  ck_assert (shown.pts && shown.duration);
  bool is_new = by_checksum_.emplace (shown.checksum, frames_.size ()).second;
  ck_assert_msg (is_new, "frame %zu looks like one before", frames_.size ());
  frames_.push_back (
      { *shown.pts + base, static_cast<int64_t> (*shown.duration),
          has_sync_point_at (encoded, *shown.pts) });
}

size_t
Oracle::session_of (size_t index) const
{
  size_t session = 0;
  while (session + 1 < session_starts_.size ()
         && session_starts_[session + 1] <= index)
    session++;
  return session;
}

int64_t
Oracle::session_time (size_t index) const
{
  return frame (index).position - session_bases_.at (session_of (index));
}

std::optional<size_t>
Oracle::find (const std::string &checksum) const
{
  auto found = by_checksum_.find (checksum);
  return found == by_checksum_.end () ? std::nullopt
                                      : std::optional (found->second);
}

std::optional<size_t>
Oracle::shown_at (int64_t position) const
{
  for (size_t i = 0; i < frames_.size (); i++)
    if (frames_[i].end () > position)
      return i;
  return std::nullopt;
}

std::optional<size_t>
Oracle::last_before (int64_t stop) const
{
  std::optional<size_t> last;
  for (size_t i = 0; i < frames_.size () && frames_[i].position < stop; i++)
    last = i;
  return last;
}

std::optional<size_t>
Oracle::sync_point (int64_t position, Snap snap) const
{
  std::optional<size_t> before, after;
  for (size_t i = 0; i < frames_.size (); i++) {
    if (!frames_[i].is_sync_point)
      continue;
    if (frames_[i].position <= position)
      before = i;
    if (frames_[i].position >= position && !after)
      after = i;
  }
  if (snap == Snap::BEFORE)
    return before;
  if (snap == Snap::AFTER)
    return after;
  if (!before || !after)
    return before ? before : after;
  int64_t back = position - frames_[*before].position;
  int64_t forth = frames_[*after].position - position;
  return forth < back ? after : before;
}

std::optional<size_t>
Oracle::next_sync_point (size_t index) const
{
  while (++index < frames_.size ())
    if (frames_[index].is_sync_point)
      return index;
  return std::nullopt;
}

} // namespace kafkacheck
