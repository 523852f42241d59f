/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Eight streams for as long as one likes: writers that pause, end, are stopped
 * in the middle and start again; readers that seek, pause, stop and start;
 * while what comes out is checked against what went in, and what the process
 * holds is written down. tests/soak.sh runs it and judges the figures. */

#include "common/broker.h"
#include "common/stopping.h"
#include "ledger.h"
#include "samples.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

#define VIDEO(size, rate)                                                      \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw,format=I420," size ",framerate=" rate " ! "
#define AUDIO(caps) "audiotestsrc is-live=true ! audio/x-raw," caps " ! "

/* Small pictures: it is the elements that are to be busy, not the codecs. Each
 * log holds a minute or more, as no reader is to be overtaken by retention. */
static const struct Stream {
  const char *name;
  const char *writer;
  const char *reader; /* more properties of kafkasrc */
  const char *retention = "16000000";
} kStreams[] = {
  { "jpeg", VIDEO ("width=320,height=240", "25/1") "jpegenc ! ", "" },
  { "h264",
      VIDEO ("width=160,height=120",
          "25/1") "x264enc speed-preset=ultrafast bframes=2 key-int-max=25 "
                  "threads=1 ! "
                  "h264parse ! ",
      "" },
  { "raw audio", AUDIO ("format=S16LE,rate=48000,channels=2"), "" },
  { "raw video", VIDEO ("width=160,height=120", "15/1"), "", "48000000" },
  { "large pictures", VIDEO ("width=640,height=480", "1/1"), "", "48000000" },
  { "opus", AUDIO ("rate=48000,channels=1") "opusenc ! ", "group-id=soak" },
  { "jpeg with a key", VIDEO ("width=320,height=240", "10/1") "jpegenc ! ",
      "group-id=soak" },
  { "small buffers", //
      AUDIO ("format=S16LE,rate=8000,channels=1") "mulawenc ! ", "" },
};

/* Closed segments only are deleted, so the log has up to one more. */
static Pairs
retention_of (const Stream &stream)
{
  return { { "retention.bytes", stream.retention },
    { "segment.bytes", "2000000" }, { "file.delete.delay.ms", "1000" } };
}

/* A broker that answers takes milliseconds. */
static constexpr std::chrono::seconds kStuck{ 30 };

namespace {

/* What all streams have in common: when to stop, and what went wrong. */
class Watch {
 public:
  explicit Watch (std::chrono::seconds length)
      : begin_ (steady_clock::now ()), end_ (begin_ + length)
  {}

  /* False: it is over. */
  bool
  rest (milliseconds time)
  {
    auto until = std::min (steady_clock::now () + time, end_);
    std::unique_lock<std::mutex> lock (mutex_);
    stop_.wait_until (lock, until, [this] { return stopping_; });
    return !stopping_ && steady_clock::now () < end_;
  }
  void
  fault (const std::string &what)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    if (faults_++ < 20)
      g_print ("FAULT at %d s: %s\n", seconds (), what.c_str ());
  }
  int
  faults () const
  {
    std::lock_guard<std::mutex> lock (mutex_);
    return faults_;
  }
  void
  note_duration (const std::string &what, milliseconds took)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    actions_++;
    if (took > milliseconds (1000) && slow_++ < 20)
      g_print ("slow at %d s: %s took %d ms\n", seconds (), what.c_str (),
          static_cast<int> (took.count ()));
    longest_ = std::max (longest_, took);
  }
  void
  describe () const
  {
    std::lock_guard<std::mutex> lock (mutex_);
    g_print ("%d actions, the longest took %d ms, %d more than a second\n",
        actions_, static_cast<int> (longest_.count ()), slow_);
  }

 private:
  int
  seconds () const
  {
    return static_cast<int> (std::chrono::duration_cast<std::chrono::seconds> (
        steady_clock::now () - begin_)
                                 .count ());
  }

  const steady_clock::time_point begin_, end_;
  mutable std::mutex mutex_; /* guards the rest */
  std::condition_variable stop_;
  bool stopping_ = false;
  int faults_ = 0, actions_ = 0, slow_ = 0;
  milliseconds longest_{ 0 };
};

struct PadProbe {
  GstPad *pad;
  gulong id;
};

/* One pipeline: its bus keeps nothing, an ERROR is a fault unless expected. */
class Runner {
 public:
  Runner (Watch &watch, std::string name, const std::string &text)
      : watch_ (watch), name_ (std::move (name)),
        pipeline_ (gst_parse_launch (text.c_str (), nullptr))
  {
    ck_assert_msg (pipeline_ != nullptr, "%s", text.c_str ());
    std::unique_ptr<GstBus, Unref> bus (gst_element_get_bus (pipeline_.get ()));
    gst_bus_set_sync_handler (bus.get (), on_message, this, nullptr);
  }
  ~Runner ()
  {
    set_state (GST_STATE_NULL, "the end");
    std::unique_ptr<GstBus, Unref> bus (gst_element_get_bus (pipeline_.get ()));
    gst_bus_set_sync_handler (bus.get (), nullptr, nullptr, nullptr);
    for (const auto &probe : probes_) {
      gst_pad_remove_probe (probe.pad, probe.id);
      gst_object_unref (probe.pad);
    }
  }
  Runner (const Runner &) = delete;
  Runner &operator= (const Runner &) = delete;

  GstElement *
  get () const
  {
    return pipeline_.get ();
  }
  ElementPtr
  element (const char *name) const
  {
    return ElementPtr (gst_bin_get_by_name (GST_BIN (pipeline_.get ()), name));
  }
  void
  add_probe (const char *name, GstPadProbeType type,
      GstPadProbeCallback callback, gpointer data)
  {
    ElementPtr owner = element (name);
    GstPad *pad = gst_element_get_static_pad (owner.get (), "sink");
    probes_.push_back (
        { pad, gst_pad_add_probe (pad, type, callback, data, nullptr) });
  }
  void
  set_state (GstState state, const char *what)
  {
    auto begun = steady_clock::now ();
    if (gst_element_set_state (pipeline_.get (), state)
        == GST_STATE_CHANGE_FAILURE)
      watch_.fault (name_ + ": " + what + ": the state change failed");
    note (what, begun);
  }
  void
  note (const char *what, steady_clock::time_point begun)
  {
    watch_.note_duration (
        name_ + ": " + what, std::chrono::duration_cast<milliseconds> (
                                 steady_clock::now () - begun));
  }
  void
  expect_loss (bool expected)
  {
    expects_loss_ = expected;
  }
  bool
  wait_for_eos ()
  {
    std::unique_lock<std::mutex> lock (mutex_);
    bool came = changed_.wait_for (lock, kStuck, [this] { return has_eos_; });
    has_eos_ = false;
    return came;
  }

 private:
  static GstBusSyncReply
  on_message (GstBus *, GstMessage *message, gpointer data)
  {
    static_cast<Runner *> (data)->take (message);
    gst_message_unref (message);
    return GST_BUS_DROP;
  }
  void
  take (GstMessage *message)
  {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
      std::lock_guard<std::mutex> lock (mutex_);
      has_eos_ = true;
      changed_.notify_all ();
    }
    bool is_error = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
    if (!is_error && GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
      return;
    GError *error = nullptr;
    if (is_error)
      gst_message_parse_error (message, &error, nullptr);
    else
      gst_message_parse_warning (message, &error, nullptr);
    bool is_known = is_error && expects_loss_
                    && strstr (error->message, "Stopped before") != nullptr;
    if (!is_known)
      watch_.fault (
          name_ + (is_error ? ": ERROR: " : ": WARNING: ") + error->message);
    g_error_free (error);
  }

  Watch &watch_;
  const std::string name_;
  ElementPtr pipeline_;
  std::vector<PadProbe> probes_;
  std::atomic<bool> expects_loss_{ false };
  std::mutex mutex_; /* guards has_eos_ */
  std::condition_variable changed_;
  bool has_eos_ = false;
};

/* A random choice among actions, some more likely than others. */
class Dice {
 public:
  explicit Dice (unsigned seed) : engine_ (seed) {}
  int
  roll (int sides)
  {
    return std::uniform_int_distribution<int> (0, sides - 1) (engine_);
  }
  milliseconds
  time (int from, int to)
  {
    return milliseconds (from + roll (to - from));
  }

 private:
  std::mt19937 engine_;
};

/* ---- writers ---- */

class Writer {
 public:
  Writer (Watch &watch, const Stream &stream, Ledger &ledger, std::string topic,
      unsigned seed)
      : watch_ (watch), stream_ (stream), ledger_ (ledger),
        topic_ (std::move (topic)), dice_ (seed)
  {}

  void
  run ()
  {
    make ();
    while (watch_.rest (dice_.time (2000, 8000)))
      act (dice_.roll (10));
    end (true);
  }

 private:
  void
  make ()
  {
    std::string properties = "sync=false";
    if (strstr (stream_.name, "key"))
      properties += " key=soak";
    runner_ = std::make_unique<Runner> (watch_,
        std::string ("writer of ") + stream_.name,
        stream_.writer + sink_text (topic_, properties));
    runner_->add_probe ("sink", GST_PAD_PROBE_TYPE_BUFFER, on_buffer, this);
    begin ();
  }
  void
  begin ()
  {
    ledger_.begin_session ();
    runner_->set_state (GST_STATE_PLAYING, "start");
  }
  /* Cleanly, or in the middle. */
  void
  end (bool cleanly)
  {
    if (cleanly) {
      /* With a change of state under way GStreamer's own locks would meet: the
       * event has the state lock and waits for the stream, which waits in
       * preroll for the change, which waits for the state lock. */
      gst_element_get_state (runner_->get (), nullptr, nullptr,
          std::chrono::nanoseconds (kStuck).count ());
      gst_element_send_event (runner_->get (), gst_event_new_eos ());
      if (!runner_->wait_for_eos ())
        watch_.fault (std::string (stream_.name) + ": EOS does not come");
    }
    runner_->expect_loss (!cleanly);
    runner_->set_state (GST_STATE_NULL, cleanly ? "stop after EOS" : "stop");
    runner_->expect_loss (false);
    ElementPtr sink = runner_->element ("sink");
    auto acknowledged = static_cast<uint64_t> (stat (sink.get (), "records"));
    ledger_.end_session (cleanly ? acknowledged - 1 : acknowledged, cleanly);
  }
  void
  act (int side)
  {
    if (side < 5) {
      runner_->set_state (GST_STATE_PAUSED, "pause");
      watch_.rest (dice_.time (10, 1000));
      runner_->set_state (GST_STATE_PLAYING, "play");
      return;
    }
    end (side < 8);
    watch_.rest (dice_.time (10, 1000));
    if (side % 2) {
      runner_.reset ();
      make ();
    } else {
      begin ();
    }
  }
  /* The number travels in gst.offset. */
  static GstPadProbeReturn
  on_buffer (GstPad *, GstPadProbeInfo *info, gpointer data)
  {
    auto *self = static_cast<Writer *> (data);
    GstBuffer *buffer
        = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
    GST_BUFFER_OFFSET (buffer) = self->ledger_.enter (buffer);
    GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
    info->data = buffer;
    return GST_PAD_PROBE_OK;
  }

  Watch &watch_;
  const Stream &stream_;
  Ledger &ledger_;
  const std::string topic_;
  Dice dice_;
  std::unique_ptr<Runner> runner_;
};

/* ---- readers ---- */

class Reader {
 public:
  Reader (Watch &watch, const Stream &stream, const Ledger &ledger,
      std::string topic, unsigned seed)
      : watch_ (watch), stream_ (stream), ledger_ (ledger),
        topic_ (std::move (topic)), dice_ (seed)
  {}

  void
  run ()
  {
    make ();
    while (watch_.rest (dice_.time (300, 3000)))
      act (dice_.roll (20));
    settle ();
    runner_.reset ();
  }
  uint64_t
  count () const
  {
    return count_;
  }

 private:
  void
  make ()
  {
    /* What is fetched ahead is memory that comes and goes. */
    std::string properties
        = "eos-policy=ignore "
          "client-config=\"c,queued.max.messages.kbytes=2048\" ";
    properties += strlen (stream_.reader) > 0 ? stream_.reader
                                              : "start-position=latest-sync";
    if (strstr (stream_.name, "key"))
      properties += " key=soak";
    runner_ = std::make_unique<Runner> (watch_,
        std::string ("reader of ") + stream_.name,
        source_text (topic_, properties)
            + " ! fakesink name=end sync=true enable-last-sample=false");
    runner_->add_probe ("end",
        static_cast<GstPadProbeType> (
            GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        on_data, this);
    start ();
  }
  void
  start ()
  {
    new_stretch ();
    runner_->set_state (GST_STATE_PLAYING, "start");
    wait_for_data ("a start");
  }
  void
  act (int side)
  {
    if (side < 10) {
      seek (side);
    } else if (side < 15) {
      runner_->set_state (GST_STATE_PAUSED, "pause");
      watch_.rest (dice_.time (10, 1000));
      runner_->set_state (GST_STATE_PLAYING, "play");
    } else {
      settle ();
      runner_->set_state (side % 2 ? GST_STATE_READY : GST_STATE_NULL, "stop");
      if (side == 19) {
        runner_.reset ();
        make ();
      } else {
        start ();
      }
    }
  }
  /* Into the newer half: retention takes the older one away. */
  void
  seek (int kind)
  {
    GstQuery *query = gst_query_new_seeking (GST_FORMAT_TIME);
    gint64 start = 0, end = 0;
    ElementPtr source = runner_->element ("source");
    bool known = gst_element_query (source.get (), query);
    if (known)
      gst_query_parse_seeking (query, nullptr, nullptr, &start, &end);
    gst_query_unref (query);
    if (!known || end - start < GST_SECOND)
      return;
    gint64 position = start + (end - start) / 100 * (50 + dice_.roll (50));
    int flags = GST_SEEK_FLAG_FLUSH
                | (kind % 2 ? GST_SEEK_FLAG_ACCURATE : GST_SEEK_FLAG_KEY_UNIT);
    auto begun = steady_clock::now ();
    gst_element_seek_simple (runner_->get (), GST_FORMAT_TIME,
        static_cast<GstSeekFlags> (flags), position);
    runner_->note ("seek", begun);
    wait_for_data ("a seek");
  }
  /* What a reader has to say when it is over. */
  void
  settle ()
  {
    ElementPtr source = runner_->element ("source");
    for (const char *name : { "gaps", "duplicates", "quarantined", "lost" })
      if (int64_t count = stat (source.get (), name))
        watch_.fault (std::string ("reader of ") + stream_.name + ": "
                      + std::to_string (count) + " " + name);
  }
  void
  wait_for_data (const char *after)
  {
    std::unique_lock<std::mutex> lock (mutex_);
    uint64_t seen = count_;
    if (!changed_.wait_for (lock, kStuck, [&] { return count_ > seen; }))
      watch_.fault (
          std::string ("reader of ") + stream_.name + ": nothing comes after "
          + after + "; lag "
          + std::to_string (stat (runner_->element ("source").get (), "lag")));
  }
  void
  new_stretch ()
  {
    std::lock_guard<std::mutex> lock (mutex_);
    last_.reset ();
  }
  static GstPadProbeReturn
  on_data (GstPad *, GstPadProbeInfo *info, gpointer data)
  {
    auto *self = static_cast<Reader *> (data);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
      self->check (GST_PAD_PROBE_INFO_BUFFER (info));
    else
      self->new_stretch ();
    return GST_PAD_PROBE_OK;
  }
  void
  check (GstBuffer *buffer)
  {
    std::lock_guard<std::mutex> lock (mutex_);
    bool is_delta = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    if (!last_ && is_delta)
      watch_.fault (std::string (stream_.name) + ": begins at a delta unit");
    std::string fault = ledger_.compare (buffer, last_);
    if (!fault.empty ())
      watch_.fault (std::string (stream_.name) + ": " + fault);
    last_ = GST_BUFFER_OFFSET (buffer);
    count_++;
    changed_.notify_all ();
  }

  Watch &watch_;
  const Stream &stream_;
  const Ledger &ledger_;
  const std::string topic_;
  Dice dice_;
  std::unique_ptr<Runner> runner_;
  std::mutex mutex_; /* guards what follows */
  std::condition_variable changed_;
  std::optional<uint64_t> last_; /* none yet since the last jump */
  std::atomic<uint64_t> count_{ 0 };
};

int
number (const char *name, int otherwise)
{
  const char *text = g_getenv (name);
  return text ? atoi (text) : otherwise;
}

} // namespace

GST_START_TEST (test_streams_stay_whole_and_nothing_grows)
{
  const std::chrono::seconds length (number ("SOAK_SECONDS", 60));
  const unsigned seed = number ("SOAK_SEED", std::random_device () () % 100000);
  const char *csv = g_getenv ("SOAK_CSV");
  const char *disk = g_getenv ("SOAK_DISK");
  g_print ("seed %u\n", seed);

  struct Track {
    explicit Track (const Stream &stream) : topic (1, retention_of (stream)) {}
    Topic topic;
    Ledger ledger;
    std::unique_ptr<Writer> writer;
    std::unique_ptr<Reader> reader;
  };
  std::vector<std::unique_ptr<Track>> tracks;
  Watch watch (length);
  for (const auto &stream : kStreams) {
    unsigned own = seed + 2 * tracks.size ();
    auto track = std::make_unique<Track> (stream);
    const std::string &topic = track->topic.name ();
    track->writer
        = std::make_unique<Writer> (watch, stream, track->ledger, topic, own);
    track->reader = std::make_unique<Reader> (
        watch, stream, track->ledger, topic, own + 1);
    tracks.push_back (std::move (track));
  }
  std::vector<std::thread> threads;
  for (auto &track : tracks) {
    threads.emplace_back ([&track] { track->writer->run (); });
    threads.emplace_back ([&track] { track->reader->run (); });
  }
  {
    Samples samples (csv ? csv : "", disk ? disk : "");
    const auto interval = std::clamp (
        milliseconds (length) / 300, milliseconds (1000), milliseconds (5000));
    do
      samples.take ();
    while (watch.rest (interval));
  }
  for (auto &thread : threads)
    thread.join ();
  for (size_t i = 0; i < tracks.size (); i++)
    g_print ("%-16s %8" G_GUINT64_FORMAT " written, %8" G_GUINT64_FORMAT
             " shown\n",
        kStreams[i].name, tracks[i]->ledger.count (),
        tracks[i]->reader->count ());
  watch.describe ();
  g_print ("%d faults\n", watch.faults ());
  ck_assert_int_eq (watch.faults (), 0);
}
GST_END_TEST;

static Suite *
soak_suite ()
{
  Suite *suite = suite_create ("soak");
  TCase *tcase = tcase_create ("general");
  /* As long as it is asked for; nothing in it waits without a limit. */
  tcase_set_timeout (tcase, 0);
  tcase_add_test (tcase, test_streams_stay_whole_and_nothing_grows);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (soak)
