/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A buffer that is too large for a record: what kafkasink writes, as any client
 * of Kafka finds it. */

#include "common/feed.h"
#include "common/trip.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace kafkacheck;

/* What a record may have of the topic, and what of that surely is payload. */
constexpr size_t kLimit = 20000;
constexpr size_t kHeadersAtMost = 2000;

static const Pairs kSmallRecords
    = { { "max.message.bytes", std::to_string (kLimit) } };

static std::string
bytes_of (size_t size)
{
  std::string bytes (size, 0);
  std::iota (bytes.begin (), bytes.end (), 0);
  return bytes;
}

/* Of 90,000, 5 and 19,000 bytes. */
static void
feed_sizes (GstElement *appsrc)
{
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  feed.event ("of-the-first, n=(int)1");
  feed.push ({ bytes_of (90000), 1000, {}, 50 });
  feed.push ({ bytes_of (5), 2000 });
  feed.push ({ bytes_of (19000), 3000 });
  feed.finish ();
}

static std::vector<Record>
written (const Topic &topic, const std::string &properties = "")
{
  publish (
      "appsrc name=feed format=time", topic.name (), properties, feed_sizes);
  return read_log (topic.name ());
}

static size_t
payload_size (const std::vector<Record> &records)
{
  size_t size = 0;
  for (const auto &record : records)
    size += record.value.value_or ("").size ();
  return size;
}

GST_START_TEST (test_kafkasink_cuts_what_no_record_takes)
{
  Topic topic (1, kSmallRecords);
  auto records = written (topic);
  constexpr size_t chunks = 5;
  ck_assert_uint_eq (records.size (), chunks + 3);
  std::string whole;
  for (size_t i = 0; i < chunks; i++) {
    check_text (records[i].header ("gst.chunk").value (),
        std::to_string (i) + "/" + std::to_string (chunks));
    ck_assert_uint_lt (records[i].value->size (), kLimit);
    if (i + 1 < chunks)
      ck_assert_uint_gt (records[i].value->size (), kLimit - kHeadersAtMost);
    whole += *records[i].value;
  }
  ck_assert (whole == bytes_of (90000));
  ck_assert (!records[chunks].header ("gst.chunk"));
  ck_assert (!records[chunks + 1].header ("gst.chunk"));
}
GST_END_TEST;

GST_START_TEST (test_chunks_are_counted_and_only_the_first_has_headers)
{
  Topic topic (1, kSmallRecords);
  auto records = written (topic, "key=k");
  for (size_t i = 0; i < records.size (); i++) {
    check_text (records[i].header ("gst.seq").value (), std::to_string (i));
    check_text (records[i].key.value (), "k");
    ck_assert (
        records[i].header ("gst.session") == records[0].header ("gst.session"));
  }
  for (const char *name :
      { "gst.caps", "gst.pts", "gst.duration", "gst.event", "gst.utc" })
    ck_assert_msg (records[0].header (name).has_value (), "no %s", name);
  for (size_t i = 1; i < 5; i++)
    ck_assert_uint_eq (records[i].headers.size (), 4);
}
GST_END_TEST;

GST_START_TEST (test_each_chunked_buffer_has_the_caps)
{
  Topic topic (1, kSmallRecords);
  publish ("fakesrc filltype=zero num-buffers=3 sizetype=fixed sizemax=30000 "
           "! application/x-test",
      topic.name ());
  for (const auto &record : read_log (topic.name ()))
    ck_assert (record.header ("gst.caps").has_value ()
               == (record.header ("gst.chunk") == "0/2"));
}
GST_END_TEST;

GST_START_TEST (test_max_record_size_is_heeded)
{
  Topic topic;
  auto records = written (topic, "max-record-size=10000");
  ck_assert_uint_eq (payload_size (records), 90000 + 5 + 19000);
  auto is_chunk = [] (const Record &record) {
    return record.header ("gst.chunk").has_value ();
  };
  ck_assert_int_eq (
      std::count_if (records.begin (), records.end (), is_chunk), 10 + 2);
  for (const auto &record : records)
    ck_assert (record.value.value_or ("").size () < 10000);
}
GST_END_TEST;

/* librdkafka's own limit, where the user sets one. */
GST_START_TEST (test_message_max_bytes_is_heeded)
{
  Topic topic;
  auto records = written (topic, "client-config=\"c,message.max.bytes=10000\"");
  ck_assert_uint_eq (payload_size (records), 90000 + 5 + 19000);
  ck_assert (records[0].header ("gst.chunk").has_value ());
}
GST_END_TEST;

/* ---- what the broker makes of it ---- */

/* Compressed they are larger. In chunks, just below the limit of a topic by
 * default, and small. */
static void
feed_noise (GstElement *appsrc)
{
  static std::mt19937 random;
  Feed feed (appsrc);
  feed.caps ("application/x-test");
  uint64_t pts = 0;
  for (size_t size : { 3000000, 1048000, 3000000, 500000, 500000, 5 }) {
    std::string bytes (size, 0);
    for (char &byte : bytes)
      byte = static_cast<char> (random ());
    feed.push ({ bytes, pts });
    /* Early enough, however slowly they are read. */
    pts += 10 * GST_SECOND;
  }
  feed.finish ();
}

static const struct {
  const char *of_the_topic, *of_the_client;
} kCompressions[] = {
  { "gzip", "none" },
  { "snappy", "none" },
  { "lz4", "none" },
  { "zstd", "none" },
  { "producer", "gzip" },
  { "gzip", "gzip" },
  { "uncompressed", "gzip" },
};

GST_START_TEST (test_what_cannot_be_compressed_fits_when_it_is)
{
  const auto &c = kCompressions[__i__];
  Topic topic (1, { { "compression.type", c.of_the_topic } });
  Captured in
      = publish ("appsrc name=feed format=time max-bytes=0", topic.name (),
          std::string ("client-config=\"c,compression.type=") + c.of_the_client
              + "\"",
          feed_noise);
  ck_assert_uint_eq (in.buffers.size (), 6);
  check_identical (in, play (topic.name ()));
}
GST_END_TEST;

GST_START_TEST (test_a_chunked_buffer_is_one_delivery_at_its_first_chunk)
{
  Topic topic (1, kSmallRecords);
  Pipeline pipeline ("appsrc name=feed format=time ! "
                     + sink_text (topic.name (), "delivery-messages=true"));
  feed_sizes (pipeline.element ("feed").get ());
  pipeline.run_to_eos ();
  ElementPtr sink = pipeline.element ("sink");
  ck_assert_int_eq (stat (sink.get (), "records"), 8);
  ck_assert_int_eq (stat (sink.get (), "chunks"), 5);
  ck_assert_int_eq (stat (sink.get (), "bytes"), 90000 + 5 + 19000);
  ck_assert_int_eq (stat (sink.get (), "queued-bytes"), 0);

  auto deliveries = pipeline.element_messages ("kafka-delivery");
  const std::vector<std::pair<gint64, gint64>> expected
      = { { 0, 1000 }, { 5, 2000 }, { 6, 3000 }, { 7, -1 } };
  ck_assert_uint_eq (deliveries.size (), expected.size ());
  for (size_t i = 0; i < expected.size (); i++) {
    gint64 offset = -1, pts = -1;
    gst_structure_get (deliveries[i], "offset", G_TYPE_INT64, &offset, "pts",
        G_TYPE_INT64, &pts, nullptr);
    ck_assert_int_eq (offset, expected[i].first);
    ck_assert_int_eq (pts, expected[i].second);
  }
}
GST_END_TEST;

GST_START_TEST (test_no_record_is_larger_than_a_segment)
{
  Topic topic (1,
      { { "max.message.bytes", "5000000" }, { "segment.bytes", "1048576" } });
  Captured in = publish ("appsrc name=feed format=time max-bytes=0",
      topic.name (), "", feed_noise);
  check_identical (in, play (topic.name ()));
}
GST_END_TEST;

/* A broker ends the connection at a request of 100 MiB. */
GST_START_TEST (test_no_record_is_as_large_as_a_request_may_be)
{
  constexpr int size = 120000000;
  Topic topic (1, { { "max.message.bytes", "1000000000" },
                      { "file.delete.delay.ms", "0" } });
  Pipeline pipeline (
      "fakesrc filltype=zero num-buffers=1 sizetype=fixed sizemax="
      + std::to_string (size) + " ! " + sink_text (topic.name ()));
  pipeline.run_to_eos ();
  ElementPtr sink = pipeline.element ("sink");
  ck_assert_int_eq (stat (sink.get (), "bytes"), size);
  ck_assert_int_eq (stat (sink.get (), "chunks"), 4);
}
GST_END_TEST;

static Suite *
chunks_written_suite ()
{
  Suite *suite = suite_create ("chunks_written");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasink_cuts_what_no_record_takes);
  tcase_add_test (
      tcase, test_chunks_are_counted_and_only_the_first_has_headers);
  tcase_add_test (tcase, test_each_chunked_buffer_has_the_caps);
  tcase_add_test (tcase, test_max_record_size_is_heeded);
  tcase_add_test (tcase, test_message_max_bytes_is_heeded);
  tcase_add_test (
      tcase, test_a_chunked_buffer_is_one_delivery_at_its_first_chunk);
  tcase_add_loop_test (tcase, test_what_cannot_be_compressed_fits_when_it_is, 0,
      G_N_ELEMENTS (kCompressions));
  tcase_add_test (tcase, test_no_record_is_larger_than_a_segment);
  tcase_add_test (tcase, test_no_record_is_as_large_as_a_request_may_be);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (chunks_written);
