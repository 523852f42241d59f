/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "identity.h"

#include "common/broker.h"
#include "common/feed.h"

using namespace kafkacheck;

#define TEST_VIDEO                                                             \
  "videotestsrc num-buffers=40 ! video/x-raw,width=160,height=120"
#define TEST_AUDIO                                                             \
  "audiotestsrc num-buffers=50 ! audio/x-raw,rate=48000,channels=2"
#define TEST_H264 TEST_VIDEO " ! x264enc bframes=2 key-int-max=15"

static const char *subtitles = "1\n"
                               "00:00:01,500 --> 00:00:02,000\n"
                               "It begins.\n"
                               "\n"
                               "2\n"
                               "00:00:04,000 --> 00:00:06,500\n"
                               "<i>\"\xc3\x9c\" &amp; {so on}</i>,\n"
                               "in two lines\n"
                               "\n"
                               "3\n"
                               "00:01:00,000 --> 00:01:02,000\n"
                               "It ends.\n\n";

/* SMPTE ST 336: a 16 byte key, a BER length, a value. */
static std::string
klv_packet (int number)
{
  return std::string ("\x06\x0e\x2b\x34\x02\x0b\x01\x01"
                      "\x0e\x01\x03\x01\x01\0\0\0\x02",
             17)
         + static_cast<char> (number) + '\0';
}

static void
feed_klv (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("meta/x-klv,parsed=true");
  for (int i = 0; i < 10; i++)
    feed.push ({ klv_packet (i), i * GST_SECOND / 25 });
  feed.finish ();
}

static void
feed_bytes_without_times (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test,framed=true");
  for (int i = 0; i < 10; i++)
    feed.push ({ "buffer " + std::to_string (i) });
  feed.finish ();
}

static void
feed_without_caps (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.push ({ "no caps", 0, {}, GST_SECOND });
  feed.push ({ "at all", GST_SECOND, {}, GST_SECOND });
  feed.finish ();
}

static void
feed_several_memories (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  for (uint64_t i = 0; i < 10; i++) {
    Made made{ std::string (50000 * i, static_cast<char> ('a' + i)),
      i * GST_SECOND };
    made.memories = static_cast<int> (i) + 1;
    feed.push (made);
  }
  feed.finish ();
}

static void
feed_buffer_lists (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  for (uint64_t i = 0; i < 10; i++)
    feed.push_list ({ { "first", i * GST_SECOND }, { "", i * GST_SECOND },
        { "third", {}, i * GST_SECOND, {}, {}, {}, 0, 5 } });
  feed.finish ();
}

static void
feed_empty_buffers (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.push ({ "", 0, 0, 0, 0, 0 });
  feed.push ({ "full", GST_SECOND });
  feed.push ({ "", 2 * GST_SECOND });
  feed.finish ();
}

static void
feed_nothing (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.finish ();
}

static void
feed_all_flags (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.push ({ "sync point", 0 });
  for (uint32_t flag = GST_BUFFER_FLAG_LIVE; flag != 0; flag <<= 1)
    feed.push ({ "flagged", GST_SECOND, {}, {}, {}, {}, flag });
  feed.push ({ "all", GST_SECOND, {}, {}, {}, {}, 0xfffffff0u });
  feed.finish ();
}

static void
feed_changing_caps (GstElement *appsrc)
{
  const char *all_caps[] = { "video/x-raw,format=GRAY8,width=4,height=4",
    "video/x-raw,format=GRAY8,width=8,height=2",
    "video/x-raw,format=GRAY8,width=4,height=4",
    "application/x-test,text=\"a; b, c=\\\"d\\\"\",list=(int)< 1, 2 >",
    "video/x-raw(memory:Test),format=GRAY8,width=4,height=4" };
  Feed feed (appsrc);
  uint64_t i = 0;
  for (const char *caps : all_caps) {
    feed.caps (caps);
    for (int n = 0; n < 3; n++)
      feed.push ({ "sixteen bytes :)", i++ * GST_SECOND });
  }
  feed.finish ();
}

/* The ends of what a GstBuffer can say; but from one to the next it is less
 * than a day, for which a player would not wait. */
static void
feed_extreme_numbers (GstElement *appsrc)
{
  constexpr uint64_t year = uint64_t{ 365 } * 24 * 3600 * GST_SECOND;
  constexpr uint64_t most = UINT64_MAX - 1;
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.push ({ "a", 50 * year, 0, 0, 0, 0 });
  feed.push ({ "b", 50 * year + 1, 1, 50 * year, most, most });
  feed.push ({ "c", 1, 50 * year, 1, 0, most });
  feed.push ({ "d", {}, 50 * year + 7, {}, most, {} });
  feed.finish ();
}

/* What has quotes, escapes, brackets, other alphabets or an odd type. */
static GstTagList *
make_tags ()
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE,
      "\"quoted\", \\escaped; {[<(\xc3\xbc \xe2\x82\xac \xf0\x9f\x8e\xac",
      GST_TAG_ARTIST, "one", GST_TAG_ARTIST, "another", GST_TAG_TRACK_NUMBER,
      7u, GST_TAG_TRACK_GAIN, -1.0 / 3, nullptr);
  GstDateTime *time = gst_date_time_new_from_iso8601_string (
      "2026-01-31T12:00:00.123456+01:00");
  GstBuffer *picture = make_buffer ({ std::string (20000, '\xff') });
  GstCaps *caps = gst_caps_from_string ("image/jpeg,width=(int)16");
  GstStructure *info = gst_structure_new (
      "GstTagImageInfo", "image-type", G_TYPE_INT, 3, nullptr);
  GstSample *cover = gst_sample_new (picture, caps, nullptr, info);
  gst_tag_list_add (tags, GST_TAG_MERGE_APPEND, GST_TAG_DATE_TIME, time,
      GST_TAG_IMAGE, cover, nullptr);
  gst_sample_unref (cover);
  gst_caps_unref (caps);
  gst_buffer_unref (picture);
  gst_date_time_unref (time);
  return tags;
}

static void
feed_tags_and_events (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.push ({ "before all tags", 0 });
  feed.tags (make_tags ());
  feed.push ({ "tags of the stream", GST_SECOND });
  GstTagList *tags = make_tags ();
  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  feed.tags (tags);
  feed.event (
      "application/x-first, text=(string)\"a \\\"b\\\" c\", "
      "list=(int){ 1, 2 }, nested=(structure)\"s\\,\\ x\\=\\(int\\)1\\;\"");
  feed.event ("application/x-second");
  feed.push ({ "global tags and two events", 2 * GST_SECOND });
  feed.tags (gst_tag_list_new (GST_TAG_COMMENT, "the end", nullptr));
  feed.event ("application/x-last");
  feed.finish ();
}

static const std::vector<Row> rows = {
  { "MPEG-TS", TEST_H264 " ! mpegtsmux alignment=7", SHOWS_STREAMHEADER },
  { "Matroska, streamable",
      TEST_H264 " ! queue ! matroskamux streamable=true name=mux " TEST_AUDIO
                " ! opusenc ! queue ! mux. mux.",
      SHOWS_CAPS_CHANGE | SHOWS_STREAMHEADER | SHOWS_DELTA_UNITS },
  { "RTP", TEST_H264 " ! rtph264pay mtu=500", SHOWS_EQUAL_TIMES },
  { "subtitles", "filesrc location=$FILE ! subparse", SHOWS_TAGS, nullptr,
      subtitles },
  { "KLV", "appsrc name=feed", SHOWS_NO_DURATION, nullptr, nullptr, feed_klv },
  { "bytes of a file", "filesrc location=$FILE blocksize=100",
      SHOWS_OFFSETS | SHOWS_NO_DURATION | SHOWS_NO_CAPS, nullptr, subtitles },
  { "buffers without times", "appsrc name=feed", SHOWS_NO_TIMES, nullptr,
      nullptr, feed_bytes_without_times },
  { "buffers without caps", "appsrc name=feed", SHOWS_NO_CAPS, nullptr, nullptr,
      feed_without_caps },
  { "buffers of several memories", "appsrc name=feed", 0, nullptr, nullptr,
      feed_several_memories },
  { "buffer lists", "appsrc name=feed", SHOWS_EMPTY_BUFFER, nullptr, nullptr,
      feed_buffer_lists },
  { "buffers without bytes", "appsrc name=feed", SHOWS_EMPTY_BUFFER, nullptr,
      nullptr, feed_empty_buffers },
  { "EOS and nothing else", "appsrc name=feed", SHOWS_NO_BUFFER, nullptr,
      nullptr, feed_nothing },
  { "caps that change midway", "appsrc name=feed", SHOWS_CAPS_CHANGE, nullptr,
      nullptr, feed_changing_caps },
  { "every flag", "appsrc name=feed", SHOWS_DELTA_UNITS, nullptr, nullptr,
      feed_all_flags },
  { "extreme numbers", "appsrc name=feed", SHOWS_OFFSETS, nullptr, nullptr,
      feed_extreme_numbers },
  { "tags and events, also before EOS", "appsrc name=feed",
      SHOWS_TAGS | SHOWS_LAST_EVENTS, nullptr, nullptr, feed_tags_and_events },
};

static Suite *
identity_streams_suite ()
{
  return make_identity_suite ("identity_streams", rows);
}

KAFKA_CHECK_MAIN (identity_streams)
