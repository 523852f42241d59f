/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "trial.h"

#include <algorithm>
#include <cstdlib>

namespace kafkacheck {

constexpr int kQuickRounds = 20;

/* Half a second of the writer's. */
constexpr size_t kSettled = 50;

int
rounds (int share)
{
  const char *text = g_getenv ("GST_KAFKA_TEST_KILLS");
  return std::max ((text ? std::atoi (text) : kQuickRounds) / share, 1);
}

Trial::Trial (std::string fault, const std::string &sink_properties,
    const std::string &source_properties, const Pairs &topic_config,
    int replicas)
    : fault_ (std::move (fault)), topic_ (1, topic_config, replicas),
      pestered_ (1, topic_config, replicas),
      writer_ (std::make_unique<WriterProcess> (
          sink_text (topic_.name (), sink_properties))),
      reader_ (std::make_unique<ReaderProcess> (
          source_text (topic_.name (), source_properties), "sync=false")),
      pester_ (std::make_unique<Pester> (topic_.name (), pestered_.name ()))
{}

void
Trial::settle ()
{
  writer_->wait_for_acknowledgements (kSettled);
  reader_->wait_for (reader_->used ().size () + kSettled);
}

void
Trial::finish (int rounds)
{
  writer_->finish ();
  reader_->wait_for_end ();
  Ledger ledger;
  ledger.add_writer (writer_->lines ());
  Account account = ledger.judge ({ reader_->used () });
  g_print (
      "%s%s", writer_->complaints ().c_str (), reader_->complaints ().c_str ());
  pester_->stop ();
  /* The row is of interest even where a check fails. */
  add_row (fault_, rounds, account, pester_.get ());
  account.check ();
  pester_->check ();
}

} // namespace kafkacheck
