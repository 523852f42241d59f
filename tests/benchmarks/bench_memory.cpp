/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whether memory stays bounded while gigabytes go through: the source is
 * faster than the broker, and the broker faster than a reader need be. */

#include "bare.h"
#include "pipeline.h"

#include <cstdio>

using namespace gstkafka;

namespace {

constexpr double kLimitMib = 200;

void
measure (uint64_t size, const Options &options, Verdict &verdict)
{
  TemporaryTopic topic;
  const std::string &name = topic.name ();
  uint64_t count = options.total / size;
  Usage published
      = run_in_child ([&] { return produce_with_element (name, size, count); });
  Usage read = run_in_child (
      [&] { return consume_with_element (name, size, count + 1); });

  std::printf ("\n%llu MB in records of %llu bytes\n",
      static_cast<unsigned long long> (options.total / 1000000),
      static_cast<unsigned long long> (size));
  verdict.at_most ("peak MiB publishing", { published.peak_mib }, kLimitMib);
  verdict.at_most ("peak MiB reading", { read.peak_mib }, kLimitMib);
}

} // namespace

int
main (int argc, char **argv)
{
  Options defaults;
  defaults.sizes = { 1000, 30000, 200000 };
  defaults.total = 2000000000;
  defaults.rounds = 1;
  Options options = parse_options (argc, argv, defaults);
  bootstrap_servers ();

  Verdict verdict (options.check);
  for (uint64_t size : options.sizes)
    measure (size, options, verdict);
  return verdict.exit_status ();
}
