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
  "e, a={ }, b=< { }, { 1, 2 } >, c=(structure){ s, t }, d=(type)gint, "
  "e=(string)NULL, f=(sample){ 00:None:None:None, 11:None:None:None };",
  "e, r=[ 1, 2 ], s=(fraction)[ 0/1, 30/1 ], t={ [ 1, 2 ], [ 3, 5 ] };",
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

/* What elements have in their caps. */
static const char *const kRealCaps[] = {
  "video/x-raw, format=(string)I420, width=(int)64, height=(int)48, "
  "framerate=(fraction)30000/1001, multiview-flags=(flagset)0:ffffffff",
  "audio/x-raw, format=(string)S16LE, channel-mask=(bitmask)0x3, "
  "mix-matrix=(float)< < 1, 0.5 >, < 0, 1 > >",
  "application/x-rtp, extmap-1=(string)< \"\", urn:x, \"\" >, "
  "ssrc=(uint)3000000000, a-framerate=(string)\"30\"",
  "video/x-raw(memory:DMABuf, meta:X), drm-format=(string)NV12:0x01",
  "video/x-h264, codec_data=(buffer)0164, streamheader=(buffer)< 01, 0203 >",
  "a, d=(datetime)2020-01-01T10:00:00Z, g=(date)2020-01-01, "
  "e=(GstFormat)time, i=(gint64)-5, u=(guint64)18446744073709551615, "
  "f=(float)0.5, h=(double)-1e+30, b=(boolean)true, n=(string)NULL, "
  "l=(GstSegmentFlags)GST_SEGMENT_FLAG_RESET+GST_SEGMENT_FLAG_SKIP",
  "a, b=RGB, c=\"x y\", d=video/x-raw, e=true, f=0.5, g=2/1, h=-3",
  "a , b = ( int ) 1 , c = < > , d = < < > , < 1 > > ;",
};

GST_START_TEST (test_media_caps_of_real_media_come_back_the_same)
{
  const char *text = kRealCaps[__i__];
  CapsPtr caps = caps_from_text (text);
  ck_assert_msg (bool (caps), "%s", text);
  ck_assert (gst_caps_is_equal (caps.get (), make_caps (text).get ()));
  CapsPtr back = caps_from_text (caps_to_text (caps.get ()));
  ck_assert_msg (bool (back), "%s", text);
  ck_assert (gst_caps_is_equal (back.get (), caps.get ()));
}
GST_END_TEST;

/* GStreamer cannot compare some of them; it takes the elements of a list for
 * what the first one is, and a number for a pointer. */
static const char *const kCapsOfAnything[] = {
  "a/b, x=(GstCaps)\"s/t,l={(string)a,(float)010}\"",
  "a/b, x=(GstCaps)\"s/t,l={(string)a,(double)6.0e-310}\"",
  "a/b, x=(GstCaps)\"s/t,l={(int)1,(string)a}\"",
  "a/b, x=(GstCaps)\"s/t,l={{1,2},(int)1}\"",
  "a/b, x=(taglist)\"taglist,l={(string)a,(float)010}\"",
  "a/b, x=(GstCapsFeatures)\"memory:X\"",
  "a/b, x=(GstCaps)\"s/t\"",
  "a/b, x=(GstCaps)s/t",
  "a/b, x=(structure)\"s\\;\"",
  "a/b, x=(taglist)\"taglist\\;\"",
  "a/b, x=(GstSegment)\"segment;\"",
  "a/b, x=(sample)00:None:None:None",
  "a/b, x=(type)gint",
  "a/b, x=<(string)a,(float)010>",
  "a/b, x=<1,a>",
  "a/b, x=<<1>,<a>>",
  "a/b, x=<<>,<1>,<a>>",
  "a/b, x=<1,<1>>",
  "a/b, x=<{1,2}>",
  "a/b, x=<[1,2]>",
  "a/b, x=(string)<a,NULL>",
  "a/b, x=(double)nan",
  "a/b, x=(float)<1,nan>",
  "a/b, x=(GstSegmentFlags)4321",
  "a/b, x=[1,2]",
  "a/b, x={1,2}",
};

GST_START_TEST (test_media_caps_have_plain_values_only)
{
  ck_assert_msg (
      !caps_from_text (kCapsOfAnything[__i__]), "%s", kCapsOfAnything[__i__]);
}
GST_END_TEST;

/* kafkasink asks for its caps what a reader would. */
GST_START_TEST (test_media_caps_with_structures_do_not_travel)
{
  CapsPtr caps = make_caps ("a/b");
  StructurePtr inner (gst_structure_new_empty ("s"));
  gst_caps_set_simple (
      caps.get (), "x", GST_TYPE_STRUCTURE, inner.get (), nullptr);
  ck_assert (gst_caps_is_fixed (caps.get ()));
  ck_assert (!caps_from_text (caps_to_text (caps.get ())));
}
GST_END_TEST;

/* Wherever they are. */
static const char *const kMixedLists[] = {
  "e, l={(string)a,(float)010}",
  "e, l={(int)1,(string)a}",
  "e, l=<1,1.5>",
  "e, l={{1,2},(int)1}",
  "e, l={<1>,<a>}",
  "e, l={<>,{}}",
  "e, l={[1,2],1}",
  "e, x=(GstCaps)\"s/t,l={(string)a,(float)010}\"",
  "e, x=(GstCaps)\"s/t;s/t,l={(string)a,(float)010}\"",
  "e, x=(structure)\"s,l={(string)a,(float)010}\"",
  "e, x=(taglist)\"taglist,l={(string)a,(float)010}\"",
  "e, x=(structure){\"s,l={(string)a,(float)010}\",s}",
  /* Caps and info: a/b,l={(int)1,a} and e,l={(int)1,a}. */
  "e, x=(sample)00:YS9iLGw9eyhpbnQpMSxhfQA_:None:None",
  "e, x=(sample)00:None:None:ZSxsPXsoaW50KTEsYX0A",
  /* Nor can these be written. */
  "e, l={(string)NULL,(string)x}",
  "e, f=(GstSegmentFlags)4321",
  "e, l={(GstSeekFlags)-1}",
};

GST_START_TEST (test_media_lists_have_one_type)
{
  const std::string text = kMixedLists[__i__];
  ck_assert_msg (!structure_from_text (text), "%s", text.c_str ());
  ck_assert_msg (
      !tags_from_text ("taglist" + text.substr (1)), "%s", text.c_str ());
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
  tcase_add_loop_test (tcase, test_media_caps_of_real_media_come_back_the_same,
      0, G_N_ELEMENTS (kRealCaps));
  tcase_add_loop_test (tcase, test_media_caps_have_plain_values_only, 0,
      G_N_ELEMENTS (kCapsOfAnything));
  tcase_add_test (tcase, test_media_caps_with_structures_do_not_travel);
  tcase_add_loop_test (
      tcase, test_media_lists_have_one_type, 0, G_N_ELEMENTS (kMixedLists));
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (record_media);
