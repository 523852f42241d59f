/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records that another program wrote. Those are librdkafka's own here; other
 * clients' are in tests/reader/test_foreign.py. */

#include "common/trip.h"

#include <algorithm>
#include <set>

using namespace kafkacheck;

namespace {

constexpr int64_t kMs = GST_MSECOND;

const Pairs kForEver{ { "retention.ms", "-1" } };

/* Encoded pictures, each another one. */
std::vector<std::string>
make_pictures (const char *encoder, int count)
{
  Pipeline pipeline (
      "videotestsrc pattern=ball num-buffers=" + std::to_string (count)
      + " ! video/x-raw,width=64,height=64,framerate=25/1 ! " + encoder
      + " ! appsink name=out sync=false");
  ElementPtr out = pipeline.element ("out");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  std::vector<std::string> pictures;
  for (int i = 0; i < count; i++) {
    GstSample *sample = nullptr;
    g_signal_emit_by_name (out.get (), "pull-sample", &sample);
    ck_assert (sample != nullptr);
    GstMapInfo map;
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    pictures.emplace_back (reinterpret_cast<char *> (map.data), map.size);
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    gst_sample_unref (sample);
  }
  return pictures;
}

std::string
checksum (const std::string &bytes)
{
  return checksum_of (bytes.data (), bytes.size ());
}

Record
foreign (const std::string &value, int64_t ms, const Pairs &headers = {})
{
  Record record;
  record.value = value;
  record.timestamp_ms = kNewYear + ms;
  record.headers = headers;
  return record;
}

/* The name of what holds for a buffer. */
std::string
media (const CapturedBuffer &buffer)
{
  return buffer.caps.substr (0, buffer.caps.find (','));
}

/* Milliseconds. */
std::vector<int64_t>
times (const Captured &captured)
{
  std::vector<int64_t> times;
  for (const auto &buffer : captured.buffers)
    times.push_back (buffer.pts ? *buffer.pts / kMs : -1);
  return times;
}

void
check_times (const Captured &captured, const std::vector<int64_t> &expected)
{
  const auto found = times (captured);
  ck_assert_uint_eq (found.size (), expected.size ());
  for (size_t i = 0; i < found.size (); i++)
    ck_assert_msg (found[i] == expected[i],
        "picture %zu is at %" G_GINT64_FORMAT " ms, not %" G_GINT64_FORMAT, i,
        found[i], expected[i]);
}

Captured
play_to_end (const std::string &topic, const std::string &properties = "")
{
  return play (topic, "stop-position=end " + properties);
}

} // namespace

/* ---- what they are ---- */

GST_START_TEST (test_kafkasrc_plays_other_programs_pictures)
{
  for (const char *encoder : { "jpegenc", "pngenc" }) {
    Topic topic (1, kForEver);
    const auto pictures = make_pictures (encoder, 10);
    std::vector<Record> records;
    for (size_t i = 0; i < pictures.size (); i++)
      records.push_back (foreign (pictures[i], static_cast<int64_t> (40 * i)));
    write_log (topic.name (), records);

    Captured out = play_to_end (topic.name ());
    ck_assert_uint_eq (out.buffers.size (), pictures.size ());
    for (size_t i = 0; i < pictures.size (); i++) {
      const CapturedBuffer &buffer = out.buffers[i];
      check_text (buffer.checksum, checksum (pictures[i]));
      check_text (
          media (buffer), encoder[0] == 'j' ? "image/jpeg" : "image/png");
      ck_assert_int_eq (*buffer.pts, static_cast<int64_t> (i) * 40 * kMs);
      ck_assert (!buffer.dts && !buffer.duration);
      ck_assert_int_eq (buffer.is_discont (), i == 0);
      ck_assert_uint_eq (
          *buffer.utc, static_cast<uint64_t> (kNewYear) * kMs + i * 40 * kMs);
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_takes_foreign_caps_in_order_of_precedence)
{
  const std::string jpeg = make_pictures ("jpegenc", 1)[0];
  const struct {
    const char *property, *content_type, *media;
  } cases[] = {
    { "", nullptr, "image/jpeg" },
    { "", "application/octet-stream", "image/jpeg" },
    { "", "nonsense", "image/jpeg" },
    { "", "image/PNG; q=1", "image/png" },
    { "caps=image/bmp", "image/png", "image/bmp" },
    { "caps=image/bmp", nullptr, "image/bmp" },
  };
  for (const auto &c : cases) {
    Topic topic (1, kForEver);
    Pairs headers;
    if (c.content_type)
      headers.emplace_back ("Content-Type", c.content_type);
    write_log (topic.name (), { foreign (jpeg, 0, headers) });
    Captured out = play_to_end (topic.name (), c.property);
    check_text (media (out.buffers.at (0)), c.media);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_says_once_that_nothing_tells_the_caps)
{
  Topic topic (1, kForEver);
  write_log (topic.name (),
      { foreign ("one", 0), foreign ("two", 40), foreign ("three", 80) });
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), 3);
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 1);
  const std::string text = player.pipeline ().warnings ()[0].text;
  ck_assert_msg (strstr (text.c_str (), "Set caps")
                     && strstr (text.c_str (), topic.name ().c_str ()),
      "%s", text.c_str ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_passes_over_foreign_records_without_a_value)
{
  Topic topic (1, kForEver);
  const auto pictures = make_pictures ("jpegenc", 2);
  Record deleted = foreign ("", 20);
  deleted.value.reset ();
  deleted.key = "k";
  write_log (topic.name (),
      { foreign (pictures[0], 0), deleted, foreign (pictures[1], 40) });
  check_times (play_to_end (topic.name ()), { 0, 40 });
}
GST_END_TEST;

/* ---- their times ---- */

static const struct {
  const char *name;
  std::vector<int64_t> written, shown;
} kTimes[] = {
  { "as they are", { 0, 40, 80, 1000, 9000 }, { 0, 40, 80, 1000, 9000 } },
  { "the same millisecond", { 5, 5, 5, 6, 6 }, { 0, 0, 0, 1, 1 } },
  { "two producers, one clock ahead", { 0, -3000, 40, -2960, 80 },
      { 0, 0, 40, 40, 80 } },
  { "a night in between", { 0, 40, 36000000, 36000040 },
      { 0, 40, 10040, 10080 } },
  { "1970 before", { 1 - kNewYear, 41 - kNewYear, 0, 40, 36000000 },
      { 0, 40, 10040, 10080, 20080 } },
};

GST_START_TEST (test_kafkasrc_shows_foreign_records_by_their_timestamps)
{
  Topic topic (1, kForEver);
  const std::string jpeg = make_pictures ("jpegenc", 1)[0];
  std::vector<Record> records;
  for (int64_t ms : kTimes[__i__].written)
    records.push_back (foreign (jpeg, ms));
  write_log (topic.name (), records);
  g_print ("%s\n", kTimes[__i__].name);
  check_times (play_to_end (topic.name ()), kTimes[__i__].shown);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_shows_foreign_records_after_the_clock_was_set)
{
  Topic topic (1, kForEver);
  const std::string jpeg = make_pictures ("jpegenc", 1)[0];
  std::vector<Record> records{ foreign (jpeg, 3600000) };
  for (int64_t i = 0; i < 50; i++)
    records.push_back (foreign (jpeg, i * 40));
  write_log (topic.name (), records);
  const auto shown = times (play_to_end (topic.name ()));
  ck_assert_uint_eq (shown.size (), 51);
  for (size_t i = 1; i < shown.size (); i++) {
    int64_t step = shown[i] - shown[i - 1];
    ck_assert (step == 0 || step == 40);
    ck_assert (i <= 30 || step == 40);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_shows_foreign_records_by_the_brokers_time)
{
  Topic topic (1, { { "message.timestamp.type", "LogAppendTime" } });
  const std::string jpeg = make_pictures ("jpegenc", 1)[0];
  write_log (topic.name (), { foreign (jpeg, 0), foreign (jpeg, 100000) });
  const auto records = read_log (topic.name ());
  Captured out = play_to_end (topic.name ());
  check_times (out, { 0, records[1].timestamp_ms - records[0].timestamp_ms });
  ck_assert_uint_eq (*out.buffers[0].utc,
      static_cast<uint64_t> (records[0].timestamp_ms) * kMs);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_seeks_in_foreign_records)
{
  Topic topic (1, kForEver);
  const auto pictures = make_pictures ("jpegenc", 100);
  std::vector<Record> records;
  for (size_t i = 0; i < pictures.size (); i++)
    records.push_back (foreign (pictures[i], static_cast<int64_t> (40 * i)));
  write_log (topic.name (), records);

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  wait_for_duration (source.get (), 99 * 40 * kMs);
  ck_assert (gst_element_seek_simple (source.get (), GST_FORMAT_TIME,
      static_cast<GstSeekFlags> (GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
      70 * 40 * kMs));
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size () - out.last_flush, 30);
  check_text (out.buffers[out.last_flush].checksum, checksum (pictures[70]));
}
GST_END_TEST;

/* ---- together with ours ---- */

/* `ours` as it came out, `others` in between. */
static void
check_mixture (const Captured &in, const Captured &out,
    const std::vector<std::string> &others)
{
  size_t own = 0, other = 0;
  int64_t last = 0;
  for (const auto &buffer : out.buffers) {
    ck_assert_int_ge (*buffer.pts, last);
    last = *buffer.pts;
    if (media (buffer) == "image/png") {
      check_text (buffer.checksum, checksum (others.at (other++)));
      continue;
    }
    const CapturedBuffer &expected = in.buffers.at (own++);
    check_text (buffer.checksum, expected.checksum);
    check_text (buffer.caps, expected.caps);
    ck_assert_int_eq (*buffer.pts, *expected.pts);
  }
  ck_assert_uint_eq (own, in.buffers.size ());
  ck_assert_uint_eq (other, others.size ());
  ck_assert_int_le (last, in.end ());
}

/* A pipeline and another program in one topic, at the same time. */
GST_START_TEST (test_kafkasrc_tells_ours_and_others_apart_that_alternate)
{
  Topic ours, topic (1, kForEver);
  Captured in = publish ("videotestsrc num-buffers=100 ! "
                         "video/x-raw,width=64,height=64,framerate=25/1 ! "
                         "jpegenc",
      ours.name ());
  const auto pictures = make_pictures ("pngenc", 100);
  const auto own = read_log (ours.name ());
  std::vector<Record> records;
  for (size_t i = 0; i < pictures.size (); i++) {
    records.push_back (own[i]);
    records.back ().timestamp_ms = kNewYear + static_cast<int64_t> (i) * 40;
    records.push_back (
        foreign (pictures[i], static_cast<int64_t> (i) * 40 + 3));
  }
  write_log (topic.name (), records);

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  check_mixture (in, out, pictures);
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 0);
  ElementPtr source = player.pipeline ().element ("source");
  for (const char *count : { "gaps", "duplicates", "quarantined", "skipped" })
    ck_assert_int_eq (stat (source.get (), count), 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_plays_others_after_ours_and_ours_after_others)
{
  Topic ours, topic (1, kForEver);
  Captured in = publish ("videotestsrc num-buffers=50 ! "
                         "video/x-raw,width=64,height=64,framerate=25/1 ! "
                         "x264enc bframes=2 key-int-max=10",
      ours.name ());
  Captured second = publish ("videotestsrc num-buffers=50 ! "
                             "video/x-raw,width=64,height=64,framerate=25/1 ! "
                             "jpegenc",
      ours.name ());
  auto records = read_log (ours.name ());
  const auto pictures = make_pictures ("pngenc", 5);
  /* Behind the first session's EOS record. */
  for (size_t i = 0; i < pictures.size (); i++)
    records.insert (records.begin () + 51 + static_cast<std::ptrdiff_t> (i),
        foreign (pictures[i], static_cast<int64_t> (i) * 40));
  write_log (topic.name (), records);

  Captured out = play_to_end (topic.name ());
  ck_assert_uint_eq (out.buffers.size (), 105);
  for (size_t i = 0; i < 105; i++) {
    const CapturedBuffer &buffer = out.buffers[i];
    check_text (media (buffer), i < 50   ? "video/x-h264"
                                : i < 55 ? "image/png"
                                         : "image/jpeg");
    if (i == 0 || i == 50 || i == 55)
      ck_assert (buffer.is_discont ());
  }
  ck_assert_int_eq (*out.buffers[50].pts, in.end ());
  ck_assert_int_eq (*out.buffers[54].pts, in.end () + 160 * kMs);
  ck_assert_int_eq (*out.buffers[55].pts, *out.buffers[54].pts);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_among_others_with_the_caps_of_ours)
{
  Topic ours, topic (1, kForEver);
  Captured in = publish ("videotestsrc num-buffers=200 ! "
                         "video/x-raw,width=64,height=64,framerate=25/1 ! "
                         "jpegenc",
      ours.name (), "caps-interval=3600000000000");
  const auto pictures = make_pictures ("pngenc", 1);
  const auto own = read_log (ours.name ());
  std::vector<Record> records;
  for (size_t i = 0; i < 200; i++) {
    records.push_back (own[i]);
    records.push_back (foreign (pictures[0], static_cast<int64_t> (i) * 40));
  }
  write_log (topic.name (), records);

  Captured out
      = play_to_end (topic.name (), "start-position=offset start-offset=380");
  ck_assert_uint_eq (out.buffers.size (), 20);
  for (size_t i = 0; i < 20; i += 2) {
    check_text (out.buffers[i].caps, in.buffers[0].caps);
    check_text (media (out.buffers[i + 1]), "image/png");
  }
}
GST_END_TEST;

/* ---- seeks against play ---- */

static std::vector<Record>
publish_pictures (int count, const std::string &pattern = "ball")
{
  Topic topic;
  publish ("videotestsrc pattern=" + pattern
               + " num-buffers=" + std::to_string (count)
               + " ! video/x-raw,width=96,height=64,framerate=25/1 ! jpegenc",
      topic.name (), "eos-record=false");
  return read_log (topic.name ());
}

static std::vector<Record>
others (int count)
{
  std::vector<Record> records;
  for (const auto &picture : make_pictures ("pngenc", count))
    records.push_back (
        foreign (picture, 40 * static_cast<int64_t> (records.size ())));
  return records;
}

static std::vector<Record>
one_after_another (const std::vector<std::vector<Record>> &blocks)
{
  std::vector<Record> all;
  for (const auto &block : blocks)
    all.insert (all.end (), block.begin (), block.end ());
  return all;
}

static std::vector<Record>
ours_between_others ()
{
  auto other = others (160);
  for (size_t i = 80; i < other.size (); i++)
    other[i].timestamp_ms += 100 * 1000;
  return one_after_another ({ { other.begin (), other.begin () + 80 },
      publish_pictures (70), { other.begin () + 80, other.end () } });
}

/* As a pipeline that another one has interrupted. */
static std::vector<Record>
one_session_around_another ()
{
  auto own = publish_pictures (160);
  auto other = publish_pictures (70, "snow");
  return one_after_another ({ { own.begin (), own.begin () + 80 }, other,
      { own.begin () + 80, own.end () } });
}

static std::vector<Record>
two_producers ()
{
  auto records = others (160);
  for (size_t i = 1; i < records.size (); i += 2)
    records[i].timestamp_ms += 3000;
  return records;
}

static std::vector<Record>
a_clock_that_was_set_back ()
{
  auto records = others (160);
  for (size_t i = 100; i < records.size (); i++)
    records[i].timestamp_ms -= 100 * 1000;
  return records;
}

static const struct {
  const char *name;
  std::vector<Record> (*write) ();
  int64_t end; /* ms */
} kSought[] = {
  { "ours between others", ours_between_others, 79 * 40 + 70 * 40 + 79 * 40 },
  { "one session around another", one_session_around_another, 230 * 40 },
  { "two producers' clocks", two_producers, 159 * 40 + 3000 },
  { "a clock that was set back", a_clock_that_was_set_back, 99 * 40 },
};

GST_START_TEST (test_kafkasrc_seeks_to_what_play_shows)
{
  const auto &c = kSought[__i__];
  g_print ("%s\n", c.name);
  Topic topic (1, kForEver);
  write_log (topic.name (), c.write ());
  const auto played = play_to_end (topic.name ()).buffers;

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  wait_for_duration (source.get (), c.end * kMs);
  for (int64_t ms = 10; ms < c.end; ms += 370) {
    ck_assert (gst_element_seek_simple (source.get (), GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        ms * kMs));
    Captured out;
    ck_assert (wait_until ([&] {
      out = player.capture ().get ();
      return out.buffers.size () > out.last_flush;
    }));
    auto after = std::find_if (played.begin (), played.end (),
        [ms] (const CapturedBuffer &buffer) { return *buffer.pts > ms * kMs; });
    g_print ("%d ms\n", static_cast<int> (ms));
    check_text (
        out.buffers.at (out.last_flush).checksum, std::prev (after)->checksum);
  }
}
GST_END_TEST;

static Suite *
foreign_suite ()
{
  Suite *suite = suite_create ("foreign");
  TCase *media = tcase_create ("media");
  tcase_add_test (media, test_kafkasrc_plays_other_programs_pictures);
  tcase_add_test (
      media, test_kafkasrc_takes_foreign_caps_in_order_of_precedence);
  tcase_add_test (media, test_kafkasrc_says_once_that_nothing_tells_the_caps);
  tcase_add_test (
      media, test_kafkasrc_passes_over_foreign_records_without_a_value);
  suite_add_tcase (suite, media);

  TCase *times = tcase_create ("times");
  tcase_add_loop_test (times,
      test_kafkasrc_shows_foreign_records_by_their_timestamps, 0,
      G_N_ELEMENTS (kTimes));
  tcase_add_test (
      times, test_kafkasrc_shows_foreign_records_after_the_clock_was_set);
  tcase_add_test (
      times, test_kafkasrc_shows_foreign_records_by_the_brokers_time);
  tcase_add_test (times, test_kafkasrc_seeks_in_foreign_records);
  suite_add_tcase (suite, times);

  TCase *mixed = tcase_create ("mixed");
  tcase_add_test (
      mixed, test_kafkasrc_tells_ours_and_others_apart_that_alternate);
  tcase_add_test (
      mixed, test_kafkasrc_plays_others_after_ours_and_ours_after_others);
  tcase_add_test (
      mixed, test_kafkasrc_starts_among_others_with_the_caps_of_ours);
  suite_add_tcase (suite, mixed);

  TCase *seeks = tcase_create ("seeks");
  tcase_add_loop_test (
      seeks, test_kafkasrc_seeks_to_what_play_shows, 0, G_N_ELEMENTS (kSought));
  suite_add_tcase (suite, seeks);
  return suite;
}

KAFKA_CHECK_MAIN (foreign)
