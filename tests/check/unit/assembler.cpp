/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/assembler.h"
#include "record/names.h"
#include "unit/records.h"

using namespace gstkafka;
using State = Assembler::State;

namespace {

/* One record of stream `session`: gst.seq, i/n, payload. n = 0: no chunk. */
struct Step {
  const char *session;
  uint64_t seq;
  uint32_t index, count;
  const char *payload;
  State state = State::MORE;
};

constexpr uint32_t kNone = 0;

DecodedRecord
make_record (const Step &step)
{
  DecodedRecord record;
  record.session = step.session;
  record.seq = step.seq;
  if (step.count != kNone)
    record.chunk = DecodedRecord::Chunk{ step.index, step.count };
  if (step.index == 0)
    record.pts = static_cast<int64_t> (step.seq) * 10;
  return record;
}

std::string
bytes_of (const BufferPtr &buffer)
{
  GstMapInfo map;
  ck_assert (gst_buffer_map (buffer.get (), &map, GST_MAP_READ));
  std::string bytes (reinterpret_cast<char *> (map.data), map.size);
  gst_buffer_unmap (buffer.get (), &map);
  return bytes;
}

/* What has been read, in words: "abc" for a buffer, "!7" for one that begins
 * with record 7 and was set aside. */
class Reading {
 public:
  explicit Reading (const Assembler::Limits &limits = Assembler::kLimits)
      : assembler_ (limits)
  {}

  State
  take (const Step &step, const char *key = "")
  {
    const int64_t offset = next_++;
    DecodedRecord record = make_record (step);
    bool is_first = streams_.insert ({ stream_name (record, key), 0 }).second;
    State state = State::MORE;
    if (step.count == kNone) {
      assembler_.pass (record, key, offset);
      note_broken ();
      said_ += std::string (step.payload) + " ";
    } else {
      auto answer = assembler_.take (std::move (record), key, step.payload,
          strlen (step.payload), offset, is_first);
      state = answer.state;
      note_broken ();
      if (state == State::WHOLE) {
        ck_assert (answer.whole.decoded.pts.has_value ());
        said_ += bytes_of (answer.whole.payload) + " ";
        last_offset_ = answer.whole.offset;
      }
    }
    return state;
  }
  void
  end ()
  {
    assembler_.end ();
    note_broken ();
  }
  void
  skip (int64_t offsets)
  {
    next_ += offsets;
  }
  void
  lose ()
  {
    assembler_.lose ();
    streams_.clear ();
    note_broken ();
  }
  void
  restart ()
  {
    assembler_.restart ();
    streams_.clear ();
    note_broken ();
  }

  const std::string &
  said () const
  {
    return said_;
  }
  const std::string &
  why () const
  {
    return why_;
  }
  int64_t
  last_offset () const
  {
    return last_offset_;
  }

 private:
  void
  note_broken ()
  {
    for (const auto &broken : assembler_.take_broken ()) {
      ck_assert (broken.why.kind == ErrorKind::MALFORMED);
      why_ = broken.why.message;
      said_ += "!" + std::to_string (broken.offset) + " ";
    }
  }

  Assembler assembler_;
  std::map<std::string, int> streams_;
  int64_t next_ = 0;
  int64_t last_offset_ = -1;
  std::string said_, why_;
};

void
check_why (const Reading &reading, const char *part)
{
  ck_assert_msg (strstr (reading.why ().c_str (), part), "%s, not %s",
      reading.why ().c_str (), part);
}

} // namespace

static const struct Case {
  const char *name;
  std::vector<Step> steps;
  const char *said;
} kCases[] = {
  { "one buffer",
      { { "a", 5, 0, 3, "one" }, { "a", 6, 1, 3, "two" },
          { "a", 7, 2, 3, "three", State::WHOLE } },
      "onetwothree " },
  { "a buffer of one chunk", { { "a", 0, 0, 1, "one", State::WHOLE } },
      "one " },
  { "chunks of any size",
      { { "a", 0, 0, 3, "1" }, { "a", 1, 1, 3, "22222222" },
          { "a", 2, 2, 3, "3", State::WHOLE } },
      "1222222223 " },
  { "one after the other, and records between them",
      { { "a", 0, 0, 2, "one" }, { "a", 1, 1, 2, "two", State::WHOLE },
          { "a", 2, 0, kNone, "three" }, { "a", 3, 0, 2, "four" },
          { "a", 4, 1, 2, "five", State::WHOLE } },
      "onetwo three fourfive " },

  { "one in the middle is missing",
      { { "a", 0, 0, 3, "one" }, { "a", 2, 2, 3, "three", State::PASSED_OVER },
          { "a", 3, 0, kNone, "next" } },
      "!0 next " },
  { "many in the middle are missing, and some come",
      { { "a", 0, 0, 9, "one" }, { "a", 4, 4, 9, "five", State::PASSED_OVER },
          { "a", 5, 5, 9, "six", State::PASSED_OVER },
          { "a", 8, 8, 9, "nine", State::PASSED_OVER } },
      "!0 " },
  { "the last is missing, and a record follows",
      { { "a", 0, 0, 2, "one" }, { "a", 2, 0, kNone, "next" } }, "!0 next " },
  { "the last is missing, and a chunked buffer follows",
      { { "a", 0, 0, 2, "one" }, { "a", 2, 0, 2, "three" },
          { "a", 3, 1, 2, "four", State::WHOLE } },
      "!0 threefour " },
  { "the first is missing",
      { { "a", 0, 0, kNone, "before" },
          { "a", 2, 1, 3, "two", State::PASSED_OVER },
          { "a", 3, 2, 3, "three", State::PASSED_OVER },
          { "a", 4, 0, kNone, "next" } },
      "before !1 next " },
  { "the first are missing of two",
      { { "a", 0, 0, kNone, "before" },
          { "a", 2, 1, 2, "two", State::PASSED_OVER },
          { "a", 4, 1, 2, "four", State::PASSED_OVER } },
      "before !1 !2 " },
  { "the reader came in the middle",
      { { "a", 7, 1, 3, "two", State::PASSED_OVER },
          { "a", 8, 2, 3, "three", State::PASSED_OVER },
          { "a", 9, 0, kNone, "next" } },
      "next " },
  { "the reader came in the middle, and the next has no beginning",
      { { "a", 7, 1, 3, "two", State::PASSED_OVER },
          { "a", 8, 2, 3, "three", State::PASSED_OVER },
          { "a", 10, 1, 2, "next", State::PASSED_OVER } },
      "!2 " },

  { "repeated",
      { { "a", 0, 0, 2, "one" }, { "a", 0, 0, 2, "one", State::DUPLICATE },
          { "a", 1, 1, 2, "two", State::WHOLE } },
      "onetwo " },
  { "the first two repeated",
      { { "a", 0, 0, 3, "one" }, { "a", 1, 1, 3, "two" },
          { "a", 0, 0, 3, "one", State::DUPLICATE },
          { "a", 1, 1, 3, "two", State::DUPLICATE },
          { "a", 2, 2, 3, "three", State::WHOLE } },
      "onetwothree " },
  { "reordered",
      { { "a", 0, 0, 3, "one" }, { "a", 2, 2, 3, "three", State::PASSED_OVER },
          { "a", 1, 1, 3, "two", State::PASSED_OVER } },
      "!0 " },
  { "reordered, and counted so",
      { { "a", 0, 0, 3, "one" }, { "a", 1, 2, 3, "three", State::PASSED_OVER },
          { "a", 2, 1, 3, "two", State::PASSED_OVER },
          { "a", 3, 0, kNone, "next" } },
      "!0 next " },
  { "a record in between",
      { { "a", 0, 0, 2, "one" }, { "a", 1, 0, kNone, "between" },
          { "a", 2, 1, 2, "two", State::PASSED_OVER } },
      "!0 between !2 " },
  { "a larger number of chunks",
      { { "a", 0, 0, 2, "one" }, { "a", 1, 1, 3, "two", State::PASSED_OVER } },
      "!0 " },
  { "a smaller number of chunks",
      { { "a", 0, 0, 3, "one" }, { "a", 1, 1, 2, "two", State::PASSED_OVER },
          { "a", 2, 2, 3, "three", State::PASSED_OVER } },
      "!0 " },
  { "an empty first one",
      { { "a", 0, 0, 2, "", State::PASSED_OVER },
          { "a", 1, 1, 2, "two", State::PASSED_OVER } },
      "!0 " },
  { "an empty last one",
      { { "a", 0, 0, 2, "one" }, { "a", 1, 1, 2, "", State::PASSED_OVER } },
      "!0 " },
  { "a count that is too low for a chunk",
      { { "a", 0, 0, kNone, "before" },
          { "a", 1, 7, 9, "two", State::PASSED_OVER } },
      "before !1 " },
  { "counts at the end of the numbers",
      { { "a", UINT64_MAX - 2, 0, 2, "one" },
          { "a", UINT64_MAX - 1, 1, 2, "two", State::WHOLE } },
      "onetwo " },

  { "two sessions that alternate",
      { { "a", 0, 0, 2, "one" }, { "b", 0, 0, 3, "un" },
          { "b", 1, 1, 3, "deux" }, { "a", 1, 1, 2, "two", State::WHOLE },
          { "b", 2, 2, 3, "trois", State::WHOLE } },
      "onetwo undeuxtrois " },
  { "a session that ends, and the next one",
      { { "a", 0, 0, 2, "one" }, { "b", 0, 0, kNone, "next" } }, "next !0 " },
  { "a writer that is not done yet", { { "a", 0, 0, 2, "one" } }, "" },
};

GST_START_TEST (test_assembler_gives_whole_buffers_and_sets_aside_the_rest)
{
  const Case &c = kCases[__i__];
  g_print ("%s\n", c.name);
  Reading reading;
  for (const auto &step : c.steps)
    ck_assert_msg (reading.take (step) == step.state, "%s: record %d: %s",
        c.name, static_cast<int> (step.seq), reading.why ().c_str ());
  reading.end ();
  check_text (reading.said (), c.said);
}
GST_END_TEST;

GST_START_TEST (test_assembler_tells_the_streams_of_a_session_apart)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 2, "left" }, "left");
  reading.take ({ "a", 0, 0, 2, "right" }, "right");
  reading.take ({ "a", 0, 0, kNone, "whole" }, "other");
  reading.take ({ "a", 1, 1, 2, "Right" }, "right");
  ck_assert_int_eq (reading.last_offset (), 1);
  reading.take ({ "a", 1, 1, 2, "Left" }, "left");
  ck_assert_int_eq (reading.last_offset (), 0);
  reading.end ();
  check_text (reading.said (), "whole rightRight leftLeft ");
}
GST_END_TEST;

GST_START_TEST (test_assembler_gives_the_headers_of_the_first_chunk)
{
  Assembler assembler;
  DecodedRecord first = make_record ({ "a", 7, 0, 2, "" });
  first.caps = make_caps ("image/jpeg");
  first.flags = GST_BUFFER_FLAG_MARKER;
  assembler.take (std::move (first), "", "one", 3, 70, true);
  DecodedRecord second = make_record ({ "a", 8, 1, 2, "" });
  second.caps = make_caps ("image/png");
  auto answer = assembler.take (std::move (second), "", "two", 3, 71, false);
  ck_assert (answer.state == State::WHOLE);
  const DecodedRecord &decoded = answer.whole.decoded;
  check_text (caps_to_text (decoded.caps.get ()), "image/jpeg");
  ck_assert_uint_eq (decoded.flags, GST_BUFFER_FLAG_MARKER);
  ck_assert_uint_eq (decoded.seq, 7);
  ck_assert_int_eq (*decoded.pts, 70);
  ck_assert_int_eq (answer.whole.offset, 70);
  check_text (bytes_of (answer.whole.payload), "onetwo");
}
GST_END_TEST;

GST_START_TEST (test_assembler_says_what_is_wrong)
{
  const struct {
    Step second;
    const char *why;
  } cases[] = {
    { { "a", 2, 2, 3, "x" }, "chunk 1/3 of its buffer is missing: record 1, "
                             "chunk 2/3, came instead" },
    { { "a", 1, 1, 4, "x" }, "chunk 1/4, came instead" },
    { { "a", 1, 0, 3, "x" }, "chunk 0/3, came instead" },
    { { "a", 1, 0, kNone, "x" }, "no chunk, came instead" },
    { { "a", 1, 1, 3, "" }, "no bytes" },
  };
  for (const auto &c : cases) {
    Reading reading;
    reading.take ({ "a", 0, 0, 3, "one" });
    reading.take (c.second);
    check_why (reading, c.why);
  }
  Reading reading;
  reading.take ({ "a", 0, 0, kNone, "" });
  reading.take ({ "a", 2, 1, 2, "x" });
  check_why (reading, "chunk 1/2 of a buffer whose beginning is missing");
}
GST_END_TEST;

/* ---- who is not waited for any more ---- */

GST_START_TEST (test_assembler_gives_up_a_session_that_another_has_followed)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 2, "one" });
  for (uint64_t seq = 0; seq < 31; seq++)
    reading.take ({ "b", seq, 0, kNone, "" });
  check_text (reading.why (), "");
  reading.take ({ "b", 31, 0, kNone, "" });
  check_why (reading, "its session goes no further");
  reading.take ({ "a", 1, 1, 2, "two", State::PASSED_OVER });
}
GST_END_TEST;

GST_START_TEST (test_assembler_waits_for_a_session_that_is_slower)
{
  Reading reading;
  uint64_t other = 0;
  for (uint32_t i = 0; i < 100; i++) {
    State state = reading.take ({ "a", i, i, 100, "x" });
    ck_assert (state == (i < 99 ? State::MORE : State::WHOLE));
    for (int k = 0; k < 31; k++)
      reading.take ({ "b", other++, 0, kNone, "" });
  }
  check_text (reading.why (), "");
}
GST_END_TEST;

/* Its own key tells nothing of when it ends. */
GST_START_TEST (test_assembler_waits_while_others_write_under_other_keys)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 2, "one" }, "a");
  for (uint64_t seq = 0; seq < 1000; seq++)
    reading.take ({ "b", seq, 0, kNone, "" }, "b");
  ck_assert (reading.take ({ "a", 1, 1, 2, "two" }, "a") == State::WHOLE);
}
GST_END_TEST;

GST_START_TEST (test_assembler_does_not_wait_for_ever)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 2, "one" }, "a");
  reading.skip (100000);
  reading.take ({ "b", 0, 0, kNone, "" }, "b");
  check_why (reading, "its writer goes no further");
}
GST_END_TEST;

GST_START_TEST (test_assembler_that_begins_elsewhere_has_nothing_to_say)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 3, "one" });
  reading.restart ();
  ck_assert (reading.take ({ "a", 2, 2, 3, "three" }) == State::PASSED_OVER);
  reading.take ({ "a", 3, 0, kNone, "next" });
  reading.end ();
  check_text (reading.said (), "next ");
}
GST_END_TEST;

/* A buffer is told of once, however many others are set aside meanwhile. */
GST_START_TEST (test_assembler_forgets_the_rest_that_was_met_longest_ago)
{
  Reading reading;
  auto take_others = [&reading, from = 0] (int count) mutable {
    for (int i = 0; i < count; i++) {
      const std::string session = "b" + std::to_string (from++);
      reading.take ({ session.c_str (), 1, 1, 3, "two" });
    }
  };
  reading.take ({ "a", 0, 0, 5, "one" });
  for (uint32_t index = 2; index < 5; index++) {
    reading.take ({ "a", index, index, 5, "more" });
    take_others (700);
  }
  reading.take ({ "b2000", 2, 2, 3, "three" });
  check_text (reading.said (), "!0 ");
  reading.take ({ "b0", 2, 2, 3, "three" });
  check_text (reading.said (), "!0 !2105 ");
}
GST_END_TEST;

/* The rest of a buffer that was told of says nothing more. */
GST_START_TEST (test_assembler_sets_aside_what_has_lost_its_rest)
{
  Reading reading;
  reading.take ({ "a", 0, 0, 4, "one" });
  reading.take ({ "a", 1, 1, 4, "two" });
  reading.lose ();
  ck_assert (reading.take ({ "a", 3, 3, 4, "four" }) == State::PASSED_OVER);
  reading.take ({ "a", 4, 0, kNone, "next" });
  reading.end ();
  check_text (reading.said (), "!0 next ");
  check_why (reading, "chunk 2/4 of its buffer is missing: it is gone from the "
                      "log");
}
GST_END_TEST;

/* ---- hostile ---- */

static const struct Claim {
  uint32_t count;
  size_t size; /* of the first chunk */
  bool is_fine;
} kClaims[] = {
  { 4294967295, 1, false },
  { 4294967295, 1000000, false },
  { 537, 1000000, true }, /* the last may be smaller */
  { 538, 1000000, false },
  { 65536, 8192, true },
  { 65536, 8193, false },
  { 65537, 1, false },
  { 2, 1000000, true },
};

GST_START_TEST (test_assembler_refuses_a_claim_before_it_allocates)
{
  const Claim &claim = kClaims[__i__];
  Assembler assembler;
  const std::string chunk (claim.size, 'x');
  auto answer = assembler.take (make_record ({ "a", 0, 0, claim.count, "" }),
      "", chunk.data (), chunk.size (), 0, true);
  ck_assert (
      answer.state == (claim.is_fine ? State::MORE : State::PASSED_OVER));
  auto broken = assembler.take_broken ();
  ck_assert_uint_eq (broken.size (), claim.is_fine ? 0 : 1);
  if (!claim.is_fine)
    ck_assert (strstr (broken[0].why.message.c_str (), "too large"));
}
GST_END_TEST;

/* The claim was small, the chunks are not. */
GST_START_TEST (test_assembler_sets_aside_what_grows_too_large)
{
  Reading reading ({ 10, 10, 16, 9 });
  reading.take ({ "a", 0, 0, 4, "1" });
  reading.take ({ "a", 1, 1, 4, "234567" });
  ck_assert (reading.take ({ "a", 2, 2, 4, "8901" }) == State::PASSED_OVER);
  check_why (reading, "no buffer has more than 10 bytes");
  ck_assert (reading.take ({ "a", 3, 3, 4, "2" }) == State::PASSED_OVER);
  ck_assert (reading.take ({ "a", 4, 0, 2, "12345" }) == State::MORE);
  ck_assert (reading.take ({ "a", 5, 1, 2, "67890" }) == State::WHOLE);
  check_text (reading.said (), "!0 1234567890 ");
}
GST_END_TEST;

GST_START_TEST (test_assembler_keeps_the_newest_of_too_many)
{
  Reading reading;
  const std::string names = "abcdefghijklmnopqrst";
  for (char name : names)
    reading.take ({ std::string (1, name).c_str (), 0, 0, 2, "x" },
        std::string (1, name).c_str ());
  check_text (reading.said (), "!0 !1 !2 !3 ");
  check_why (reading, "too many buffers");
  for (char name : names)
    reading.take ({ std::string (1, name).c_str (), 1, 1, 2, "y" },
        std::string (1, name).c_str ());
  check_text (reading.said (),
      "!0 !1 !2 !3 xy xy xy xy xy xy xy xy xy xy xy xy xy xy xy xy ");
}
GST_END_TEST;

GST_START_TEST (test_assembler_keeps_the_newest_of_too_much)
{
  Reading reading ({ 10, 20, 16, 9 });
  reading.take ({ "a", 0, 0, 2, "12345" }, "a");
  reading.take ({ "b", 0, 0, 2, "12345678" }, "b");
  reading.take ({ "c", 0, 0, 2, "12345" }, "c");
  ck_assert (reading.take ({ "a", 1, 1, 2, "6789" }, "a") == State::WHOLE);
  reading.take ({ "d", 0, 0, 2, "12345678" }, "d");
  check_text (reading.said (), "!1 123456789 ");
  check_why (reading, "too much memory");
  ck_assert (reading.take ({ "c", 1, 1, 2, "6789" }, "c") == State::WHOLE);
}
GST_END_TEST;

/* Memory follows what came, and whole buffers take no more than they need. */
GST_START_TEST (test_assembler_reserves_no_more_than_came)
{
  constexpr uint32_t count = 100;
  Assembler assembler;
  const std::string chunk (100000, 'x');
  for (uint32_t i = 0; i < count; i++) {
    auto answer = assembler.take (make_record ({ "a", i, i, count, "" }), "",
        chunk.data (), i + 1 < count ? chunk.size () : 1, i, i == 0);
    if (i + 1 < count)
      continue;
    ck_assert (answer.state == State::WHOLE);
    gsize offset, most;
    ck_assert_uint_eq (
        gst_buffer_get_sizes (answer.whole.payload.get (), &offset, &most),
        9900001);
    ck_assert_uint_eq (most, 9900001);
    ck_assert_uint_eq (gst_buffer_n_memory (answer.whole.payload.get ()), 1);
  }
}
GST_END_TEST;

static Suite *
assembler_suite ()
{
  Suite *suite = suite_create ("assembler");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (tcase,
      test_assembler_gives_whole_buffers_and_sets_aside_the_rest, 0,
      G_N_ELEMENTS (kCases));
  tcase_add_test (tcase, test_assembler_tells_the_streams_of_a_session_apart);
  tcase_add_test (tcase, test_assembler_gives_the_headers_of_the_first_chunk);
  tcase_add_test (tcase, test_assembler_says_what_is_wrong);
  tcase_add_test (
      tcase, test_assembler_gives_up_a_session_that_another_has_followed);
  tcase_add_test (tcase, test_assembler_waits_for_a_session_that_is_slower);
  tcase_add_test (
      tcase, test_assembler_waits_while_others_write_under_other_keys);
  tcase_add_test (tcase, test_assembler_does_not_wait_for_ever);
  tcase_add_test (
      tcase, test_assembler_that_begins_elsewhere_has_nothing_to_say);
  tcase_add_test (
      tcase, test_assembler_forgets_the_rest_that_was_met_longest_ago);
  tcase_add_test (tcase, test_assembler_sets_aside_what_has_lost_its_rest);
  tcase_add_loop_test (tcase,
      test_assembler_refuses_a_claim_before_it_allocates, 0,
      G_N_ELEMENTS (kClaims));
  tcase_add_test (tcase, test_assembler_sets_aside_what_grows_too_large);
  tcase_add_test (tcase, test_assembler_keeps_the_newest_of_too_many);
  tcase_add_test (tcase, test_assembler_keeps_the_newest_of_too_much);
  tcase_add_test (tcase, test_assembler_reserves_no_more_than_came);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (assembler);
