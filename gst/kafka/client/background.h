/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What may take long, or for ever without a broker, and what no state change
 * waits for. */

#pragma once

#include <functional>

namespace gstkafka {

/* Runs it on a thread of its own, and waits a moment for its end, which is
 * enough as a rule. The process waits longer, when it ends. */
void run_in_background (std::function<void ()> work);

} // namespace gstkafka
