/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Errors as values become messages on the bus; librdkafka's log lines become
 * GStreamer's. */

#pragma once

#include "result.h"

#include <gst/gst.h>

namespace gstkafka {

/* Once per failure, before the failure is returned. Never under a lock. */
void post_error (GstElement *element, const Error &error);
void post_warning (GstElement *element, const Error &error);

/* Debug category `librdkafka`. Call once. */
void bridge_library_log ();

} // namespace gstkafka
