/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* kafkasrc beside a consumer of librdkafka alone, reading the same records. */

#include "bare.h"
#include "pipeline.h"

#include <cstdio>

using namespace gstkafka;

namespace {

void
compare (uint64_t size, const Options &options)
{
  TemporaryTopic topic;
  const std::string &name = topic.name ();
  uint64_t count = options.total / size;
  run_in_child ([=] { return produce_with_element (name, size, count); });

  /* One more: the first one, which is not timed. */
  Comparison comparison ({
      { "librdkafka", [=] { return consume_bare (name, count + 1); } },
      { "kafkasrc",
          [=] { return consume_with_element (name, size, count + 1); } },
  });
  comparison.run (options.rounds);
  std::printf ("\nConsuming records of %llu bytes, %d rounds\n",
      static_cast<unsigned long long> (size), options.rounds);
  comparison.print ();
}

} // namespace

int
main (int argc, char **argv)
{
  Options defaults;
  defaults.sizes = { 1000, 30000, 200000 };
  defaults.total = 500000000;
  defaults.rounds = 7;
  Options options = parse_options (argc, argv, defaults);
  bootstrap_servers ();
  for (uint64_t size : options.sizes)
    compare (size, options);
  return 0;
}
