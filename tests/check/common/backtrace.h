/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

namespace kafkacheck {

/* What each thread of this process is doing, on standard error: by gdb, or
 * where there is none, as far as the kernel tells. */
void print_backtraces ();

} // namespace kafkacheck
