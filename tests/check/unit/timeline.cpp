/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "timeline/timeline.h"

#include "common/check.h"

#include <vector>

using namespace gstkafka;

static SessionTimes
at (int64_t pts, uint64_t duration = 0)
{
  return { pts, std::nullopt, duration };
}

/* Records in the order of the log, and where they go. */
struct Step {
  const char *session;
  SessionTimes times;
  int64_t offset;
  bool is_seam;
  int64_t end; /* of the recording so far */
};

static void
check_steps (const std::vector<Step> &steps)
{
  Timeline timeline;
  int number = 0;
  for (const auto &step : steps) {
    Timeline::Place place = timeline.place (step.session, step.times);
    g_print ("step %d\n", number++);
    ck_assert_int_eq (place.offset, step.offset);
    ck_assert_int_eq (place.is_seam, step.is_seam);
    ck_assert_int_eq (timeline.end (), step.end);
  }
}

GST_START_TEST (test_timeline_leaves_the_first_session_where_it_is)
{
  check_steps ({ { "a", at (21, 10), 0, false, 31 },
      { "a", at (31, 10), 0, false, 41 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_stacks_sessions)
{
  check_steps (
      { { "a", at (0, 10), 0, false, 10 }, { "a", at (10, 10), 0, false, 20 },
          /* Began late: no hole. */
          { "b", at (500, 10), -480, true, 30 },
          { "b", at (510, 10), -480, false, 40 },
          /* Began early: no overlap. */
          { "c", at (-7, 10), 47, true, 50 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_knows_a_session_that_comes_back_as_a_seam)
{
  check_steps ({ { "a", at (0, 10), 0, false, 10 },
      { "b", at (0, 10), 10, true, 20 }, { "a", at (10, 10), 10, true, 30 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_ends_with_the_latest_end)
{
  /* I P B B in the order of decoding. */
  check_steps ({ { "a", at (0, 10), 0, false, 10 },
      { "a", at (30, 10), 0, false, 40 }, { "a", at (10, 10), 0, false, 40 },
      { "a", at (20, 10), 0, false, 40 }, { "b", at (0, 10), 40, true, 50 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_takes_dts_where_there_is_no_pts)
{
  const SessionTimes dts{ std::nullopt, -20, std::nullopt };
  const SessionTimes both{ 5, -20, 10 };
  check_steps ({ { "a", at (0, 10), 0, false, 10 }, { "b", dts, 30, true, 10 },
      { "b", both, 30, false, 45 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_gives_sessions_without_times_no_room)
{
  const SessionTimes none{};
  check_steps ({ { "a", at (5, 10), 0, false, 15 }, { "b", none, 0, true, 15 },
      { "b", none, 0, false, 15 }, { "c", at (0, 10), 15, true, 25 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_counts_the_first_session_that_has_times)
{
  const SessionTimes none{};
  check_steps ({ { "a", none, 0, false, 0 }, { "b", at (21, 10), 0, true, 31 },
      { "c", at (0, 10), 31, true, 41 } });
}
GST_END_TEST;

GST_START_TEST (test_timeline_places_a_session_by_its_first_time)
{
  const SessionTimes none{};
  check_steps ({ { "a", at (0, 10), 0, false, 10 }, { "b", none, 0, true, 10 },
      { "b", at (100, 10), -90, false, 20 } });
}
GST_END_TEST;

static Suite *
timeline_suite ()
{
  Suite *suite = suite_create ("timeline");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_timeline_leaves_the_first_session_where_it_is);
  tcase_add_test (tcase, test_timeline_stacks_sessions);
  tcase_add_test (
      tcase, test_timeline_knows_a_session_that_comes_back_as_a_seam);
  tcase_add_test (tcase, test_timeline_ends_with_the_latest_end);
  tcase_add_test (tcase, test_timeline_takes_dts_where_there_is_no_pts);
  tcase_add_test (tcase, test_timeline_gives_sessions_without_times_no_room);
  tcase_add_test (tcase, test_timeline_counts_the_first_session_that_has_times);
  tcase_add_test (tcase, test_timeline_places_a_session_by_its_first_time);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (timeline);
