/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Batches that are not what they were when they were written: a disk that
 * fails, or a broker that is not one's friend. */

#include "faults.h"

#include "common/stopping.h"
#include "common/trip.h"

#include <fstream>
#include <sstream>

using namespace kafkacheck;

constexpr int kCount = 100;
constexpr int kBatch = 5; /* records in each */

/* Fields of a batch, message format 2: where they begin. */
constexpr size_t kLength = 8;
constexpr size_t kLengthEnd = 12;
constexpr size_t kAttributes = 21;
constexpr size_t kRecordCount = 57;
constexpr size_t kRecords = 61;

static const struct Damage {
  const char *name;
  size_t place;
  const char *bytes;
} kDamages[] = {
  { "a bit of a payload", kRecords + 1000, "\x55" },
  { "the first record's length", kRecords, "\xff\xff\xff\xff\x0f" },
  { "the number of records", kRecordCount, "\x7f\xff\xff\xff" },
  { "no records at all", kRecordCount, "\xff\xff\xff\xff" },
  { "a compression that it has not", kAttributes + 1, "\x03" },
};

static std::string
log_file (const std::string &topic)
{
  return own_broker ().setting ("log.dirs") + "/" + topic
         + "-0/00000000000000000000.log";
}

/* Where the batch of that number begins. */
static size_t
find_batch (const std::string &log, int number)
{
  size_t begin = 0;
  for (; number > 0; number--) {
    uint32_t length = 0;
    for (size_t i = kLength; i < kLengthEnd; i++)
      length = length << 8 | static_cast<unsigned char> (log.at (begin + i));
    begin += kLengthEnd + length;
  }
  return begin;
}

/* The broker reads the file anew each time. */
static void
damage (const std::string &topic, const Damage &how, int batch)
{
  std::string path = log_file (topic);
  std::stringstream log;
  log << std::ifstream (path, std::ios::binary).rdbuf ();
  size_t begin = find_batch (log.str (), batch);
  std::fstream file (path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp (static_cast<std::streamoff> (begin + how.place));
  file << how.bytes;
  file.close ();
  ck_assert (file.good ());
}

GST_START_TEST (test_kafkasrc_plays_on_after_a_damaged_batch)
{
  const Damage &how = kDamages[__i__];
  Topic topic;
  Captured in = publish ("fakesrc filltype=pattern num-buffers=100 "
                         "sizetype=fixed sizemax=2000 ! application/x-test",
      topic.name (),
      "caps-interval=0 client-config=\"c,batch.num.messages=5\"");
  constexpr int damaged = 7;
  damage (topic.name (), how, damaged);

  Player player (topic.name ());
  ck_assert_msg (player.pipeline ().run () == Pipeline::Ending::EOS, "%s: %s",
      how.name, player.pipeline ().describe ().c_str ());
  ElementPtr source = player.pipeline ().element ("source");
  Captured out = player.capture ().get ();
  g_print ("%s: %zu of %d, %" G_GINT64_FORMAT " quarantined, %zu warnings\n",
      how.name, out.buffers.size (), kCount,
      stat (source.get (), "quarantined"),
      player.pipeline ().warnings ().size ());
  ck_assert_uint_ge (out.buffers.size (), kCount - kBatch);
  ck_assert_uint_lt (out.buffers.size (), kCount);
  ck_assert_msg (player.pipeline ().warnings ().size () == 1, "%s",
      player.pipeline ().describe ().c_str ());
  ck_assert_int_gt (stat (source.get (), "quarantined"), 0);
  check_text (out.buffers.back ().checksum, in.buffers.back ().checksum);
  int disconts = 0;
  for (const auto &buffer : out.buffers)
    disconts += buffer.is_discont ();
  ck_assert_int_eq (disconts, 2);
  check_stop (player.pipeline (), "source after a damaged batch");
}
GST_END_TEST;

TCase *
damage_tests ()
{
  TCase *tcase = tcase_create ("damage");
  tcase_add_loop_test (tcase, test_kafkasrc_plays_on_after_a_damaged_batch, 0,
      G_N_ELEMENTS (kDamages));
  return tcase;
}
