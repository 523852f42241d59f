/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Every error that Kafka's protocol has, as the answer to every kind of request
 * that the elements make: either it goes on and all data arrives, once, or
 * there is one ERROR that is a sentence. GST_KAFKA_TEST_ALL_ERRORS asks for all
 * codes, and for the table of what comes of them. */

#include "common/mock_cluster.h"
#include "common/pipeline.h"
#include "common/stopping.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

using namespace kafkacheck;

static constexpr int kRecords = 20;
static constexpr int kSize = 100; /* bytes of each */
/* At once. They wait more than they do. */
static constexpr int kThreads = 16;

static const struct Request {
  int key; /* in Kafka's protocol */
  const char *name;
  enum { SINK, SOURCE, GROUP } of;
  /* In a row: a client that tries again has more than one to get over. But a
   * member that is refused may come again as another one, and the mock
   * cluster keeps the old one until its session ends. */
  int errors = 3;
} kRequests[] = {
  { 3, "Metadata", Request::SINK },
  { 22, "InitProducerId", Request::SINK },
  { 0, "Produce", Request::SINK },
  { 3, "Metadata", Request::SOURCE },
  { 2, "ListOffsets", Request::SOURCE },
  { 1, "Fetch", Request::SOURCE },
  { 10, "FindCoordinator", Request::GROUP },
  { 11, "JoinGroup", Request::GROUP },
  { 14, "SyncGroup", Request::GROUP, 1 },
  { 12, "Heartbeat", Request::GROUP, 1 },
  { 9, "OffsetFetch", Request::GROUP },
  { 8, "OffsetCommit", Request::GROUP },
};
static const char *const kWho[] = { "kafkasink", "kafkasrc", "with a group" };

/* One of each kind: unknown to all, of a moment, of the leader, of rights, of
 * the producer, of the group. */
static const rd_kafka_resp_err_t kSome[] = {
  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
  RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
  RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
  RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
  RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
};

namespace {

struct Case {
  const Request *request;
  rd_kafka_resp_err_t code;
};

struct Outcome {
  bool is_right = false;
  std::string words;
  std::chrono::milliseconds took{ 0 };
};

std::vector<rd_kafka_resp_err_t>
all_codes ()
{
  const rd_kafka_err_desc *descriptions;
  size_t count = 0;
  rd_kafka_get_err_descs (&descriptions, &count);
  std::vector<rd_kafka_resp_err_t> codes;
  for (size_t i = 0; i < count; i++)
    if (descriptions[i].code > 0 && descriptions[i].name)
      codes.push_back (descriptions[i].code);
  return codes;
}

std::string
code_name (rd_kafka_resp_err_t code)
{
  return std::to_string (code) + " " + rd_kafka_err2name (code);
}

/* For the table: what librdkafka calls a code stands for all such. */
std::string
without_name (std::string words)
{
  const std::string begin = "Kafka reports: ";
  size_t from = words.find (begin);
  size_t to = from == std::string::npos ? from : words.find (". Lost", from);
  if (from != std::string::npos)
    words.replace (from + begin.size (),
        to == std::string::npos ? to : to - from - begin.size (), "<name>");
  from = words.find ("127.0.0.1:");
  if (from != std::string::npos)
    words.erase (from + 9, words.find ('\'', from) - from - 9);
  return words;
}

/* What a test's main thread may say by an assertion, another one may not. */
class Trial {
 public:
  explicit Trial (const Case &c) : case_ (c)
  {
    if (c.request->of != Request::SINK)
      fill ();
    if (is_metadata ())
      cluster_.set_topic_error (c.code);
    else
      cluster_.fail_at_broker (c.request->key, c.code, c.request->errors);
    pipeline_ = std::make_unique<Pipeline> (text ());
    watch ();
  }

  Outcome
  run ()
  {
    const auto begun = std::chrono::steady_clock::now ();
    pipeline_->set_state (GST_STATE_PLAYING);
    if (is_metadata ())
      clear_topic_error ();
    bool ended = wait_until ([this] { return has_failed () || is_done (); });
    const auto took = std::chrono::steady_clock::now () - begun;
    auto stop = measure ([this] { pipeline_->set_state (GST_STATE_NULL); });
    Outcome outcome = judge (ended);
    if (stop > stop_limit ())
      outcome = { false, "takes " + std::to_string (stop.count ())
                             + " ms to stop, after: " + outcome.words };
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds> (took);
    return outcome;
  }

 private:
  /* The mock cluster has these for a topic, not for a number of requests. */
  bool
  is_metadata () const
  {
    return strcmp (case_.request->name, "Metadata") == 0;
  }
  /* Once it has been told, or got over for as long as one notices. */
  void
  clear_topic_error ()
  {
    constexpr std::chrono::milliseconds time{ 1000 };
    const auto end = std::chrono::steady_clock::now () + time;
    wait_until ([&] {
      return has_failed () || is_done ()
             || std::chrono::steady_clock::now () > end;
    });
    cluster_.set_topic_error (RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  std::string
  where () const
  {
    return " topic=t bootstrap-servers=" + cluster_.servers ();
  }
  /* The mock cluster knows no limit to ask for. */
  std::string
  writer () const
  {
    return "fakesrc num-buffers=" + std::to_string (kRecords)
           + " filltype=zero sizetype=fixed sizemax=" + std::to_string (kSize)
           + " ! kafkasink name=kafka max-record-size=1000000" + where ();
  }
  std::string
  text () const
  {
    const char *group = case_.request->of == Request::GROUP
                            ? " group-id=crew commit-interval=10000000 "
                              "eos-policy=ignore"
                            : "";
    return case_.request->of == Request::SINK
               ? writer ()
               : "kafkasrc name=kafka" + where () + group
                     + " ! fakesink name=end enable-last-sample=false";
  }
  void
  fill ()
  {
    Pipeline pipeline (writer ());
    pipeline.set_state (GST_STATE_PLAYING);
    wait_until ([&] { return pipeline.has_eos (); });
  }
  /* fakesrc says in which byte each buffer begins, and that travels. */
  void
  watch ()
  {
    if (case_.request->of == Request::SINK)
      return;
    ElementPtr end = pipeline_->element ("end");
    PadPtr pad (gst_element_get_static_pad (end.get (), "sink"));
    gst_pad_add_probe (
        pad.get (), GST_PAD_PROBE_TYPE_BUFFER,
        [] (GstPad *, GstPadProbeInfo *info, gpointer data) {
          auto *self = static_cast<Trial *> (data);
          std::lock_guard<std::mutex> lock (self->mutex_);
          self->shown_.push_back (static_cast<int> (
              GST_BUFFER_OFFSET (GST_PAD_PROBE_INFO_BUFFER (info)) / kSize));
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
  }
  std::vector<int>
  arrived ()
  {
    if (case_.request->of == Request::SINK)
      return cluster_.read_seqs ();
    std::lock_guard<std::mutex> lock (mutex_);
    return shown_;
  }
  bool
  has_failed ()
  {
    return !pipeline_->errors ().empty ();
  }
  bool
  is_done ()
  {
    if (case_.request->of != Request::GROUP)
      return pipeline_->has_eos ();
    ElementPtr source = pipeline_->element ("kafka");
    return cluster_.errors_left (case_.request->key) == 0
           && arrived ().size () >= kRecords
           && stat (source.get (), "committed") == kRecords;
  }
  Outcome
  judge (bool ended)
  {
    if (has_failed ())
      return judge_errors ();
    std::vector<int> numbers = arrived ();
    std::string count = std::to_string (numbers.size ());
    if (!ended)
      return { false, "hangs after " + count + ": " + pipeline_->describe () };
    size_t expected = kRecords + (case_.request->of == Request::SINK ? 1 : 0);
    bool is_whole = numbers.size () >= expected;
    for (size_t i = 0; i < expected && is_whole; i++)
      is_whole
          = std::count (numbers.begin (), numbers.end (), static_cast<int> (i))
            > 0;
    bool is_once = numbers.size () == expected
                   && std::is_sorted (numbers.begin (), numbers.end ());
    /* A member that was thrown out goes on at or before its place. */
    /* As if it had them already; but the mock cluster has not. */
    if (case_.code == RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER
        && case_.request->of == Request::SINK && numbers.empty ())
      return { true, "goes on, as they are there already" };
    if (!is_metadata ()
        && cluster_.errors_left (case_.request->key) == case_.request->errors)
      return { false, "the error was never asked for" };
    bool is_right
        = is_whole && (is_once || case_.request->of == Request::GROUP);
    std::string words = is_right ? "goes on" : "WRONG DATA";
    if (!is_once)
      words += ", " + count + " of " + std::to_string (expected);
    if (!pipeline_->warnings ().empty ())
      words += ", WARNING: " + pipeline_->warnings ()[0].text;
    return { is_right, words };
  }
  /* GStreamer's own "Internal data stream error" of a source comes after. */
  Outcome
  judge_errors ()
  {
    std::vector<Complaint> own;
    for (const auto &error : pipeline_->errors ())
      if (error.element == "kafka")
        own.push_back (error);
    if (own.size () != 1)
      return { false,
        std::to_string (own.size ()) + " errors: " + pipeline_->describe () };
    const std::string &words = own[0].text;
    /* It may begin with a name in quotation marks. */
    bool is_sentence = words.size () > 20 && words.back () == '.'
                       && (isupper (words[0]) || words[0] == '\'');
    return { is_sentence, "ERROR: " + words };
  }

  const Case case_;
  MockCluster cluster_;
  std::mutex mutex_; /* guards shown_ */
  std::vector<int> shown_;
  std::unique_ptr<Pipeline> pipeline_; /* goes first */
};

class Table {
 public:
  explicit Table (std::vector<Case> cases)
      : cases_ (std::move (cases)), outcomes_ (cases_.size ())
  {}

  void
  fill ()
  {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++)
      threads.emplace_back ([this] { work (); });
    for (auto &thread : threads)
      thread.join ();
  }
  /* What has the same outcome, in one line. */
  void
  print () const
  {
    for (const auto &request : kRequests) {
      struct Line {
        std::string codes;
        std::chrono::milliseconds longest{ 0 };
      };
      std::map<std::string, Line> lines;
      for (size_t i = 0; i < cases_.size (); i++)
        if (cases_[i].request == &request) {
          Line &line = lines[without_name (outcomes_[i].words)];
          line.codes += " " + std::to_string (cases_[i].code);
          line.longest = std::max (line.longest, outcomes_[i].took);
        }
      for (const auto &[words, line] : lines)
        g_print ("%-12s | %-15s |%s | %s | %.1f s\n", kWho[request.of],
            request.name, line.codes.c_str (), words.c_str (),
            line.longest.count () / 1000.0);
    }
  }
  void
  check () const
  {
    size_t wrong = 0;
    for (size_t i = 0; i < cases_.size (); i++)
      if (!outcomes_[i].is_right) {
        wrong++;
        g_print ("WRONG: %s, %s: %s: %s\n", kWho[cases_[i].request->of],
            cases_[i].request->name, code_name (cases_[i].code).c_str (),
            outcomes_[i].words.c_str ());
      }
    ck_assert_msg (wrong == 0, "%d of %d go wrong", static_cast<int> (wrong),
        static_cast<int> (cases_.size ()));
  }

 private:
  void
  work ()
  {
    for (size_t i = next_++; i < cases_.size (); i = next_++)
      outcomes_[i] = Trial (cases_[i]).run ();
  }

  const std::vector<Case> cases_;
  std::vector<Outcome> outcomes_; /* each is one thread's */
  std::atomic<size_t> next_{ 0 };
};

} // namespace

/* librdkafka 2.1 to 2.9 ends the process when a topic with an error has
 * partitions, as the mock cluster's has: rd_kafka_topic_metadata_update () uses
 * one that it has not (mended in 2.10, dc48bedd1). */
static bool
is_deadly (const Request &request)
{
  constexpr int first = 0x020100ff, mended = 0x020a0000;
  bool is_metadata = strcmp (request.name, "Metadata") == 0;
  return is_metadata && rd_kafka_version () >= first
         && rd_kafka_version () < mended;
}

GST_START_TEST (test_each_error_is_got_over_or_told_once)
{
  bool all = g_getenv ("GST_KAFKA_TEST_ALL_ERRORS") != nullptr;
  std::vector<rd_kafka_resp_err_t> codes (std::begin (kSome), std::end (kSome));
  if (all)
    codes = all_codes ();
  std::vector<Case> cases;
  for (auto code : codes)
    for (const auto &request : kRequests)
      if (!is_deadly (request))
        cases.push_back ({ &request, code });
  Table table (std::move (cases));
  table.fill ();
  if (all)
    table.print ();
  table.check ();
}
GST_END_TEST;

static Suite *
mock_errors_suite ()
{
  Suite *suite = suite_create ("mock errors");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_each_error_is_got_over_or_told_once);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (mock_errors);
