/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "identity.h"

#include "common/broker.h"

#define TEST_AUDIO                                                             \
  "audiotestsrc num-buffers=50 ! audio/x-raw,rate=48000,channels=2"

static const std::vector<Row> rows = {
  { "AAC", TEST_AUDIO " ! avenc_aac ! audio/mpeg,stream-format=raw",
      SHOWS_CODEC_DATA | SHOWS_TAGS },
  { "AAC, ADTS",
      TEST_AUDIO " ! avenc_aac ! aacparse ! audio/mpeg,stream-format=adts" },
  { "Opus", TEST_AUDIO " ! opusenc", SHOWS_STREAMHEADER | SHOWS_TAGS },
  { "Vorbis", TEST_AUDIO " ! audioconvert ! vorbisenc",
      SHOWS_STREAMHEADER | SHOWS_HEADER | SHOWS_NO_DURATION },
  { "FLAC", TEST_AUDIO " ! flacenc", SHOWS_STREAMHEADER | SHOWS_HEADER },
  { "mu-law", TEST_AUDIO " ! audioconvert ! mulawenc" },
  { "MP3", TEST_AUDIO " ! lamemp3enc ! mpegaudioparse", SHOWS_TAGS },
  { "raw audio, 6 channels",
      "audiotestsrc num-buffers=50 ! audio/x-raw,format=S24LE,channels=6,"
      "channel-mask=(bitmask)0x3f",
      SHOWS_OFFSETS },
};

static Suite *
identity_audio_suite ()
{
  return make_identity_suite ("identity_audio", rows);
}

KAFKA_CHECK_MAIN (identity_audio)
