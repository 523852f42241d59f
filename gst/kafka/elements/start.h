/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Where in the log reading begins, as far as it takes a broker to know. */

#pragma once

#include "elements/bounds.h"
#include "elements/recording.h"

namespace gstkafka {

struct Start {
  int64_t offset;               /* to read from */
  std::optional<int64_t> place; /* to resume at, which may be behind that */
  Watermarks marks;
};

/* Where the user wants it, or so that nothing from `committed` on is missed.
 * Blocks while the log is read; nullopt when it could not be. */
std::optional<Start> find_start (const WantedBounds &wanted,
    std::optional<int64_t> committed, int partition, Consumer &player,
    Recording &recording);

} // namespace gstkafka
