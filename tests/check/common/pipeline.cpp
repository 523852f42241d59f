/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/pipeline.h"

#include <cstdlib>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace kafkacheck {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

GstClockTime
left_until (steady_clock::time_point deadline)
{
  auto left = deadline - steady_clock::now ();
  return left.count () <= 0
             ? 0
             : std::chrono::duration_cast<std::chrono::nanoseconds> (left)
                   .count ();
}

GstElement *
parse (const std::string &text, GError **error)
{
  GstElement *element = gst_parse_launch_full (
      text.c_str (), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (!element || GST_IS_PIPELINE (element))
    return element;
  GstElement *pipeline = gst_pipeline_new (nullptr);
  gst_bin_add (GST_BIN (pipeline), element);
  return pipeline;
}

class ScratchDirectory {
 public:
  ScratchDirectory ()
      : path_ (std::filesystem::temp_directory_path ()
               / (run_name () + "-" + std::to_string (getpid ())))
  {
    std::filesystem::create_directory (path_);
  }
  ~ScratchDirectory ()
  {
    std::error_code ignored;
    std::filesystem::remove_all (path_, ignored);
  }
  std::string
  path () const
  {
    return path_.string ();
  }

 private:
  const std::filesystem::path path_;
};

constexpr int kMadeFrames = 100;
constexpr int kMadeRate = 25;

/* Not part of the project: it may be there or not. */
constexpr const char *kSharedClip
    = SOURCE_ROOT "/../shared/media/car-detection.mp4";
constexpr int kSharedFrames = 377;

std::string
make_clip ()
{
  std::string path = scratch_directory () + "/clip.mkv";
  std::string frames = std::to_string (kMadeFrames);
  Pipeline pipeline (
      "videotestsrc pattern=ball num-buffers=" + frames
      + " ! video/x-raw,width=320,height=240,framerate="
      + std::to_string (kMadeRate)
      + "/1 ! theoraenc ! queue ! matroskamux name=mux ! filesink location="
      + path + " audiotestsrc samplesperbuffer=1920 num-buffers=" + frames
      + " ! audio/x-raw,rate=48000 ! audioconvert ! vorbisenc ! queue ! mux.");
  pipeline.run_to_eos ();
  return path;
}

} // namespace

Complaint
parse_complaint (GstMessage *message)
{
  GError *error = nullptr;
  gchar *debug = nullptr;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, &debug);
  else
    gst_message_parse_warning (message, &error, &debug);
  Complaint complaint{ GST_OBJECT_NAME (GST_MESSAGE_SRC (message)),
    error->message, debug ? debug : "", error->domain, error->code };
  g_error_free (error);
  g_free (debug);
  return complaint;
}

milliseconds
patience ()
{
  constexpr milliseconds unhurried{ 30000 };
  const char *factor = g_getenv ("CK_TIMEOUT_MULTIPLIER");
  int times = factor ? std::atoi (factor) : 1;
  return unhurried * (times > 0 ? times : 1);
}

Pipeline::Pipeline (const std::string &text)
{
  GError *error = nullptr;
  pipeline_.reset (parse (text, &error));
  ck_assert_msg (pipeline_ != nullptr, "%s: %s", text.c_str (),
      error ? error->message : "no pipeline");
  bus_.reset (gst_element_get_bus (pipeline_.get ()));
}

Pipeline::~Pipeline ()
{
  gst_element_set_state (pipeline_.get (), GST_STATE_NULL);
}

std::optional<std::string>
Pipeline::find_missing (const std::string &text)
{
  GError *error = nullptr;
  GstParseContext *context = gst_parse_context_new ();
  /* Caps at the end would count as an element. */
  GstElement *element = gst_parse_launch_full (
      (text + " ! fakesink").c_str (), context, GST_PARSE_FLAG_NONE, &error);
  gchar **names = gst_parse_context_get_missing_elements (context);
  std::optional<std::string> reason;
  if (names)
    reason = std::string ("there is no ") + names[0];
  g_strfreev (names);
  gst_parse_context_free (context);
  g_clear_error (&error);
  if (element)
    gst_object_unref (element);
  return reason;
}

ElementPtr
Pipeline::element (const std::string &name) const
{
  ElementPtr element (
      gst_bin_get_by_name (GST_BIN (pipeline_.get ()), name.c_str ()));
  ck_assert_msg (element != nullptr, "no element '%s'", name.c_str ());
  return element;
}

Pipeline::Ending
Pipeline::run ()
{
  /* A failed state change has left an ERROR on the bus. */
  set_state (GST_STATE_PLAYING);
  return wait_for_end ();
}

void
Pipeline::run_to_eos ()
{
  Ending ending = run ();
  ck_assert_msg (
      ending == Ending::EOS, "no EOS, but: %s", describe ().c_str ());
}

bool
Pipeline::set_state (GstState state)
{
  return gst_element_set_state (pipeline_.get (), state)
         != GST_STATE_CHANGE_FAILURE;
}

void
Pipeline::reach_state (GstState state)
{
  bool started = set_state (state);
  auto timeout = left_until (steady_clock::now () + patience ());
  GstStateChangeReturn ret
      = gst_element_get_state (pipeline_.get (), nullptr, nullptr, timeout);
  ck_assert_msg (started
                     && (ret == GST_STATE_CHANGE_SUCCESS
                         || ret == GST_STATE_CHANGE_NO_PREROLL),
      "%s is not reached: %s", gst_element_state_get_name (state),
      describe ().c_str ());
}

void
Pipeline::keep (MessagePtr message)
{
  switch (GST_MESSAGE_TYPE (message.get ())) {
  case GST_MESSAGE_ERROR:
    errors_.push_back (parse_complaint (message.get ()));
    break;
  case GST_MESSAGE_WARNING:
    warnings_.push_back (parse_complaint (message.get ()));
    break;
  case GST_MESSAGE_EOS:
    has_eos_ = true;
    break;
  default:
    break;
  }
  messages_.push_back (std::move (message));
}

void
Pipeline::drain ()
{
  while (GstMessage *message = gst_bus_pop (bus_.get ()))
    keep (MessagePtr (message));
}

Pipeline::Ending
Pipeline::wait_for (const Predicate &is_wanted, milliseconds limit)
{
  auto deadline = steady_clock::now () + limit;
  while (true) {
    while (seen_ < messages_.size ()) {
      GstMessage *message = messages_[seen_++].get ();
      if (is_wanted && is_wanted (message))
        return Ending::NONE;
      if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
        return Ending::ERROR;
      if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
        return Ending::EOS;
    }
    GstMessage *message
        = gst_bus_timed_pop (bus_.get (), left_until (deadline));
    ck_assert_msg (message != nullptr, "nothing more happens; so far: %s",
        describe ().c_str ());
    keep (MessagePtr (message));
  }
}

Pipeline::Ending
Pipeline::wait_for_end (milliseconds limit)
{
  return wait_for (nullptr, limit);
}

void
Pipeline::wait_for_warning (const std::string &part_of_text)
{
  Ending ending = wait_for ([&] (GstMessage *message) {
    return GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING
           && parse_complaint (message).text.find (part_of_text)
                  != std::string::npos;
  });
  ck_assert_msg (ending == Ending::NONE, "no warning of '%s', but: %s",
      part_of_text.c_str (), describe ().c_str ());
}

const std::vector<Complaint> &
Pipeline::errors ()
{
  drain ();
  return errors_;
}

const std::vector<Complaint> &
Pipeline::warnings ()
{
  drain ();
  return warnings_;
}

bool
Pipeline::has_eos ()
{
  drain ();
  return has_eos_;
}

std::vector<const GstStructure *>
Pipeline::element_messages (const char *name)
{
  drain ();
  std::vector<const GstStructure *> found;
  for (const auto &message : messages_)
    if (GST_MESSAGE_TYPE (message.get ()) == GST_MESSAGE_ELEMENT
        && gst_message_has_name (message.get (), name))
      found.push_back (gst_message_get_structure (message.get ()));
  return found;
}

std::string
Pipeline::describe ()
{
  drain ();
  std::string text;
  auto add = [&text] (const char *kind, const Complaint &complaint) {
    text += std::string (kind) + " from " + complaint.element + ": "
            + complaint.text + " (" + complaint.debug + ")\n";
  };
  for (const auto &error : errors_)
    add ("ERROR", error);
  for (const auto &warning : warnings_)
    add ("WARNING", warning);
  text += has_eos_ ? "EOS" : "no EOS";
  return text;
}

int64_t
stat (GstElement *element, const char *name)
{
  GstStructure *stats = nullptr;
  g_object_get (element, "stats", &stats, nullptr);
  const GValue *value = gst_structure_get_value (stats, name);
  ck_assert_msg (value != nullptr, "stats has no '%s'", name);
  GValue number = G_VALUE_INIT;
  g_value_init (&number, G_TYPE_INT64);
  ck_assert (g_value_transform (value, &number));
  gst_structure_free (stats);
  return g_value_get_int64 (&number);
}

void
wait_for_duration (GstElement *element, int64_t duration)
{
  ck_assert (wait_until ([&] {
    gint64 now = 0;
    return gst_element_query_duration (element, GST_FORMAT_TIME, &now)
           && now == duration;
  }));
}

bool
wait_until (const std::function<bool ()> &condition)
{
  auto deadline = steady_clock::now () + patience ();
  while (!condition ()) {
    if (steady_clock::now () > deadline)
      return false;
    std::this_thread::sleep_for (milliseconds (1));
  }
  return true;
}

void
wait_for_running_time (GstElement *element, GstClockTime time)
{
  ck_assert (wait_until ([element, time] {
    GstClockTime now = gst_element_get_current_running_time (element);
    return GST_CLOCK_TIME_IS_VALID (now) && now > time;
  }));
}

const Clip &
clip ()
{
  static const Clip clip = [] () -> Clip {
    const char *named = g_getenv ("GST_KAFKA_CLIP");
    std::filesystem::path path (named ? named : kSharedClip);
    if (!named && !std::filesystem::exists (path))
      return { make_clip (), kMadeFrames };
    bool is_shared
        = path.filename () == std::filesystem::path (kSharedClip).filename ();
    return { path, is_shared ? std::optional (kSharedFrames) : std::nullopt };
  }();
  return clip;
}

const std::string &
run_name ()
{
  static const std::string name = [] {
    gchar *id = g_uuid_string_random ();
    std::string text = std::string ("gst-kafka-check-") + id;
    g_free (id);
    return text;
  }();
  return name;
}

const std::string &
scratch_directory ()
{
  static const ScratchDirectory directory;
  static const std::string path = directory.path ();
  return path;
}

void
remove_scratch_directories ()
{
  std::error_code ignored;
  for (const auto &entry : std::filesystem::directory_iterator (
           std::filesystem::temp_directory_path (), ignored))
    if (entry.path ().filename ().string ().find (run_name ()) == 0)
      std::filesystem::remove_all (entry.path (), ignored);
}

} // namespace kafkacheck
