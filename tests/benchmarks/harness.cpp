/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "harness.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <getopt.h>

namespace gstkafka {

namespace {

/* What Meson and Automake take for "skipped". */
constexpr int kSkipped = 77;

double
now ()
{
  return std::chrono::duration<double> (
      std::chrono::steady_clock::now ().time_since_epoch ())
      .count ();
}

double
seconds_of (const timeval &time)
{
  return time.tv_sec + time.tv_usec / 1e6;
}

double
cpu_time ()
{
  rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return seconds_of (usage.ru_utime) + seconds_of (usage.ru_stime);
}

double
peak_memory_mib ()
{
  std::ifstream status ("/proc/self/status");
  std::string line;
  while (std::getline (status, line))
    if (line.rfind ("VmHWM:", 0) == 0)
      return std::strtod (line.c_str () + 6, nullptr) / 1024;
  return 0;
}

[[noreturn]] void
run_and_tell (const std::function<std::string ()> &work, int fd)
{
  /* A benchmark that is killed leaves no contender behind. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  std::string said = work ();
  bool told = write (fd, said.data (), said.size ())
              == static_cast<ssize_t> (said.size ());
  /* Other threads may still run: no destructors of globals. */
  fflush (nullptr);
  _exit (told ? 0 : 1);
}

std::string
read_all (int fd)
{
  std::string bytes;
  char part[4096];
  for (ssize_t size; (size = read (fd, part, sizeof part)) > 0;)
    bytes.append (part, static_cast<size_t> (size));
  return bytes;
}

/* What `work` returned in a process of its own. */
std::string
bytes_from_child (const std::function<std::string ()> &work)
{
  fflush (nullptr);
  int fds[2];
  if (pipe (fds) != 0)
    give_up ("no pipe");
  pid_t child = fork ();
  if (child < 0)
    give_up ("no process");
  if (child == 0)
    run_and_tell (work, fds[1]);

  close (fds[1]);
  std::string bytes = read_all (fds[0]);
  close (fds[0]);
  int status = 0;
  waitpid (child, &status, 0);
  if (status != 0)
    give_up ("A contender failed, see above.");
  return bytes;
}

std::vector<uint64_t>
parse_numbers (const char *text)
{
  std::vector<uint64_t> numbers;
  char *end = const_cast<char *> (text);
  do {
    numbers.push_back (std::strtoull (text, &end, 10));
    text = end + 1;
  } while (*end == ',');
  return numbers;
}

[[noreturn]] void
print_usage (const char *program, const Options &defaults)
{
  std::printf (
      "Usage: %s [OPTION...]\n\n"
      "Contenders take turns; medians of the rounds are printed. Needs\n"
      "KAFKA_BOOTSTRAP_SERVERS, and a machine with nothing else to do.\n\n"
      "  --rounds N        how often each contender runs (%d)\n"
      "  --megabytes N     how much of payload in each run (%llu)\n"
      "  --sizes N,N,...   bytes a record\n"
      "  --video FILE      what to publish, where a video is published\n"
      "  --records N       how long the stream is that is sought in (%llu)\n"
      "  --seeks N         how many seeks of each kind (%d)\n"
      "  --check           fail when a figure is out of its limits\n",
      program, defaults.rounds,
      static_cast<unsigned long long> (defaults.total / 1000000),
      static_cast<unsigned long long> (defaults.records), defaults.seeks);
  std::exit (0);
}

} // namespace

Meter::Meter () : started_ (now ()), cpu_before_ (cpu_time ()) {}

Usage
Meter::read (uint64_t bytes) const
{
  return { now () - started_, cpu_time () - cpu_before_, peak_memory_mib (),
    bytes };
}

Options
parse_options (int argc, char **argv, Options options)
{
  const Options defaults = options;
  const option known[] = {
    { "rounds", required_argument, nullptr, 'r' },
    { "megabytes", required_argument, nullptr, 'm' },
    { "sizes", required_argument, nullptr, 's' },
    { "video", required_argument, nullptr, 'v' },
    { "records", required_argument, nullptr, 'n' },
    { "seeks", required_argument, nullptr, 'k' },
    { "check", no_argument, nullptr, 'c' },
    { "help", no_argument, nullptr, 'h' },
    {},
  };
  int found;
  while ((found = getopt_long (argc, argv, "", known, nullptr)) != -1) {
    switch (found) {
    case 'r':
      options.rounds = std::atoi (optarg);
      break;
    case 'm':
      options.total = std::strtoull (optarg, nullptr, 10) * 1000000;
      break;
    case 's':
      options.sizes = parse_numbers (optarg);
      break;
    case 'v':
      options.video = optarg;
      break;
    case 'n':
      options.records = std::strtoull (optarg, nullptr, 10);
      break;
    case 'k':
      options.seeks = std::atoi (optarg);
      break;
    case 'c':
      options.check = true;
      break;
    case 'h':
      print_usage (argv[0], defaults);
    default:
      std::exit (2);
    }
  }
  if (options.rounds < 1 || options.total == 0)
    give_up ("--rounds and --megabytes must be at least 1");
  return options;
}

std::string
bootstrap_servers ()
{
  const char *servers = std::getenv ("KAFKA_BOOTSTRAP_SERVERS");
  if (servers && *servers)
    return servers;
  std::printf ("Skipped: a real broker is measured here, and "
               "KAFKA_BOOTSTRAP_SERVERS names none.\n");
  std::exit (kSkipped);
}

void
give_up (const std::string &why)
{
  std::fprintf (stderr, "%s\n", why.c_str ());
  fflush (nullptr);
  _exit (1);
}

Usage
run_in_child (const std::function<Usage ()> &work)
{
  Usage usage;
  std::string bytes = bytes_from_child ([&work] {
    Usage mine = work ();
    return std::string (reinterpret_cast<const char *> (&mine), sizeof mine);
  });
  std::memcpy (&usage, bytes.data (), sizeof usage);
  return usage;
}

Series
measure_in_child (const std::function<Series ()> &work)
{
  std::string bytes = bytes_from_child ([&work] {
    Series mine = work ();
    return std::string (reinterpret_cast<const char *> (mine.data ()),
        mine.size () * sizeof (double));
  });
  Series values (bytes.size () / sizeof (double));
  std::memcpy (values.data (), bytes.data (), bytes.size ());
  return values;
}

double
percentile (Series values, double part)
{
  std::sort (values.begin (), values.end ());
  double place = part * (values.size () - 1);
  size_t below = static_cast<size_t> (place);
  size_t above = std::min (below + 1, values.size () - 1);
  return values[below] + (place - below) * (values[above] - values[below]);
}

Spread
spread_of (const Series &values)
{
  return { percentile (values, 0.25), percentile (values, 0.5),
    percentile (values, 0.75) };
}

void
Comparison::run (int rounds, const std::function<void ()> &prepare)
{
  size_t count = contenders_.size ();
  for (int round = 0; round < rounds; round++)
    for (size_t turn = 0; turn < count; turn++) {
      size_t i = round % 2 ? count - 1 - turn : turn;
      prepare ();
      usages_[i].push_back (run_in_child (contenders_[i].run));
    }
}

void
Comparison::print () const
{
  const std::string &reference = contenders_.front ().name;
  std::printf ("%-28s %8s %9s %9s %8s %8s\n", "", "MB/s", "CPU s/GB",
      "peak MiB", "rate", "CPU");
  for (size_t i = 0; i < contenders_.size (); i++) {
    const std::string &name = contenders_[i].name;
    Series rates, cpu;
    for (const Usage &usage : usages_[i]) {
      rates.push_back (usage.rate ());
      cpu.push_back (usage.cpu_per_gb ());
    }
    std::printf ("%-28s %8.0f %9.2f %9.0f %8.2f %8.2f\n", name.c_str (),
        spread_of (rates).median, spread_of (cpu).median, peak_mib (name),
        spread_of (ratios (name, reference, &Usage::rate)).median,
        spread_of (ratios (name, reference, &Usage::cpu_per_gb)).median);
  }
}

const std::vector<Usage> &
Comparison::usages_of (const std::string &name) const
{
  for (size_t i = 0; i < contenders_.size (); i++)
    if (contenders_[i].name == name)
      return usages_[i];
  give_up ("no contender " + name);
}

Series
Comparison::ratios (
    const std::string &name, const std::string &reference, Figure figure) const
{
  const auto &mine = usages_of (name);
  const auto &theirs = usages_of (reference);
  Series ratios;
  for (size_t i = 0; i < mine.size (); i++)
    ratios.push_back ((mine[i].*figure) () / (theirs[i].*figure) ());
  return ratios;
}

Series
Comparison::times (const std::string &name, const std::string &reference) const
{
  const auto &mine = usages_of (name);
  const auto &theirs = usages_of (reference);
  Series ratios;
  for (size_t i = 0; i < mine.size (); i++)
    ratios.push_back (mine[i].seconds / theirs[i].seconds);
  return ratios;
}

double
Comparison::peak_mib (const std::string &name) const
{
  double peak = 0;
  for (const Usage &usage : usages_of (name))
    peak = std::max (peak, usage.peak_mib);
  return peak;
}

void
Verdict::at_most (const std::string &what, const Series &values, double limit)
{
  add (what, values, "at most", limit, spread_of (values).median <= limit);
}

void
Verdict::at_least (const std::string &what, const Series &values, double limit)
{
  add (what, values, "at least", limit, spread_of (values).median >= limit);
}

void
Verdict::add (const std::string &what, const Series &values,
    const char *relation, double limit, bool holds)
{
  Spread spread = spread_of (values);
  std::printf ("%s %s: %.2f, wanted %s %.2f", holds ? "good" : "BAD ",
      what.c_str (), spread.median, relation, limit);
  if (values.size () > 1)
    std::printf (" (half of %zu rounds between %.2f and %.2f)", values.size (),
        spread.low, spread.high);
  std::printf ("\n");
  failed_ |= !holds;
}

} // namespace gstkafka
