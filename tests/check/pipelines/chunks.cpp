/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Buffers that are several records, as a writer leaves them in the log: whole,
 * cut off, mixed up. They are cut by hand here, small, so that each offset is
 * known. */

#include "common/resources.h"
#include "common/trip.h"

#include <algorithm>
#include <map>

using namespace kafkacheck;

namespace {

constexpr int64_t kFrame = 40 * GST_MSECOND;

const char *const kJpeg
    = "videotestsrc num-buffers=10 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! jpegenc";
const char *const kH264
    = "videotestsrc num-buffers=50 ! "
      "video/x-raw,width=64,height=64,framerate=25/1 ! "
      "x264enc bframes=2 key-int-max=10 ! video/x-h264,stream-format=avc";

using Log = std::vector<Record>;

void
set_header (Record &record, const std::string &name, const std::string &value)
{
  for (auto &header : record.headers)
    if (header.first == name) {
      header.second = value;
      return;
    }
  record.headers.emplace_back (name, value);
}

/* What a writer would make of the buffers if no record might have more than so
 * many bytes. */
Log
cut (const Log &records, size_t size)
{
  Log log;
  std::map<std::string, uint64_t> seqs;
  for (const auto &record : records) {
    const std::string session = *record.header ("gst.session");
    uint64_t &seq = seqs[session + "\n" + record.key.value_or ("")];
    const size_t bytes = record.value ? record.value->size () : 0;
    const size_t count = std::max<size_t> (1, (bytes + size - 1) / size);
    for (size_t i = 0; i < count; i++) {
      Record chunk;
      chunk.key = record.key;
      chunk.timestamp_ms = record.timestamp_ms;
      chunk.headers = { { "gst.version", "1" }, { "gst.session", session } };
      if (i == 0)
        chunk.headers = record.headers;
      if (record.value)
        chunk.value = record.value->substr (i * size, size);
      if (count > 1)
        set_header (chunk, "gst.chunk",
            std::to_string (i) + "/" + std::to_string (count));
      set_header (chunk, "gst.seq", std::to_string (seq++));
      log.push_back (std::move (chunk));
    }
  }
  return log;
}

std::string
frame_value (int index, size_t size)
{
  std::string value (size, static_cast<char> ('a' + index % 26));
  const std::string number = std::to_string (index) + " ";
  return value.replace (0, number.size (), number);
}

/* Frames of `chunks` chunks each, every one with its own bytes. */
Log
make_frames (const std::string &session, int count, size_t chunks,
    const std::string &key = "", size_t chunk_size = 100)
{
  Log frames;
  for (int i = 0; i < count; i++) {
    Record frame;
    if (!key.empty ())
      frame.key = key;
    frame.value = frame_value (i, chunks * chunk_size);
    frame.headers = { { "gst.version", "1" }, { "gst.session", session },
      { "gst.seq", std::to_string (i) },
      { "gst.pts", std::to_string (i * kFrame) },
      { "gst.duration", std::to_string (kFrame) } };
    if (i % 25 == 0) {
      frame.headers.emplace_back ("gst.caps", "application/x-frames");
      frame.headers.emplace_back ("gst.utc", "1767225600000000000");
    }
    frames.push_back (std::move (frame));
  }
  return cut (frames, chunk_size);
}

std::string
frame_sum (int index, size_t chunks, size_t chunk_size = 100)
{
  const std::string value = frame_value (index, chunks * chunk_size);
  return checksum_of (value.data (), value.size ());
}

void
check_frames (const Captured &out, size_t from, const std::vector<int> &frames,
    size_t chunks, size_t chunk_size = 100)
{
  ck_assert_uint_eq (out.buffers.size () - from, frames.size ());
  for (size_t i = 0; i < frames.size (); i++)
    ck_assert_msg (out.buffers[from + i].checksum
                       == frame_sum (frames[i], chunks, chunk_size),
        "buffer %zu is not frame %d", i, frames[i]);
}

std::vector<int>
range (int from, int to)
{
  std::vector<int> numbers;
  for (int i = from; i < to; i++)
    numbers.push_back (i);
  return numbers;
}

void
append (Log &log, const Log &more)
{
  log.insert (log.end (), more.begin (), more.end ());
}

/* One of each, as long as the first lasts. */
Log
in_turns (const Log &first, const Log &second)
{
  Log log;
  for (size_t i = 0; i < first.size (); i++) {
    log.push_back (first[i]);
    log.push_back (second[i]);
  }
  return log;
}

Log
part (const Log &log, size_t from, size_t to)
{
  return Log (log.begin () + static_cast<std::ptrdiff_t> (from),
      log.begin () + static_cast<std::ptrdiff_t> (to));
}

int64_t
stat_of (Player &player, const char *name)
{
  return stat (player.pipeline ().element ("source").get (), name);
}

void
check_stats (Player &player, int64_t gaps, int64_t duplicates, int64_t broken)
{
  ck_assert_int_eq (stat_of (player, "gaps"), gaps);
  ck_assert_int_eq (stat_of (player, "duplicates"), duplicates);
  ck_assert_int_eq (stat_of (player, "quarantined"), broken);
  ck_assert_int_eq (
      static_cast<int64_t> (player.pipeline ().warnings ().size ()), broken);
}

/* The buffer itself, what is fetched ahead, and as much again as a client holds
 * on its way. */
void
check_memory (long before, size_t megabytes)
{
  const std::string obstacle = why_memory_is_no_measure ();
  const long peak = peak_memory () - before;
  g_print ("%zu MB: %ld MB more%s\n", megabytes, peak / 1000,
      obstacle.empty () ? "" : ", which says nothing");
  if (obstacle.empty ())
    ck_assert_int_lt (peak, static_cast<long> (megabytes + 150) * 1000);
}

} // namespace

/* ---- whole ---- */

GST_START_TEST (test_kafkasrc_plays_chunked_buffers_as_they_went_in)
{
  for (const char *text : { kJpeg, kH264 }) {
    Topic whole, topic;
    Captured in = publish (text, whole.name ());
    const Log log = cut (read_log (whole.name ()), 200);
    write_log (topic.name (), log);

    Player player (topic.name ());
    player.pipeline ().run_to_eos ();
    check_identical (in, player.capture ().get ());
    check_stats (player, 0, 0, 0);
    int64_t chunks = std::count_if (log.begin (), log.end (),
        [] (const Record &record) { return !!record.header ("gst.chunk"); });
    ck_assert_int_gt (chunks, 0);
    ck_assert_int_eq (stat_of (player, "chunks"), chunks);
    ck_assert_int_eq (
        stat_of (player, "records"), static_cast<int64_t> (in.buffers.size ()));
    for (const auto &buffer : player.capture ().get ().buffers)
      ck_assert (buffer.utc.has_value ());
  }
}
GST_END_TEST;

/* A raw picture of 4K and a blob, in chunks as large as topics take them. */
constexpr size_t kLarge[] = { 33, 100 };
constexpr size_t kMegabyte = 1000000;

GST_START_TEST (test_kafkasrc_plays_buffers_of_many_megabytes)
{
  const size_t chunks = kLarge[__i__];
  Topic topic (1, { { "file.delete.delay.ms", "0" } });
  write_log (topic.name (), make_frames ("s", 1, chunks, "", kMegabyte));
  forget_peak_memory ();
  const long before = peak_memory ();
  Captured out = play (topic.name (), "stop-position=end");
  check_memory (before, chunks);
  check_frames (out, 0, { 0 }, chunks, kMegabyte);
}
GST_END_TEST;

/* There and back, on a topic with the default limit. */
static const struct Large {
  const char *text;
  size_t megabytes;
} kThereAndBack[] = {
  { "videotestsrc num-buffers=2 ! "
    "video/x-raw,format=BGRx,width=3840,height=2160,framerate=25/1",
      33 },
  { "fakesrc num-buffers=1 sizetype=fixed sizemax=100000000 "
    "filltype=pattern-span",
      100 },
};

GST_START_TEST (test_elements_carry_buffers_of_any_size)
{
  const Large &large = kThereAndBack[__i__];
  Topic topic (1, { { "file.delete.delay.ms", "0" } });
  Captured in = publish (large.text, topic.name ());
  ck_assert_uint_ge (in.buffers.at (0).size, large.megabytes * kMegabyte);
  forget_peak_memory ();
  const long before = peak_memory ();
  Player player (topic.name ());
  player.pipeline ().run_to_eos ();
  /* fakesink keeps one. */
  check_memory (before, in.buffers.size () * large.megabytes);
  check_identical (in, player.capture ().get ());
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_waits_for_the_rest_of_a_buffer)
{
  Topic topic;
  const Log log = make_frames ("s", 3, 4);
  write_log (topic.name (), part (log, 0, 6));
  Player player (topic.name ());
  player.start ();
  ck_assert (wait_until ([&] { return stat_of (player, "chunks") == 6; }));
  player.check_that_it_goes_on ();
  ck_assert_uint_eq (player.capture ().count (), 1);
  write_log (topic.name (), part (log, 6, 12));
  player.capture ().wait_for_buffers (3);
  Captured out = player.capture ().get ();
  check_frames (out, 0, { 0, 1, 2 }, 4);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

/* ---- broken ---- */

/* Of five frames, three chunks each, the second, records 3 to 5, has a
 * mishap. */
static const struct Mishap {
  const char *name;
  void (*happens) (Log &log);
  std::vector<int> frames;
  int gaps, duplicates, broken;
} kMishaps[] = {
  { "none", [] (Log &) {}, { 0, 1, 2, 3, 4 }, 0, 0, 0 },
  { "the first chunk is missing",
      [] (Log &log) { log.erase (log.begin () + 3); }, { 0, 2, 3, 4 }, 1, 0,
      1 },
  { "a chunk is missing", [] (Log &log) { log.erase (log.begin () + 4); },
      { 0, 2, 3, 4 }, 1, 0, 1 },
  { "the last chunk is missing",
      [] (Log &log) { log.erase (log.begin () + 5); }, { 0, 2, 3, 4 }, 1, 0,
      1 },
  { "all are missing",
      [] (Log &log) { log.erase (log.begin () + 3, log.begin () + 6); },
      { 0, 2, 3, 4 }, 3, 0, 0 },
  { "the end of one and the beginning of the next are missing",
      [] (Log &log) { log.erase (log.begin () + 5, log.begin () + 7); },
      { 0, 3, 4 }, 2, 0, 2 },
  { "a chunk is there twice",
      [] (Log &log) { log.insert (log.begin () + 4, Record (log[4])); },
      { 0, 1, 2, 3, 4 }, 0, 1, 0 },
  { "a writer that crashed has tried again",
      [] (Log &log) {
        Log again = part (log, 3, 6);
        log.insert (log.begin () + 5, again.begin (), again.begin () + 2);
      },
      { 0, 1, 2, 3, 4 }, 0, 2, 0 },
  { "a buffer is there twice",
      [] (Log &log) {
        Log again = part (log, 3, 6);
        log.insert (log.begin () + 6, again.begin (), again.end ());
      },
      { 0, 1, 2, 3, 4 }, 0, 3, 0 },
  { "two chunks change places", [] (Log &log) { std::swap (log[4], log[5]); },
      { 0, 2, 3, 4 }, 0, 0, 1 },
  { "the number of chunks changes",
      [] (Log &log) { set_header (log[4], "gst.chunk", "1/4"); },
      { 0, 2, 3, 4 }, 0, 0, 1 },
  { "a chunk is empty", [] (Log &log) { log[4].value = ""; }, { 0, 2, 3, 4 }, 0,
      0, 1 },
  { "a gigabyte is claimed",
      [] (Log &log) { set_header (log[3], "gst.chunk", "0/10000001"); },
      { 0, 2, 3, 4 }, 0, 0, 1 },
  { "nothing follows the first chunk",
      [] (Log &log) { log.erase (log.begin () + 4, log.begin () + 6); },
      { 0, 2, 3, 4 }, 2, 0, 1 },
  { "EOS follows the first chunk",
      [] (Log &log) {
        log.resize (5);
        log.back ().headers = { { "gst.version", "1" }, { "gst.session", "s" },
          { "gst.seq", "4" }, { "gst.eos", "1" } };
        log.back ().value.reset ();
      },
      { 0 }, 0, 0, 1 },
};

GST_START_TEST (test_kafkasrc_gives_no_part_of_a_buffer)
{
  const Mishap &mishap = kMishaps[__i__];
  g_print ("%s\n", mishap.name);
  Topic topic;
  Log log = make_frames ("s", 5, 3);
  mishap.happens (log);
  write_log (topic.name (), log);

  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  check_frames (out, 0, mishap.frames, 3);
  check_stats (player, mishap.gaps, mishap.duplicates, mishap.broken);
  for (size_t i = 1; i < mishap.frames.size (); i++)
    ck_assert_int_eq (out.buffers[i].is_discont (),
        mishap.frames[i] != mishap.frames[i - 1] + 1);
}
GST_END_TEST;

/* As after any record that is set aside. */
GST_START_TEST (test_kafkasrc_goes_on_at_a_sync_point_after_a_broken_buffer)
{
  Topic whole, topic;
  Captured in = publish (kH264, whole.name ());
  Log log = cut (read_log (whole.name ()), 100);
  auto broken = std::find_if (log.begin (), log.end (), [] (const Record &r) {
    return std::stoi (*r.header ("gst.seq")) > 20
           && r.header ("gst.chunk").value_or ("0/").substr (0, 2) != "0/";
  });
  ck_assert (broken != log.end ());
  log.erase (broken);
  write_log (topic.name (), log);

  Player player (topic.name ());
  player.pipeline ().run_to_eos ();
  check_stats (player, 1, 0, 1);
  Captured out = player.capture ().get ();
  size_t i = 0;
  while (out.buffers[i].checksum == in.buffers[i].checksum)
    i++;
  ck_assert (out.buffers[i].is_discont () && !out.buffers[i].is_delta_unit ());
  size_t skipped = in.buffers.size () - out.buffers.size ();
  ck_assert_uint_ge (skipped, 1);
  ck_assert_uint_lt (skipped, 12);
  for (; i < out.buffers.size (); i++)
    check_text (out.buffers[i].checksum, in.buffers[i + skipped].checksum);
}
GST_END_TEST;

/* ---- several writers ---- */

GST_START_TEST (test_kafkasrc_puts_together_streams_that_are_mixed)
{
  Topic topic;
  const Log left = make_frames ("s", 10, 3, "left");
  const Log right = make_frames ("s", 10, 3, "right");
  write_log (topic.name (), in_turns (left, right));
  for (const char *key : { "left", "right" }) {
    Player player (topic.name (),
        std::string ("partition=0 stop-position=end key=") + key);
    player.pipeline ().run_to_eos ();
    check_frames (player.capture ().get (), 0, range (0, 10), 3);
    check_stats (player, 0, 0, 0);
  }
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  ck_assert_uint_eq (out.buffers.size (), 20);
  for (size_t i = 0; i < 20; i++)
    check_text (
        out.buffers[i].checksum, frame_sum (static_cast<int> (i) / 2, 3));
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_puts_together_sessions_that_alternate)
{
  Topic topic;
  const Log first = make_frames ("first", 10, 3);
  const Log second = make_frames ("second", 10, 3);
  Log log;
  for (size_t i = 0; i < first.size (); i++) {
    log.push_back (first[i]);
    log.push_back (second[i]);
  }
  write_log (topic.name (), log);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  ck_assert_uint_eq (player.capture ().count (), 20);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

/* Its half is set aside, and does not hold up what follows. */
GST_START_TEST (test_kafkasrc_sets_aside_what_a_crashed_writer_has_begun)
{
  for (int frames : { 3, 50 }) {
    Topic topic;
    Log log = make_frames ("first", 3, 4);
    log.resize (10);
    append (log, make_frames ("second", frames, 4));
    write_log (topic.name (), log);
    Player player (topic.name (), "stop-position=end");
    player.pipeline ().run_to_eos ();
    Captured out = player.capture ().get ();
    std::vector<int> expected = { 0, 1 };
    for (int i : range (0, frames))
      expected.push_back (i);
    check_frames (out, 0, expected, 4);
    check_stats (player, 0, 0, 1);
    for (size_t i = 1; i < out.buffers.size (); i++) {
      ck_assert_int_eq (out.buffers[i].is_discont (), i == 2);
      /* The third was meant to be there, and has its place. */
      int64_t position = static_cast<int64_t> (i) + (i >= 2 ? 1 : 0);
      ck_assert_int_eq (*out.buffers[i].pts, position * kFrame);
    }
  }
}
GST_END_TEST;

/* ---- where to start, where to stop ---- */

static const struct Stretch {
  const char *properties;
  int from, to;
} kStretches[] = {
  { "start-position=offset start-offset=40", 10, 100 },
  { "start-position=offset start-offset=41", 11, 100 },
  { "start-position=offset start-offset=43", 11, 100 },
  { "stop-position=offset stop-offset=40", 0, 10 },
  { "stop-position=offset stop-offset=41", 0, 10 },
  { "stop-position=offset stop-offset=43", 0, 10 },
  { "start-position=offset start-offset=41 stop-position=offset "
    "stop-offset=47",
      0, 0 },
  { "start-position=latest-sync", 99, 100 },
};

GST_START_TEST (test_kafkasrc_starts_and_stops_between_buffers)
{
  Topic topic;
  write_log (topic.name (), make_frames ("s", 100, 4));
  for (const auto &stretch : kStretches) {
    std::string properties = stretch.properties;
    if (properties.find ("stop") == std::string::npos)
      properties += " stop-position=end";
    g_print ("%s\n", properties.c_str ());
    Player player (topic.name (), properties);
    player.pipeline ().run_to_eos ();
    check_frames (
        player.capture ().get (), 0, range (stretch.from, stretch.to), 4);
    check_stats (player, 0, 0, 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_ends_before_a_buffer_that_is_being_written)
{
  Topic topic;
  Log log = make_frames ("s", 3, 4);
  log.resize (10);
  write_log (topic.name (), log);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  check_frames (player.capture ().get (), 0, { 0, 1 }, 4);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_starts_with_the_next_while_one_is_being_written)
{
  Topic topic;
  const Log log = make_frames ("s", 4, 4);
  write_log (topic.name (), part (log, 0, 6));
  Player player (topic.name (), "start-position=latest");
  player.start ();
  write_log (topic.name (), part (log, 6, 16));
  player.capture ().wait_for_buffers (2);
  check_frames (player.capture ().get (), 0, { 2, 3 }, 4);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

GST_START_TEST (test_kafkasrc_plays_what_retention_has_left_of_chunks)
{
  Topic topic;
  write_log (topic.name (), make_frames ("s", 50, 4));
  delete_records (topic.name (), 98);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().run_to_eos ();
  check_frames (player.capture ().get (), 0, range (25, 50), 4);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

/* ---- positions ---- */

static const struct Shape {
  const char *name;
  int frames;
  size_t chunks;
} kShapes[] = {
  { "few chunks", 500, 3 },
  { "many chunks", 100, 100 },
};

GST_START_TEST (test_kafkasrc_seeks_among_chunked_buffers)
{
  const Shape &shape = kShapes[__i__];
  g_print ("%s\n", shape.name);
  Topic topic;
  Log log = make_frames ("s", shape.frames, shape.chunks);
  write_log (topic.name (), log);
  Player player (topic.name (), "stop-position=end");
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  wait_for_duration (source.get (), shape.frames * kFrame);
  player.capture ().wait_for_buffers (1);
  for (int frame : { 70, 3, shape.frames - 1, 0, shape.frames / 2 }) {
    size_t before = player.capture ().get ().last_flush;
    ck_assert (gst_element_seek_simple (source.get (), GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (
            GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
        frame * kFrame + kFrame / 2));
    player.pipeline ().reach_state (GST_STATE_PAUSED);
    ck_assert (wait_until ([&] {
      Captured out = player.capture ().get ();
      return out.last_flush > before && out.buffers.size () > out.last_flush;
    }));
    Captured out = player.capture ().get ();
    check_text (
        out.buffers[out.last_flush].checksum, frame_sum (frame, shape.chunks));
    gint64 position = -1;
    ck_assert (
        gst_element_query_position (source.get (), GST_FORMAT_TIME, &position));
    ck_assert_int_ge (position, frame * kFrame);
    ck_assert_int_le (position, (frame + 1) * kFrame);
  }
  player.pipeline ().run_to_eos ();
  Captured out = player.capture ().get ();
  check_frames (out, out.last_flush, range (shape.frames / 2, shape.frames),
      shape.chunks);
  check_stats (player, 0, 0, 0);
}
GST_END_TEST;

/* In one partition with others, offsets do not tell where a buffer ends. */
GST_START_TEST (test_kafkasrc_knows_the_length_of_chunks_among_others)
{
  Topic topic;
  const Log ours = make_frames ("s", 60, 5, "ours");
  const Log others = make_frames ("t", 300, 1, "others");
  Log log = in_turns (ours, others);
  /* The last buffer is not there yet, and others go on. */
  log.resize (log.size () - 4);
  write_log (topic.name (), log);
  Player player (topic.name (), "partition=0 key=ours stop-position=end");
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  ElementPtr source = player.pipeline ().element ("source");
  wait_for_duration (source.get (), 60 * kFrame);
  player.pipeline ().run_to_eos ();
  check_frames (player.capture ().get (), 0, range (0, 59), 5);
}
GST_END_TEST;

/* ---- groups ---- */

static std::string
in_group (const std::string &group)
{
  return "commit-interval=10000000 group-id=" + group;
}

/* fakesink keeps the last buffer if it is not told otherwise. */
static std::string
group_pipeline (const std::string &topic, const std::string &properties)
{
  return source_text (topic, properties)
         + " ! fakesink name=end enable-last-sample=false";
}

GST_START_TEST (test_kafkasrc_commits_no_part_of_a_buffer)
{
  Topic topic;
  const std::string group = unused_group_name ();
  const Log log = make_frames ("s", 4, 4);
  write_log (topic.name (), part (log, 0, 10));
  {
    Pipeline pipeline (group_pipeline (topic.name (), in_group (group)));
    Capture capture (pipeline.element ("end").get (), "sink");
    ElementPtr source = pipeline.element ("source");
    ck_assert (pipeline.set_state (GST_STATE_PLAYING));
    auto committed = [&] { return stat (source.get (), "committed"); };
    ck_assert (
        wait_until ([&] { return stat (source.get (), "chunks") == 10; }));
    ck_assert (wait_until ([&] { return committed () == 8; }));
    write_log (topic.name (), part (log, 10, 14));
    ck_assert (
        wait_until ([&] { return stat (source.get (), "chunks") == 14; }));
    ck_assert (wait_until ([&] { return committed () == 12; }));
    check_frames (capture.get (), 0, { 0, 1, 2 }, 4);
  }
  /* It was stopped in the middle of the fourth. */
  ck_assert_int_eq (committed_offset (group, topic.name ()), 12);
  write_log (topic.name (), part (log, 14, 16));
  Pipeline pipeline (
      group_pipeline (topic.name (), in_group (group) + " stop-position=end"));
  Capture capture (pipeline.element ("end").get (), "sink");
  pipeline.run_to_eos ();
  check_frames (capture.get (), 0, { 3 }, 4);
  pipeline.set_state (GST_STATE_NULL);
  ck_assert_int_eq (committed_offset (group, topic.name ()), 16);
}
GST_END_TEST;

/* A half that is set aside does not hold up the group. */
GST_START_TEST (test_kafkasrc_commits_past_what_a_crashed_writer_has_begun)
{
  Topic topic;
  const std::string group = unused_group_name ();
  Log log = make_frames ("first", 3, 4);
  log.resize (10);
  append (log, make_frames ("second", 40, 4));
  write_log (topic.name (), log);
  Pipeline pipeline (group_pipeline (topic.name (), in_group (group)));
  Capture capture (pipeline.element ("end").get (), "sink");
  ElementPtr source = pipeline.element ("source");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  ck_assert (
      wait_until ([&] { return stat (source.get (), "committed") == 170; }));
}
GST_END_TEST;

static Suite *
chunks_suite ()
{
  Suite *suite = suite_create ("chunks");
  TCase *whole = tcase_create ("whole");
  tcase_add_test (whole, test_kafkasrc_plays_chunked_buffers_as_they_went_in);
  tcase_add_loop_test (whole, test_kafkasrc_plays_buffers_of_many_megabytes, 0,
      G_N_ELEMENTS (kLarge));
  tcase_add_loop_test (whole, test_elements_carry_buffers_of_any_size, 0,
      G_N_ELEMENTS (kThereAndBack));
  tcase_add_test (whole, test_kafkasrc_waits_for_the_rest_of_a_buffer);
  suite_add_tcase (suite, whole);

  TCase *broken = tcase_create ("broken");
  tcase_add_loop_test (broken, test_kafkasrc_gives_no_part_of_a_buffer, 0,
      G_N_ELEMENTS (kMishaps));
  tcase_add_test (
      broken, test_kafkasrc_goes_on_at_a_sync_point_after_a_broken_buffer);
  suite_add_tcase (suite, broken);

  TCase *mixed = tcase_create ("mixed");
  tcase_add_test (mixed, test_kafkasrc_puts_together_streams_that_are_mixed);
  tcase_add_test (mixed, test_kafkasrc_puts_together_sessions_that_alternate);
  tcase_add_test (
      mixed, test_kafkasrc_sets_aside_what_a_crashed_writer_has_begun);
  suite_add_tcase (suite, mixed);

  TCase *places = tcase_create ("places");
  tcase_add_test (places, test_kafkasrc_starts_and_stops_between_buffers);
  tcase_add_test (
      places, test_kafkasrc_ends_before_a_buffer_that_is_being_written);
  tcase_add_test (
      places, test_kafkasrc_starts_with_the_next_while_one_is_being_written);
  tcase_add_test (
      places, test_kafkasrc_plays_what_retention_has_left_of_chunks);
  tcase_add_loop_test (places, test_kafkasrc_seeks_among_chunked_buffers, 0,
      G_N_ELEMENTS (kShapes));
  tcase_add_test (
      places, test_kafkasrc_knows_the_length_of_chunks_among_others);
  suite_add_tcase (suite, places);

  TCase *groups = tcase_create ("groups");
  tcase_add_test (groups, test_kafkasrc_commits_no_part_of_a_buffer);
  tcase_add_test (
      groups, test_kafkasrc_commits_past_what_a_crashed_writer_has_begun);
  suite_add_tcase (suite, groups);
  return suite;
}

KAFKA_CHECK_MAIN (chunks)
