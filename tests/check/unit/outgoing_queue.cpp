/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/outgoing_queue.h"
#include "common/check.h"

#include <string>

using namespace gstkafka;

/* Buffers are letters: a capital begins a run. What rides on one is its letter
 * too, until somebody takes it. */
class Letter final : public Outgoing {
 public:
  explicit Letter (char letter, int64_t when = -1) : letter_ (letter)
  {
    size = 1000;
    time = when;
    is_droppable = letter != '.';
    begins_run = g_ascii_isupper (letter);
    rides_ = letter;
  }

  Result<OutgoingRecords>
  make_records (const RecordRoom &) override
  {
    return OutgoingRecords ();
  }
  uint64_t
  give_up (const RecordRoom &) override
  {
    return 1;
  }
  void
  inherit (Outgoing &dropped) override
  {
    rides_ = static_cast<Letter &> (dropped).rides_ + rides_;
  }

  char
  letter () const
  {
    return letter_;
  }
  const std::string &
  rides () const
  {
    return rides_;
  }

 private:
  const char letter_;
  std::string rides_;
};

static const uint64_t kCost = OutgoingQueue::cost_of (Letter ('a'));

static OutgoingQueue
make_queue (Leaky leaky, uint64_t letters, uint64_t time = 0)
{
  return OutgoingQueue ({ letters * kCost, time, leaky });
}

/* As a producer pushes; the letters that were not taken. */
static std::string
push (OutgoingQueue &queue, const std::string &letters)
{
  std::string refused;
  for (char c : letters) {
    auto letter = std::make_unique<Letter> (c);
    if (queue.admit (*letter) && queue.has_room_for (*letter))
      queue.add (std::move (letter));
    else
      refused += c;
  }
  return refused;
}

/* What waits, with "!" in front of what follows a drop. */
static std::string
take_all (OutgoingQueue &queue)
{
  std::string all;
  while (auto outgoing = queue.take ()) {
    auto &letter = static_cast<Letter &> (*outgoing);
    all += letter.follows_drop ? "!" : "";
    all += letter.letter ();
    queue.settle (kCost);
  }
  return all;
}

static void
check_is (const std::string &is, const std::string &expected)
{
  ck_assert_msg (
      is == expected, "'%s' instead of '%s'", is.c_str (), expected.c_str ());
}

GST_START_TEST (test_queue_without_a_policy_drops_nothing)
{
  OutgoingQueue queue = make_queue (Leaky::NONE, 3);
  check_is (push (queue, "AbcdE"), "dE");
  ck_assert_uint_eq (queue.dropped (), 0);
  ck_assert (!queue.take_news ());
  check_is (take_all (queue), "Abc");
}
GST_END_TEST;

GST_START_TEST (test_queue_takes_one_however_large)
{
  OutgoingQueue queue ({ 1, 0, Leaky::NONE });
  check_is (push (queue, "AB"), "B");
  ck_assert_uint_eq (queue.cost (), kCost);
}
GST_END_TEST;

/* Or else small ones that are in the works all the time would keep it out. */
GST_START_TEST (test_queue_with_a_policy_takes_one_beyond_its_limit)
{
  for (Leaky leaky : { Leaky::UPSTREAM, Leaky::DOWNSTREAM }) {
    OutgoingQueue queue = make_queue (leaky, 3);
    push (queue, "Ab");
    auto first = queue.take ();
    auto large = std::make_unique<Letter> ('L'),
         other = std::make_unique<Letter> ('M');
    large->size = other->size = 7000;
    ck_assert (queue.admit (*large) && queue.has_room_for (*large));
    queue.add (std::move (large));
    ck_assert (!queue.has_room_for (*other));
    ck_assert (!queue.has_room_for (Letter ('c')));
    ck_assert_uint_eq (queue.dropped (), 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_queue_counts_what_is_in_the_works)
{
  OutgoingQueue queue = make_queue (Leaky::NONE, 2);
  push (queue, "AB");
  auto first = queue.take ();
  check_is (push (queue, "C"), "C");
  queue.settle (kCost);
  check_is (push (queue, "C"), "");
}
GST_END_TEST;

GST_START_TEST (test_queue_bounds_the_time_between_oldest_and_newest)
{
  OutgoingQueue queue = make_queue (Leaky::NONE, 100, 10);
  queue.add (std::make_unique<Letter> ('A', 5));
  ck_assert (queue.has_room_for (Letter ('b', 15)));
  ck_assert (!queue.has_room_for (Letter ('b', 16)));
  ck_assert (queue.has_room_for (Letter ('b', 4)));
  ck_assert (queue.has_room_for (Letter ('b')));
  auto first = queue.take ();
  ck_assert (!queue.has_room_for (Letter ('b', 16)));
  queue.settle (kCost);
  ck_assert (queue.has_room_for (Letter ('b', 16)));
}
GST_END_TEST;

/* As muxers' headers have none. */
GST_START_TEST (test_queue_bounds_the_time_behind_what_has_none)
{
  OutgoingQueue queue = make_queue (Leaky::DOWNSTREAM, 100, 10);
  queue.add (std::make_unique<Letter> ('H'));
  queue.add (std::make_unique<Letter> ('A', 5));
  ck_assert (queue.has_room_for (Letter ('b', 15)));
  ck_assert (!queue.has_room_for (Letter ('b', 16)));
  queue.add (std::make_unique<Letter> ('B', 9));

  auto header = queue.take (), first = queue.take ();
  ck_assert (!queue.has_room_for (Letter ('b', 16)));
  queue.settle (kCost);
  ck_assert (!queue.has_room_for (Letter ('b', 16)));
  queue.settle (kCost);
  ck_assert (queue.has_room_for (Letter ('b', 19)));
  ck_assert (!queue.has_room_for (Letter ('b', 20)));

  Letter next ('C', 20);
  ck_assert (queue.admit (next));
  ck_assert_uint_eq (queue.waiting (), 0);
}
GST_END_TEST;

/* ---- dropping ---- */

/* Of a queue for so many letters, filled and then emptied: pushed; refused;
 * left. What is dropped from the front is neither. */
static const struct {
  Leaky leaky;
  int room;
  const char *pushed, *refused, *left;
} kDrops[] = {
  { Leaky::UPSTREAM, 4, "AbcDefGh", "efGh", "AbcD" },
  { Leaky::UPSTREAM, 3, "AbcdeFg", "deFg", "Abc" },
  { Leaky::UPSTREAM, 2, "ABCD", "CD", "AB" },
  { Leaky::DOWNSTREAM, 5, "AbcDefGh", "", "!DefGh" },
  { Leaky::DOWNSTREAM, 5, "AbcdEfghI", "", "!EfghI" },
  { Leaky::DOWNSTREAM, 2, "ABCD", "", "!CD" },
  /* No beginning waits: all of it goes, and what continues it. */
  { Leaky::DOWNSTREAM, 3, "AbcdefGh", "def", "!Gh" },
  /* The end is never dropped; it waits like any. */
  { Leaky::UPSTREAM, 2, "Ab.", ".", "Ab" },
};

GST_START_TEST (test_queue_drops_whole_runs)
{
  const auto &c = kDrops[__i__];
  OutgoingQueue queue = make_queue (c.leaky, static_cast<uint64_t> (c.room));
  check_is (push (queue, c.pushed), c.refused);
  check_is (take_all (queue), c.left);
}
GST_END_TEST;

GST_START_TEST (test_queue_goes_on_dropping_up_to_the_next_run)
{
  OutgoingQueue queue = make_queue (Leaky::UPSTREAM, 2);
  check_is (push (queue, "Abc"), "c");
  check_is (take_all (queue), "Ab");
  check_is (push (queue, "deFg"), "de");
  check_is (take_all (queue), "!Fg");
  check_is (push (queue, "h"), "");
  check_is (take_all (queue), "h");
}
GST_END_TEST;

/* What is in the works cannot be dropped any more. */
GST_START_TEST (test_queue_drops_what_comes_when_nothing_waits)
{
  OutgoingQueue queue = make_queue (Leaky::DOWNSTREAM, 2);
  push (queue, "AB");
  auto first = queue.take (), second = queue.take ();
  check_is (push (queue, "CdE"), "CdE");
  queue.settle (kCost);
  queue.settle (kCost);
  check_is (push (queue, "fG"), "f");
  check_is (take_all (queue), "!G");
  ck_assert_uint_eq (queue.dropped (), 4);
}
GST_END_TEST;

GST_START_TEST (test_what_rides_on_a_dropped_one_rides_on_the_next)
{
  OutgoingQueue queue = make_queue (Leaky::DOWNSTREAM, 3);
  push (queue, "AbCD");
  auto next = queue.take ();
  check_is (static_cast<Letter &> (*next).rides (), "AbC");

  OutgoingQueue other = make_queue (Leaky::DOWNSTREAM, 2);
  push (other, "Ab");
  Letter late ('c');
  ck_assert (!other.admit (late));
  check_is (late.rides (), "Abc");
}
GST_END_TEST;

GST_START_TEST (test_queue_tells_of_a_burst_once)
{
  OutgoingQueue queue = make_queue (Leaky::UPSTREAM, 4);
  push (queue, "ABCD");
  ck_assert (!queue.take_news ());
  push (queue, "EF");
  ck_assert (queue.take_news ());
  /* A little room now and then does not end it. */
  queue.take ();
  queue.settle (kCost);
  push (queue, "GHI");
  ck_assert (!queue.take_news ());
  take_all (queue);
  push (queue, "JKLM");
  ck_assert (!queue.take_news ());
  push (queue, "N");
  ck_assert (queue.take_news ());
}
GST_END_TEST;

/* Of a queue of six with nothing in it: what fits is no news, one more is. */
static void
check_burst_is_over (OutgoingQueue &queue)
{
  push (queue, "STUVWX");
  ck_assert (!queue.take_news ());
  push (queue, "Y");
  ck_assert (queue.take_news ());
}

/* A run of more than half of the queue makes that much room by itself. */
GST_START_TEST (test_queue_does_not_end_a_burst_by_dropping)
{
  OutgoingQueue queue = make_queue (Leaky::DOWNSTREAM, 6);
  push (queue, "ABcdef");
  auto first = queue.take ();
  push (queue, "G");
  ck_assert (queue.take_news ());
  check_is (push (queue, "hijkL"), "");
  ck_assert (!queue.take_news ());
  /* Nor does what was in the works before. */
  queue.settle (kCost);
  check_is (push (queue, "mnopqR"), "");
  ck_assert (!queue.take_news ());
  ck_assert_uint_eq (queue.dropped (), 16);

  check_is (take_all (queue), "!R");
  check_burst_is_over (queue);
}
GST_END_TEST;

GST_START_TEST (test_queue_ends_a_burst_in_which_a_torn_run_went)
{
  OutgoingQueue queue = make_queue (Leaky::DOWNSTREAM, 6);
  push (queue, "Abcdef");
  queue.take ();
  queue.take ();
  check_is (push (queue, "g"), "g");
  ck_assert (queue.take_news ());
  queue.settle (kCost);
  queue.settle (kCost);
  check_burst_is_over (queue);
}
GST_END_TEST;

static Suite *
outgoing_queue_suite ()
{
  Suite *suite = suite_create ("outgoing_queue");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_queue_without_a_policy_drops_nothing);
  tcase_add_test (tcase, test_queue_takes_one_however_large);
  tcase_add_test (tcase, test_queue_with_a_policy_takes_one_beyond_its_limit);
  tcase_add_test (tcase, test_queue_counts_what_is_in_the_works);
  tcase_add_test (tcase, test_queue_bounds_the_time_between_oldest_and_newest);
  tcase_add_test (tcase, test_queue_bounds_the_time_behind_what_has_none);
  tcase_add_loop_test (
      tcase, test_queue_drops_whole_runs, 0, G_N_ELEMENTS (kDrops));
  tcase_add_test (tcase, test_queue_goes_on_dropping_up_to_the_next_run);
  tcase_add_test (tcase, test_queue_drops_what_comes_when_nothing_waits);
  tcase_add_test (tcase, test_what_rides_on_a_dropped_one_rides_on_the_next);
  tcase_add_test (tcase, test_queue_tells_of_a_burst_once);
  tcase_add_test (tcase, test_queue_does_not_end_a_burst_by_dropping);
  tcase_add_test (tcase, test_queue_ends_a_burst_in_which_a_torn_run_went);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (outgoing_queue);
