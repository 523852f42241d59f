/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The table's live column: kafkasrc keeps to what is captured just now. Both
 * pipelines run by the same clock, so the test knows when a frame is due. */

#include "matrix.h"

#include <algorithm>
#include <memory>

using namespace kafkacheck;

namespace {

/* More than an encoder keeps its frames, and a busy machine needs. */
constexpr int64_t kLatency = 400 * GST_MSECOND;
/* Between two clocks, the wall's and the pipelines'. */
constexpr int64_t kClocks = 20 * GST_MSECOND;
/* A key frame comes every 0.8 s, and may have been on its way. */
constexpr int64_t kOldest = 1000 * GST_MSECOND + kLatency;

/* A topic that is being written to, and what is captured when. */
class Stage {
 public:
  explicit Stage (const Medium &medium) : medium_ (medium) {}

  const std::string &
  topic () const
  {
    return topic_.name ();
  }
  const Oracle &
  oracle () const
  {
    return oracle_;
  }
  Producer &
  producer ()
  {
    return *producer_;
  }

  void
  start_session (int milliseconds, const std::string &properties = "")
  {
    Producer::Options options;
    options.session = static_cast<int> (oracle_.sessions ());
    options.milliseconds = milliseconds;
    options.is_live = true;
    options.properties = properties;
    producer_ = std::make_unique<Producer> (medium_, topic (), options);
    producer_->start ();
  }

  void
  end_session ()
  {
    producer_->wait_for_end ();
    producer_->tell (oracle_);
    base_times_.push_back (producer_->base_time ());
    producer_.reset ();
  }

  /* Until so many more are published. */
  void
  wait_for_records (int64_t count)
  {
    int64_t goal = producer_->published () + count;
    ck_assert (wait_until ([&] { return producer_->published () >= goal; }));
  }

  /* By the clock. */
  int64_t
  capture_time (size_t index) const
  {
    return base_times_.at (oracle_.session_of (index))
           + oracle_.session_time (index);
  }

 private:
  const Medium &medium_;
  Topic topic_;
  Oracle oracle_;
  std::vector<int64_t> base_times_;
  std::unique_ptr<Producer> producer_;
};

std::string
live_properties ()
{
  return "is-live=true latency=" + std::to_string (kLatency);
}

int64_t
clock_time (Show &show)
{
  GstClock *clock = gst_element_get_clock (show.pipeline ().get ());
  auto time = static_cast<int64_t> (gst_clock_get_time (clock));
  gst_object_unref (clock);
  return time;
}

void
end (Show &show)
{
  ck_assert_msg (show.pipeline ().wait_for_end () == Pipeline::Ending::EOS,
      "%s", show.pipeline ().describe ().c_str ());
}

/* From frame `first` on each is due when it was captured. */
void
check_capture_times (
    Show &show, const Stage &stage, Faults &faults, size_t first = 0)
{
  for (const auto &stretch : show.validator ().stretches ())
    for (const auto &shown : stretch) {
      auto index = stage.oracle ().find (shown.checksum);
      if (!index || *index < first)
        continue;
      int64_t cut = shown.stream_time - stage.oracle ().frame (*index).position;
      int64_t off = shown.clock_time - cut - stage.capture_time (*index);
      if (std::abs (off) <= kClocks)
        continue;
      faults.add ("frame " + std::to_string (*index) + " is due "
                  + std::to_string (off) + " ns after its capture");
      return;
    }
}

/* The wall clock is not as even as the pipelines'. */
void
add_live (Faults &faults, const Verdict &verdict, size_t allowed = 0)
{
  faults.add (verdict, verdict.shifts + allowed);
}

bool
is_seekable (Show &show)
{
  GstQuery *query = gst_query_new_seeking (GST_FORMAT_TIME);
  gboolean can_seek = FALSE;
  if (gst_element_query (show.pipeline ().get (), query))
    gst_query_parse_seeking (query, nullptr, &can_seek, nullptr, nullptr);
  gst_query_unref (query);
  return can_seek;
}

} // namespace

GST_START_TEST (test_live_shows_each_frame_when_it_was_captured)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  stage.start_session (1300);
  stage.wait_for_records (15);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  int64_t start = clock_time (show);
  stage.end_session ();
  end (show);

  Faults faults;
  faults.begin_row (medium->name);
  Verdict verdict = show.validator ().judge (stage.oracle ());
  add_live (faults, verdict);
  check_capture_times (show, stage, faults);
  ck_assert_uint_eq (verdict.stretches.size (), 1);
  auto [first, last] = verdict.stretches[0];
  faults.add_unless (stage.capture_time (first) > start - kOldest,
      "it begins with what is old");
  faults.add_unless (last == stage.oracle ().count () - 1,
      "it ends with frame " + std::to_string (last));
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_live_gives_no_data_in_paused_and_tells_its_latency)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  stage.start_session (1200);
  stage.wait_for_records (5);
  ck_assert_int_eq (
      gst_element_set_state (show.pipeline ().get (), GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  stage.wait_for_records (10);
  ck_assert_uint_eq (show.validator ().count (), 0);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  show.wait_for_frames (3);

  GstQuery *query = gst_query_new_latency ();
  gboolean is_live = FALSE;
  GstClockTime least = 0;
  ck_assert (gst_element_query (show.source ().get (), query));
  gst_query_parse_latency (query, &is_live, &least, nullptr);
  gst_query_unref (query);
  ck_assert (is_live);
  ck_assert_int_eq (static_cast<int64_t> (least), kLatency);
  stage.end_session ();
  end (show);
}
GST_END_TEST;

GST_START_TEST (test_live_refuses_seeks_and_plays_on)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  const int ways[]
      = { GST_SEEK_FLAG_FLUSH, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT, GST_SEEK_FLAG_NONE,
          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_TRICKMODE
              | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS };
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  stage.start_session (1200);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  show.wait_for_frames (3);
  Faults faults;
  faults.begin_row (medium->name);
  for (int flags : ways)
    faults.add_unless (!show.seek ({ flags, 0 }),
        "a seek with flags " + std::to_string (flags) + " is taken");
  faults.add_unless (!is_seekable (show), "it is said to be seekable");
  stage.end_session ();
  end (show);
  Verdict verdict = show.validator ().judge (stage.oracle ());
  add_live (faults, verdict);
  faults.add_unless_equal ("the number of parts shown",
      static_cast<int64_t> (verdict.stretches.size ()), 1);
  check_capture_times (show, stage, faults);
  faults.check ();
}
GST_END_TEST;

/* What was captured meanwhile is not shown, and counted. */
GST_START_TEST (test_live_goes_on_with_the_newest_after_a_pause)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  stage.start_session (3800);
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  show.wait_for_frames (5);
  ck_assert (show.pipeline ().set_state (GST_STATE_PAUSED));
  int64_t paused = clock_time (show);
  ck_assert (wait_until (
      [&] { return clock_time (show) > paused + 2000 * GST_MSECOND; }));
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  int64_t resumed = clock_time (show);
  stage.end_session ();
  end (show);

  Faults faults;
  faults.begin_row (medium->name);
  Verdict verdict = show.validator ().judge (stage.oracle ());
  /* What a decoder held back in the pause comes out under the next segment. */
  add_live (faults, verdict,
      verdict.gaps + std::min (verdict.misplaced, medium->held_back));
  faults.add_unless (verdict.gaps > 0, "what was missed is shown");
  faults.add_unless (stat (show.source ().get (), "skipped-live") > 0,
      "what was missed is not counted");
  size_t newest = 0;
  while (stage.capture_time (newest) < resumed)
    newest++;
  check_capture_times (show, stage, faults, newest);
  /* Nothing of the pause, but for what its newest sync point brings along. */
  for (const auto &stretch : show.validator ().stretches ())
    for (const auto &shown : stretch) {
      int64_t captured = stage.capture_time (
          stage.oracle ().find (shown.checksum).value_or (0));
      if (captured > paused + kLatency && captured < resumed - kOldest) {
        faults.add ("what was captured in the pause is shown");
        faults.check ();
      }
    }
  faults.check ();
}
GST_END_TEST;

/* The time between two sessions is waited for, as for anything live. */
GST_START_TEST (test_live_shows_a_restarted_producer_at_its_wall_clock_time)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  ElementPtr source = show.source ();
  ck_assert (
      wait_until ([&] { return stat (source.get (), "partition") >= 0; }));
  stage.start_session (700, "eos-record=false");
  stage.end_session ();
  int64_t ended = clock_time (show);
  ck_assert (wait_until (
      [&] { return clock_time (show) > ended + 400 * GST_MSECOND; }));
  stage.start_session (700);
  stage.end_session ();
  end (show);

  Faults faults;
  faults.begin_row (medium->name);
  Verdict verdict = show.validator ().judge (stage.oracle ());
  add_live (faults, verdict,
      std::min (verdict.gaps + verdict.late, medium->held_back));
  check_capture_times (show, stage, faults);
  faults.add_unless (
      verdict.stretches.size () == 1
          && verdict.stretches[0]
                 == std::pair (size_t{ 0 }, stage.oracle ().count () - 1),
      "not all frames are shown: " + verdict.describe ());
  faults.check ();
}
GST_END_TEST;

GST_START_TEST (test_live_state_changes_at_random_moments_show_the_newest)
{
  const Medium *medium = medium_of_row (__i__);
  if (!medium)
    return;
  constexpr int changes = 15;
  const GstState states[] = { GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
    GST_STATE_PLAYING, GST_STATE_PLAYING };
  std::mt19937 random = random_numbers ();
  Stage stage (*medium);
  Show show (*medium, stage.topic (), Pace::REAL_TIME, live_properties ());
  stage.start_session (2500);
  Faults faults;
  for (int i = 0; i < changes; i++) {
    faults.begin_row (
        std::string (medium->name) + ", change " + std::to_string (i));
    GstState state = states[random () % G_N_ELEMENTS (states)];
    auto took = measure ([&] { show.pipeline ().set_state (state); });
    faults.add_unless (took < stop_limit (),
        std::string ("to ") + gst_element_state_get_name (state) + " takes "
            + std::to_string (took.count ()) + " ms");
    if (state == GST_STATE_PLAYING)
      stage.wait_for_records (static_cast<int64_t> (random () % 5));
  }
  ck_assert (show.pipeline ().set_state (GST_STATE_PLAYING));
  stage.end_session ();
  end (show);
  faults.begin_row (medium->name);
  Verdict verdict = show.validator ().judge (stage.oracle ());
  /* A pause leaves out what was captured meanwhile. */
  add_live (faults, verdict, verdict.gaps);
  faults.add_unless (
      !verdict.stretches.empty ()
          && verdict.stretches.back ().second == stage.oracle ().count () - 1,
      "it does not end with the last frame");
  faults.check ();
}
GST_END_TEST;

static Suite *
matrix_live_suite ()
{
  Suite *suite = suite_create ("matrix_live");
  TCase *tcase = tcase_create ("general");
  add_for_all_media (tcase, test_live_shows_each_frame_when_it_was_captured);
  add_for_all_media (
      tcase, test_live_gives_no_data_in_paused_and_tells_its_latency);
  add_for_all_media (tcase, test_live_refuses_seeks_and_plays_on);
  add_for_all_media (tcase, test_live_goes_on_with_the_newest_after_a_pause);
  add_for_all_media (
      tcase, test_live_shows_a_restarted_producer_at_its_wall_clock_time);
  add_for_all_media (
      tcase, test_live_state_changes_at_random_moments_show_the_newest);
  suite_add_tcase (suite, tcase);
  return suite;
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  ElementPtr source (gst_element_factory_make ("kafkasrc", nullptr));
  bool can_be_live = source
                     && g_object_class_find_property (
                         G_OBJECT_GET_CLASS (source.get ()), "is-live");
  if (!can_be_live) {
    g_print ("matrix_live: skipped: kafkasrc has no is-live\n");
    return kSkipped;
  }
  source.reset ();
  return run_broker_suite (
      argc, argv, matrix_live_suite (), "matrix_live", __FILE__);
}
