/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Something else than a broker at the broker's address: an ERROR that says so
 * before long, and a stop at any time before. */

#include "common/failing.h"
#include "common/fake_server.h"
#include "common/mock_cluster.h"
#include "common/resources.h"
#include "common/stopping.h"

using namespace kafkacheck;

#define SINK                                                                   \
  "fakesrc filltype=zero num-buffers=3 sizetype=fixed ! kafkasink topic=t "    \
  "name=kafka"
#define SOURCE "kafkasrc topic=t name=kafka ! fakesink"

enum Place { CLOSED_PORT, UNKNOWN_HOST, SILENT, WEB_SERVER, ONE_OF_EACH };

/* In the order in which they are found out, so that each can be timed. */
static const struct {
  Place place;
  ErrorCase error;
} kCases[] = {
  { CLOSED_PORT,
      { "sink at a port where nobody listens", SINK,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "No Kafka broker answers at" } },
  { CLOSED_PORT,
      { "source at a port where nobody listens", SOURCE,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Check that one is running" } },
  { UNKNOWN_HOST,
      { "sink at a host that is unknown", SINK,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "cannot be resolved" } },
  { UNKNOWN_HOST,
      { "source at a host that is unknown", SOURCE,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "Check the spelling" } },
  { WEB_SERVER, { "sink at a web server", SINK, //
                    GST_RESOURCE_ERROR_OPEN_READ_WRITE, "bootstrap-servers" } },
  { WEB_SERVER, { "source at a web server", SOURCE, //
                    GST_RESOURCE_ERROR_OPEN_READ_WRITE, "bootstrap-servers" } },
  { WEB_SERVER,
      { "sink that speaks TLS to a server that does not",
          SINK " client-config=\"c,security.protocol=ssl\"",
          GST_RESOURCE_ERROR_NOT_AUTHORIZED, "Check security.protocol" } },
  { WEB_SERVER,
      { "source that speaks TLS to a server that does not",
          "kafkasrc topic=t name=kafka "
          "client-config=\"c,security.protocol=ssl\" ! fakesink",
          GST_RESOURCE_ERROR_NOT_AUTHORIZED, "Check security.protocol" } },
  { SILENT,
      { "sink at a server that says nothing", SINK,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "No Kafka broker answers at" } },
  { SILENT,
      { "source at a server that says nothing", SOURCE,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "No Kafka broker answers at" } },
  { ONE_OF_EACH,
      { "sink with three wrong addresses", SINK,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "bootstrap-servers" } },
  { ONE_OF_EACH,
      { "source with three wrong addresses", SOURCE,
          GST_RESOURCE_ERROR_OPEN_READ_WRITE, "bootstrap-servers" } },
};

/* All of them at once. */
class Places {
 public:
  std::string
  address_of (Place place) const
  {
    switch (place) {
    case CLOSED_PORT:
      return closed_.address ();
    case UNKNOWN_HOST:
      return "no-such-host.invalid:9092"; /* RFC 2606: never exists */
    case SILENT:
      return silent_.address ();
    case WEB_SERVER:
      return web_server_.address ();
    case ONE_OF_EACH:
      break;
    }
    return closed_.address () + "," + silent_.address () + ","
           + web_server_.address ();
  }

  void
  wait_for_clients ()
  {
    silent_.wait_for_client ();
    web_server_.wait_for_client ();
  }

 private:
  ClosedPort closed_;
  FakeServer silent_;
  FakeServer web_server_{ "HTTP/1.1 400 Bad Request\r\nServer: none\r\n"
                          "Content-Length: 0\r\nConnection: close\r\n\r\n" };
};

/* Side by side: each of them waits, most of the time. */
GST_START_TEST (test_no_broker_is_one_error_with_advice)
{
  Resources before;
  {
    Places places;
    std::vector<std::unique_ptr<FailingPipeline>> pipelines;
    for (const auto &c : kCases)
      pipelines.push_back (std::make_unique<FailingPipeline> (
          c.error, "bootstrap-servers=" + places.address_of (c.place)));
    for (auto &pipeline : pipelines)
      pipeline->check ();
  }
  before.check_back_now ();
}
GST_END_TEST;

/* librdkafka takes the end of a young connection for a wrong login. */
GST_START_TEST (test_broker_that_goes_away_is_no_wrong_setting)
{
  static const char *const texts[]
      = { "fakesrc filltype=zero sizetype=fixed ! "
          "identity sleep-time=10000 ! kafkasink name=kafka topic=t "
          "max-record-size=1000000",
          "kafkasrc name=kafka topic=t ! fakesink" };
  MockCluster cluster;
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  for (const char *text : texts) {
    pipelines.push_back (std::make_unique<Pipeline> (text));
    ElementPtr element = pipelines.back ()->element ("kafka");
    g_object_set (element.get (), "bootstrap-servers",
        cluster.servers ().c_str (), nullptr);
    pipelines.back ()->set_state (GST_STATE_PLAYING);
    ck_assert (
        wait_until ([&] { return stat (element.get (), "records") > 0; }));
  }
  cluster.set_down (true);
  for (auto &pipeline : pipelines) {
    pipeline->wait_for_warning ("");
    ck_assert_msg (
        pipeline->warnings ()[0].text.find ("No Kafka broker answers") == 0,
        "%s", pipeline->describe ().c_str ());
  }
}
GST_END_TEST;

/* ---- on the way to that error ---- */

class AllCases {
 public:
  AllCases ()
  {
    for (const auto &c : kCases) {
      pipelines_.push_back (std::make_unique<Pipeline> (c.error.pipeline));
      g_object_set (pipelines_.back ()->element ("kafka").get (),
          "bootstrap-servers", places.address_of (c.place).c_str (), nullptr);
      pipelines_.back ()->set_state (GST_STATE_PLAYING);
    }
  }

  void
  check_each (void (*check) (Pipeline &, const std::string &))
  {
    for (size_t i = 0; i < pipelines_.size (); i++)
      check (*pipelines_[i], kCases[i].error.name);
  }

  /* One has given up; those that wait for an answer have not. */
  void
  wait_for_first_error ()
  {
    pipelines_.front ()->wait_for_end ();
  }

  Places places;

 private:
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
};

GST_START_TEST (test_element_stops_as_soon_as_it_has_started)
{
  AllCases cases;
  cases.check_each (check_stop);
}
GST_END_TEST;

GST_START_TEST (test_element_stops_while_it_connects)
{
  AllCases cases;
  cases.places.wait_for_clients ();
  cases.check_each (check_stop);
}
GST_END_TEST;

GST_START_TEST (test_element_stops_while_it_tries_again)
{
  AllCases cases;
  cases.wait_for_first_error ();
  cases.check_each (check_stop);
}
GST_END_TEST;

GST_START_TEST (test_element_flushes_and_stops_while_it_connects)
{
  AllCases cases;
  cases.places.wait_for_clients ();
  cases.check_each (check_flush);
  cases.check_each (check_stop);
}
GST_END_TEST;

static Suite *
connection_errors_suite ()
{
  Suite *suite = suite_create ("connection errors");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_no_broker_is_one_error_with_advice);
  tcase_add_test (tcase, test_broker_that_goes_away_is_no_wrong_setting);
  tcase_add_test (tcase, test_element_stops_as_soon_as_it_has_started);
  tcase_add_test (tcase, test_element_stops_while_it_connects);
  tcase_add_test (tcase, test_element_stops_while_it_tries_again);
  tcase_add_test (tcase, test_element_flushes_and_stops_while_it_connects);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (connection_errors);
