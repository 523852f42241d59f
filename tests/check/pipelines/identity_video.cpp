/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "identity.h"

#include "common/broker.h"

#define TEST_VIDEO                                                             \
  "videotestsrc num-buffers=40 ! video/x-raw,width=160,height=120"

static const std::vector<Row> rows = {
  { "JPEG", TEST_VIDEO " ! jpegenc" },
  { "PNG", TEST_VIDEO " ! pngenc", SHOWS_ONLY_DELTAS },
  { "raw video of odd size",
      "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=321,"
      "height=241,framerate=30000/1001",
      SHOWS_OFFSETS },
  { "raw video, interlaced",
      TEST_VIDEO ",framerate=24/1 ! interlace field-pattern=2:3" },
  { "H.264 byte-stream, whole pictures",
      TEST_VIDEO " ! x264enc bframes=2 key-int-max=15 ! video/x-h264,"
                 "stream-format=byte-stream,alignment=au",
      SHOWS_DELTA_UNITS | SHOWS_B_FRAMES | SHOWS_NEGATIVE_DTS },
  { "H.264 byte-stream, NAL units",
      TEST_VIDEO " ! x264enc bframes=2 key-int-max=15 ! h264parse ! "
                 "video/x-h264,stream-format=byte-stream,alignment=nal",
      SHOWS_DELTA_UNITS | SHOWS_B_FRAMES | SHOWS_EQUAL_TIMES },
  { "H.264 avc, whole pictures",
      TEST_VIDEO " ! x264enc bframes=2 key-int-max=15 ! video/x-h264,"
                 "stream-format=avc,alignment=au",
      SHOWS_CODEC_DATA | SHOWS_B_FRAMES | SHOWS_NEGATIVE_DTS },
  { "H.264 avc, NAL units",
      TEST_VIDEO " ! x264enc bframes=2 key-int-max=15 ! h264parse ! "
                 "video/x-h264,stream-format=avc,alignment=nal",
      SHOWS_B_FRAMES | SHOWS_EQUAL_TIMES },
  { "H.264 from an MP4 file", "filesrc location=$FILE ! qtdemux ! h264parse",
      SHOWS_CODEC_DATA | SHOWS_B_FRAMES | SHOWS_NEGATIVE_DTS | SHOWS_TAGS,
      TEST_VIDEO " ! x264enc bframes=2 key-int-max=15 ! mp4mux ! "
                 "filesink location=$FILE" },
  { "H.265 byte-stream",
      TEST_VIDEO " ! x265enc key-int-max=15 ! video/x-h265,"
                 "stream-format=byte-stream",
      SHOWS_DELTA_UNITS | SHOWS_B_FRAMES | SHOWS_NEGATIVE_DTS },
  { "H.265 hvc1",
      TEST_VIDEO " ! x265enc key-int-max=15 ! h265parse ! video/x-h265,"
                 "stream-format=hvc1",
      SHOWS_CODEC_DATA | SHOWS_B_FRAMES },
  { "VP8", TEST_VIDEO " ! vp8enc deadline=1 keyframe-max-dist=15",
      SHOWS_DELTA_UNITS },
  { "VP9", TEST_VIDEO " ! vp9enc deadline=1 cpu-used=8 keyframe-max-dist=15",
      SHOWS_DELTA_UNITS },
  { "Theora", TEST_VIDEO " ! theoraenc keyframe-freq=16 keyframe-force=16",
      SHOWS_DELTA_UNITS | SHOWS_HEADER | SHOWS_STREAMHEADER },
  { "MPEG-4 from an AVI file", "filesrc location=$FILE ! avidemux",
      SHOWS_DELTA_UNITS,
      TEST_VIDEO " ! avenc_mpeg4 gop-size=15 ! avimux ! "
                 "filesink location=$FILE" },
};

static Suite *
identity_video_suite ()
{
  return make_identity_suite ("identity_video", rows);
}

KAFKA_CHECK_MAIN (identity_video)
