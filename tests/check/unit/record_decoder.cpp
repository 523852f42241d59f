/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/decoder.h"
#include "record/encoder.h"
#include "record/names.h"
#include "unit/records.h"

#include <algorithm>

using namespace gstkafka;
using namespace std::string_literals;
using namespace std::string_view_literals;

/* What every record has. */
static const HeaderViews kMinimal
    = { { "gst.version", "1" }, { "gst.session", "s" }, { "gst.seq", "0" } };

static HeaderViews
without (HeaderViews headers, std::string_view name)
{
  headers.erase (
      std::remove_if (headers.begin (), headers.end (),
          [name] (const auto &header) { return header.name == name; }),
      headers.end ());
  return headers;
}

/* The minimal record with this header set. */
static HeaderViews
with (std::string_view name, std::string_view value)
{
  HeaderViews headers = without (kMinimal, name);
  headers.push_back ({ name, value });
  return headers;
}

static DecodedRecord
decode (const HeaderViews &headers)
{
  auto record = decode_record (headers);
  ck_assert_msg (
      bool (record), "%s", record ? "" : record.error ().message.c_str ());
  return std::move (*record);
}

static void
check_malformed (const HeaderViews &headers, std::string_view name)
{
  auto record = decode_record (headers);
  const std::string &last = std::string (headers.back ().value);
  ck_assert_msg (!record, "%s accepted: '%s'", std::string (name).c_str (),
      last.substr (0, 100).c_str ());
  const Error &error = record.error ();
  ck_assert (error.kind == ErrorKind::MALFORMED);
  ck_assert_msg (error.message.find (name) != std::string::npos, "%s",
      error.message.c_str ());
  ck_assert (error.detail.size () < 100);
}

/* ---- encoder to decoder ---- */

static DecodedRecord
round_trip (const Encoder &encoder, GstBuffer *buffer)
{
  return decode (view (encoder.encode (buffer, 0)));
}

GST_START_TEST (test_decoder_gives_back_what_the_encoder_wrote)
{
  Encoder::Settings settings;
  settings.session = "6e2c1f4a-8d2b-4c3e-9f10-0a1b2c3d4e5f.77";
  settings.first_seq = 41;
  Encoder encoder (settings);
  const char *caps = "video/x-h264, stream-format=(string)avc, "
                     "alignment=(string)au, codec_data=(buffer)0142c01e, "
                     "framerate=(fraction)30000/1001";
  encoder.set_caps (make_caps (caps).get ());
  encoder.set_utc (-5);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 100;
  encoder.set_segment (segment);
  BufferPtr buffer
      = make_buffer (110, 90, GST_BUFFER_FLAG_HEADER | GST_BUFFER_FLAG_MARKER);
  GST_BUFFER_DURATION (buffer.get ()) = 33;
  GST_BUFFER_OFFSET (buffer.get ()) = 7;
  GST_BUFFER_OFFSET_END (buffer.get ()) = 8;

  DecodedRecord record = round_trip (encoder, buffer.get ());
  ck_assert (!record.foreign);
  check_text (record.session, settings.session);
  ck_assert_int_eq (record.seq, 41);
  ck_assert (record.pts == 10);
  ck_assert (record.dts == -10);
  ck_assert (record.duration == 33u);
  ck_assert (record.offset == 7u);
  ck_assert (record.offset_end == 8u);
  ck_assert_int_eq (
      record.flags, static_cast<int> (GST_BUFFER_FLAG_HEADER)
                        | static_cast<int> (GST_BUFFER_FLAG_MARKER));
  ck_assert (gst_caps_is_equal (record.caps.get (), make_caps (caps).get ()));
  ck_assert (record.utc == -5);
  ck_assert (!record.eos);
  ck_assert (!record.chunk);
}
GST_END_TEST;

GST_START_TEST (test_decoder_gives_back_nothing_that_was_not_there)
{
  DecodedRecord record
      = round_trip (Encoder ({ "s", 0, 0 }), make_buffer ().get ());
  ck_assert (!record.foreign);
  ck_assert (!record.pts && !record.dts && !record.duration && !record.offset
             && !record.offset_end && !record.caps && !record.utc && !record.eos
             && !record.chunk);
  ck_assert_int_eq (record.flags, 0);
  ck_assert (record.events.empty ());
}
GST_END_TEST;

GST_START_TEST (test_decoder_gives_back_events_in_order)
{
  Encoder encoder ({ "s", 0, 0 });
  for (int i = 0; i < 3; i++) {
    TagListPtr tags (
        gst_tag_list_new (GST_TAG_TITLE, std::to_string (i).c_str (), nullptr));
    StructurePtr event (gst_structure_new ("e", "n", G_TYPE_INT, i, nullptr));
    ck_assert (encoder.riding ().add_tags (tags.get ()));
    ck_assert (encoder.riding ().add_event (event.get ()));
  }
  DecodedRecord record = decode (view (encoder.encode_eos ()));
  ck_assert (record.eos);
  ck_assert_int_eq (record.events.size (), 6);
  for (int i = 0; i < 3; i++) {
    gchar *text = nullptr;
    ck_assert (gst_tag_list_get_string (
        record.events[2 * i].tags.get (), GST_TAG_TITLE, &text));
    check_text (text, std::to_string (i));
    g_free (text);
    int number = -1;
    ck_assert (gst_structure_get_int (
        record.events[2 * i + 1].custom.get (), "n", &number));
    ck_assert_int_eq (number, i);
  }
}
GST_END_TEST;

/* ---- other records ---- */

GST_START_TEST (test_decoder_takes_a_record_without_our_headers_as_foreign)
{
  ck_assert (decode ({}).foreign);
  ck_assert (decode ({ { "content-type", "image/jpeg" } }).foreign);
  ck_assert (decode ({ { "GST.version", "2" }, { "gst", "" } }).foreign);
  HeaderViews many (10000, { "a", "b" });
  ck_assert (decode (many).foreign);
}
GST_END_TEST;

GST_START_TEST (test_decoder_ignores_headers_that_it_does_not_know)
{
  for (auto name : { "gst.unknown", "gst.", "gst.PTS", "gst.pts ", "other" })
    ck_assert (!decode (with (name, "\xff")).pts);
}
GST_END_TEST;

GST_START_TEST (test_decoder_does_not_care_for_the_order_of_headers)
{
  HeaderViews headers = with ("gst.pts", "5");
  std::reverse (headers.begin (), headers.end ());
  ck_assert (decode (headers).pts == 5);
}
GST_END_TEST;

static const std::string_view kRequired[]
    = { "gst.version", "gst.session", "gst.seq" };

GST_START_TEST (test_decoder_refuses_a_record_without_a_required_header)
{
  const std::string_view name = kRequired[__i__];
  check_malformed (without (with ("gst.pts", "0"), name), name);
  check_malformed (with (name, ""), name);
}
GST_END_TEST;

/* ---- each header, good and bad ---- */

static const HeaderView kGood[] = {
  { "gst.session", "!" },
  { "gst.session", "~a.b-c_d/e=f" },
  { "gst.seq", "18446744073709551614" },
  { "gst.seq", "007" },
  { "gst.pts", "-1" },
  { "gst.pts", "4611686018427387903" },
  { "gst.pts", "-4611686018427387903" },
  { "gst.dts", "-0" },
  { "gst.duration", "0" },
  { "gst.duration", "2305843009213693951" },
  { "gst.offset", "18446744073709551614" },
  { "gst.offset-end", "0" },
  { "gst.flags", "0x0" },
  { "gst.flags", "0x10" },
  { "gst.flags", "0xFFFFBFF0" },
  { "gst.flags", "0xffffbff0" },
  { "gst.flags", "0x00000000000002000" },
  { "gst.caps", "a" },
  { "gst.caps", "video/x-raw(memory:DMABuf), width=(int)5;" },
  { "gst.utc", "-1" },
  { "gst.utc", "4611686018427387903" },
  { "gst.chunk", "0/1" },
  { "gst.chunk", "4294967294/4294967295" },
  { "gst.tags", "taglist;" },
  { "gst.tags", "taglist-global, title=(string)a;" },
  { "gst.event", "e;" },
  { "gst.eos", "1" },
};

GST_START_TEST (test_decoder_takes_a_good_header)
{
  decode (with (kGood[__i__].name, kGood[__i__].value));
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_repeated_header)
{
  const HeaderView &good = kGood[__i__];
  HeaderViews headers = with (good.name, good.value);
  headers.push_back (good);
  if (good.name == kTagsHeader || good.name == kEventHeader)
    decode (headers);
  else
    check_malformed (headers, good.name);
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_good_value_with_something_around_it)
{
  const HeaderView &good = kGood[__i__];
  const std::string value (good.value);
  const bool is_text = good.name == kCapsHeader || good.name == kTagsHeader
                       || good.name == kEventHeader;
  for (const std::string &bad :
      { value + "\0"s, "\0"s + value, "\xff"s + value, value + "\xff",
          " "s + value, value + " ", value + "\n", "\xef\xbb\xbf"s + value }) {
    /* GStreamer's texts may have blanks around them. */
    bool is_blank = bad.find_first_of (" \n") != std::string::npos;
    if (!is_text || !is_blank)
      check_malformed (with (good.name, bad), good.name);
  }
}
GST_END_TEST;

static const std::string_view kCounts[]
    = { "gst.seq", "gst.offset", "gst.offset-end" };
static const std::string_view kTimes[] = { "gst.pts", "gst.dts", "gst.utc" };

static const std::string_view kNoNumbers[]
    = { "", " ", "-", "+", "+1", "--1", "0x1", "1.0", "1e3", "1,0", "1_000",
        "0b1", "a", "ff", "1a", "nan", "inf", "none", "NULL", "\0"sv, "1 2",
        "\xd9\xa3" /* Arabic 3 */, "\xef\xbc\x91" /* full width 1 */,
        "18446744073709551616", "99999999999999999999999999" };

GST_START_TEST (test_decoder_refuses_what_is_no_number)
{
  const std::string_view value = kNoNumbers[__i__];
  for (auto name : kCounts)
    check_malformed (with (name, value), name);
  for (auto name : kTimes)
    check_malformed (with (name, value), name);
  check_malformed (with ("gst.duration", value), "gst.duration");
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_count_that_is_negative_or_none)
{
  for (auto name : kCounts)
    for (auto value : { "-1", "-0", "18446744073709551615" })
      check_malformed (with (name, value), name);
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_time_out_of_range)
{
  for (auto name : kTimes)
    for (auto value :
        { "4611686018427387904", "-4611686018427387904", "9223372036854775807",
            "-9223372036854775808", "18446744073709551615" })
      check_malformed (with (name, value), name);
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_negative_duration)
{
  check_malformed (with ("gst.duration", "-1"), "gst.duration");
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_a_duration_out_of_range)
{
  for (auto value : { "2305843009213693952", "18446744073709551615" })
    check_malformed (with ("gst.duration", value), "gst.duration");
}
GST_END_TEST;

static const std::string kNested50000 = [] {
  std::string text = "a, b=";
  text.append (50000, '<');
  return text;
}();
static const std::string k5MB
    = "a, b=(string)" + std::string (5 * 1024 * 1024, 'x');
static const std::string kLongSession (129, 'x');

static const HeaderView kBad[] = {
  { "gst.version", "" },
  { "gst.version", "0" },
  { "gst.version", "01" },
  { "gst.version", "1.0" },
  { "gst.version", "2" },
  { "gst.version", "10" },
  { "gst.session", " " },
  { "gst.session", "a b" },
  { "gst.session", "a\tb" },
  { "gst.session", "a\x7f" },
  { "gst.session", "\xc3\xa4" },
  { "gst.session", kLongSession },
  { "gst.flags", "" },
  { "gst.flags", "0x" },
  { "gst.flags", "0" },
  { "gst.flags", "8192" },
  { "gst.flags", "2000" },
  { "gst.flags", "0X2000" },
  { "gst.flags", "x2000" },
  { "gst.flags", "0x0x2000" },
  { "gst.flags", "-0x2000" },
  { "gst.flags", "0x-2000" },
  { "gst.flags", "0x+2000" },
  { "gst.flags", "0x 2000" },
  { "gst.flags", "0x2000h" },
  { "gst.flags", "0xg" },
  { "gst.flags", "0x100000000" },
  { "gst.flags", "0xffffffffffffffffff" },
  /* Those of one process' objects and memories do not travel. */
  { "gst.flags", "0x1" },
  { "gst.flags", "0x2" },
  { "gst.flags", "0x4" },
  { "gst.flags", "0x8" },
  { "gst.flags", "0x4000" },
  { "gst.flags", "0x6000" },
  { "gst.caps", "" },
  { "gst.caps", " " },
  { "gst.caps", "," },
  { "gst.caps", "ANY" },
  { "gst.caps", "EMPTY" },
  { "gst.caps", "NONE" },
  { "gst.caps", "image/jpeg, width" },
  { "gst.caps", "image/jpeg, width=" },
  { "gst.caps", "image/jpeg, width=(int)a" },
  { "gst.caps", "image/jpeg, width=(nothing)5" },
  { "gst.caps", "image/jpeg, name=(string)\"open" },
  /* Not fixed. */
  { "gst.caps", "image/jpeg, width=(int)[ 1, 5 ]" },
  { "gst.caps", "image/jpeg, width=(int){ 1, 5 }" },
  { "gst.caps", "image/jpeg; image/png" },
  { "gst.caps", "image/jpeg(ANY)" },
  /* GStreamer would assert, complain or crash. */
  { "gst.caps", "a/b, x=(GstCaps)\"s/t,l={(string)a,(float)010}\"" },
  { "gst.caps", "a/b, x=(taglist)\"taglist,l={(string)a,(float)010}\"" },
  { "gst.caps", "a/b, x=(GstCapsFeatures)\"memory:X\"" },
  { "gst.caps", "a/b, x=(sample)None:None:None:None" },
  { "gst.caps", "a/b, x=(sample)00:None:None:N]ne" },
  { "gst.caps", "a/b, x=(buffer)\"\"" },
  { "gst.caps", "a/b, x=(buffer)\"00\"" },
  { "gst.caps", "a/b, x=(GEnum)1" },
  { "gst.caps", "a/b, x=(GValueArray)1" },
  { "gst.caps", "a/b, x=\"00\"" },
  { "gst.caps", "a/b(memory X)" },
  { "gst.caps", "video/x-raw-yuv" },
  { "gst.caps", "video/x-raw, framerate=(fraction)2147483648/1" },
  { "gst.caps", "video/x-raw, framerate=2147483648/1" },
  { "gst.caps", "video/x-raw, framerate=(fraction)1/-2147483648" },
  { "gst.caps", "video/x-raw, framerate=(fraction)[-2147483648,1/-1]" },
  { "gst.caps", kNested50000 },
  { "gst.caps", k5MB },
  { "gst.chunk", "" },
  { "gst.chunk", "/" },
  { "gst.chunk", "0" },
  { "gst.chunk", "0/" },
  { "gst.chunk", "/1" },
  { "gst.chunk", "0/0" },
  { "gst.chunk", "1/1" },
  { "gst.chunk", "2/1" },
  { "gst.chunk", "-1/1" },
  { "gst.chunk", "0/-1" },
  { "gst.chunk", "+0/1" },
  { "gst.chunk", "0 / 1" },
  { "gst.chunk", "0/1/2" },
  { "gst.chunk", "0x0/1" },
  { "gst.chunk", "0/4294967296" },
  { "gst.chunk", "4294967296/4294967297" },
  { "gst.tags", "" },
  { "gst.tags", "tags;" },
  { "gst.tags", "taglist2;" },
  { "gst.tags", "taglist-global-global;" },
  { "gst.tags", "taglist, title" },
  { "gst.tags", "taglist, title=(int)5;" },
  { "gst.tags", "taglist, bitrate=(uint){ 1, 2 };" },
  { "gst.tags", "taglist, my-private-tag=(GstSegmentFlags)4321" },
  { "gst.tags", "taglist, title={(string)NULL,(string)x}" },
  { "gst.tags", kNested50000 },
  { "gst.tags", k5MB },
  { "gst.event", "" },
  { "gst.event", ";" },
  { "gst.event", "5" },
  { "gst.event", "\"e\";" },
  { "gst.event", "e; f;" },
  { "gst.event", "e, p=(gpointer)0x1;" },
  { "gst.event", "e, x=(GFlags)1;" },
  { "gst.event", "e, x={(int)1,(string)a};" },
  { "gst.event", "e, x=(buffer)[1,2];" },
  { "gst.event", "e, x=(GstCaps)[1,2];" },
  { "gst.event", kNested50000 },
  { "gst.event", k5MB },
  { "gst.eos", "" },
  { "gst.eos", "0" },
  { "gst.eos", "2" },
  { "gst.eos", "true" },
};

GST_START_TEST (test_decoder_refuses_a_bad_header)
{
  check_malformed (
      with (kBad[__i__].name, kBad[__i__].value), kBad[__i__].name);
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_two_different_values_of_a_header)
{
  /* Zero is a value too. */
  for (auto [name, first, second] :
      { std::tuple{ "gst.flags", "0x0", "0x2000" }, { "gst.pts", "0", "1" },
          { "gst.caps", "image/png", "image/jpeg" },
          { "gst.session", "a", "b" }, { "gst.seq", "0", "1" } }) {
    HeaderViews headers = with (name, first);
    headers.push_back ({ name, second });
    check_malformed (headers, name);
  }
}
GST_END_TEST;

GST_START_TEST (test_decoder_refuses_ten_thousand_headers)
{
  HeaderViews headers = kMinimal;
  headers.resize (10000, { "gst.event", "e;" });
  auto record = decode_record (headers);
  ck_assert (!record);
  ck_assert (record.error ().kind == ErrorKind::MALFORMED);
  headers.resize (kMaxHeaders);
  ck_assert_int_eq (decode (headers).events.size (), kMaxHeaders - 3);
}
GST_END_TEST;

GST_START_TEST (test_long_keys_are_told_apart_by_little)
{
  const std::string left (8 * 1024 * 1024, 'a');
  const std::string right = left.substr (1) + "b";
  ck_assert_uint_le (key_trace (left).size (), 256);
  ck_assert (key_trace (left) != key_trace (right));
  ck_assert (key_trace (key_trace (left)) == key_trace (left));
  ck_assert (key_trace ("cam1") == "cam1");
}
GST_END_TEST;

static Suite *
record_decoder_suite ()
{
  Suite *suite = suite_create ("record_decoder");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_decoder_gives_back_what_the_encoder_wrote);
  tcase_add_test (tcase, test_decoder_gives_back_nothing_that_was_not_there);
  tcase_add_test (tcase, test_decoder_gives_back_events_in_order);
  tcase_add_test (
      tcase, test_decoder_takes_a_record_without_our_headers_as_foreign);
  tcase_add_test (tcase, test_decoder_ignores_headers_that_it_does_not_know);
  tcase_add_test (tcase, test_decoder_does_not_care_for_the_order_of_headers);
  tcase_add_loop_test (tcase,
      test_decoder_refuses_a_record_without_a_required_header, 0,
      G_N_ELEMENTS (kRequired));
  constexpr int good = G_N_ELEMENTS (kGood);
  tcase_add_loop_test (tcase, test_decoder_takes_a_good_header, 0, good);
  tcase_add_loop_test (tcase, test_decoder_refuses_a_repeated_header, 0, good);
  tcase_add_loop_test (tcase,
      test_decoder_refuses_a_good_value_with_something_around_it, 0, good);
  tcase_add_loop_test (tcase, test_decoder_refuses_what_is_no_number, 0,
      G_N_ELEMENTS (kNoNumbers));
  tcase_add_test (tcase, test_decoder_refuses_a_count_that_is_negative_or_none);
  tcase_add_test (tcase, test_decoder_refuses_a_time_out_of_range);
  tcase_add_test (tcase, test_decoder_refuses_a_negative_duration);
  tcase_add_test (tcase, test_decoder_refuses_a_duration_out_of_range);
  tcase_add_loop_test (
      tcase, test_decoder_refuses_a_bad_header, 0, G_N_ELEMENTS (kBad));
  tcase_add_test (tcase, test_decoder_refuses_two_different_values_of_a_header);
  tcase_add_test (tcase, test_decoder_refuses_ten_thousand_headers);
  tcase_add_test (tcase, test_long_keys_are_told_apart_by_little);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (record_decoder);
