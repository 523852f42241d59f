/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/trip.h"

namespace kafkacheck {

Captured
publish (const std::string &text, const std::string &topic,
    const std::string &properties, FeedFunction feed)
{
  Pipeline pipeline (text + " ! " + sink_text (topic, properties));
  Capture capture (pipeline.element ("sink").get (), "sink");
  if (feed)
    feed (pipeline.element ("feed").get ());
  pipeline.run_to_eos ();
  return capture.get ();
}

Player::Player (const std::string &topic, const std::string &properties)
    : pipeline_ (source_text (topic, properties)
                 + " ! fakesink name=end sync=false async=false"),
      capture_ (pipeline_.element ("end").get (), "sink")
{}

void
Player::start ()
{
  ElementPtr source = pipeline_.element ("source");
  ck_assert (pipeline_.set_state (GST_STATE_PLAYING));
  ck_assert_msg (
      wait_until ([&] { return stat (source.get (), "partition") >= 0; }),
      "kafkasrc does not find its partition: %s",
      pipeline_.describe ().c_str ());
}

void
Player::check_that_it_goes_on ()
{
  /* Longer than a broker keeps a request for new records waiting. */
  constexpr std::chrono::seconds enough{ 1 };
  ck_assert_msg (!capture_.gets_eos_within (enough), "EOS after %zu buffers",
      capture_.count ());
}

Captured
play (const std::string &topic, const std::string &properties)
{
  Player player (topic, properties);
  player.pipeline ().run_to_eos ();
  /* What explains a difference that is found later. */
  for (const auto &warning : player.pipeline ().warnings ())
    g_print ("WARNING from %s: %s\n", warning.element.c_str (),
        warning.text.c_str ());
  return player.capture ().get ();
}

} // namespace kafkacheck
