/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What may take long, or for ever without a broker, and what no state change
 * waits for. */

#pragma once

#include <chrono>
#include <functional>

namespace gstkafka {

constexpr std::chrono::milliseconds kMoment{ 150 };

/* Runs it on a thread of its own, and waits for its end for so long, which is
 * enough as a rule. The process waits longer, when it ends. */
void run_in_background (
    std::function<void ()> work, std::chrono::milliseconds patience = kMoment);

} // namespace gstkafka
