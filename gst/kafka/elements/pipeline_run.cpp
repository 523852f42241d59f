/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/pipeline_run.h"

namespace gstkafka {

namespace {

using RunPtr = std::shared_ptr<PipelineRun>;

gpointer
copy_run (gpointer run)
{
  return new RunPtr (*static_cast<RunPtr *> (run));
}

void
free_run (gpointer run)
{
  delete static_cast<RunPtr *> (run);
}

GType
run_type ()
{
  static GType type = g_boxed_type_register_static (
      "GstKafkaPipelineRun", copy_run, free_run);
  return type;
}

GstContext *
make_context (RunPtr run)
{
  /* Not persistent: gone when the pipeline goes to NULL. */
  GstContext *context = gst_context_new (kRunContextType, FALSE);
  gst_structure_set (gst_context_writable_structure (context), "run",
      run_type (), &run, nullptr);
  return context;
}

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

bool
PipelineRun::enter ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (is_over_)
    return false;
  users_++;
  return true;
}

void
PipelineRun::leave ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  is_over_ = --users_ == 0;
}

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

bool
OfferedRun::take (GstContext *context)
{
  if (!gst_context_has_context_type (context, kRunContextType))
    return false;
  gpointer value = nullptr;
  gst_structure_get (
      gst_context_get_structure (context), "run", run_type (), &value, nullptr);
  std::unique_ptr<RunPtr> run (static_cast<RunPtr *> (value));
  std::lock_guard<std::mutex> lock (mutex_);
  run_ = run ? *run : nullptr;
  return true;
}

void
OfferedRun::forget ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  run_.reset ();
}

std::shared_ptr<PipelineRun>
OfferedRun::get () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return run_;
}

std::shared_ptr<PipelineRun>
join_pipeline_run (GstElement *sink, OfferedRun &offered)
{
  /* It may have been another pipeline's. */
  offered.forget ();
  /* Whatever holds the pipeline's contexts answers before this returns. */
  gst_element_post_message (
      sink, gst_message_new_need_context (GST_OBJECT (sink), kRunContextType));
  RunPtr run = offered.get ();
  if (run && run->enter ())
    return run;

  run = std::make_shared<PipelineRun> ();
  run->enter ();
  GstContext *context = make_context (run);
  gst_element_set_context (sink, context);
  gst_element_post_message (
      sink, gst_message_new_have_context (GST_OBJECT (sink), context));
  return run;
}

} // namespace gstkafka
