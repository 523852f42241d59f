/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "payload_source.h"

#include <gst/base/gstpushsrc.h>

#include <future>

namespace gstkafka {

namespace {

constexpr GstClockTime kFrameDuration = 40 * GST_MSECOND;

struct SourcePriv {
  const Payloads *payloads = nullptr;
  uint64_t count = 0;
  uint64_t pushed = 0; /* streaming thread only */
  std::promise<void> released;
};

GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("image/jpeg"));

} // namespace

struct PayloadSource {
  GstPushSrc parent;
  SourcePriv *priv;
};

struct PayloadSourceClass {
  GstPushSrcClass parent_class;
};

static GType payload_source_get_type ();
G_DEFINE_TYPE (PayloadSource, payload_source, GST_TYPE_PUSH_SRC)

static void
payload_source_init (PayloadSource *self)
{
  self->priv = new SourcePriv;
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

static void
payload_source_finalize (GObject *object)
{
  delete reinterpret_cast<PayloadSource *> (object)->priv;
  G_OBJECT_CLASS (payload_source_parent_class)->finalize (object);
}

static GstFlowReturn
payload_source_create (GstPushSrc *src, GstBuffer **buffer)
{
  SourcePriv &priv = *reinterpret_cast<PayloadSource *> (src)->priv;
  if (priv.pushed == 1)
    priv.released.get_future ().wait ();
  if (priv.pushed == priv.count)
    return GST_FLOW_EOS;

  auto *bytes = const_cast<char *> (priv.payloads->at (priv.pushed));
  size_t size = priv.payloads->size ();
  *buffer = gst_buffer_new_wrapped_full (
      GST_MEMORY_FLAG_READONLY, bytes, size, 0, size, nullptr, nullptr);
  GST_BUFFER_PTS (*buffer) = priv.pushed * kFrameDuration;
  GST_BUFFER_DURATION (*buffer) = kFrameDuration;
  priv.pushed++;
  return GST_FLOW_OK;
}

static void
payload_source_class_init (PayloadSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = payload_source_finalize;
  GST_PUSH_SRC_CLASS (klass)->create = payload_source_create;
  gst_element_class_add_static_pad_template (
      GST_ELEMENT_CLASS (klass), &src_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Payload source", "Source", "Pushes ready-made payloads",
      "gst-kafka developers");
}

GstElement *
payload_source_new (const Payloads &payloads, uint64_t count)
{
  auto *self = static_cast<PayloadSource *> (
      g_object_new (payload_source_get_type (), nullptr));
  self->priv->payloads = &payloads;
  self->priv->count = count;
  return GST_ELEMENT (self);
}

void
payload_source_release (GstElement *source)
{
  reinterpret_cast<PayloadSource *> (source)->priv->released.set_value ();
}

} // namespace gstkafka
