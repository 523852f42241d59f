/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/pipeline_run.h"

namespace gstkafka {

namespace {

std::string
random_id ()
{
  gchar *text = g_uuid_string_random ();
  std::string id (text);
  g_free (text);
  return id;
}

} // namespace

PipelineRun::PipelineRun () : id_ (random_id ()) {}

std::string
PipelineRun::session (guint32 flush_seqnum) const
{
  return flush_seqnum == 0 ? id_ : id_ + "." + std::to_string (flush_seqnum);
}

int64_t
PipelineRun::utc (GstClock *clock, GstClockTime base_time)
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (has_utc_ && base_time == base_time_)
    return utc_;
  int64_t running_time = 0;
  if (clock && GST_CLOCK_TIME_IS_VALID (base_time))
    running_time = GST_CLOCK_DIFF (base_time, gst_clock_get_time (clock));
  utc_ = g_get_real_time () * 1000 - running_time;
  base_time_ = base_time;
  has_utc_ = true;
  return utc_;
}

MaybeError
PipelineRun::claim_stream (const std::string &stream, const std::string &sink)
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto [writer, is_new] = writers_.emplace (stream, sink);
  if (is_new)
    return std::nullopt;
  return Error{ ErrorKind::SETTINGS,
    sink + " and " + writer->second
        + " of this pipeline would write the same stream (" + stream
        + "). Give each a topic, a partition or a key of its own.",
    "" };
}

void
PipelineRun::release_stream (const std::string &stream)
{
  std::lock_guard<std::mutex> lock (mutex_);
  writers_.erase (stream);
}

uint64_t
PipelineRun::next_seq (
    const std::string &session, const std::string &stream) const
{
  std::lock_guard<std::mutex> lock (mutex_);
  auto known = next_seqs_.find (session + ' ' + stream);
  return known == next_seqs_.end () ? 0 : known->second;
}

void
PipelineRun::set_next_seq (
    const std::string &session, const std::string &stream, uint64_t next_seq)
{
  std::lock_guard<std::mutex> lock (mutex_);
  next_seqs_[session + ' ' + stream] = next_seq;
}

} // namespace gstkafka
