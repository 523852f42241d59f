/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/complaints.h"

namespace gstkafka {

namespace {

/* Between two warnings of malformed records. */
constexpr std::chrono::seconds kQuiet{ 1 };

} // namespace

Error
Complaints::missing_topic (const Error &why, bool is_waited_for) const
{
  return { ErrorKind::NOT_FOUND,
    "Topic '" + topic_
        + (is_waited_for
                ? "' does not exist yet. Waiting for it; check the name if "
                  "nobody is going to create it."
                : "' does not exist: there is nothing to read up to its end. "
                  "Check the name."),
    why.detail };
}

Error
Complaints::lost_turn () const
{
  return { ErrorKind::LOST,
    "This reader has lost its place in consumer group '" + group_
        + "', as the broker did not hear from it in time. Waiting to be given "
          "it again.",
    "" };
}

Error
Complaints::others_turn (int partition) const
{
  return { ErrorKind::NOT_FOUND,
    "Another reader of consumer group '" + group_ + "' plays topic '" + topic_
        + "' partition " + std::to_string (partition)
        + ". Waiting to take over when it is gone.",
    "" };
}

Error
Complaints::lost_records (int64_t count) const
{
  return { ErrorKind::LOST,
    "The retention of topic '" + topic_ + "' has passed this reader by: "
        + std::to_string (count) + (count == 1 ? " record is" : " records are")
        + " gone. Going on with the oldest there is. Read faster, or raise "
          "retention.ms and retention.bytes.",
    "" };
}

Error
Complaints::other_topic (int64_t last) const
{
  return { ErrorKind::LOST,
    "Topic '" + topic_ + "' is not the one that was being read up to record "
        + std::to_string (last)
        + ". It was made anew, or has lost its end. Going on with the first "
          "record there is.",
    "" };
}

Error
Complaints::place_beyond_end (int64_t place) const
{
  return { ErrorKind::LOST,
    "Consumer group '" + group_ + "' has come to record "
        + std::to_string (place) + " of topic '" + topic_
        + "', which ends before that. It was made anew, or has lost its end. "
          "Going on with what is written next; set start-position for what is "
          "there.",
    "" };
}

Error
Complaints::malformed (int partition, int64_t offset, const Error &why) const
{
  return { ErrorKind::MALFORMED,
    "Record " + std::to_string (offset) + " of topic '" + topic_
        + "' partition " + std::to_string (partition) + " is set aside: "
        + why.message + ". Playback goes on at the next sync point.",
    why.detail };
}

Error
Complaints::more_malformed (
    int partition, uint64_t count, int64_t last, const Error &why) const
{
  return { ErrorKind::MALFORMED,
    std::to_string (count) + (count == 1 ? " more record" : " more records")
        + " of topic '" + topic_ + "' partition " + std::to_string (partition)
        + (count == 1 ? " is set aside, record " : " are set aside, the last ")
        + std::to_string (last) + ": " + why.message
        + ". Playback goes on at the next sync point.",
    why.detail };
}

Error
Complaints::refused_caps (
    int partition, int64_t offset, const std::string &caps) const
{
  return { ErrorKind::SETTINGS,
    "What follows kafkasrc does not take what is in topic '" + topic_
        + "': record " + std::to_string (offset) + " of partition "
        + std::to_string (partition) + " is " + caps
        + ". Put what plays that after kafkasrc (decodebin finds it); or, if "
          "this record does not belong there, start after it (start-offset).",
    "" };
}

Error
Complaints::unknown_media (bool has_content_type) const
{
  const char *header = has_content_type
                           ? "GStreamer knows no caps for its content-type "
                             "header, and it"
                           : "it has no content-type header and";
  return { ErrorKind::SETTINGS,
    "What another program has put into topic '" + topic_ + "' cannot be told: "
        + header + " looks like nothing known. Set caps.",
    "" };
}

Error
Complaints::no_sync_point (int64_t offset) const
{
  return { ErrorKind::MALFORMED,
    "Topic '" + topic_
        + "' has no sync point for a long time: playing from record "
        + std::to_string (offset)
        + ", which a decoder may not understand. Have the encoder make key "
          "frames more often.",
    "" };
}

Error
Complaints::long_pause (std::chrono::nanoseconds pause)
{
  auto seconds = std::chrono::duration_cast<std::chrono::seconds> (pause);
  return { ErrorKind::MALFORMED,
    "What comes next is due in " + std::to_string (seconds.count ())
        + " s, by its timestamp, though it was written much sooner after what "
          "came before it. Seek past it if that is too long.",
    "" };
}

MaybeError
Quarantine::note (int partition, int64_t offset, const Error &why, Time now)
{
  if (!told_at_ || (count_ == 0 && now - *told_at_ >= kQuiet)) {
    told_at_ = now;
    return complaints_.malformed (partition, offset, why);
  }
  count_++;
  partition_ = partition;
  last_ = offset;
  why_ = why;
  return take_due (now);
}

MaybeError
Quarantine::take_due (Time now)
{
  if (count_ == 0 || now - *told_at_ < kQuiet)
    return std::nullopt;
  told_at_ = now;
  return take_rest ();
}

MaybeError
Quarantine::take_rest ()
{
  if (count_ == 0)
    return std::nullopt;
  return complaints_.more_malformed (
      partition_, std::exchange (count_, 0), last_, *why_);
}

} // namespace gstkafka
