/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A pipeline under test: everything its bus says is kept, nothing is waited for
 * without a limit, nothing sleeps. */

#pragma once

#include "common/check.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kafkacheck {

struct Unref {
  void
  operator() (gpointer object) const
  {
    gst_object_unref (object);
  }
};
using ElementPtr = std::unique_ptr<GstElement, Unref>;
using PadPtr = std::unique_ptr<GstPad, Unref>;

struct MessageUnref {
  void
  operator() (GstMessage *message) const
  {
    gst_message_unref (message);
  }
};
using MessagePtr = std::unique_ptr<GstMessage, MessageUnref>;

/* How long a test waits for what should have happened long ago. Grows with
 * check's own CK_TIMEOUT_MULTIPLIER. */
std::chrono::milliseconds patience ();

/* An ERROR or a WARNING as a person reads it. */
struct Complaint {
  std::string element;
  std::string text;
  std::string debug;
  GQuark domain = 0;
  int code = 0;
};

/* Of a message of that kind. */
Complaint parse_complaint (GstMessage *message);

class Pipeline {
 public:
  enum class Ending { EOS, ERROR, NONE /* what was waited for came */ };

  /* `text` is for gst-launch-1.0. Fails the test when it cannot be parsed. */
  explicit Pipeline (const std::string &text);
  ~Pipeline ();
  Pipeline (const Pipeline &) = delete;
  Pipeline &operator= (const Pipeline &) = delete;

  /* Why there cannot be a pipeline of `text` and a sink on this machine, if an
   * element is missing; std::nullopt otherwise. */
  static std::optional<std::string> find_missing (const std::string &text);

  /* Fails the test when there is no element of that name. */
  ElementPtr element (const std::string &name) const;
  GstElement *
  get () const
  {
    return pipeline_.get ();
  }

  /* PLAYING until EOS or ERROR. */
  Ending run ();
  /* The same; anything but EOS fails the test, with what the bus said. */
  void run_to_eos ();

  /* False when the state change failed; doesn't wait for it. */
  bool set_state (GstState state);
  /* Fails the test when the state isn't reached in time. */
  void reach_state (GstState state);

  /* Waits for EOS or ERROR, or for a message that `is_wanted`. Messages that
   * came before this call count too, unless a call before has seen them. */
  using Predicate = std::function<bool (GstMessage *)>;
  Ending wait_for_end (std::chrono::milliseconds limit = patience ());
  Ending wait_for (const Predicate &is_wanted,
      std::chrono::milliseconds limit = patience ());
  void wait_for_warning (const std::string &part_of_text);

  /* What the bus has said so far. */
  const std::vector<Complaint> &errors ();
  const std::vector<Complaint> &warnings ();
  /* Structures of element messages of that name; they live as long as this. */
  std::vector<const GstStructure *> element_messages (const char *name);
  bool has_eos ();

  /* Everything that was said, for a failed assertion. */
  std::string describe ();

 private:
  void keep (MessagePtr message);
  void drain ();

  ElementPtr pipeline_;
  std::unique_ptr<GstBus, Unref> bus_;
  std::vector<MessagePtr> messages_;
  size_t seen_ = 0; /* of messages_, by wait_for () */
  std::vector<Complaint> errors_, warnings_;
  bool has_eos_ = false;
};

/* One field of an element's stats. */
int64_t stat (GstElement *element, const char *name);

/* Fails the test when DURATION in TIME is not that in time. */
void wait_for_duration (GstElement *element, int64_t duration);

/* For what no message tells of; false when it takes too long. */
bool wait_until (const std::function<bool ()> &condition);

/* Fails the test when its running time is not beyond `time` in time. */
void wait_for_running_time (GstElement *element, GstClockTime time);

/* A video with sound: $GST_KAFKA_CLIP, or the team's beside the sources, or
 * else a short one made on the spot. */
struct Clip {
  std::string path;
  std::optional<int> frames; /* where it is known */
};
const Clip &clip ();

/* What this test program leaves anywhere begins so. It is the same for the
 * tests that it forks, if it has been asked for before. */
const std::string &run_name ();

/* Goes when the process ends, unless it fails. */
const std::string &scratch_directory ();
/* Those of failed tests that this program has forked. */
void remove_scratch_directories ();

} // namespace kafkacheck
