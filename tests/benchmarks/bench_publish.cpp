/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A video published as fast as it can be decoded and encoded: what kafkasink
 * adds to a fakesink in its place. */

#include "bare.h"
#include "pipeline.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace gstkafka;

namespace {

const char kFakeSink[] = "fakesink";
const char kKafkaSink[] = "kafkasink";

/* Stands in for a video of the user's, deleted at the end. */
class TemporaryVideo {
 public:
  TemporaryVideo ()
  {
    int fd = mkstemps (path_, 4);
    if (fd < 0)
      give_up ("no place for a video");
    close (fd);
    run_in_child ([this] {
      Pipeline pipeline ("videotestsrc num-buffers=1500 pattern=ball ! "
                         "video/x-raw,width=768,height=432,framerate=25/1 ! "
                         "x264enc speed-preset=ultrafast ! matroskamux ! "
                         "filesink location="
                         + std::string (path_));
      pipeline.play ();
      pipeline.wait_for_end ();
      return Usage{};
    });
  }
  ~TemporaryVideo () { unlink (path_); }

  std::string
  path () const
  {
    return path_;
  }

 private:
  char path_[40] = "/tmp/gst-kafka-benchmark-XXXXXX.mkv";
};

Usage
publish (const std::string &video, const std::string &sink)
{
  Pipeline pipeline ("filesrc location=\"" + video
                     + "\" ! decodebin ! videoconvert ! jpegenc ! " + sink);
  Meter meter;
  pipeline.play ();
  pipeline.wait_for_end ();
  return meter.read (1);
}

void
compare (const std::string &video, const Options &options, Verdict &verdict)
{
  TemporaryTopic topic;
  std::string kafkasink = kKafkaSink + kafka_properties (topic.name ());
  Comparison comparison ({
      { kFakeSink, [&] { return publish (video, "fakesink sync=false"); } },
      { kKafkaSink, [&] { return publish (video, kafkasink); } },
  });
  comparison.run (options.rounds);

  Series cpu = comparison.ratios (kKafkaSink, kFakeSink, &Usage::cpu_per_gb);
  std::printf ("%s, %d rounds\nCPU time against fakesink: %.2f\n",
      video.c_str (), options.rounds, spread_of (cpu).median);
  verdict.at_most (
      "time against fakesink", comparison.times (kKafkaSink, kFakeSink), 1.05);
}

} // namespace

int
main (int argc, char **argv)
{
  Options defaults;
  defaults.total = 1;
  defaults.rounds = 15;
  Options options = parse_options (argc, argv, defaults);
  bootstrap_servers ();

  Verdict verdict (options.check);
  if (options.video.empty ())
    compare (TemporaryVideo ().path (), options, verdict);
  else
    compare (options.video, options, verdict);
  return verdict.exit_status ();
}
