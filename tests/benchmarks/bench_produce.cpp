/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* kafkasink beside librdkafka alone.
 *
 * kafkasink produces idempotently, so that nothing is lost, doubled or out of
 * order. librdkafka alone pays for that with a processor core while it has a
 * backlog; the element must not: its CPU time is compared with librdkafka's
 * without idempotence, its rate with librdkafka's with it. */

#include "bare.h"
#include "pipeline.h"

#include <cstdio>
#include <optional>

using namespace gstkafka;

namespace {

constexpr uint64_t kJudgedSize = 30000;

const char kPlain[] = "librdkafka";
const char kIdempotent[] = "librdkafka, idempotent";
const char kWithHeaders[] = "librdkafka, idemp., headers";
const char kElement[] = "kafkasink";

void
compare (uint64_t size, const Options &options, Verdict &verdict)
{
  /* A new one for each turn: an empty log for everyone, and no more on the
   * broker's disk than one turn writes. */
  std::optional<TemporaryTopic> topic;
  uint64_t count = options.total / size;
  auto bare = [&] (BareProduction how) {
    return [&topic, size, count, how] {
      return produce_bare (topic->name (), size, count, how);
    };
  };
  auto element
      = [&] { return produce_with_element (topic->name (), size, count); };
  Comparison comparison ({
      { kPlain, bare ({ false, false }) },
      { kIdempotent, bare ({ true, false }) },
      { kWithHeaders, bare ({ true, true }) },
      { kElement, element },
  });
  comparison.run (options.rounds, [&] {
    topic.reset ();
    topic.emplace ();
  });

  std::printf ("\nProducing records of %llu bytes, %d rounds\n",
      static_cast<unsigned long long> (size), options.rounds);
  comparison.print ();
  if (size != kJudgedSize)
    return;
  verdict.at_most ("CPU per GB against librdkafka",
      comparison.ratios (kElement, kPlain, &Usage::cpu_per_gb), 1.5);
  verdict.at_least ("rate against idempotent librdkafka",
      comparison.ratios (kElement, kIdempotent, &Usage::rate), 1.0);
}

} // namespace

int
main (int argc, char **argv)
{
  Options defaults;
  defaults.sizes = { 1000, kJudgedSize, 200000 };
  defaults.total = 300000000;
  defaults.rounds = 7;
  Options options = parse_options (argc, argv, defaults);
  bootstrap_servers ();

  Verdict verdict (options.check);
  for (uint64_t size : options.sizes)
    compare (size, options, verdict);
  return verdict.exit_status ();
}
