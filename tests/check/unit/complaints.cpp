/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Malformed records are told of, but not each of a million. */

#include "elements/complaints.h"

#include "common/check.h"

using namespace gstkafka;

static const Error kWhy{ ErrorKind::MALFORMED, "header gst.pts is malformed",
  "value: 'x'" };

struct Log {
  const Complaints complaints{ "t", "" };
  Quarantine quarantine{ complaints };
  Quarantine::Time now{};

  MaybeError
  note (int64_t offset)
  {
    return quarantine.note (3, offset, kWhy, now);
  }
  void
  pass (int ms)
  {
    now += std::chrono::milliseconds (ms);
  }
};

GST_START_TEST (test_quarantine_tells_of_the_first_record_at_once)
{
  Log log;
  auto warning = log.note (7);
  ck_assert (warning.has_value ());
  check_text (warning->message,
      "Record 7 of topic 't' partition 3 is set aside: header gst.pts is "
      "malformed. Playback goes on at the next sync point.");
  check_text (warning->detail, "value: 'x'");
  ck_assert (!log.quarantine.take_rest ());
}
GST_END_TEST;

GST_START_TEST (test_quarantine_tells_of_a_burst_once_a_second)
{
  Log log;
  int told = 0;
  for (int i = 0; i < 10000; i++) {
    told += log.note (i).has_value ();
    log.pass (1);
  }
  ck_assert_int_eq (told, 10);
  auto rest = log.quarantine.take_rest ();
  ck_assert (rest.has_value ());
  check_text (rest->message,
      "999 more records of topic 't' partition 3 are set aside, the last 9999: "
      "header gst.pts is malformed. Playback goes on at the next sync point.");
  ck_assert (!log.quarantine.take_rest ());
}
GST_END_TEST;

GST_START_TEST (test_quarantine_tells_of_the_end_of_a_burst_when_it_is_due)
{
  Log log;
  ck_assert (log.note (1).has_value ());
  ck_assert (!log.note (2));
  log.pass (999);
  ck_assert (!log.quarantine.take_due (log.now));
  log.pass (1);
  auto warning = log.quarantine.take_due (log.now);
  ck_assert (warning.has_value ());
  ck_assert (g_str_has_prefix (warning->message.c_str (), "1 more record of"));
  ck_assert (!log.quarantine.take_due (log.now));
}
GST_END_TEST;

GST_START_TEST (test_quarantine_tells_of_rare_records_one_by_one)
{
  Log log;
  for (int i = 0; i < 5; i++) {
    auto warning = log.note (i);
    ck_assert (warning.has_value ());
    ck_assert (g_str_has_prefix (warning->message.c_str (), "Record "));
    log.pass (1000);
  }
}
GST_END_TEST;

GST_START_TEST (test_unknown_media_is_told_by_header_or_none)
{
  const Complaints complaints{ "t", "" };
  check_text (complaints.unknown_media (false).message,
      "What another program has put into topic 't' cannot be told: it has no "
      "content-type header and looks like nothing known. Set caps.");
  check_text (complaints.unknown_media (true).message,
      "What another program has put into topic 't' cannot be told: GStreamer "
      "knows no caps for its content-type header, and it looks like nothing "
      "known. Set caps.");
}
GST_END_TEST;

GST_START_TEST (test_long_pause_is_told_in_whole_seconds)
{
  check_text (
      Complaints::long_pause (std::chrono::milliseconds (90999)).message,
      "What comes next is due in 90 s, by its timestamp, though it was written "
      "much sooner after what came before it. Seek past it if that is too "
      "long.");
}
GST_END_TEST;

static Suite *
complaints_suite ()
{
  Suite *suite = suite_create ("complaints");
  TCase *tcase = tcase_create ("quarantine");
  tcase_add_test (tcase, test_quarantine_tells_of_the_first_record_at_once);
  tcase_add_test (tcase, test_quarantine_tells_of_a_burst_once_a_second);
  tcase_add_test (
      tcase, test_quarantine_tells_of_the_end_of_a_burst_when_it_is_due);
  tcase_add_test (tcase, test_quarantine_tells_of_rare_records_one_by_one);
  tcase_add_test (tcase, test_unknown_media_is_told_by_header_or_none);
  tcase_add_test (tcase, test_long_pause_is_told_in_whole_seconds);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (complaints);
