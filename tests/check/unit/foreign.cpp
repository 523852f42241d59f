/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What is made of other programs' records. */

#include "elements/foreign.h"

#include "unit/records.h"

using namespace gstkafka;

static const std::string kPng (
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0@\0\0\0@\x08", 25);
static const std::string kGif = "GIF89a\x10\x10 and so on";
static const std::string kNothing = "no media that anybody knows";

/* "(none)": nothing tells. */
static std::string
find (ForeignCaps &caps, const Headers &headers, const std::string &bytes)
{
  CapsPtr found = caps.find (view (headers), bytes.data (), bytes.size ());
  return found ? caps_to_text (found.get ()) : "(none)";
}

static std::string
find (const Headers &headers, const std::string &bytes)
{
  ForeignCaps caps;
  return find (caps, headers, bytes);
}

/* ---- content-type ---- */

static const struct {
  const char *value, *caps;
} kContentTypes[] = {
  { "image/jpeg", "image/jpeg" },
  { "image/jpeg; charset=binary", "image/jpeg" },
  { "image/jpeg;q=1", "image/jpeg" },
  { "Image/JPEG", "image/jpeg" },
  { "  image/png  ", "image/png" },
  { "\"image/png\"", "image/png" },
  { "image/jpg", "image/jpeg" },
  { "image/svg+xml", "image/svg+xml" },
  { "audio/wav", "audio/x-wav" },
  { "video/h264", "video/x-h264, stream-format=(string)byte-stream" },
  { "multipart/mixed; boundary=\"a,b\"", "multipart/mixed" },
  { "video/x-raw, format=RGB, width=4, height=2, framerate=5/1",
      "video/x-raw, format=(string)RGB, width=(int)4, height=(int)2, "
      "framerate=(fraction)5/1" },
  { "application/octet-stream", "(none)" },
  { "Application/Octet-Stream; x=y", "(none)" },
  { "audio/mpeg", "(none)" },
  { "video/x-raw, width=[1,2]", "(none)" },
  { "video/x-raw, framerate=2147483648/1", "(none)" },
  { "a/b, x=(GstCaps)\"s/t,l={(string)a,(float)010}\"", "(none)" },
  { "a/b, x=(sample)None:None:None:None", "(none)" },
  { "image/jpeg, width=", "(none)" },
  { "ANY", "(none)" },
  { "image/", "(none)" },
  { "jpeg", "(none)" },
  { "", "(none)" },
  { ";", "(none)" },
  { "\xff\xfe/\x01", "(none)" },
};

GST_START_TEST (test_content_type_is_read_as_other_programs_write_it)
{
  const auto &c = kContentTypes[__i__];
  CapsPtr caps = caps_of_content_type (c.value);
  check_text (caps ? caps_to_text (caps.get ()) : "(none)", c.caps);
}
GST_END_TEST;

GST_START_TEST (test_content_type_header_has_several_spellings)
{
  for (const char *name : { "content-type", "Content-Type", "CONTENT-TYPE",
           "contentType", "contenttype" })
    check_text (find ({ { name, "image/webp" } }, kPng), "image/webp");
  for (const char *name : { "content", "content-type-x", "x-content-type", "" })
    check_text (find ({ { name, "image/webp" } }, kPng), "image/png");
}
GST_END_TEST;

/* ---- precedence ---- */

GST_START_TEST (test_foreign_caps_are_the_users_before_all_others)
{
  ForeignCaps caps (make_caps ("image/bmp"));
  check_text (
      find (caps, { { "content-type", "image/jpeg" } }, kPng), "image/bmp");
}
GST_END_TEST;

GST_START_TEST (test_foreign_caps_are_the_content_types_before_the_bytes)
{
  check_text (find ({ { "content-type", "image/jpeg" } }, kPng), "image/jpeg");
}
GST_END_TEST;

GST_START_TEST (test_foreign_caps_are_the_bytes_where_nothing_else_tells)
{
  check_text (find ({}, kPng), "image/png");
  check_text (find ({ { "content-type", "application/octet-stream" } }, kPng),
      "image/png");
  check_text (find ({ { "content-type", "?" } }, kPng), "image/png");
}
GST_END_TEST;

GST_START_TEST (test_foreign_caps_may_be_unknown)
{
  ForeignCaps caps;
  check_text (find (caps, {}, kNothing), "(none)");
  check_text (find (caps, {}, ""), "(none)");
  ck_assert (!caps.has_content_type ());
  check_text (find (caps, { { "content-type", "?" } }, kNothing), "(none)");
  ck_assert (caps.has_content_type ());
  check_text (find (caps, {}, kNothing), "(none)");
  ck_assert (!caps.has_content_type ());
}
GST_END_TEST;

GST_START_TEST (test_foreign_caps_follow_each_record)
{
  ForeignCaps caps;
  for (int i = 0; i < 3; i++) {
    check_text (find (caps, {}, kPng), "image/png");
    check_text (find (caps, {}, kGif).substr (0, 9), "image/gif");
    check_text (find (caps, {}, kNothing), "(none)");
    check_text (
        find (caps, { { "content-type", "image/webp" } }, kPng), "image/webp");
  }
}
GST_END_TEST;

GST_START_TEST (test_foreign_caps_of_like_records_are_the_same_object)
{
  ForeignCaps caps;
  CapsPtr first = caps.find ({}, kPng.data (), kPng.size ());
  CapsPtr second = caps.find ({}, kPng.data (), kPng.size ());
  ck_assert (first.get () == second.get ());
}
GST_END_TEST;

/* ---- times ---- */

GST_START_TEST (test_foreign_clock_keeps_what_rises)
{
  ForeignClock clock;
  for (int64_t time : { 5, 5, 6, 1000, 1000 })
    ck_assert_int_eq (clock.take (time), time);
}
GST_END_TEST;

GST_START_TEST (test_foreign_clock_follows_the_producer_that_is_ahead)
{
  ForeignClock clock;
  const int64_t second = GST_SECOND;
  for (int64_t i = 0; i < 1000; i++) {
    int64_t now = i * second / 25;
    ck_assert_int_eq (clock.take (now + 60 * second), now + 60 * second);
    ck_assert_int_eq (clock.take (now), now + 60 * second);
  }
}
GST_END_TEST;

GST_START_TEST (test_foreign_clock_goes_on_when_it_was_set_back)
{
  ForeignClock clock;
  const int64_t second = GST_SECOND;
  ck_assert_int_eq (clock.take (3600 * second), 3600 * second);
  int64_t last = 0;
  for (int64_t i = 0; i < 100; i++) {
    int64_t time = clock.take (i * second / 25);
    ck_assert_int_ge (time, 3600 * second);
    ck_assert_int_le (time - 3600 * second, i * second / 25);
    if (i >= 30)
      ck_assert_int_eq (time - last, second / 25);
    last = time;
  }
}
GST_END_TEST;

/* Its corrections would add up without end. */
GST_START_TEST (test_foreign_clock_does_not_overflow)
{
  ForeignClock clock;
  const int64_t far = (int64_t{ 1 } << 62) - 1;
  int64_t last = 0;
  for (int i = 0; i < 1000; i++) {
    const int64_t time = clock.take (i % 40 == 0 ? far : i);
    ck_assert_int_ge (time, last);
    ck_assert_int_le (time, far + 1);
    last = time;
  }
}
GST_END_TEST;

GST_START_TEST (test_foreign_content_type_needs_a_name)
{
  for (const char *type : { ".a/b", "-/x", "1/2", "_a/b; c" })
    ck_assert (!caps_of_content_type (type));
}
GST_END_TEST;

static Suite *
foreign_suite ()
{
  Suite *suite = suite_create ("foreign");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_foreign_clock_does_not_overflow);
  tcase_add_test (tcase, test_foreign_content_type_needs_a_name);
  tcase_add_loop_test (tcase,
      test_content_type_is_read_as_other_programs_write_it, 0,
      G_N_ELEMENTS (kContentTypes));
  tcase_add_test (tcase, test_content_type_header_has_several_spellings);
  tcase_add_test (tcase, test_foreign_caps_are_the_users_before_all_others);
  tcase_add_test (
      tcase, test_foreign_caps_are_the_content_types_before_the_bytes);
  tcase_add_test (
      tcase, test_foreign_caps_are_the_bytes_where_nothing_else_tells);
  tcase_add_test (tcase, test_foreign_caps_may_be_unknown);
  tcase_add_test (tcase, test_foreign_caps_follow_each_record);
  tcase_add_test (tcase, test_foreign_caps_of_like_records_are_the_same_object);
  tcase_add_test (tcase, test_foreign_clock_keeps_what_rises);
  tcase_add_test (tcase, test_foreign_clock_follows_the_producer_that_is_ahead);
  tcase_add_test (tcase, test_foreign_clock_goes_on_when_it_was_set_back);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (foreign);
