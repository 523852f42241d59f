/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Errors as values become messages on the bus; librdkafka's log lines become
 * GStreamer's. */

#pragma once

#include "result.h"

#include <gst/gst.h>

#include <exception>

namespace gstkafka {

/* For want of memory, or of another thread. */
Error out_of_resources (const std::exception &reason);

/* What `work` returns; no exception gets through to C. */
template <typename Outcome, typename Work>
Outcome
guarded (Work work) noexcept
{
  try {
    return work ();
  } catch (const std::exception &reason) {
    return out_of_resources (reason);
  }
}

/* Once per failure, before the failure is returned. Never under a lock. */
void post_error (GstElement *element, const Error &error);
void post_warning (GstElement *element, const Error &error);

/* Debug category `librdkafka`. Call once. */
void bridge_library_log ();

} // namespace gstkafka
