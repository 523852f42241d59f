/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What all tables of the time matrix share: the media, who produces them, who
 * shows them, and how a fault is told. */

#pragma once

#include "common/broker.h"
#include "common/stopping.h"
#include "validator.h"

#include <random>
#include <string>
#include <vector>

namespace kafkacheck {

struct Medium {
  const char *name;
  bool is_video;
  const char *encode; /* " ! ...", from raw to kafkasink, or nothing */
  const char *show;   /* the same, from kafkasrc to what is checked */
  /* Frames that a decoder keeps until it has seen more: when nothing comes for
   * a while they are late, whatever the source does. */
  size_t held_back;
};

/* One row each. */
const std::vector<Medium> &media ();

/* The medium of a loop test; nullptr, after saying why, where this machine
 * cannot make it or $MATRIX_MEDIA (a part of the names) leaves it out. */
const Medium *medium_of_row (int row);

/* A macro, as check takes the test's name from it. */
#define add_for_all_media(tcase, test)                                         \
  tcase_add_loop_test (                                                        \
      tcase, test, 0, static_cast<int> (kafkacheck::media ().size ()))

/* One session. Its frames are like those of no other session. */
class Producer {
 public:
  struct Options {
    int session = 0;
    int milliseconds = 2000; /* or a little more: whole buffers */
    bool is_live = false;    /* takes that long */
    std::string properties;  /* of kafkasink */
  };

  Producer (
      const Medium &medium, const std::string &topic, const Options &options);

  void start ();
  void wait_for_end ();
  /* Records that the broker has. */
  int64_t published ();
  /* The clock's, at running time 0. */
  int64_t base_time () const;
  /* After the end. */
  void tell (Oracle &oracle) const;

 private:
  Pipeline pipeline_;
  Capture encoded_, shown_;
};

/* A topic with two sessions of two seconds, and what belongs where. */
class Recording {
 public:
  explicit Recording (const Medium &medium, int milliseconds = 2000);

  const std::string &
  topic () const
  {
    return topic_.name ();
  }
  const Oracle &
  oracle () const
  {
    return oracle_;
  }

 private:
  Topic topic_;
  Oracle oracle_;
};

enum class Pace { FAST, REAL_TIME };

struct Seek {
  int flags = GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE;
  int64_t start = 0;
  std::optional<int64_t> stop = std::nullopt;
  double rate = 1.0;
  GstSeekType start_type = GST_SEEK_TYPE_SET;
};

/* Someone who watches a topic. In real time it drops what comes late, by more
 * than a busy machine's hiccup. */
class Show {
 public:
  Show (const Medium &medium, const std::string &topic, Pace pace = Pace::FAST,
      const std::string &properties = "");

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }
  ElementPtr
  source () const
  {
    return pipeline_.element ("source");
  }
  Validator &
  validator ()
  {
    return validator_;
  }

  /* Whether it was taken. */
  bool seek (const Seek &seek);
  /* In PAUSED, and waits until something is shown again. Only what comes then
   * is judged. */
  bool seek_and_preroll (const Seek &seek);
  void play_to_eos ();
  void wait_for_frames (size_t count);
  /* Stream time; none: the query was refused. */
  std::optional<int64_t> position () const;
  std::optional<int64_t> duration () const;

 private:
  Pipeline pipeline_;
  Validator validator_;
};

/* Collects what is wrong in a whole table, so that one run tells all of it. */
class Faults {
 public:
  /* What is told from now on is about this row. */
  void begin_row (const std::string &row);
  void add (const std::string &fault);
  /* A fault of the counts, if any but `allowed` is not 0. */
  void add (const Verdict &verdict, size_t allowed = 0);
  void add_unless (bool condition, const std::string &fault);
  void add_unless_equal (const std::string &what, int64_t actual,
      int64_t expected, int64_t tolerance = 0);
  /* As many frames as the recording has, give or take those. */
  void add_unless_complete (
      const Verdict &verdict, const Oracle &oracle, size_t tolerance = 0);
  /* Fails the test if there is any. */
  void check () const;

 private:
  std::string row_;
  std::vector<std::string> all_;
};

/* That of $MATRIX_SEED, or else another one each time; printed. */
std::mt19937 random_numbers ();

} // namespace kafkacheck
