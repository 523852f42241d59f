/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "chance.h"

#include "common/pipeline.h"

#include <cstdlib>
#include <thread>

namespace kafkacheck {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::mt19937
make_chance (const char *name)
{
  const char *given = g_getenv ("GST_KAFKA_TEST_SEED");
  unsigned long seed
      = given ? std::strtoul (given, nullptr, 10) : std::random_device () ();
  g_print ("%s: GST_KAFKA_TEST_SEED=%lu\n", name, seed);
  return std::mt19937 (static_cast<std::mt19937::result_type> (seed));
}

int
draw (std::mt19937 &chance, int most)
{
  return std::uniform_int_distribution<int> (0, most) (chance);
}

void
pass_time (std::mt19937 &chance, milliseconds most)
{
  pass_time (milliseconds (draw (chance, static_cast<int> (most.count ()))));
}

void
pass_time (milliseconds time)
{
  std::this_thread::sleep_for (time);
}

} // namespace kafkacheck
