/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Topics that change under those who use them. */

#include "chaos.h"

#include "chance.h"
#include "common/trip.h"
#include "trial.h"

#include <algorithm>
#include <librdkafka/rdkafka.h>
#include <set>

using namespace kafkacheck;

/* Also where a key says which partition: whoever runs stays in it. */
GST_START_TEST (test_added_partitions_change_nothing)
{
  static const char *streams[] = { "", "key=camera" };
  for (const char *stream : streams) {
    std::string name = "partitions added";
    Trial trial (*stream ? name + ", with a key" : name, stream, stream);
    trial.settle ();
    add_partitions (trial.topic (), 7);
    trial.settle ();
    trial.finish (1);
  }
}
GST_END_TEST;

static bool
ends_buffer (const Record &record)
{
  auto chunk = record.header ("gst.chunk");
  size_t slash = chunk ? chunk->find ('/') : 0;
  return !chunk
         || std::stoul (*chunk) + 1 == std::stoul (chunk->substr (slash + 1));
}

/* librdkafka may, where it has not seen that the topic was gone in between:
 * docs/reports/librdkafka-recreated-topic.c. */
static bool
crashes_when_made_anew ()
{
  constexpr int first = 0x02040000, mended = 0x020a0000;
  return rd_kafka_version () >= first && rd_kafka_version () < mended;
}

/* All that is in the log is read before, so that what is gone with the topic is
 * what its ERROR counts. */
GST_START_TEST (test_deleted_topic_is_told_of)
{
  Topic topic;
  Topic other;
  Pester pester (
      crashes_when_made_anew () ? other.name () : topic.name (), other.name ());
  auto writer = std::make_unique<WriterProcess> (sink_text (topic.name ()));
  ReaderProcess reader (source_text (topic.name ()), "sync=false");
  Ledger ledger;
  writer->wait_for_acknowledgements (100);
  writer->freeze ();
  auto records = read_log (topic.name ());
  reader.wait_for (static_cast<size_t> (
      std::count_if (records.begin (), records.end (), ends_buffer)));
  delete_topic (topic.name ());
  writer->thaw ();
  ck_assert_int_eq (writer->wait_for_status (), 1);
  g_print ("%s", writer->complaints ().c_str ());
  writer->wait_for_complaint ("ERROR The topic '");
  writer->wait_for_complaint ("does not exist");
  writer->wait_for_complaint ("Lost: ");
  reader.wait_for_complaint ("does not exist");
  reader.wait_for_complaint ("Waiting for it to come back");
  ledger.add_writer (writer->lines ());

  writer = std::make_unique<WriterProcess> (
      sink_text (topic.name (), "create-topic=true"));
  writer->wait_for_acknowledgements (50);
  writer->finish ();
  reader.wait_for_end ();
  g_print ("%s", reader.complaints ().c_str ());
  reader.wait_for_complaint ("is not the one that was being read");
  ledger.add_writer (writer->lines ());
  Account account = ledger.judge ({ reader.used () });
  pester.stop ();
  add_row ("topic deleted, and made anew", 1, account, &pester);
  account.check ();
  pester.check ();
}
GST_END_TEST;

static void
publish_five (const std::string &topic, const std::string &pattern)
{
  publish ("videotestsrc num-buffers=5 pattern=" + pattern
               + " ! video/x-raw,width=64,height=64 ! jpegenc",
      topic, "create-topic=true eos-record=false");
}

/* The reader is frozen while that is done: it sees that the topic is gone, and
 * then a log that ends where it is already. */
GST_START_TEST (test_topic_made_anew_with_as_many_records_is_played)
{
  static const char *groups[] = { "", "group-id=g" };
  std::string topic = unused_topic_name ();
  publish_five (topic, "smpte");
  ReaderProcess reader (source_text (topic, groups[__i__]), "sync=false");
  reader.wait_for (5);
  delete_topic (topic);
  reader.wait_for_complaint ("Waiting for it to come back");
  reader.freeze ();
  publish_five (topic, "ball");
  reader.thaw ();
  reader.wait_for (10);
  reader.wait_for_complaint ("is not the one that was being read");
  std::set<std::string> pictures;
  for (const auto &frame : reader.used ())
    pictures.insert (frame.checksum);
  ck_assert_uint_eq (pictures.size (), 10);
}
GST_END_TEST;

TCase *
topic_tests ()
{
  TCase *tcase = tcase_create ("topics");
  tcase_add_test (tcase, test_added_partitions_change_nothing);
  tcase_add_test (tcase, test_deleted_topic_is_told_of);
  tcase_add_loop_test (
      tcase, test_topic_made_anew_with_as_many_records_is_played, 0, 2);
  return tcase;
}
