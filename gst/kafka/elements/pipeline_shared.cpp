/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/pipeline_shared.h"

namespace gstkafka {

namespace {

gpointer
copy_shared (gpointer shared)
{
  return new PipelineSharedPtr (*static_cast<PipelineSharedPtr *> (shared));
}

void
free_shared (gpointer shared)
{
  delete static_cast<PipelineSharedPtr *> (shared);
}

GType
shared_type ()
{
  static GType type = g_boxed_type_register_static (
      "GstKafkaPipelineShared", copy_shared, free_shared);
  return type;
}

} // namespace

bool
PipelineShared::enter ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  if (is_over_)
    return false;
  users_++;
  return true;
}

void
PipelineShared::leave ()
{
  std::lock_guard<std::mutex> lock (mutex_);
  is_over_ = --users_ == 0;
}

int
PipelineShared::users () const
{
  std::lock_guard<std::mutex> lock (mutex_);
  return users_;
}

void
ContextSlot::take (GstContext *context)
{
  if (!gst_context_has_context_type (context, context_type_))
    return;
  gpointer value = nullptr;
  gst_structure_get (gst_context_get_structure (context), "shared",
      shared_type (), &value, nullptr);
  std::unique_ptr<PipelineSharedPtr> shared (
      static_cast<PipelineSharedPtr *> (value));
  std::lock_guard<std::mutex> lock (mutex_);
  shared_ = shared ? *shared : nullptr;
}

PipelineSharedPtr
ContextSlot::ask (GstElement *element)
{
  {
    /* It may have been another pipeline's. */
    std::lock_guard<std::mutex> lock (mutex_);
    shared_.reset ();
  }
  /* Whatever holds the pipeline's contexts answers before this returns. */
  gst_element_post_message (element,
      gst_message_new_need_context (GST_OBJECT (element), context_type_));
  std::lock_guard<std::mutex> lock (mutex_);
  return shared_ && shared_->enter () ? shared_ : nullptr;
}

void
ContextSlot::offer (GstElement *element, const PipelineSharedPtr &shared)
{
  shared->enter ();
  /* Not persistent: gone when the pipeline goes to NULL. */
  GstContext *context = gst_context_new (context_type_, FALSE);
  gst_structure_set (gst_context_writable_structure (context), "shared",
      shared_type (), &shared, nullptr);
  gst_element_set_context (element, context);
  gst_element_post_message (
      element, gst_message_new_have_context (GST_OBJECT (element), context));
}

} // namespace gstkafka
