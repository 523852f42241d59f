/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/media.h"
#include "unit/records.h"

using namespace gstkafka;

/* ---- where a decoder may start ---- */

static const struct {
  const char *caps;
  bool is_intra_only;
} kMedia[] = {
  { "image/jpeg", true },
  { "image/png", true },
  { "video/x-raw, format=(string)I420", true },
  { "audio/x-raw", true },
  { "audio/mpeg, mpegversion=(int)4", true },
  { "audio/x-opus", true },
  { "video/x-h264", false },
  { "video/x-rawish", false },
  { "video/mpegts", false },
  { "application/x-rtp", false },
  { "text/x-raw", false },
  { "EMPTY", false },
  { "ANY", false },
};

GST_START_TEST (test_media_that_is_intra_only_is_known)
{
  ck_assert_msg (is_intra_only (make_caps (kMedia[__i__].caps).get ())
                     == kMedia[__i__].is_intra_only,
      "%s", kMedia[__i__].caps);
}
GST_END_TEST;

GST_START_TEST (test_media_without_caps_is_not_intra_only)
{
  ck_assert (!is_intra_only (nullptr));
}
GST_END_TEST;

/* ---- tags ---- */

static TagListPtr
all_kinds_of_tags (GstTagScope scope)
{
  GstBuffer *data = gst_buffer_new_allocate (nullptr, 3, nullptr);
  gst_buffer_memset (data, 0, 0x2c, 3);
  CapsPtr caps = make_caps ("image/jpeg, sof-marker=(int)0");
  GstSample *cover = gst_sample_new (data, caps.get (), nullptr, nullptr);
  GstDateTime *date = gst_date_time_new_ym (2024, 5);
  TagListPtr tags (gst_tag_list_new (GST_TAG_TITLE,
      "<3 <3 <3 <3 <3 <3 <3 <3 \"\\\n\xc3\xa4", GST_TAG_ARTIST, "a",
      GST_TAG_ARTIST, "b, c; d", GST_TAG_BITRATE, 5u, GST_TAG_TRACK_GAIN, -1.5,
      GST_TAG_DATE_TIME, date, GST_TAG_IMAGE, cover, nullptr));
  gst_tag_list_set_scope (tags.get (), scope);
  gst_date_time_unref (date);
  gst_sample_unref (cover);
  gst_buffer_unref (data);
  return tags;
}

static const GstTagScope kScopes[]
    = { GST_TAG_SCOPE_STREAM, GST_TAG_SCOPE_GLOBAL };

GST_START_TEST (test_media_tags_come_back_the_same)
{
  TagListPtr tags = all_kinds_of_tags (kScopes[__i__]);
  /* A topic may be copied into another: several times. */
  for (int i = 0; i < 3; i++) {
    const std::string text = tags_to_text (tags.get ());
    TagListPtr back = tags_from_text (text);
    ck_assert (back);
    ck_assert (gst_tag_list_is_equal (back.get (), tags.get ()));
    ck_assert_int_eq (gst_tag_list_get_scope (back.get ()), kScopes[__i__]);
    check_text (tags_to_text (back.get ()), text);
    tags = std::move (back);
  }
}
GST_END_TEST;

GST_START_TEST (test_media_tags_name_their_scope)
{
  TagListPtr tags (gst_tag_list_new (GST_TAG_TITLE, "a", nullptr));
  check_text (tags_to_text (tags.get ()), "taglist, title=(string)a;");
  gst_tag_list_set_scope (tags.get (), GST_TAG_SCOPE_GLOBAL);
  check_text (tags_to_text (tags.get ()), "taglist-global, title=(string)a;");
}
GST_END_TEST;

/* Their accessors would assert, some of them for good. */
static const char *const kBadTags[] = {
  "image/jpeg, width=(int)3;",
  "taglist, title=(int)5;",
  "taglist, title=(string)< a, b >;",
  "taglist, title=(int)[ 1, 2 ];",
  "taglist, title=(string){ };",
  "taglist, unknown={ };",
  "taglist, unknown={ { (int)1 } };",
  "taglist, title={ (string)a, (int)5 };",
  "taglist, bitrate=(string)a;",
  "taglist, bitrate=(uint){ 1, 2 };",
  "taglist, bitrate=(int)5;",
};

GST_START_TEST (test_media_tags_of_another_type_are_refused)
{
  ck_assert_msg (!tags_from_text (kBadTags[__i__]), "%s", kBadTags[__i__]);
}
GST_END_TEST;

GST_START_TEST (test_media_tags_that_nobody_registered_are_kept)
{
  const char *text = "taglist, never-registered=(string)a;";
  TagListPtr tags = tags_from_text (text);
  ck_assert (tags);
  check_text (tags_to_text (tags.get ()), text);
}
GST_END_TEST;

/* ---- structures and caps ---- */

static const char *const kStructures[] = {
  "e;",
  "GstForceKeyUnit, timestamp=(guint64)18446744073709551615, "
  "all-headers=(boolean)true;",
  "e, a=(int)-5, b=(double)0.5, c=(fraction)1/3, d=(string)\"x\\ \\\"y\\\"\", "
  "f=(int){ 1, 2 }, g=(int)< < 1, 2 >, < 3, 4 > >, h=(buffer)00ff;",
  "e, s=(structure)\"in\\,\\ q\\=\\(string\\)\\\"a\\\\\\ b\\\"\\;\";",
  "e, c=(GstCaps)\"video/x-raw\\,\\ format\\=\\(string\\)\\{\\ A\\,\\ B\\ "
  "\\}\";",
};

GST_START_TEST (test_media_structures_come_back_the_same)
{
  StructurePtr structure = structure_from_text (kStructures[__i__]);
  ck_assert_msg (bool (structure), "%s", kStructures[__i__]);
  StructurePtr back
      = structure_from_text (structure_to_text (structure.get ()));
  ck_assert (back);
  ck_assert (gst_structure_is_equal (back.get (), structure.get ()));
}
GST_END_TEST;

GST_START_TEST (test_media_caps_keep_codec_data_and_stream_headers)
{
  const char *text = "audio/x-vorbis, codec_data=(buffer)01, "
                     "streamheader=(buffer)< 01766f, 03766f, 05766f >";
  CapsPtr caps = caps_from_text (text);
  ck_assert (caps);
  check_text (caps_to_text (caps.get ()), text);
}
GST_END_TEST;

static Suite *
record_media_suite ()
{
  Suite *suite = suite_create ("record_media");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (
      tcase, test_media_that_is_intra_only_is_known, 0, G_N_ELEMENTS (kMedia));
  tcase_add_test (tcase, test_media_without_caps_is_not_intra_only);
  tcase_add_loop_test (
      tcase, test_media_tags_come_back_the_same, 0, G_N_ELEMENTS (kScopes));
  tcase_add_test (tcase, test_media_tags_name_their_scope);
  tcase_add_loop_test (tcase, test_media_tags_of_another_type_are_refused, 0,
      G_N_ELEMENTS (kBadTags));
  tcase_add_test (tcase, test_media_tags_that_nobody_registered_are_kept);
  tcase_add_loop_test (tcase, test_media_structures_come_back_the_same, 0,
      G_N_ELEMENTS (kStructures));
  tcase_add_test (tcase, test_media_caps_keep_codec_data_and_stream_headers);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (record_media);
