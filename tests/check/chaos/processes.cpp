/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Writers and readers that are killed at random moments, and started again. */

#include "chaos.h"

#include "chance.h"
#include "trial.h"

#include <algorithm>
#include <deque>

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* At a time, each with a stream of its own. */
constexpr int kStreams = 4;

/* It takes a third of that until the first record flows. */
constexpr milliseconds kLife{ 900 };

/* Kills each one, at a moment of its own. */
template <typename Process>
static void
kill_all (
    std::vector<std::unique_ptr<Process>> &processes, std::mt19937 &chance)
{
  const auto begin = steady_clock::now ();
  std::vector<std::pair<milliseconds, Process *>> deaths;
  for (auto &process : processes)
    deaths.emplace_back (
        milliseconds (draw (chance, static_cast<int> (kLife.count ()))),
        process.get ());
  std::sort (deaths.begin (), deaths.end ());
  for (auto &[moment, process] : deaths) {
    wait_until (
        [&, end = begin + moment] { return steady_clock::now () >= end; });
    process->kill ();
  }
}

GST_START_TEST (test_killed_writers_lose_nothing)
{
  auto chance = make_chance ("moments");
  std::deque<Topic> topics (kStreams);
  std::deque<Ledger> ledgers (kStreams);
  Topic other;
  Pester pester (topics[0].name (), other.name ());
  std::vector<std::unique_ptr<ReaderProcess>> readers;
  for (const auto &topic : topics)
    readers.push_back (std::make_unique<ReaderProcess> (
        source_text (topic.name ()), "sync=false"));
  auto start = [&topics] {
    std::vector<std::unique_ptr<WriterProcess>> writers;
    for (const auto &topic : topics)
      writers.push_back (
          std::make_unique<WriterProcess> (sink_text (topic.name ())));
    return writers;
  };
  const int each = rounds (kStreams);
  for (int round = 0; round <= each; round++) {
    auto writers = start ();
    if (round < each)
      kill_all (writers, chance);
    for (size_t i = 0; i < writers.size (); i++) {
      if (round == each) {
        writers[i]->wait_for_acknowledgements (50);
        writers[i]->finish ();
      }
      ledgers[i].add_writer (writers[i]->lines ());
    }
  }
  Account account;
  for (size_t i = 0; i < kStreams; i++) {
    readers[i]->wait_for_end ();
    g_print ("%s", readers[i]->complaints ().c_str ());
    account += ledgers[i].judge ({ readers[i]->used () });
  }
  pester.stop ();
  add_row ("SIGKILL of the writer", each * kStreams, account, &pester);
  account.check ();
  pester.check ();
}
GST_END_TEST;

/* They are slower than the writer when they have to catch up, so that there is
 * a middle to be killed in. */
static std::string
source_in (const std::string &topic, const std::string &group)
{
  return source_text (topic, "commit-interval=10000000 group-id=" + group
                                 + " client-config=\"c,session.timeout.ms=1000,"
                                   "heartbeat.interval.ms=200\"")
         + " ! identity sleep-time=2000 ! queue max-size-buffers=20";
}

GST_START_TEST (test_killed_readers_miss_nothing)
{
  auto chance = make_chance ("moments");
  Topic topic;
  Topic other;
  Pester pester (topic.name (), other.name ());
  WriterProcess writer (sink_text (topic.name ()));
  std::vector<std::string> groups;
  for (int i = 0; i < kStreams; i++)
    groups.push_back (unused_group_name ());
  auto start = [&] {
    std::vector<std::unique_ptr<ReaderProcess>> readers;
    for (const auto &group : groups)
      readers.push_back (std::make_unique<ReaderProcess> (
          source_in (topic.name (), group), "sync=false"));
    return readers;
  };
  std::vector<std::vector<std::vector<UsedFrame>>> used (kStreams);
  const int each = rounds (kStreams);
  for (int round = 0; round <= each; round++) {
    auto readers = start ();
    if (round == each)
      writer.finish ();
    else if (round % 2 == 0) /* or else the start is all there ever is */
      for (auto &reader : readers)
        reader->wait_for (1);
    if (round < each)
      kill_all (readers, chance);
    for (size_t i = 0; i < kStreams; i++) {
      if (round == each)
        readers[i]->wait_for_end ();
      g_print ("%s", readers[i]->complaints ().c_str ());
      used[i].push_back (readers[i]->used ());
    }
  }
  Ledger ledger;
  ledger.add_writer (writer.lines ());
  Account account;
  for (const auto &one : used)
    account += ledger.judge (one);
  pester.stop ();
  add_row ("SIGKILL of the reader", each * kStreams, account, &pester);
  account.check ();
  pester.check ();
}
GST_END_TEST;

TCase *
process_tests ()
{
  TCase *tcase = tcase_create ("processes");
  tcase_add_test (tcase, test_killed_writers_lose_nothing);
  tcase_add_test (tcase, test_killed_readers_miss_nothing);
  return tcase;
}
