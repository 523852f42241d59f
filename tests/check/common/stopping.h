/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Promise 7: every state change, flush and seek ends in bounded time. */

#pragma once

#include "common/pipeline.h"

namespace kafkacheck {

/* A second, or more on a slow machine: see patience (). */
std::chrono::milliseconds stop_limit ();

/* How long it takes. When it does not end at all, the process does. */
std::chrono::milliseconds measure (const std::function<void ()> &action);

/* The same; what all threads are doing is printed when it takes longer than
 * stop_limit (). `what` is for people. Any thread. */
std::chrono::milliseconds watch (
    const std::string &what, const std::function<void ()> &action);

/* Runs `action` and fails the test when it takes longer than stop_limit ().
 * The time is printed. */
void check_duration (
    const std::string &what, const std::function<void ()> &action);

/* Takes the pipeline to NULL, within the limit. What the bus says on the way
 * is kept. */
void check_stop (Pipeline &pipeline, const std::string &what);

/* A flush at the element called 'kafka', begun and ended, and a seek that is
 * taken or not; each within the limit. */
void check_flush (Pipeline &pipeline, const std::string &what);

/* A flush at the sink called 'kafka', begun and ended as a seek upstream of it
 * does that; each step is run by `run`. */
using Run = std::function<void (
    const std::string &what, const std::function<void ()> &step)>;
void flush_sink (Pipeline &pipeline, const std::string &what, const Run &run);

} // namespace kafkacheck
