/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The place that a group keeps in one partition: an offset that the broker
 * remembers. It is kept without being a member, by a consumer whose group.id
 * names the group. look_up () may be called from any thread, the rest from
 * one. */

#pragma once

#include "client/client.h"

#include <cstdint>

namespace gstkafka {

struct CommittedLookup {
  enum State {
    FOUND,
    NONE, /* nobody has committed yet, or it was long ago */
    NO_ANSWER,
    REFUSED, /* see error */
  };
  State state;
  int64_t offset = -1;
  MaybeError error;
};

class Committer {
 public:
  struct Answer {
    int64_t offset;
    MaybeError error;
    bool is_refusal = false; /* trying again cannot help */
  };

  Committer (std::shared_ptr<Client> client, int partition);

  /* Blocks for one slice at most. */
  CommittedLookup look_up ();

  /* At once; the answer comes later. One at a time. */
  void commit (int64_t offset);
  bool
  is_busy () const
  {
    return in_flight_.has_value ();
  }
  /* nullopt: none yet. */
  std::optional<Answer> take_answer (int timeout_ms);

 private:
  Answer make_answer (rd_kafka_resp_err_t code, const char *reason) const;

  const std::shared_ptr<Client> client_;
  const int partition_;
  QueueHandle answers_;
  std::optional<int64_t> in_flight_;
  rd_kafka_resp_err_t refused_ = RD_KAFKA_RESP_ERR_NO_ERROR; /* at once */
};

} // namespace gstkafka
