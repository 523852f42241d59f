/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A player's window asks from its own thread, all the time: where are we, how
 * long is it, can one seek. */

#include "matrix.h"

#include <atomic>
#include <thread>

using namespace kafkacheck;

namespace {

using std::chrono::steady_clock;

/* Asks until it goes; what it was told is checked after that. */
class Asker {
 public:
  Asker (Show &show, const Oracle &oracle) : show_ (show), oracle_ (oracle)
  {
    for (auto ask : { &Asker::position, &Asker::duration, &Asker::seeking })
      threads_.emplace_back (&Asker::run, this, ask);
  }

  ~Asker () { stop (); }

  void
  stop ()
  {
    stopping_ = true;
    for (auto &thread : threads_)
      if (thread.joinable ())
        thread.join ();
  }

  /* After stop (). */
  void
  tell (Faults &faults) const
  {
    faults.add_unless (asked_ > 100, "hardly anything was asked");
    faults.add_unless (longest_ms_ < stop_limit ().count (),
        "an answer takes " + std::to_string (longest_ms_) + " ms");
    auto tell = [&faults] (const char *what, int wrong) {
      if (wrong > 0)
        faults.add (std::to_string (wrong) + " answers to " + what
                    + " are missing or wrong");
    };
    tell ("POSITION", wrong_positions_);
    tell ("DURATION", wrong_durations_);
    tell ("SEEKING", wrong_ranges_);
  }

 private:
  void
  run (void (Asker::*ask) ())
  {
    while (!stopping_) {
      auto begin = steady_clock::now ();
      (this->*ask) ();
      auto took = std::chrono::duration_cast<std::chrono::milliseconds> (
          steady_clock::now () - begin);
      for (int64_t known = longest_ms_;
           took.count () > known
           && !longest_ms_.compare_exchange_weak (known, took.count ());) {
      }
      asked_++;
      std::this_thread::yield ();
    }
  }

  /* There may be none while it seeks. */
  void
  position ()
  {
    auto position = show_.position ();
    if (position && (*position < 0 || *position > oracle_.end ()))
      wrong_positions_++;
  }

  void
  duration ()
  {
    if (show_.duration () != oracle_.end ())
      wrong_durations_++;
  }

  void
  seeking ()
  {
    GstQuery *query = gst_query_new_seeking (GST_FORMAT_TIME);
    gboolean can_seek = FALSE;
    gint64 start = -1, end = -1;
    if (gst_element_query (show_.pipeline ().get (), query))
      gst_query_parse_seeking (query, nullptr, &can_seek, &start, &end);
    gst_query_unref (query);
    if (!can_seek || start != 0 || end != oracle_.end ())
      wrong_ranges_++;
  }

  Show &show_;
  const Oracle &oracle_;
  std::atomic<bool> stopping_{ false };
  std::atomic<int64_t> longest_ms_{ 0 };
  std::atomic<int> asked_{ 0 }, wrong_positions_{ 0 }, wrong_durations_{ 0 },
      wrong_ranges_{ 0 };
  std::vector<std::thread> threads_;
};

} // namespace

GST_START_TEST (test_queries_from_other_threads_are_right_while_it_plays)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 500);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  show.pipeline ().reach_state (GST_STATE_PAUSED);
  Asker asker (show, oracle);
  show.play_to_eos ();
  asker.stop ();

  Faults faults;
  faults.begin_row (medium->name);
  asker.tell (faults);
  faults.add (show.validator ().judge (oracle));
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_queries_from_other_threads_are_right_while_it_seeks)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium);
  const Oracle &oracle = recording.oracle ();
  Show show (*medium, recording.topic ());
  show.pipeline ().reach_state (GST_STATE_PAUSED);
  Asker asker (show, oracle);
  Faults faults;
  faults.begin_row (medium->name);
  /* Upwards, so that this does not depend on seeks back. */
  for (size_t i = 0; i < 10; i++) {
    Seek seek;
    seek.start = oracle.frame (i * oracle.count () / 10).position + 1;
    faults.add_unless (show.seek_and_preroll (seek), "a seek is refused");
    faults.add_unless_equal (
        "the position", show.position ().value_or (-1), seek.start);
  }
  asker.stop ();
  asker.tell (faults);
  faults.check ();
}
GST_END_TEST;

/* From one thread only, so the answers have an order. */
GST_START_TEST (test_position_rises_while_it_plays)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Recording recording (*medium, 300);
  Show show (*medium, recording.topic (), Pace::REAL_TIME);
  show.pipeline ().reach_state (GST_STATE_PLAYING);
  int64_t last = 0;
  while (!show.pipeline ().has_eos ()) {
    auto position = show.position ();
    ck_assert (position.has_value ());
    ck_assert_int_ge (*position, last);
    last = *position;
    std::this_thread::yield ();
  }
  ck_assert_int_eq (*show.position (), recording.oracle ().end ());
}
GST_END_TEST;

GST_START_TEST (test_duration_and_seekable_range_grow_with_the_recording)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Topic topic;
  Oracle oracle;
  Show show (*medium, topic.name ());
  for (int session : { 0, 1 }) {
    Producer::Options options;
    options.session = session;
    options.milliseconds = 500;
    Producer producer (*medium, topic.name (), options);
    producer.start ();
    producer.wait_for_end ();
    producer.tell (oracle);
    show.pipeline ().reach_state (GST_STATE_PAUSED);
    ck_assert (wait_until ([&] { return show.duration () == oracle.end (); }));
  }
  Seek seek;
  seek.start = oracle.frame (oracle.first_of_session (1) + 2).position;
  ck_assert (show.seek_and_preroll (seek));
  show.play_to_eos ();
  Faults faults;
  faults.begin_row (medium->name);
  faults.add (show.validator ().judge (oracle));
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_queries_suite ()
{
  Suite *suite = suite_create ("matrix_queries");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (
      tcase, test_queries_from_other_threads_are_right_while_it_plays);
  add_for_all_media (
      tcase, test_queries_from_other_threads_are_right_while_it_seeks);
  add_for_all_media (tcase, test_position_rises_while_it_plays);
  add_for_all_media (
      tcase, test_duration_and_seekable_range_grow_with_the_recording);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (matrix_queries)
