/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* librdkafka's statistics, read. */

#include "elements/statistics.h"
#include "common/check.h"

using namespace gstkafka;

GST_START_TEST (test_statistics_add_up_over_brokers_and_partitions)
{
  auto figures = parse_statistics (R"({
    "name": "rdkafka#producer-1", "brokers": {
      "a:1/1": { "txretries": 2,
        "rtt": { "avg": 1000, "cnt": 3, "p99": 5000 },
        "throttle": { "avg": 7, "cnt": 1, "p99": 7 } },
      "b:1/2": { "txretries": 1,
        "rtt": { "avg": 2000, "cnt": 1, "p99": 2000 },
        "throttle": { "avg": 0, "cnt": 0, "p99": 0 } } },
    "topics": { "t": { "partitions": {
      "0": { "txmsgs": 12, "msgs": 10, "fetchq_cnt": 4, "fetchq_size": 99 },
      "1": { "txmsgs": 3, "msgs": 5, "fetchq_cnt": 1, "fetchq_size": 1 },
      "-1": { "txmsgs": 0, "msgs": 0 } } } } })");
  ck_assert (figures.has_value ());
  ck_assert_int_eq (figures->resent_requests, 3);
  ck_assert_int_eq (figures->resent_records, 2);
  ck_assert_int_eq (figures->round_trip, 1250000);
  ck_assert_int_eq (figures->round_trip_p99, 5000000);
  ck_assert_int_eq (figures->throttle, 7000000);
  ck_assert_int_eq (figures->fetched_records, 5);
  ck_assert_int_eq (figures->fetched_bytes, 100);
}
GST_END_TEST;

GST_START_TEST (test_statistics_of_an_idle_interval_know_no_round_trip)
{
  auto figures = parse_statistics (
      R"({ "brokers": { "a:1/1": { "rtt": { "avg": 0, "cnt": 0 } } } })");
  ck_assert (figures.has_value ());
  ck_assert_int_eq (figures->round_trip, -1);
  ck_assert_int_eq (figures->round_trip_p99, -1);
}
GST_END_TEST;

/* Another version's: what is not there is not known. */
GST_START_TEST (test_statistics_without_what_is_expected_are_none)
{
  for (const char *text : { "{}", "{ \"brokers\": 5 }", "{ \"topics\": [] }",
           "{ \"brokers\": { \"a\": 1, \"b\": { \"rtt\": \"x\" } } }",
           "{ \"topics\": { \"t\": { \"partitions\": null } } }" }) {
    auto figures = parse_statistics (text);
    ck_assert (figures.has_value ());
    ck_assert_int_eq (figures->round_trip, -1);
    ck_assert_int_eq (figures->resent_records, 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_statistics_that_are_no_json_object_are_refused)
{
  for (const char *text :
      { "", "null", "5", "[]", "{", "{ \"brokers\": ", "\"brokers\"" })
    ck_assert_msg (!parse_statistics (text), "%s", text);
}
GST_END_TEST;

static Suite *
statistics_suite ()
{
  Suite *suite = suite_create ("statistics");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_statistics_add_up_over_brokers_and_partitions);
  tcase_add_test (
      tcase, test_statistics_of_an_idle_interval_know_no_round_trip);
  tcase_add_test (tcase, test_statistics_without_what_is_expected_are_none);
  tcase_add_test (tcase, test_statistics_that_are_no_json_object_are_refused);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (statistics);
