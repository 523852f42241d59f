/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* However much goes through, the process stays small. As quick tests 200 MB, in
 * the full suite 2 GB. */

#include "common/resources.h"
#include "common/stopping.h"
#include "common/trip.h"

#include <cstdlib>

using namespace kafkacheck;

constexpr long kMegabyte = 1000 * 1000;

/* Of the whole process: GStreamer, librdkafka and what is under way. */
constexpr long kMaxPeakKilobytes = 200 * 1000;

static long
megabytes ()
{
  const gchar *text = g_getenv ("GST_KAFKA_TEST_MEGABYTES");
  return text ? std::atol (text) : 200;
}

static void
check_peak (const std::string &what)
{
  long peak = peak_memory ();
  g_print ("%s %ld MB: at most %ld MB resident\n", what.c_str (), megabytes (),
      peak / 1000);
  ck_assert_msg (
      peak < kMaxPeakKilobytes, "%s takes %ld kB", what.c_str (), peak);
}

static const struct Size {
  const char *name;
  long bytes; /* of a buffer */
} kSizes[] = {
  { "small", 1000 },
  { "JPEG", 30000 },
  { "large", 900000 },
};

static std::string
source_of (const Size &size)
{
  return "fakesrc name=data sizetype=fixed sizemax="
         + std::to_string (size.bytes) + " num-buffers="
         + std::to_string (megabytes () * kMegabyte / size.bytes);
}

/* Its files go with it, not a minute later. */
static const Pairs kShortLived = { { "file.delete.delay.ms", "0" } };

static void
publish_all (const Size &size, const std::string &topic)
{
  Pipeline pipeline (source_of (size) + " ! " + sink_text (topic));
  pipeline.run_to_eos ();
  pipeline.set_state (GST_STATE_NULL);
}

GST_START_TEST (test_elements_publish_and_read_in_bounded_memory)
{
  const Size &size = kSizes[__i__];
  Topic topic (1, kShortLived);
  publish_all (size, topic.name ());
  check_peak (std::string ("publishing ") + size.name + " buffers,");

  forget_peak_memory ();
  Pipeline pipeline (source_text (topic.name ()) + " ! fakesink");
  pipeline.run_to_eos ();
  check_peak (std::string ("reading ") + size.name + " buffers,");
  ElementPtr source = pipeline.element ("source");
  ck_assert_int_eq (
      stat (source.get (), "records"), megabytes () * kMegabyte / size.bytes);
}
GST_END_TEST;

/* What is fetched ahead of a player that stands still. */
GST_START_TEST (test_kafkasrc_waits_in_bounded_memory)
{
  const Size &size = kSizes[__i__];
  Topic topic (1, kShortLived);
  publish_all (size, topic.name ());
  forget_peak_memory ();
  Player player (topic.name ());
  player.pipeline ().reach_state (GST_STATE_PAUSED);
  constexpr std::chrono::seconds enough{ 2 };
  ck_assert (!player.capture ().gets_eos_within (enough));
  check_peak (std::string ("paused with ") + size.name + " buffers,");
  check_stop (player.pipeline (), "source that has fetched ahead");
}
GST_END_TEST;

/* An application that keeps what it gets must have the memory for it, but not
 * for the fetch responses beside it; and the source goes on. */
static void
keep (GstElement *, GstBuffer *buffer, GstPad *, gpointer kept)
{
  static_cast<std::vector<GstBuffer *> *> (kept)->push_back (
      gst_buffer_ref (buffer));
}

GST_START_TEST (test_kafkasrc_goes_on_when_everything_is_kept)
{
  const Size size = { "kept", 900000 };
  Topic topic (1, kShortLived);
  Pipeline publishing (
      "fakesrc sizetype=fixed sizemax=900000 num-buffers=120 ! "
      + sink_text (topic.name ()));
  publishing.run_to_eos ();

  std::vector<GstBuffer *> kept;
  Pipeline pipeline (source_text (topic.name ())
                     + " ! fakesink name=sink signal-handoffs=true");
  g_signal_connect (
      pipeline.element ("sink").get (), "handoff", G_CALLBACK (keep), &kept);
  pipeline.run_to_eos ();
  ck_assert_int_eq (kept.size (), 120);
  for (GstBuffer *buffer : kept) {
    ck_assert_uint_eq (gst_buffer_get_size (buffer), size.bytes);
    gst_buffer_unref (buffer);
  }
}
GST_END_TEST;

static Suite *
memory_suite ()
{
  Suite *suite = suite_create ("memory");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kSizes);
  tcase_set_timeout (tcase, 600);
  tcase_add_loop_test (
      tcase, test_elements_publish_and_read_in_bounded_memory, 0, count);
  tcase_add_loop_test (tcase, test_kafkasrc_waits_in_bounded_memory, 0, count);
  tcase_add_test (tcase, test_kafkasrc_goes_on_when_everything_is_kept);
  suite_add_tcase (suite, tcase);
  return suite;
}

int
main (int argc, char **argv)
{
  std::string obstacle = why_memory_is_no_measure ();
  if (obstacle.empty ())
    return run_broker_suite (argc, argv, memory_suite (), "memory", __FILE__);
  g_print ("memory: skipped: %s\n", obstacle.c_str ());
  return kSkipped;
}
