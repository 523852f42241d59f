/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/pad_probe.h"

namespace kafkacheck {

PadProbe::PadProbe (GstPad *pad, int types, Look look)
    : pad_ (pad), look_ (std::move (look)),
      probe_ (gst_pad_add_probe (
          pad, static_cast<GstPadProbeType> (types), on_data, this, on_removed))
{}

PadProbe::~PadProbe ()
{
  gst_pad_remove_probe (pad_, probe_);
  std::unique_lock<std::mutex> lock (mutex_);
  changed_.wait (lock, [this] { return is_removed_; });
  lock.unlock ();
  gst_object_unref (pad_);
}

GstPadProbeReturn
PadProbe::on_data (GstPad *, GstPadProbeInfo *info, gpointer user_data)
{
  static_cast<PadProbe *> (user_data)->look_ (info);
  return GST_PAD_PROBE_OK;
}

void
PadProbe::on_removed (gpointer user_data)
{
  auto *self = static_cast<PadProbe *> (user_data);
  std::lock_guard<std::mutex> lock (self->mutex_);
  self->is_removed_ = true;
  self->changed_.notify_all ();
}

} // namespace kafkacheck
