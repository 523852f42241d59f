/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Random moments, the same again for the same GST_KAFKA_TEST_SEED. */

#pragma once

#include <chrono>
#include <random>

namespace kafkacheck {

/* Prints the seed; one for each user of it, whose name that is. */
std::mt19937 make_chance (const char *name);

/* From 0 to `most`, both included. */
int draw (std::mt19937 &chance, int most);

/* At random, `most` at most. */
void pass_time (std::mt19937 &chance, std::chrono::milliseconds most);
/* All of it: what a fault is to last. */
void pass_time (std::chrono::milliseconds time);

} // namespace kafkacheck
