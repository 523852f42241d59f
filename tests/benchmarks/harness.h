/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What all benchmarks share: contenders that take turns in processes of their
 * own, and what is made of their figures.
 *
 * A broker, a compiler or a neighbour on the same machine changes absolute
 * rates by a factor of two within a minute. So contenders run in alternation
 * (ABC, CBA, ABC, ...), every figure is compared with that of the reference in
 * the same round, and what is printed and judged is the median of the rounds.
 * A process each makes CPU time and peak memory a contender's own. */

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gstkafka {

/* What one contender took for one run. */
struct Usage {
  double seconds = 0;
  double cpu_seconds = 0; /* user and system, all threads */
  double peak_mib = 0;    /* of resident memory, from the process's start */
  uint64_t bytes = 0;     /* of payload */

  double
  rate () const
  {
    return bytes / 1e6 / seconds;
  }
  double
  cpu_per_gb () const
  {
    return cpu_seconds / (bytes / 1e9);
  }
};

/* Measures from its construction on. */
class Meter {
 public:
  Meter ();
  Usage read (uint64_t bytes) const;

 private:
  double started_;
  double cpu_before_;
};

struct Options {
  std::vector<uint64_t> sizes; /* bytes a record */
  uint64_t total = 0;          /* bytes a run */
  int rounds = 0;
  bool check = false;
  std::string video;
  uint64_t records = 0; /* of a stream that is sought in */
  int seeks = 0;        /* of each kind */
};

/* Fills in what the command line says, or ends the program. */
Options parse_options (int argc, char **argv, Options defaults);

/* KAFKA_BOOTSTRAP_SERVERS. Ends the program, as skipped, when there is none. */
std::string bootstrap_servers ();

/* Reports what went wrong and ends the process. */
[[noreturn]] void give_up (const std::string &why);

/* Runs `work` in a child process. The caller must have no other threads: that
 * is why even topics are made in children. */
Usage run_in_child (const std::function<Usage ()> &work);

struct Contender {
  std::string name;
  std::function<Usage ()> run; /* called in a child process */
};

/* Figures of one kind: of a contender, one for each round, or of one run. */
using Series = std::vector<double>;

/* As run_in_child (), for work that measures something itself. */
Series measure_in_child (const std::function<Series ()> &work);

/* The value below which `part` of them are, 0 to 1. */
double percentile (Series values, double part);

struct Spread {
  double low, median, high; /* quartiles */
};
Spread spread_of (const Series &values);

class Comparison {
 public:
  explicit Comparison (std::vector<Contender> contenders)
      : contenders_ (std::move (contenders)), usages_ (contenders_.size ())
  {}

  /* `prepare` is called before each turn, in this process. */
  void run (
      int rounds, const std::function<void ()> &prepare = [] {});

  /* One line a contender, ratios against the one named first. */
  void print () const;

  using Figure = double (Usage::*) () const;
  Series ratios (
      const std::string &name, const std::string &reference, Figure) const;
  Series times (const std::string &name, const std::string &reference) const;
  double peak_mib (const std::string &name) const;

 private:
  const std::vector<Usage> &usages_of (const std::string &name) const;

  std::vector<Contender> contenders_;
  std::vector<std::vector<Usage>> usages_; /* contender, round */
};

/* Collects what must hold; without --check it only says what it sees. */
class Verdict {
 public:
  explicit Verdict (bool binding) : binding_ (binding) {}

  void at_most (const std::string &what, const Series &values, double limit);
  void at_least (const std::string &what, const Series &values, double limit);

  int
  exit_status () const
  {
    return failed_ && binding_ ? 1 : 0;
  }

 private:
  void add (const std::string &what, const Series &values, const char *relation,
      double limit, bool holds);

  const bool binding_;
  bool failed_ = false;
};

} // namespace gstkafka
