/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A topic is anybody's. What makes no sense is set aside, and all good frames
 * that can be decoded come out. */

#include "common/resources.h"
#include "common/stopping.h"
#include "common/trip.h"

using namespace kafkacheck;

namespace {

constexpr int64_t kFrame = 40 * GST_MSECOND;
constexpr const char *kCaps = "video/x-h264, width=(int)4";
constexpr const char *kKey = "0x0", *kDelta = "0x2000";

std::string
repeat (const std::string &part, size_t count)
{
  std::string text;
  text.reserve (part.size () * count);
  for (size_t i = 0; i < count; i++)
    text += part;
  return text;
}

Record
make_record (const Pairs &headers, const std::string &value = "frame")
{
  Record record;
  record.headers = headers;
  record.value = value;
  return record;
}

Record
frame (uint64_t seq, const char *flags, const std::string &session = "s")
{
  return make_record (
      { { "gst.version", "1" }, { "gst.session", session },
          { "gst.seq", std::to_string (seq) },
          { "gst.pts", std::to_string (static_cast<int64_t> (seq) * kFrame) },
          { "gst.duration", std::to_string (kFrame) }, { "gst.flags", flags },
          { "gst.caps", kCaps } },
      "frame " + std::to_string (seq));
}

/* A good one with that header instead of its own, if it had it. */
Record
with (const std::string &name, const std::string &value)
{
  Record record = frame (1000, kKey);
  for (auto header = record.headers.begin (); header != record.headers.end ();)
    header = header->first == name ? record.headers.erase (header) : header + 1;
  record.headers.emplace_back (name, value);
  return record;
}

Record
without (const std::string &name)
{
  Record record = with (name, "");
  record.headers.pop_back ();
  return record;
}

Record
with_too (const Pairs &more)
{
  Record record = frame (1000, kKey);
  record.headers.insert (record.headers.end (), more.begin (), more.end ());
  return record;
}

std::vector<Record>
malformed_records ()
{
  const std::string nul (1, '\0');
  std::vector<Record> records{
    with ("gst.version", "2"),
    without ("gst.version"),
    without ("gst.session"),
    without ("gst.seq"),
    with ("gst.session", "a b"),
    with ("gst.session", "a" + nul + "b"),
    with ("gst.session", std::string (129, 'x')),
    with ("gst.seq", "-1"),
    with ("gst.seq", "18446744073709551616"),
    with ("gst.seq", "1" + nul),
    with ("gst.pts", "4611686018427387904"),
    with ("gst.pts", "1e3"),
    with ("gst.dts", "--1"),
    with ("gst.duration", "-1"),
    with ("gst.offset", "-1"),
    with ("gst.offset-end", "0x1"),
    with ("gst.flags", "2000"),
    with ("gst.flags", "0x1"),
    with ("gst.flags", "0x100000000"),
    with ("gst.utc", "now"),
    with ("gst.chunk", "0/0"),
    with ("gst.chunk", "3/3"),
    with ("gst.chunk", "-1/2"),
    with ("gst.chunk", "0/99999999999"),
    with ("gst.eos", "yes"),
    with ("gst.caps", "video/x-raw, width=[ 1, 2 ]"),
    with ("gst.caps", "ANY"),
    with ("gst.caps", "a, b=(buffer)0g"),
    with ("gst.caps", "a, b=(buffer)\"00\""),
    with ("gst.caps", "a, b=(sample)None:None:None:None"),
    with ("gst.caps", "a, b=(fraction)2147483648/1"),
    with ("gst.caps", "a, b=(GstCaps)\"c,d={(string)x,(float)010}\""),
    with ("gst.caps", "a, b=" + repeat ("<", 50000)),
    with ("gst.caps", "a, b=" + repeat ("[", 50000)),
    with ("gst.caps", "a, b=" + repeat ("{", 50000) + repeat ("}", 50000)),
    with (
        "gst.caps", "a, b=(GstCaps)\"a\\,b\\=" + repeat ("\\<", 50000) + "\""),
    with ("gst.caps", repeat ("x", 2000000)),
    with ("gst.caps", kCaps + nul),
    with_too ({ { "gst.caps", kCaps } }),
    with ("gst.tags", "taglist, title=(string)\"\xc3\""),
    with ("gst.tags", "taglist, title=(int)1"),
    with ("gst.tags", "video/x-raw"),
    with ("gst.event", "=" + nul),
    with ("gst.event", repeat ("{", 1000000)),
    with_too (Pairs (10000, { "x", "y" })),
    with_too (Pairs (10000, { "gst.tags", "taglist;" })),
  };
  for (const char *name : { "gst.version", "gst.session", "gst.seq", "gst.pts",
           "gst.dts", "gst.duration", "gst.offset", "gst.offset-end",
           "gst.flags", "gst.caps", "gst.utc", "gst.chunk", "gst.tags",
           "gst.event", "gst.eos" })
    records.push_back (with (name, ""));
  Record null = frame (1000, kKey);
  null.value.reset ();
  records.push_back (null);
  return records;
}

const Pairs kLargeRecords{ { "max.message.bytes", "8388608" } };

/* How often kafkasrc says that it sets records aside. */
size_t
count_warnings (Pipeline &pipeline)
{
  size_t count = 0;
  for (const auto &warning : pipeline.warnings ()) {
    ck_assert_msg (strstr (warning.text.c_str (), "set aside") != nullptr, "%s",
        warning.text.c_str ());
    count++;
  }
  return count;
}

void
check_no_errors (Pipeline &pipeline)
{
  ck_assert_msg (
      pipeline.errors ().empty (), "%s", pipeline.describe ().c_str ());
}

} // namespace

/* ---- records ---- */

/* A key frame, a delta frame, a malformed record, a delta frame that cannot be
 * decoded any more; and so on, with each kind of malformed record. */
GST_START_TEST (test_kafkasrc_sets_malformed_records_aside_and_goes_on)
{
  Topic topic (1, kLargeRecords);
  const auto evil = malformed_records ();
  std::vector<Record> records;
  uint64_t seq = 0;
  for (const auto &record : evil) {
    records.push_back (frame (seq++, kKey));
    records.push_back (frame (seq++, kDelta));
    records.push_back (record);
    records.push_back (frame (seq++, kDelta));
  }
  records.push_back (frame (seq++, kKey));
  write_log (topic.name (), records);

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert_int_eq (
      stat (source.get (), "quarantined"), static_cast<int64_t> (evil.size ()));
  ck_assert_int_eq (stat (source.get (), "gaps"), 0);
  ck_assert_uint_ge (count_warnings (player.pipeline ()), 1);

  const Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 2 * evil.size () + 1);
  for (size_t i = 0; i < out.buffers.size (); i++) {
    const auto &buffer = out.buffers[i];
    const size_t number = i / 2 * 3 + i % 2;
    const std::string value = "frame " + std::to_string (number);
    check_text (buffer.checksum, checksum_of (value.data (), value.size ()));
    ck_assert_int_eq (*buffer.pts, static_cast<int64_t> (number) * kFrame);
    ck_assert_int_eq (buffer.is_discont (), i % 2 == 0);
    check_text (buffer.caps, kCaps);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_tells_which_record_is_malformed_and_why)
{
  Topic topic;
  write_log (topic.name (),
      { frame (0, kKey), with ("gst.pts", "soon"), frame (1, kKey) });
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  const auto &warnings = player.pipeline ().warnings ();
  ck_assert_uint_eq (warnings.size (), 1);
  check_text (warnings[0].text,
      "Record 1 of topic '" + topic.name ()
          + "' partition 0 is set aside: header gst.pts is malformed. Playback "
            "goes on at the next sync point.");
  ck_assert_uint_eq (player.capture ().count (), 2);
}
GST_END_TEST;

/* At once, not when something is given again. */
GST_START_TEST (test_kafkasrc_counts_what_it_does_not_give)
{
  Topic topic;
  std::vector<Record> records;
  for (uint64_t i = 0; i < 150; i++)
    records.push_back (frame (100 + i % 100, kDelta));
  write_log (topic.name (), records);
  Player player (topic.name ());
  player.start ();
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert (
      wait_until ([&] { return stat (source.get (), "duplicates") == 50; }));
  ck_assert_int_eq (stat (source.get (), "skipped"), 100);
  ck_assert_int_eq (stat (source.get (), "records"), 0);
}
GST_END_TEST;

/* Nobody is held up by a gst.seq that no writer has come to. */
GST_START_TEST (test_kafkasrc_plays_on_after_an_absurd_seq)
{
  Topic topic;
  std::vector<Record> records;
  for (uint64_t i = 0; i < 20; i++)
    records.push_back (frame (i, kKey));
  records[10].headers[2].second = "18446744073709551614";
  write_log (topic.name (), records);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), 20);
}
GST_END_TEST;

/* Nor by a time, wherever it is; and what comes after it is placed as if it had
 * not been there. */
GST_START_TEST (test_kafkasrc_waits_for_no_time_that_nobody_has_come_to)
{
  for (size_t place : { 10, 18, 19 }) {
    Topic topic;
    std::vector<Record> records;
    for (uint64_t i = 0; i < 20; i++)
      records.push_back (frame (i, kKey));
    records[place].headers[3].second = "4611686018427387903";
    for (uint64_t i = 0; i < 10; i++)
      records.push_back (frame (i, kKey, "after"));
    write_log (topic.name (), records);
    Pipeline pipeline (source_text (topic.name (), "stop-position=end")
                       + " ! fakesink name=end sync=true qos=true");
    Capture capture (pipeline.element ("end").get (), "sink");
    pipeline.reach_state (GST_STATE_PAUSED);
    wait_for_duration (pipeline.get (), (place == 19 ? 29 : 30) * kFrame);
    pipeline.run_to_eos ();
    Captured out = capture.get ();
    ck_assert_uint_eq (out.buffers.size (), 30);
    /* That one is shown for as long as any other. */
    ck_assert_int_eq (*out.buffers.back ().pts, 29 * kFrame);
    ElementPtr sink = pipeline.element ("end");
    GstStructure *stats = nullptr;
    g_object_get (sink.get (), "stats", &stats, nullptr);
    guint64 dropped = 1;
    gst_structure_get_uint64 (stats, "dropped", &dropped);
    gst_structure_free (stats);
    ck_assert_uint_eq (dropped, 0);
  }
}
GST_END_TEST;

/* What may be is waited for; but it is told. */
GST_START_TEST (test_kafkasrc_says_that_the_next_frame_is_due_in_hours)
{
  Topic topic;
  std::vector<Record> records;
  for (uint64_t i = 0; i < 5; i++)
    records.push_back (frame (i, kKey));
  records[3].headers[3].second = std::to_string (7200 * GST_SECOND);
  write_log (topic.name (), records);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), 5);
  const auto &warnings = player.pipeline ().warnings ();
  ck_assert_uint_eq (warnings.size (), 1);
  check_text (warnings[0].text,
      "What comes next is due in 7199 s, by its timestamp, though it was "
      "written much sooner after what came before it. Seek past it if that is "
      "too long.");
}
GST_END_TEST;

/* Only what the format knows can be malformed. */
GST_START_TEST (test_kafkasrc_takes_no_offence_at_unknown_headers)
{
  Topic topic (1, kLargeRecords);
  const std::string nul (1, '\0');
  std::vector<Record> records;
  const Pairs unknown{ { "gst.new", repeat ("{", 1000000) },
    { repeat ("x", 30000), "y" }, { "x", nul + nul }, { "gst.x", "\xff" },
    { "", "" } };
  for (size_t i = 0; i < unknown.size (); i++) {
    records.push_back (frame (i, kKey));
    records.back ().headers.push_back (unknown[i]);
  }
  write_log (topic.name (), records);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), unknown.size ());
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 0);
}
GST_END_TEST;

/* Each with names that nobody has met, and a list whose end is wrong: what
 * GStreamer would keep of them for good, or lose. */
GST_START_TEST (test_kafkasrc_bears_a_flood_of_malformed_records)
{
  constexpr int count = 10000;
  Topic topic;
  const std::string list = repeat ("12345678, ", 400);
  std::vector<Record> records{ frame (0, kKey) };
  for (int i = 0; i < count; i++) {
    std::string names;
    for (int j = 0; j < 50; j++)
      names += ", field-" + std::to_string (i * 50 + j) + "=(int)1";
    records.push_back (with (
        "gst.caps", "video/x-h264" + names + ", l=(int){ " + list + "x }"));
  }
  records.push_back (frame (1, kKey));
  write_log (topic.name (), records);
  records.clear ();

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().reach_state (GST_STATE_READY);
  const std::string no_measure = why_memory_is_no_measure ();
  forget_peak_memory ();
  const long before = peak_memory ();
  gint64 begin = g_get_monotonic_time ();
  player.pipeline ().run_to_eos ();
  const auto seconds = static_cast<size_t> (
      (g_get_monotonic_time () - begin) / G_USEC_PER_SEC);
  const long more = peak_memory () - before;
  ElementPtr source = player.pipeline ().element ("source");
  ck_assert_int_eq (stat (source.get (), "quarantined"), count);
  ck_assert_uint_eq (player.capture ().count (), 2);
  /* The first, one a second, and what was left at the end. */
  const size_t warnings = count_warnings (player.pipeline ());
  ck_assert_uint_ge (warnings, 2);
  ck_assert_uint_le (warnings, seconds + 3);
  g_print ("%zu warnings in %zu s, %ld KB more\n", warnings, seconds, more);
  if (no_measure.empty ())
    ck_assert_int_le (more, 160 * 1024);
  else
    g_print ("memory is not looked at: %s\n", no_measure.c_str ());
}
GST_END_TEST;

/* Another program's record is not malformed, whatever its header says. */
GST_START_TEST (test_kafkasrc_bears_evil_content_types)
{
  Topic topic (1, kLargeRecords);
  std::vector<Record> records;
  for (const std::string &type : {
           "video/x-raw, a=" + repeat ("<", 50000),
           "video/x-raw, a=" + repeat ("[", 50000),
           "a, b=(GstCaps)\"a\\,b\\=" + repeat ("\\{", 50000) + "\"",
           std::string ("a\0b, c", 6),
           std::string (1000000, '/'),
           std::string (".a/b"),
           std::string ("a, b=(buffer)0g"),
           std::string ("a, b=(GstCaps)\"c,d={(string)x,(float)010}\""),
           std::string ("a, b=(GstCaps)\"c,d={(string)x,(float)010}\", e=1"),
           std::string ("a, b=(fraction)2147483648/1"),
           std::string ("\xff\xfe, x"),
       })
    records.push_back (make_record ({ { "content-type", type } }, "<?xml"));
  write_log (topic.name (), records);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), records.size ());
  check_no_errors (player.pipeline ());
}
GST_END_TEST;

/* ---- times and sessions ---- */

GST_START_TEST (test_kafkasrc_bears_times_at_the_ends_of_time)
{
  const std::string most = "4611686018427387903";
  for (const char *live : { "", "is-live=true start-position=earliest" }) {
    Topic topic;
    std::vector<Record> records;
    for (int i = 0; i < 40; i++) {
      Record record = frame (0, kKey, "s" + std::to_string (i / 4));
      for (auto &header : record.headers) {
        if (header.first == "gst.seq")
          header.second = std::to_string (i % 4);
        if (header.first == "gst.pts")
          header.second = (i % 3 == 0 ? "-" : "") + most;
        if (header.first == "gst.duration")
          header.second = "2305843009213693951";
      }
      record.headers.emplace_back ("gst.dts", (i % 2 ? "-" : "") + most);
      record.headers.emplace_back ("gst.utc", (i % 5 ? "-" : "") + most);
      records.push_back (record);
    }
    write_log (topic.name (), records);
    Player player (topic.name (), std::string ("stop-position=end ") + live);
    player.pipeline ().run_to_eos ();
    check_no_errors (player.pipeline ());
    if (!*live)
      ck_assert_uint_eq (player.capture ().count (), records.size ());
    check_stop (player.pipeline (), "after times at the ends of time");
  }
}
GST_END_TEST;

/* It is the next one that would wait for an hour, in the sink. */
GST_START_TEST (test_kafkasrc_live_goes_on_when_the_writers_clock_was_set)
{
  Topic topic;
  auto captured_at = [] (uint64_t seq, int64_t utc, const char *session) {
    Record record = frame (seq, kKey, session);
    record.headers.emplace_back ("gst.utc", std::to_string (utc));
    return record;
  };
  const int64_t now = g_get_real_time () * GST_USECOND;
  const int64_t behind = now - 3600 * static_cast<int64_t> (GST_SECOND);
  Pipeline pipeline (
      source_text (topic.name (), "is-live=true start-position=earliest")
      + " ! fakesink name=end sync=true");
  Capture capture (pipeline.element ("end").get (), "sink");
  write_log (topic.name (), { captured_at (0, behind, "before") });
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  capture.wait_for_buffers (1);
  for (uint64_t seq = 0; seq < 3; seq++) {
    write_log (topic.name (), { captured_at (seq, now, "after") });
    capture.wait_for_buffers (2 + seq);
  }
  check_no_errors (pipeline);
}
GST_END_TEST;

/* Every record is another session. It is played, sought in and stopped as any
 * other topic. */
GST_START_TEST (test_kafkasrc_bears_a_hundred_thousand_sessions)
{
  /* A checker of memory takes a hundred times as long for each allocation. */
  constexpr int part = 10000;
  const int count = part * (why_memory_is_no_measure ().empty () ? 10 : 2);
  Topic topic;
  for (int i = 0; i < count; i += part) {
    std::vector<Record> records;
    for (int j = i; j < i + part; j++)
      records.push_back (frame (0, kKey, "session-" + std::to_string (j)));
    write_log (topic.name (), records);
  }
  gint64 begin = g_get_monotonic_time ();
  auto ms = [&begin] {
    return static_cast<int> ((g_get_monotonic_time () - begin) / 1000);
  };
  for (size_t wanted : { size_t{ 0 }, size_t{ 1 }, size_t{ part } }) {
    Player player (topic.name ());
    begin = g_get_monotonic_time ();
    check_duration ("to PLAYING",
        [&] { ck_assert (player.pipeline ().set_state (GST_STATE_PLAYING)); });
    player.capture ().wait_for_buffers (wanted);
    g_print ("%zu buffers after %d ms\n", wanted, ms ());
    check_stop (player.pipeline (), "with many sessions");
  }
  Player player (topic.name (), "stop-position=end");
  begin = g_get_monotonic_time ();
  player.pipeline ().run_to_eos ();
  g_print ("all after %d ms\n", ms ());
  const Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), static_cast<size_t> (count));
  for (size_t i = 0; i < out.buffers.size (); i++)
    ck_assert_int_eq (*out.buffers[i].pts, static_cast<int64_t> (i) * kFrame);
}
GST_END_TEST;

static Suite *
hostile_suite ()
{
  Suite *suite = suite_create ("hostile");
  TCase *records = tcase_create ("records");
  tcase_add_test (
      records, test_kafkasrc_sets_malformed_records_aside_and_goes_on);
  tcase_add_test (
      records, test_kafkasrc_tells_which_record_is_malformed_and_why);
  tcase_add_test (records, test_kafkasrc_counts_what_it_does_not_give);
  tcase_add_test (records, test_kafkasrc_plays_on_after_an_absurd_seq);
  tcase_add_test (
      records, test_kafkasrc_waits_for_no_time_that_nobody_has_come_to);
  tcase_add_test (
      records, test_kafkasrc_says_that_the_next_frame_is_due_in_hours);
  tcase_add_test (records, test_kafkasrc_takes_no_offence_at_unknown_headers);
  tcase_add_test (records, test_kafkasrc_bears_a_flood_of_malformed_records);
  tcase_add_test (records, test_kafkasrc_bears_evil_content_types);
  suite_add_tcase (suite, records);

  TCase *times = tcase_create ("times");
  tcase_add_test (times, test_kafkasrc_bears_times_at_the_ends_of_time);
  tcase_add_test (
      times, test_kafkasrc_live_goes_on_when_the_writers_clock_was_set);
  tcase_add_test (times, test_kafkasrc_bears_a_hundred_thousand_sessions);
  suite_add_tcase (suite, times);
  return suite;
}

KAFKA_CHECK_MAIN (hostile)
