/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Whose memory a payload is, and for how long: not copied on its way, freed
 * when nobody needs it any more and not before.
 *
 * The functions of librdkafka that payloads pass through are replaced by ones
 * that look at them and call the real ones; symbols of the program come before
 * those of a library. */

#include "common/mock_cluster.h"
#include "common/resources.h"
#include "common/trip.h"

#include <dlfcn.h>

#include <gst/check/gstharness.h>

#include <atomic>
#include <set>

using namespace kafkacheck;

/* ---- what librdkafka is given and gives ---- */

struct Passed {
  const void *payload;
  size_t size;
  int flags;
};

static std::mutex passed_mutex; /* guards passed_in and passed_out */
static std::vector<Passed> passed_in;
static std::set<const void *> passed_out;
static std::atomic<int> clients{ 0 };

template <typename Function>
static Function
real (Function, const char *name)
{
  return reinterpret_cast<Function> (dlsym (RTLD_NEXT, name));
}
#define REAL(name) real (&name, #name)

extern "C" rd_kafka_error_t *
rd_kafka_produceva (rd_kafka_t *rk, const rd_kafka_vu_t *args, size_t count)
{
  Passed passed{};
  for (size_t i = 0; i < count; i++) {
    if (args[i].vtype == RD_KAFKA_VTYPE_VALUE) {
      passed.payload = args[i].u.mem.ptr;
      passed.size = args[i].u.mem.size;
    } else if (args[i].vtype == RD_KAFKA_VTYPE_MSGFLAGS) {
      passed.flags = args[i].u.i;
    }
  }
  {
    std::lock_guard<std::mutex> lock (passed_mutex);
    passed_in.push_back (passed);
  }
  return REAL (rd_kafka_produceva) (rk, args, count);
}

extern "C" rd_kafka_message_t *
rd_kafka_consumer_poll (rd_kafka_t *rk, int timeout_ms)
{
  rd_kafka_message_t *message = REAL (rd_kafka_consumer_poll) (rk, timeout_ms);
  if (message && !message->err) {
    std::lock_guard<std::mutex> lock (passed_mutex);
    passed_out.insert (message->payload);
  }
  return message;
}

extern "C" rd_kafka_t *
rd_kafka_new (rd_kafka_type_t type, rd_kafka_conf_t *conf, char *reason,
    size_t reason_size)
{
  clients++;
  return REAL (rd_kafka_new) (type, conf, reason, reason_size);
}

extern "C" void
rd_kafka_destroy (rd_kafka_t *rk)
{
  REAL (rd_kafka_destroy) (rk);
  clients--;
}

static size_t
count_passed_in ()
{
  std::lock_guard<std::mutex> lock (passed_mutex);
  return passed_in.size ();
}

static Passed
last_passed_in ()
{
  std::lock_guard<std::mutex> lock (passed_mutex);
  return passed_in.back ();
}

static bool
came_from_librdkafka (const void *payload)
{
  std::lock_guard<std::mutex> lock (passed_mutex);
  return passed_out.count (payload) > 0;
}

/* ---- in ---- */

static std::atomic<int> freed{ 0 };

/* Tests may run one after the other in one process. */
static void
forget_all ()
{
  std::lock_guard<std::mutex> lock (passed_mutex);
  passed_in.clear ();
  passed_out.clear ();
  freed = 0;
}

static void
free_and_count (gpointer data)
{
  g_free (data);
  freed++;
}

/* Counted when its memory is freed. */
static GstBuffer *
counted_buffer (size_t size)
{
  gpointer data = g_malloc0 (size);
  return gst_buffer_new_wrapped_full (static_cast<GstMemoryFlags> (0), data,
      size, 0, size, data, free_and_count);
}

static const void *
address_of (GstBuffer *buffer)
{
  GstMapInfo map;
  ck_assert (gst_buffer_map (buffer, &map, GST_MAP_READ));
  gst_buffer_unmap (buffer, &map);
  return map.data;
}

class FedSink {
 public:
  explicit FedSink (const std::string &servers)
      : element_ (gst_element_factory_make ("kafkasink", nullptr))
  {
    g_object_set (element_, "topic", "t", "bootstrap-servers", servers.c_str (),
        "max-record-size", guint64{ 10000000 }, nullptr);
    harness_ = gst_harness_new_with_element (element_, "sink", nullptr);
    gst_harness_set_src_caps_str (harness_, "application/x-test");
  }
  ~FedSink ()
  {
    gst_harness_teardown (harness_);
    gst_object_unref (element_);
  }
  GstFlowReturn
  push (GstBuffer *buffer)
  {
    return gst_harness_push (harness_, buffer);
  }
  void
  stop ()
  {
    gst_element_set_state (element_, GST_STATE_NULL);
  }
  void
  wait_for_records (int count)
  {
    ck_assert (
        wait_until ([&] { return stat (element_, "records") >= count; }));
  }

 private:
  GstElement *element_;
  GstHarness *harness_;
};

/* Both sides of message.copy.max.bytes, and what batches are made of. */
static const size_t kSizes[] = { 1, 1000, 60000, 70000, 3000000 };

GST_START_TEST (test_kafkasink_gives_librdkafka_the_buffers_own_memory)
{
  const size_t size = kSizes[__i__];
  MockCluster cluster;
  FedSink sink (cluster.servers ());
  GstBuffer *buffer = counted_buffer (size);
  const void *address = address_of (buffer);
  ck_assert_int_eq (sink.push (buffer), GST_FLOW_OK);
  sink.wait_for_records (1);

  Passed passed = last_passed_in ();
  ck_assert (passed.payload == address);
  ck_assert_uint_eq (passed.size, size);
  ck_assert_int_eq (
      passed.flags & (RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_FREE), 0);
  ck_assert (wait_until ([] { return freed == 1; }));
}
GST_END_TEST;

/* A part of another's memory is that part of it. */
GST_START_TEST (test_kafkasink_does_not_copy_a_part_of_a_buffer)
{
  MockCluster cluster;
  FedSink sink (cluster.servers ());
  GstBuffer *whole = counted_buffer (10000);
  GstBuffer *part
      = gst_buffer_copy_region (whole, GST_BUFFER_COPY_ALL, 1000, 500);
  auto *address = static_cast<const guint8 *> (address_of (whole)) + 1000;
  ck_assert_int_eq (sink.push (part), GST_FLOW_OK);
  sink.wait_for_records (1);
  ck_assert (last_passed_in ().payload == address);
  ck_assert_uint_eq (last_passed_in ().size, 500);
  ck_assert_int_eq (freed, 0);
  gst_buffer_unref (whole);
  ck_assert (wait_until ([] { return freed == 1; }));
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_holds_a_buffer_until_it_is_acknowledged)
{
  constexpr int count = 10;
  MockCluster cluster;
  FedSink sink (cluster.servers ());
  ck_assert_int_eq (sink.push (counted_buffer (1000)), GST_FLOW_OK);
  sink.wait_for_records (1);
  cluster.set_round_trip (std::chrono::seconds (1));
  GstBuffer *kept = gst_buffer_ref (counted_buffer (1000));
  ck_assert_int_eq (sink.push (kept), GST_FLOW_OK);
  for (int i = 1; i < count; i++)
    ck_assert_int_eq (sink.push (counted_buffer (1000)), GST_FLOW_OK);
  ck_assert (wait_until ([] { return count_passed_in () > 1; }));
  ck_assert_int_eq (freed, 1);
  ck_assert_int_gt (GST_MINI_OBJECT_REFCOUNT_VALUE (kept), 1);

  sink.wait_for_records (1 + count);
  ck_assert (wait_until ([] { return freed == count; }));
  ASSERT_BUFFER_REFCOUNT (kept, "kept", 1);
  gst_buffer_unref (kept);
  ck_assert_int_eq (freed, 1 + count);
}
GST_END_TEST;

/* In flight, in the queue, or before a broker was found: all come back. */
GST_START_TEST (test_kafkasink_frees_what_it_had_when_it_is_stopped)
{
  constexpr int count = 5000;
  Resources before;
  {
    MockCluster cluster;
    FedSink sink (cluster.servers ());
    ck_assert_int_eq (sink.push (counted_buffer (1000)), GST_FLOW_OK);
    sink.wait_for_records (1);
    if (__i__ == 0)
      cluster.set_round_trip (std::chrono::seconds (100));
    else
      cluster.set_down (true);
    for (int i = 1; i < count; i++)
      ck_assert_int_eq (sink.push (counted_buffer (1000)), GST_FLOW_OK);
    sink.stop ();
    ck_assert_int_eq (freed, count);
  }
  before.check_back_now ();
  ck_assert (wait_until ([] { return clients == 0; }));
}
GST_END_TEST;

GST_START_TEST (test_kafkasink_frees_what_it_had_without_a_broker)
{
  constexpr int count = 1000;
  FedSink sink ("127.0.0.1:1");
  for (int i = 0; i < count; i++)
    ck_assert_int_eq (sink.push (counted_buffer (1000)), GST_FLOW_OK);
  sink.stop ();
  ck_assert_int_eq (freed, count);
  /* A client that takes its time goes in the background. */
  ck_assert (wait_until ([] { return clients == 0; }));
}
GST_END_TEST;

/* ---- out ---- */

/* As an application that keeps what it gets. */
class Keeper {
 public:
  explicit Keeper (GstElement *sink)
  {
    g_object_set (sink, "signal-handoffs", TRUE, nullptr);
    g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), this);
  }
  ~Keeper () { let_go (); }

  const std::vector<GstBuffer *> &
  buffers () const
  {
    return buffers_;
  }
  void
  let_go ()
  {
    for (GstBuffer *buffer : buffers_)
      gst_buffer_unref (buffer);
    buffers_.clear ();
  }

 private:
  static void
  on_handoff (GstElement *, GstBuffer *buffer, GstPad *, gpointer self)
  {
    static_cast<Keeper *> (self)->buffers_.push_back (gst_buffer_ref (buffer));
  }
  std::vector<GstBuffer *> buffers_;
};

static void
publish_to (const MockCluster &cluster, size_t size, int count)
{
  Pipeline pipeline ("fakesrc filltype=pattern-span sizetype=fixed num-buffers="
                     + std::to_string (count)
                     + " sizemax=" + std::to_string (size)
                     + " ! kafkasink max-record-size=10000000 topic=t "
                       "bootstrap-servers="
                     + cluster.servers ());
  pipeline.run_to_eos ();
}

static std::string
source_at (const MockCluster &cluster)
{
  return "kafkasrc topic=t bootstrap-servers=" + cluster.servers ()
         + " ! fakesink name=sink";
}

static void
check_pattern (GstBuffer *buffer, size_t size)
{
  GstMapInfo map;
  ck_assert (gst_buffer_map (buffer, &map, GST_MAP_READ));
  ck_assert_uint_eq (map.size, size);
  for (size_t i = 1; i < size; i++)
    ck_assert_msg (map.data[i] == static_cast<guint8> (map.data[i - 1] + 1),
        "byte %zu is not what it was", i);
  gst_buffer_unmap (buffer, &map);
}

GST_START_TEST (test_kafkasrc_gives_large_payloads_as_librdkafka_has_them)
{
  MockCluster cluster;
  publish_to (cluster, 100000, 10);
  Pipeline pipeline (source_at (cluster));
  Keeper keeper (pipeline.element ("sink").get ());
  pipeline.run_to_eos ();
  ck_assert_int_eq (keeper.buffers ().size (), 10);
  for (GstBuffer *buffer : keeper.buffers ()) {
    ck_assert (came_from_librdkafka (address_of (buffer)));
    /* Nobody may write there. */
    ck_assert (GST_MEMORY_IS_READONLY (gst_buffer_peek_memory (buffer, 0)));
  }
}
GST_END_TEST;

/* A small one would hold a whole fetch response for its sake. */
GST_START_TEST (test_kafkasrc_copies_small_payloads)
{
  MockCluster cluster;
  publish_to (cluster, 1000, 10);
  Pipeline pipeline (source_at (cluster));
  Keeper keeper (pipeline.element ("sink").get ());
  pipeline.run_to_eos ();
  ck_assert_int_eq (keeper.buffers ().size (), 10);
  for (GstBuffer *buffer : keeper.buffers ())
    ck_assert (!came_from_librdkafka (address_of (buffer)));
}
GST_END_TEST;

/* However long the application keeps it, and whoever has gone before. */
GST_START_TEST (test_kafkasrc_buffers_outlive_the_pipeline)
{
  constexpr size_t size = 100000;
  MockCluster cluster;
  publish_to (cluster, size, 10);
  Resources before;
  int clients_before = clients;
  std::unique_ptr<Keeper> keeper;
  {
    Pipeline pipeline (source_at (cluster));
    keeper = std::make_unique<Keeper> (pipeline.element ("sink").get ());
    pipeline.run_to_eos ();
  }
  ck_assert_int_eq (clients, clients_before + 1);
  for (GstBuffer *buffer : keeper->buffers ())
    check_pattern (buffer, size);
  keeper->let_go ();
  ck_assert (wait_until ([&] { return clients == clients_before; }));
  before.check_back_now ();
}
GST_END_TEST;

static Suite *
payloads_suite ()
{
  Suite *suite = suite_create ("payloads");
  TCase *tcase = tcase_create ("general");
  tcase_add_checked_fixture (tcase, forget_all, nullptr);
  tcase_add_loop_test (tcase,
      test_kafkasink_gives_librdkafka_the_buffers_own_memory, 0,
      G_N_ELEMENTS (kSizes));
  tcase_add_test (tcase, test_kafkasink_does_not_copy_a_part_of_a_buffer);
  tcase_add_test (
      tcase, test_kafkasink_holds_a_buffer_until_it_is_acknowledged);
  tcase_add_loop_test (
      tcase, test_kafkasink_frees_what_it_had_when_it_is_stopped, 0, 2);
  tcase_add_test (tcase, test_kafkasink_frees_what_it_had_without_a_broker);
  tcase_add_test (
      tcase, test_kafkasrc_gives_large_payloads_as_librdkafka_has_them);
  tcase_add_test (tcase, test_kafkasrc_copies_small_payloads);
  tcase_add_test (tcase, test_kafkasrc_buffers_outlive_the_pipeline);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (payloads);
