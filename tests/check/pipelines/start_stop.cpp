/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Every start-position and stop-position on every kind of log: as tables. What
 * they mean is in docs/time.md. */

#include "common/feed.h"
#include "common/trip.h"

#include <algorithm>

using namespace kafkacheck;

namespace {

const Pairs kForEver{ { "retention.ms", "-1" } };

const char *kJpeg = "videotestsrc pattern=ball num-buffers=50 ! "
                    "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";
const char *kH264 = "videotestsrc num-buffers=50 ! "
                    "video/x-raw,width=64,height=64,framerate=25/1 ! "
                    "x264enc bframes=2 key-int-max=20 b-adapt=false ! "
                    "video/x-h264,stream-format=avc";

/* What a player gives: records first to end, of those that went in. */
struct Row {
  const char *properties; /* @N: record N's time; @N+: a little later */
  size_t first, end;
  bool waits = false; /* no EOS */
};

int64_t
now_ms ()
{
  return g_get_real_time () / 1000;
}

/* Records are one second apart. */
std::string
with_times (const std::string &properties)
{
  std::string out;
  for (size_t i = 0; i < properties.size (); i++) {
    if (properties[i] != '@') {
      out += properties[i];
      continue;
    }
    size_t length = 0;
    int64_t ms
        = kNewYear + 1000 * std::stoi (properties.substr (i + 1), &length);
    i += length;
    if (i + 1 < properties.size () && properties[i + 1] == '+') {
      ms++;
      i++;
    }
    out += rfc3339 (ms);
  }
  return out;
}

void
check_row (const std::string &topic, const Captured &in, const Row &row)
{
  const std::string properties = with_times (row.properties);
  Player player (topic, properties);
  if (row.waits) {
    player.start ();
    player.capture ().wait_for_buffers (row.end - row.first);
    player.check_that_it_goes_on ();
  } else {
    ck_assert_msg (player.pipeline ().run () == Pipeline::Ending::EOS, "%s: %s",
        row.properties, player.pipeline ().describe ().c_str ());
  }
  Captured out = player.capture ().get ();
  ck_assert_msg (out.buffers.size () == row.end - row.first,
      "%s: %zu buffers instead of %zu", row.properties, out.buffers.size (),
      row.end - row.first);
  for (size_t i = 0; i < out.buffers.size (); i++) {
    const CapturedBuffer &expected = in.buffers.at (row.first + i);
    ck_assert_msg (out.buffers[i].checksum == expected.checksum
                       && out.buffers[i].caps == expected.caps,
        "%s: buffer %zu is another one", row.properties, i);
  }
  ck_assert_msg (player.pipeline ().warnings ().empty (), "%s: %s",
      row.properties, player.pipeline ().describe ().c_str ());
}

template <size_t N>
void
check_rows (const std::string &topic, const Captured &in, const Row (&rows)[N])
{
  for (const auto &row : rows)
    check_row (topic, in, row);
}

#define START_OFFSET "start-position=offset start-offset="
#define START_TIME "start-position=time start-time="
#define STOP_OFFSET "stop-position=offset stop-offset="
#define STOP_TIME "stop-position=time stop-time="

} // namespace

/* 50 pictures and an EOS record. */
static const Row kOfPictures[] = {
  { "start-position=earliest", 0, 50 },
  { "start-position=latest", 50, 50, true },
  { "start-position=latest-sync", 49, 50 },
  { START_OFFSET "0", 0, 50 },
  { START_OFFSET "49", 49, 50 },
  { START_OFFSET "50", 50, 50 }, /* the EOS record */
  { START_OFFSET "51", 50, 50, true },
  { START_OFFSET "1000000", 50, 50, true },
  { START_TIME "@-1", 0, 50 },
  { START_TIME "1970-01-01T00:00:00Z", 0, 50 },
  { START_TIME "1920-01-01T00:00:00Z", 0, 50 },
  { START_TIME "@10", 10, 50 },
  { START_TIME "@10+", 11, 50 },
  { START_TIME "@49", 49, 50 },
  { START_TIME "@50", 50, 50 },
  { START_TIME "@50+", 50, 50, true },
  { START_TIME "2120-01-01T00:00:00Z", 50, 50, true },

  { "stop-position=never", 0, 50 },
  { "stop-position=never eos-policy=ignore", 0, 50, true },
  { "stop-position=end", 0, 50 },
  { "stop-position=end eos-policy=ignore", 0, 50 },
  { STOP_OFFSET "0", 0, 0 },
  { STOP_OFFSET "1", 0, 1 },
  { STOP_OFFSET "50", 0, 50 },
  { STOP_OFFSET "51 eos-policy=ignore", 0, 50 },
  { STOP_OFFSET "52", 0, 50 },
  { STOP_OFFSET "52 eos-policy=ignore", 0, 50, true },
  { STOP_TIME "1970-01-01T00:00:00Z", 0, 0 },
  { STOP_TIME "@0", 0, 0 },
  { STOP_TIME "@0+", 0, 1 },
  { STOP_TIME "@20", 0, 20 },
  /* Nothing is as new, and it is over. */
  { STOP_TIME "@100 eos-policy=ignore", 0, 50 },
  { STOP_TIME "2120-01-01T00:00:00Z", 0, 50 },
  { STOP_TIME "2120-01-01T00:00:00Z eos-policy=ignore", 0, 50, true },

  { "start-position=latest stop-position=end", 50, 50 },
  { "start-position=latest-sync stop-position=end", 49, 50 },
  { "start-position=latest " STOP_OFFSET "20", 50, 50 },
  { "start-position=latest-sync " STOP_OFFSET "20", 50, 50 },
  { START_OFFSET "10 " STOP_OFFSET "20", 10, 20 },
  { START_OFFSET "10 " STOP_OFFSET "10", 10, 10 },
  { START_OFFSET "10 " STOP_TIME "@20", 10, 20 },
  { START_OFFSET "30 " STOP_TIME "@20", 30, 30 },
  { START_TIME "@10 " STOP_OFFSET "20", 10, 20 },
  { START_TIME "@30 " STOP_OFFSET "20", 30, 30 },
  { START_TIME "@10 " STOP_TIME "@10+", 10, 11 },
};

GST_START_TEST (test_kafkasrc_start_and_stop_with_pictures)
{
  Topic untimed, topic (1, kForEver);
  Captured in = publish (kJpeg, untimed.name ());
  copy_with_times (untimed.name (), topic.name ());
  check_row (topic.name (), in, kOfPictures[__i__]);
}
GST_END_TEST;

/* As long as there were 20 more before them. */
static const Row kOfRest[] = {
  { "start-position=earliest", 20, 50 },
  { START_OFFSET "0", 20, 50 },
  { START_OFFSET "20", 20, 50 },
  { START_OFFSET "21", 21, 50 },
  { START_TIME "@5", 20, 50 },
  { STOP_OFFSET "10", 20, 20 },
  { STOP_OFFSET "20", 20, 20 },
  { STOP_OFFSET "21", 20, 21 },
  { STOP_TIME "@10", 20, 20 },
  { "start-position=latest-sync", 49, 50 },
};

GST_START_TEST (test_kafkasrc_start_and_stop_where_the_oldest_are_gone)
{
  Topic untimed, topic (1, kForEver);
  Captured in = publish (kJpeg, untimed.name (), "caps-interval=0");
  copy_with_times (untimed.name (), topic.name ());
  delete_records (topic.name (), 20);
  check_rows (topic.name (), in, kOfRest);
}
GST_END_TEST;

/* Key pictures: 0, 20, 40. */
static const Row kOfGroups[] = {
  { "start-position=earliest", 0, 50 },
  { "start-position=latest-sync", 40, 50 },
  { START_OFFSET "1", 20, 50 },
  { START_OFFSET "20", 20, 50 },
  { START_OFFSET "21", 40, 50 },
  { START_OFFSET "41", 50, 50 }, /* and the EOS record */
  { START_TIME "@1", 20, 50 },
  { START_TIME "@20", 20, 50 },
  { START_OFFSET "5 " STOP_OFFSET "10", 10, 10 },
  { START_OFFSET "5 " STOP_OFFSET "25", 20, 25 },
  { "start-position=latest-sync stop-position=end eos-policy=ignore", 40, 50 },
};

GST_START_TEST (test_kafkasrc_start_and_stop_with_groups_of_pictures)
{
  Topic untimed, topic (1, kForEver);
  Captured in = publish (kH264, untimed.name ());
  for (size_t i = 0; i < 50; i++)
    ck_assert_int_eq (in.buffers[i].is_delta_unit (), i % 20 != 0);
  copy_with_times (untimed.name (), topic.name ());
  check_rows (topic.name (), in, kOfGroups);
}
GST_END_TEST;

static void
feed_without_times (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  for (int i = 0; i < 50; i++)
    feed.push ({ std::to_string (i) });
  feed.finish ();
}

static const Row kOfTimeless[] = {
  { "start-position=earliest", 0, 50 },
  { "start-position=latest", 50, 50, true },
  { "start-position=latest-sync", 49, 50 },
  { START_OFFSET "10 " STOP_OFFSET "20", 10, 20 },
  { START_TIME "@10 " STOP_TIME "@20", 10, 20 },
  { "stop-position=end", 0, 50 },
};

GST_START_TEST (test_kafkasrc_start_and_stop_without_timestamps)
{
  Topic untimed, topic (1, kForEver);
  Captured in
      = publish ("appsrc name=feed", untimed.name (), "", feed_without_times);
  ck_assert (!in.buffers[7].pts && !in.buffers[7].dts);
  copy_with_times (untimed.name (), topic.name ());
  check_rows (topic.name (), in, kOfTimeless);
}
GST_END_TEST;

/* Offsets 0, 2, 4 ... 100; the other key's are the odd ones, and 20 more. */
static const Row kOfKey[] = {
  { "key=a partition=0 start-position=earliest", 0, 50 },
  { "key=a partition=0 start-position=latest", 50, 50, true },
  { "key=a partition=0 start-position=latest-sync", 49, 50 },
  { "key=a partition=0 " START_OFFSET "9", 5, 50 },
  { "key=a partition=0 " START_OFFSET "98", 49, 50 },
  { "key=a partition=0 " START_TIME "@9", 5, 50 },
  { "key=a partition=0 " STOP_OFFSET "9", 0, 5 },
  { "key=a partition=0 " STOP_OFFSET "105 eos-policy=ignore", 0, 50 },
  { "key=a partition=0 " STOP_TIME "@9", 0, 5 },
  { "key=a partition=0 stop-position=end eos-policy=ignore", 0, 50 },
};

GST_START_TEST (test_kafkasrc_start_and_stop_with_a_key)
{
  Topic topic_a, topic_b, topic (1, kForEver);
  Captured in = publish (kJpeg, topic_a.name (), "key=a");
  publish ("videotestsrc num-buffers=70 ! jpegenc", topic_b.name (), "key=b");
  const auto ours = read_log (topic_a.name ());
  const auto others = read_log (topic_b.name ());
  std::vector<Record> records;
  for (size_t i = 0; i < others.size (); i++) {
    if (i < ours.size ())
      records.push_back (ours[i]);
    records.push_back (others[i]);
  }
  for (size_t i = 0; i < records.size (); i++)
    records[i].timestamp_ms = kNewYear + static_cast<int64_t> (i) * 1000;
  write_log (topic.name (), records);
  check_rows (topic.name (), in, kOfKey);
}
GST_END_TEST;

static const Row kOfNothing[] = {
  { "start-position=earliest", 0, 0, true },
  { "start-position=latest", 0, 0, true },
  { "start-position=latest-sync", 0, 0, true },
  { START_OFFSET "7", 0, 0, true },
  { START_TIME "@0", 0, 0, true },
  { "stop-position=end", 0, 0 },
  { "start-position=latest-sync stop-position=end", 0, 0 },
  { STOP_OFFSET "0", 0, 0 },
  { STOP_OFFSET "1", 0, 0, true },
  { STOP_TIME "@0", 0, 0 },
  { STOP_TIME "2120-01-01T00:00:00Z", 0, 0, true },
};

GST_START_TEST (test_kafkasrc_start_and_stop_in_an_empty_topic)
{
  Topic topic;
  check_row (topic.name (), {}, kOfNothing[__i__]);
}
GST_END_TEST;

/* Everything was deleted. */
GST_START_TEST (test_kafkasrc_start_and_stop_in_an_emptied_topic)
{
  Topic topic;
  Captured in = publish (kJpeg, topic.name ());
  delete_records (topic.name (), -1);
  const Row rows[] = {
    { "start-position=earliest", 0, 0, true },
    { "start-position=latest-sync", 0, 0, true },
    { START_OFFSET "7", 0, 0, true },
    { "stop-position=end", 0, 0 },
    { STOP_OFFSET "51", 0, 0 },
    { STOP_OFFSET "52", 0, 0, true },
  };
  check_rows (topic.name (), in, rows);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_stop_at_end_of_a_missing_topic_is_eos)
{
  const std::string name = unused_topic_name ();
  Player player (name, "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), 0);
  ck_assert_uint_eq (player.pipeline ().warnings ().size (), 1);
  const std::string text = player.pipeline ().warnings ()[0].text;
  ck_assert_msg (strstr (text.c_str (), name.c_str ())
                     && strstr (text.c_str (), "nothing to read"),
      "%s", text.c_str ());
}
GST_END_TEST;

/* ---- what is still to come ---- */

GST_START_TEST (
    test_kafkasrc_latest_sync_in_an_empty_topic_is_the_first_there_is)
{
  Topic topic;
  Player player (topic.name (), "start-position=latest-sync");
  player.start ();
  Captured in = publish (kH264, topic.name ());
  player.capture ().wait_for_eos ();
  check_identical (
      starting_at (in, 0), starting_at (player.capture ().get (), 0));
}
GST_END_TEST;

static Record
picture_of (const Record &record, int64_t timestamp_ms)
{
  Record copy = record;
  copy.timestamp_ms = timestamp_ms;
  return copy;
}

GST_START_TEST (
    test_kafkasrc_passes_over_what_is_older_than_a_future_start_time)
{
  Topic source, topic;
  Captured in = publish (kJpeg, source.name ());
  const auto records = read_log (source.name ());
  const int64_t start = now_ms () + 60000;

  Player player (topic.name (), START_TIME + rfc3339 (start));
  player.start ();
  std::vector<Record> written;
  for (size_t i = 0; i < records.size (); i++)
    written.push_back (
        picture_of (records[i], start + (static_cast<int64_t> (i) - 20) * 40));
  write_log (topic.name (), written);
  player.capture ().wait_for_eos ();
  check_identical (
      starting_at (in, 20), starting_at (player.capture ().get (), 0));
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_when_a_stop_time_has_come_and_nothing_else)
{
  Topic topic;
  Captured in = publish (kJpeg, topic.name (), "eos-record=false");
  const int64_t stop = now_ms () + 500;
  Player player (topic.name (), STOP_TIME + rfc3339 (stop));
  player.start ();
  player.capture ().wait_for_buffers (50);
  player.capture ().wait_for_eos ();
  ck_assert_int_gt (now_ms (), stop);
  in.has_eos = true;
  check_identical (in, player.capture ().get ());
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_before_the_first_record_after_a_stop_time)
{
  Topic source, topic;
  Captured in = publish (kJpeg, source.name (), "eos-record=false");
  const auto records = read_log (source.name ());
  const int64_t stop = now_ms () + 60000;

  Player player (topic.name (), STOP_TIME + rfc3339 (stop));
  player.start ();
  std::vector<Record> written;
  for (size_t i = 0; i < records.size (); i++)
    written.push_back (
        picture_of (records[i], stop + (static_cast<int64_t> (i) - 30) * 40));
  write_log (topic.name (), written);
  player.capture ().wait_for_eos ();
  ck_assert_uint_eq (player.capture ().count (), 30);
}
GST_END_TEST;

/* Those that came before hold for who was there. */
GST_START_TEST (test_kafkasrc_does_not_repeat_tags_from_before_its_start)
{
  Topic topic;
  publish (std::string (kJpeg) + " ! taginject tags=title=Yard", topic.name ());
  Captured whole = play (topic.name ());
  ck_assert (!whole.buffers[0].events.empty ());
  Captured out = play (topic.name (), START_OFFSET "10");
  for (const auto &buffer : out.buffers)
    ck_assert (buffer.events.empty ());
}
GST_END_TEST;

static Suite *
start_stop_suite ()
{
  Suite *suite = suite_create ("start_stop");
  TCase *tables = tcase_create ("tables");
  tcase_add_loop_test (tables, test_kafkasrc_start_and_stop_with_pictures, 0,
      G_N_ELEMENTS (kOfPictures));
  tcase_add_test (
      tables, test_kafkasrc_start_and_stop_where_the_oldest_are_gone);
  tcase_add_test (tables, test_kafkasrc_start_and_stop_with_groups_of_pictures);
  tcase_add_test (tables, test_kafkasrc_start_and_stop_without_timestamps);
  tcase_add_test (tables, test_kafkasrc_start_and_stop_with_a_key);
  tcase_add_loop_test (tables, test_kafkasrc_start_and_stop_in_an_empty_topic,
      0, G_N_ELEMENTS (kOfNothing));
  tcase_add_test (tables, test_kafkasrc_start_and_stop_in_an_emptied_topic);
  suite_add_tcase (suite, tables);

  TCase *waiting = tcase_create ("waiting");
  tcase_add_test (waiting, test_kafkasrc_stop_at_end_of_a_missing_topic_is_eos);
  tcase_add_test (waiting,
      test_kafkasrc_latest_sync_in_an_empty_topic_is_the_first_there_is);
  tcase_add_test (waiting,
      test_kafkasrc_passes_over_what_is_older_than_a_future_start_time);
  tcase_add_test (
      waiting, test_kafkasrc_ends_when_a_stop_time_has_come_and_nothing_else);
  tcase_add_test (
      waiting, test_kafkasrc_ends_before_the_first_record_after_a_stop_time);
  tcase_add_test (
      waiting, test_kafkasrc_does_not_repeat_tags_from_before_its_start);
  suite_add_tcase (suite, waiting);
  return suite;
}

KAFKA_CHECK_MAIN (start_stop)
