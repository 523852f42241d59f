/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bare.h"

#include <gst/gst.h>

namespace gstkafka {

/* An element that pushes `count` buffers of ready-made payloads with PTS and
 * duration, from its own streaming thread. It allocates a GstBuffer and a
 * GstMemory around each payload, as any upstream element does, and nothing
 * more, so that what is measured is what is linked behind it.
 *
 * It holds back after the first buffer until payload_source_release (), which
 * gives a sink time to connect. `payloads` must outlive it. */
GstElement *payload_source_new (const Payloads &payloads, uint64_t count);

void payload_source_release (GstElement *source);

} // namespace gstkafka
