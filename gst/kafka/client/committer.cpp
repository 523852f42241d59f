/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "client/committer.h"

namespace gstkafka {

Committer::Committer (std::shared_ptr<Client> client, int partition)
    : client_ (std::move (client)), partition_ (partition),
      answers_ (rd_kafka_queue_new (client_->handle ()))
{}

CommittedLookup
Committer::look_up ()
{
  PartitionListHandle list
      = client_->list_of (partition_, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_resp_err_t code
      = rd_kafka_committed (client_->handle (), list.get (), kSliceMs);
  if (!code)
    code = list->elems[0].err;
  if (is_refusal (code))
    return { CommittedLookup::REFUSED, -1,
      describe_error (code, "", client_->context ()) };
  if (code)
    return { CommittedLookup::NO_ANSWER, -1, {} };
  client_->note_contact ();
  int64_t offset = list->elems[0].offset;
  if (offset < 0)
    return { CommittedLookup::NONE, -1, {} };
  return { CommittedLookup::FOUND, offset, {} };
}

void
Committer::commit (int64_t offset)
{
  in_flight_ = offset;
  PartitionListHandle list = client_->list_of (partition_, offset);
  refused_ = rd_kafka_commit_queue (
      client_->handle (), list.get (), answers_.get (), nullptr, nullptr);
}

Committer::Answer
Committer::make_answer (rd_kafka_resp_err_t code, const char *reason) const
{
  if (!code)
    return { *in_flight_, {} };
  return { *in_flight_,
    describe_error (code, reason ? reason : "", client_->context ()),
    is_refusal (code) };
}

std::optional<Committer::Answer>
Committer::take_answer (int timeout_ms)
{
  if (!in_flight_)
    return std::nullopt;
  EventHandle event;
  if (!refused_) {
    event.reset (rd_kafka_queue_poll (answers_.get (), timeout_ms));
    if (!event
        || rd_kafka_event_type (event.get ()) != RD_KAFKA_EVENT_OFFSET_COMMIT)
      return std::nullopt;
  }
  rd_kafka_resp_err_t code
      = refused_ ? refused_ : rd_kafka_event_error (event.get ());
  auto *list
      = event ? rd_kafka_event_topic_partition_list (event.get ()) : nullptr;
  if (!code && list && list->cnt > 0)
    code = list->elems[0].err;
  Answer answer = make_answer (
      code, event ? rd_kafka_event_error_string (event.get ()) : nullptr);
  in_flight_.reset ();
  return answer;
}

} // namespace gstkafka
