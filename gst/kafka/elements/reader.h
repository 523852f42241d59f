/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* From a topic to what a source gives out, one step at a time: finds the topic
 * and the place to start, decodes, wraps payloads, keeps the counts. Knows
 * neither clock nor segment; positions are signed and count the recording.
 *
 * All calls but interrupt () and stats () come from the streaming thread. */

#pragma once

#include "client/consumer.h"
#include "elements/playback.h"

#include <atomic>

namespace gstkafka {

enum class StartPosition { EARLIEST, LATEST, OFFSET, TIME };
enum class StopPosition { NEVER, END, OFFSET, TIME };
enum class EosPolicy { AT_END, ALWAYS, IGNORE };

struct ReaderSettings {
  ConfigEntries config;
  StreamAddress stream;
  StartPosition start = StartPosition::EARLIEST;
  int64_t start_offset = 0;
  int64_t start_time_ms = 0; /* since 1970 */
  StopPosition stop = StopPosition::NEVER;
  int64_t stop_offset = 0;
  int64_t stop_time_ms = 0;
  EosPolicy eos_policy = EosPolicy::AT_END;
};

struct ReaderStats {
  uint64_t records = 0;     /* given out */
  uint64_t quarantined = 0; /* malformed, set aside */
  uint64_t lost = 0;        /* retention passed the reader by */
  Playback::Counts playback;
  int64_t offset = -1; /* of the next record */
  int partition = -1;
};

/* One record, ready for the pad. */
struct ReaderItem {
  GstBuffer *buffer = nullptr;     /* owned; nullptr: only events */
  std::optional<int64_t> pts, dts; /* positions, ns; may be negative */
  CapsPtr caps;                    /* when they change */
  bool from_the_start = false;     /* first record of its session */
  std::vector<TagListPtr> tags;
  std::vector<StructurePtr> events;

  ReaderItem () = default;
  ReaderItem (ReaderItem &&other) noexcept { *this = std::move (other); }
  ReaderItem &operator= (ReaderItem &&other) noexcept;
  ~ReaderItem () { gst_clear_buffer (&buffer); }
};

class Reader {
 public:
  struct Nothing {}; /* call again */
  struct Ended {};
  struct Warning {
    Error error;
  };
  using Output = std::variant<Nothing, ReaderItem, Ended, Warning, Error>;

  /* Errors are of kind SETTINGS; the network is not waited for. */
  static Result<std::unique_ptr<Reader>> open (ReaderSettings settings);

  /* Takes kSliceMs at most, unless a record comes, and ends early after
   * interrupt (). */
  Output step ();

  void
  interrupt ()
  {
    consumer_->wake ();
  }
  ReaderStats stats () const;

 private:
  enum class Phase { FIND_TOPIC, FIND_START, READ };

  Reader (ReaderSettings settings, std::unique_ptr<Consumer> consumer)
      : settings_ (std::move (settings)), consumer_ (std::move (consumer))
  {}

  Output find_topic ();
  Output find_start ();
  std::optional<int64_t> resolve_start (const Watermarks &marks);
  std::optional<int64_t> resolve_stop (const Watermarks &marks);
  Output read ();
  Output look_further_back ();
  Output handle_record (IncomingRecord record);
  Output handle_end (int64_t offset);
  Output handle_lost_offset ();
  Output handle_silence ();
  Output quarantine (const IncomingRecord &record, const Error &why);
  Output give (IncomingRecord record, DecodedRecord decoded);
  bool ends_here () const;
  bool is_past_stop (const IncomingRecord &record) const;
  void adopt_foreign (const IncomingRecord &record, DecodedRecord &decoded);
  GstBuffer *make_buffer (IncomingRecord record, const DecodedRecord &decoded);
  GstBuffer *wrap_payload (IncomingRecord record);
  void update_stats ();

  const ReaderSettings settings_;
  std::unique_ptr<Consumer> consumer_;

  Phase phase_ = Phase::FIND_TOPIC;
  int partition_ = -1;
  bool topic_warned_ = false;
  bool outage_warned_ = false;
  int64_t low_ = 0;          /* first offset that the log has */
  int64_t start_offset_ = 0; /* records before it are context: see below */
  int64_t context_ = 0;      /* where reading began, to find the caps */
  int64_t next_offset_ = 0;
  std::optional<int64_t> stop_offset_;
  bool eos_is_last_ = false; /* nothing but an EOS record came so far */

  bool has_ended_ = false; /* by an EOS record */

  Playback playback_;
  CapsPtr given_caps_;
  std::optional<int64_t> foreign_epoch_; /* ns since 1970 */
  uint64_t foreign_seq_ = 0;

  /* Payload bytes that are pinned downstream; shared with the buffers. */
  std::shared_ptr<std::atomic<uint64_t>> pinned_
      = std::make_shared<std::atomic<uint64_t>> (0);

  mutable std::mutex mutex_; /* guards stats_ */
  ReaderStats stats_;
};

} // namespace gstkafka
