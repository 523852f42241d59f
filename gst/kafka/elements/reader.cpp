/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/reader.h"

#include "elements/start.h"
#include "record/names.h"

#include <algorithm>

namespace gstkafka {

namespace {

/* How far before its start a reader looks for the caps at first. */
constexpr int64_t kContext = 64;

constexpr int kPollMs = 100;

/* A topic that was made just now may not be known to every broker yet. */
constexpr std::chrono::seconds kMissingForSure{ 1 };

/* Other programs' keys mean nothing. */
std::string
stream_key (const IncomingRecord &record, const DecodedRecord &decoded)
{
  return decoded.foreign ? "" : key_trace (record.key ());
}

} // namespace

/* What lies between the sessions that are known and a new one is not for the
 * player to know: it may have started anywhere. */
Reader::Reader (ReaderSettings settings, const Timeline::BaseOf &base_of,
    std::unique_ptr<Consumer> consumer, std::unique_ptr<Recording> recording)
    : settings_ (std::move (settings)),
      complaints_ (settings_.stream.topic, settings_.group.id),
      consumer_ (std::move (consumer)), recording_ (std::move (recording)),
      turn_ (complaints_, settings_.bounds.start == StartPosition::COMMITTED,
          usage_),
      cursor_ (*consumer_), bounds_ (settings_.bounds),
      ending_ (settings_.eos_policy),
      playback_ ([this, base_of] (const Session &session, int64_t wish) {
        auto known = recording_->base_of (session.id, session.first_offset);
        return known ? *known : base_of (session, wish);
      }),
      intake_ (copy_caps (settings_.caps.get ()))
{}

Result<std::unique_ptr<Reader>>
Reader::open (ReaderSettings settings, const Timeline::BaseOf &base_of)
{
  auto consumer
      = Consumer::open (settings.config, settings.stream, settings.statistics);
  if (!consumer)
    return consumer.error ();
  auto recording = Recording::open (settings.config, settings.stream, base_of);
  if (!recording)
    return recording.error ();
  return std::unique_ptr<Reader> (new Reader (std::move (settings), base_of,
      std::move (*consumer), std::move (*recording)));
}

/* The recording's thread ends while the group's is waited for. */
Reader::~Reader ()
{
  recording_->set_interrupted (true);
}

void
Reader::set_interrupted (bool interrupted)
{
  is_interrupted_ = interrupted;
  recording_->set_interrupted (interrupted);
  if (interrupted)
    consumer_->wake ();
}

void
Reader::seek (const ReaderSeek &request)
{
  request_ = request;
  settled_by_.reset ();
  bounds_.forget_start_time ();
  /* Before the start is found it becomes the start. */
  if (phase_ == Phase::READ)
    phase_ = Phase::FIND_POSITION;
}

/* A record may both be given and say that something before it is missing. */
Reader::Output
Reader::step ()
{
  const auto now = std::chrono::steady_clock::now ();
  if (auto due = quarantine_.take_due (now))
    warnings_.push_back (std::move (*due));
  if (!warnings_.empty ())
    return Warning{ take_warning () };
  Output output = step_once ();
  if (std::holds_alternative<Ended> (output) && !ends_in_silence ())
    return Nothing{};
  auto *item = std::get_if<ReaderItem> (&output);
  if (item && !item->warning && !warnings_.empty ())
    item->warning = take_warning ();
  return output;
}

Error
Reader::take_warning ()
{
  Error warning = std::move (warnings_.front ());
  warnings_.pop_front ();
  return warning;
}

/* False when there is something to be said first; then it ends after that. */
bool
Reader::ends_in_silence ()
{
  intake_.end ();
  quarantine_broken ();
  if (auto rest = quarantine_.take_rest ())
    warnings_.push_back (std::move (*rest));
  if (!warnings_.empty ())
    ending_.end ();
  return warnings_.empty ();
}

Reader::Output
Reader::step_once ()
{
  if (auto output = heed_group ())
    return std::move (*output);
  switch (phase_) {
  case Phase::FIND_TOPIC:
    return find_topic ();
  case Phase::SURVEY:
    return survey ();
  case Phase::TAKE_TURN:
    return take_turn ();
  case Phase::FIND_START:
    return begin_reading ();
  case Phase::FIND_POSITION:
    return find_position ();
  case Phase::READ:
    break;
  }
  return read ();
}

/* ---- where to read ---- */

Reader::Output
Reader::find_topic ()
{
  Client &client = consumer_->client ();
  TopicLookup lookup = client.look_up_topic ();
  switch (lookup.state) {
  case TopicLookup::FOUND: {
    auto partition
        = client.resolve_partition (settings_.stream, lookup.partitions);
    if (!partition)
      return partition.error ();
    partition_ = *partition;
    cursor_.set_partition (*partition);
    if (auto error = join_group ())
      return *error;
    phase_ = Phase::SURVEY;
    return Nothing{};
  }
  case TopicLookup::REFUSED:
    return *lookup.error;
  case TopicLookup::NO_ANSWER:
    /* Serves error callbacks; and some answers, no help, come at once. */
    consumer_->poll (kPollMs);
    if (client.was_reached ())
      return handle_silence ();
    if (auto error = client.why_no_contact ())
      return *error;
    return Nothing{};
  case TopicLookup::UNKNOWN:
    outage_warned_ = false;
    break;
  }
  return handle_missing_topic (*lookup.error);
}

/* Nothing is there at start, so up to its end there is nothing to read. */
Reader::Output
Reader::handle_missing_topic (const Error &why)
{
  const bool is_end = settings_.bounds.stop == StopPosition::END;
  const auto now = std::chrono::steady_clock::now ();
  has_waited_ = true;
  consumer_->poll (kPollMs);
  if (!std::exchange (topic_warned_, true)) {
    missing_since_ = now;
    return Warning{ complaints_.missing_topic (why, !is_end) };
  }
  if (is_end && now - missing_since_ > kMissingForSure)
    return Ended{};
  return Nothing{};
}

/* Before the first record, so that DURATION can be asked as soon as there is
 * data. Playing does not depend on it. */
Reader::Output
Reader::survey ()
{
  constexpr int kMaxSurveys = 3;
  consumer_->poll (0);

  if (!recording_->begin (partition_) && ++surveys_ < kMaxSurveys)
    return Nothing{};
  phase_ = turn_.has_group () ? Phase::TAKE_TURN : Phase::FIND_START;
  return Nothing{};
}

/* ---- whose turn it is ---- */

MaybeError
Reader::join_group ()
{
  if (settings_.group.id.empty ())
    return std::nullopt;
  auto error = turn_.join (settings_.group, settings_.config, settings_.stream,
      partition_, consumer_->shared_client ());
  if (!error)
    intake_.track (usage_);
  return error;
}

std::optional<Reader::Output>
Reader::heed_group ()
{
  if (auto error = turn_.refusal ())
    return *error;
  if (auto warning = turn_.take_warning ())
    return Warning{ std::move (*warning) };
  if (phase_ > Phase::TAKE_TURN && turn_.is_over ()) {
    turn_.end (phase_ == Phase::READ);
    phase_ = Phase::TAKE_TURN;
  }
  return std::nullopt;
}

Reader::Output
Reader::take_turn ()
{
  auto answer = turn_.wait (std::chrono::milliseconds (kPollMs), partition_);
  if (auto *error = std::get_if<Error> (&answer))
    return std::move (*error);
  if (auto *begun = std::get_if<Turn::Begun> (&answer)) {
    begin_turn (*begun);
    return Nothing{};
  }
  auto &not_yet = std::get<Turn::NotYet> (answer);
  if (not_yet.warning)
    return Warning{ std::move (*not_yet.warning) };
  return report_outage (std::move (not_yet.outage));
}

void
Reader::begin_turn (const Turn::Begun &turn)
{
  outage_warned_ = false;
  has_waited_ |= turn.has_stood_by;
  if (turn.goes_on) {
    phase_ = request_ ? Phase::FIND_POSITION : Phase::READ;
    return;
  }
  if (turn.was_cut_off) {
    begin_elsewhere ();
    has_lost_ = has_waited_ = true;
  }
  phase_ = Phase::FIND_START;
}

/* ---- where to start ---- */

Reader::Output
Reader::begin_reading ()
{
  auto start = find_start (
      settings_.bounds, turn_.place (), partition_, *consumer_, *recording_);
  if (!start) {
    /* Its leader may be away for a while. */
    consumer_->poll (kPollMs);
    return handle_silence ();
  }
  low_ = start->marks.low;
  bounds_.begin (start->offset, start->marks.high);
  counts_.begin (partition_);
  if (request_) {
    bounds_.forget_start_time ();
    phase_ = Phase::FIND_POSITION;
    return Nothing{};
  }
  if (start->place)
    check_place (*turn_.place (), start->marks);
  ending_.resume_at (start->place);
  turn_.begin_account (start->offset, start->place.value_or (start->offset));
  return read_from (start->offset, std::max (low_, start->offset - kContext));
}

/* What the group has not come to may be gone by now. */
void
Reader::check_place (int64_t place, const Watermarks &marks)
{
  if (place < marks.low)
    warnings_.push_back (count_lost (marks.low - place));
  else if (place > marks.high)
    warnings_.push_back (complaints_.place_beyond_end (place));
}

Error
Reader::count_lost (int64_t lost)
{
  has_lost_ = true;
  counts_.add_lost (lost);
  return complaints_.lost_records (lost);
}

/* nullopt: it is still open, as the log could not be read. */
std::optional<Recording::Range>
Reader::settle_request ()
{
  auto range = recording_->range ();
  if (!range && recording_->find (0, Snap::BEFORE))
    range = recording_->range ();
  if (!range)
    return std::nullopt;
  int64_t wanted = request_->position + (request_->from_end ? range->end : 0);
  request_->position
      = std::clamp (wanted, range->start, std::max (range->start, range->end));
  request_->is_open = request_->from_end = false;
  return range;
}

Reader::Output
Reader::find_position ()
{
  if (request_->is_open)
    settled_by_ = settle_request ();
  if (request_->is_open) {
    consumer_->poll (0);
    return Nothing{};
  }
  /* Not asked by the consumer that plays: where that has come to the end of the
   * log, each request of its waits for the fetch before it. */
  auto point = recording_->find (request_->position, request_->snap);
  auto marks = recording_->marks ();
  bool is_empty = marks && marks->low == marks->high;
  if (!point && !is_empty) {
    consumer_->poll (0);
    return Nothing{};
  }
  low_ = marks->low;
  key_units_only_ = request_->key_units_only;
  int64_t position = point ? point->position : request_->position;
  int64_t offset = point ? point->offset : marks->high;
  int64_t wanted = request_->position;
  request_.reset ();
  begin_elsewhere (point ? point->position : INT64_MIN);
  has_passed_end_ = has_waited_ = has_lost_ = false;
  turn_.begin_account (offset, offset);
  read_from (offset, offset);
  return Sought{ position, wanted, std::exchange (settled_by_, std::nullopt) };
}

/* What comes next does not continue what came last. */
void
Reader::begin_elsewhere (int64_t position)
{
  playback_.restart (position);
  intake_.restart_elsewhere ();
  ending_.restart ();
}

Reader::Output
Reader::read_from (int64_t start, int64_t context)
{
  start_offset_ = start;
  context_ = context;
  cursor_.go_to (context);
  needs_context_ = true;
  has_given_ = false;
  phase_ = Phase::READ;
  return Nothing{};
}

bool
Reader::catch_up ()
{
  if (phase_ != Phase::READ || cursor_.next () <= caught_up_to_)
    return false;
  auto last = recording_->find_last ();
  if (!last)
    return false;
  caught_up_to_ = last->high;
  if (!last->point || last->point->offset < cursor_.next ())
    return false;
  int64_t offset = last->point->offset;
  counts_.add_skipped_live (offset - cursor_.next () + 1);
  playback_.restart ();
  ending_.skip ();
  has_passed_end_ = has_waited_ = false;
  intake_.restart ();
  usage_->advance_to (offset);
  read_from (offset, std::max (low_, offset - kContext));
  return true;
}

/* Caps come once a second and with each sync point, so a few records back is
 * nearly always enough. */
Reader::Output
Reader::look_further_back ()
{
  int64_t reach = 4 * std::max (kContext, start_offset_ - context_);
  return read_from (start_offset_, std::max (low_, start_offset_ - reach));
}

/* ---- what comes ---- */

Reader::Output
Reader::read ()
{
  if (ending_.has_ended () || bounds_.ends_before (cursor_.next ()))
    return Ended{};
  auto found = cursor_.read (kPollMs);
  if (auto *record = std::get_if<IncomingRecord> (&found))
    return handle_record (std::move (*record));
  if (auto *end = std::get_if<EndOfPartition> (&found))
    return handle_end (end->offset);
  if (auto *lost = std::get_if<LogCursor::Lost> (&found))
    return handle_lost (*lost);
  if (auto *log = std::get_if<LogCursor::OtherLog> (&found))
    return handle_other_log (*log);
  if (auto *damaged = std::get_if<DamagedBatch> (&found))
    return handle_damage (*damaged);
  if (auto *error = std::get_if<Error> (&found))
    return std::move (*error);
  if (std::holds_alternative<LogCursor::Busy> (found))
    return Nothing{};
  return handle_silence ();
}

Reader::Output
Reader::handle_damage (const DamagedBatch &damaged)
{
  quarantine (damaged.offset,
      { ErrorKind::MALFORMED,
          "the batch that begins with it is damaged: it is not what its "
          "checksum says",
          damaged.detail });
  cursor_.look_behind_damage ();
  return Nothing{};
}

Reader::Output
Reader::handle_silence ()
{
  /* Whatever holds it up, a broker or the network. */
  has_waited_ |= has_given_;
  auto outage = consumer_->client ().outage ();
  if (!outage && is_at_end_ && is_stop_over ())
    return Ended{};
  return report_outage (std::move (outage));
}

Reader::Output
Reader::report_outage (MaybeError outage)
{
  if (outage && outage->kind == ErrorKind::NOT_FOUND)
    cursor_.note_missing ();
  if (!outage || std::exchange (outage_warned_, true))
    return Nothing{};
  outage->message += " Waiting for it to come back.";
  return Warning{ std::move (*outage) };
}

Reader::Output
Reader::handle_end (int64_t offset)
{
  counts_.note_read (cursor_.next ());
  is_at_end_ = has_passed_end_ = true;
  /* Who reads late meets ends that the log has grown past. */
  has_waited_ |= is_newest ();
  if (needs_context_ && context_ > low_ && start_offset_ >= offset
      && !playback_.caps ())
    return look_further_back ();
  if (bounds_.ends_before (offset) || is_stop_over () || ending_.ends_at_end ())
    return Ended{};
  return Nothing{};
}

Reader::Output
Reader::handle_lost (const LogCursor::Lost &lost)
{
  low_ = lost.marks.low;
  /* What is only looked at for the caps is no loss. */
  const int64_t wanted = std::max (lost.from, start_offset_);
  const int64_t next = cursor_.next ();
  if (wanted >= next)
    return Nothing{};
  intake_.lose ();
  quarantine_broken ();
  playback_.skip_lost ();
  usage_->advance_to (next);
  has_waited_ = true;
  return Warning{ count_lost (next - wanted) };
}

/* How many records are gone nobody can tell. */
Reader::Output
Reader::handle_other_log (const LogCursor::OtherLog &log)
{
  /* What was there at the start is not there any more. */
  if (settings_.bounds.stop == StopPosition::END)
    ending_.end ();
  recording_->begin_anew (log.marks.low, log.last);
  playback_.restart ();
  intake_.restart ();
  ending_.note_other ();
  given_up_to_ = INT64_MIN;
  has_lost_ = has_waited_ = true;
  low_ = start_offset_ = context_ = log.marks.low;
  turn_.begin_other_log (low_);
  return Warning{ complaints_.other_topic (log.last) };
}

bool
Reader::is_stop_over () const
{
  return bounds_.is_stop_over (g_get_real_time () / 1000);
}

Reader::Output
Reader::handle_record (IncomingRecord record)
{
  Output output = sort_record (std::move (record));
  cursor_.note_handled ();
  return output;
}

Reader::Output
Reader::sort_record (IncomingRecord record)
{
  note_arrival ();
  /* Others' records tell where the log is, not what time it is. */
  if (bounds_.ends_before (record.offset ()))
    return Ended{};
  if (!settings_.stream.key.empty () && record.key () != settings_.stream.key) {
    note_unused ();
    return Nothing{};
  }
  if (record.offset () >= start_offset_
      && bounds_.is_before_start (record.timestamp_ms ()))
    start_offset_ = cursor_.next ();
  if (record.offset () >= start_offset_
      && bounds_.is_past_stop (record.timestamp_ms ()))
    return Ended{};

  auto decoded = decode_record (record.headers ());
  if (record.offset () >= start_offset_)
    return handle_decoded (std::move (record), std::move (decoded));
  if (!decoded)
    return Nothing{};
  ending_.note_context (decoded->eos);
  playback_.note_context (*decoded, stream_key (record, *decoded));
  return Nothing{};
}

void
Reader::note_arrival ()
{
  counts_.note_read (cursor_.next ());
  is_at_end_ = false;
  if (std::exchange (outage_warned_, false))
    consumer_->client ().note_contact ();
}

Reader::Output
Reader::handle_decoded (IncomingRecord record, Result<DecodedRecord> decoded)
{
  if (!decoded) {
    quarantine (record.offset (), decoded.error ());
    return Nothing{};
  }
  /* Without a value another program's record marks a key as deleted: no
   * frame. */
  if (record.is_null () && decoded->foreign)
    return Nothing{};
  if (record.is_null () && !decoded->eos) {
    quarantine (
        record.offset (), { ErrorKind::MALFORMED, "it has no value", "" });
    return Nothing{};
  }
  if (decoded->foreign)
    intake_.adopt (record, *decoded);
  bool has_caps = playback_.caps () || decoded->caps;
  if (needs_context_ && !has_caps && !decoded->foreign && !decoded->eos
      && context_ > low_)
    return look_further_back ();
  needs_context_ = false;
  /* A stream begins with 0, and what was read before it was its partition. */
  if (has_given_ && decoded->seq > 0 && !decoded->foreign
      && cursor_.doubts_log ()
      && !playback_.knows (*decoded, stream_key (record, *decoded))) {
    cursor_.check_log ();
    return Nothing{};
  }
  return take (std::move (record), std::move (*decoded));
}

Reader::Output
Reader::take (IncomingRecord record, DecodedRecord decoded)
{
  std::string key = stream_key (record, decoded);
  auto order = playback_.count (decoded, key);
  if (order == Playback::Order::DUPLICATE)
    return pass_over_duplicate (decoded);
  auto answer = intake_.take (std::move (record), std::move (decoded),
      std::move (key), order == Playback::Order::FIRST);
  if (answer.is_chunk) {
    ending_.note_other ();
    counts_.add_chunk ();
  }
  if (answer.is_chunk || !answer.frame)
    note_unused ();
  quarantine_broken ();
  if (!answer.frame)
    return Nothing{};
  return give (std::move (*answer.frame));
}

Reader::Output
Reader::pass_over_duplicate (const DecodedRecord &decoded)
{
  if (decoded.eos)
    ending_.take_eos (start_offset_, is_newest ());
  note_unused ();
  counts_.note_playback (playback_.counts ());
  return Nothing{};
}

void
Reader::quarantine (int64_t offset, const Error &why)
{
  ending_.note_other ();
  note_unused ();
  playback_.resync ();
  tell_malformed (offset, why);
  counts_.add_quarantined (playback_.counts ());
}

void
Reader::tell_malformed (int64_t offset, const Error &why)
{
  auto warning = quarantine_.note (
      partition_, offset, why, std::chrono::steady_clock::now ());
  if (warning)
    warnings_.push_back (std::move (*warning));
}

/* Another stream than that of the buffer may go on. */
void
Reader::quarantine_broken ()
{
  for (const auto &broken : intake_.take_broken ()) {
    playback_.resync (broken.stream);
    tell_malformed (broken.offset, broken.why);
    counts_.add_quarantined (playback_.counts ());
  }
}

/* As far as the latest fetch tells. */
bool
Reader::is_newest () const
{
  return consumer_->known_end (partition_) == cursor_.next ();
}

Reader::Output
Reader::give (Frame frame)
{
  auto decision
      = playback_.take (frame.decoded, frame.offset, frame.key, frame.written);
  ReaderItem item;
  if (decision.give)
    place (item, frame.decoded, decision);
  if (key_units_only_ && !decision.is_sync_point)
    decision.give = false;
  /* Does not end at once: events may ride on it. */
  if (frame.decoded.eos)
    ending_.take_eos (start_offset_, is_newest ());

  item.events = std::move (frame.decoded.events);
  if (decision.give)
    fill (item, std::move (frame), decision);
  else
    note_unused ();
  counts_.note_playback (playback_.counts ());
  if (!item.buffer && item.events.empty () && !item.pts && !item.dts)
    return Nothing{};
  return item;
}

void
Reader::place (ReaderItem &item, const DecodedRecord &decoded,
    const Playback::Decision &decision)
{
  if (decoded.pts)
    item.pts = *decoded.pts + decision.base;
  if (decoded.dts)
    item.dts = *decoded.dts + decision.base;
  item.after_jump = decision.jumps;
  if (!item.pts || item.after_jump)
    return;
  const uint64_t duration
      = std::min<uint64_t> (decoded.duration.value_or (0), kLongestGap);
  given_up_to_ = std::max<int64_t> (
      given_up_to_, *item.pts + static_cast<int64_t> (duration));
}

void
Reader::fill (ReaderItem &item, Frame frame, const Playback::Decision &decision)
{
  const DecodedRecord &decoded = frame.decoded;
  has_given_ = true;
  ending_.note_given (frame.offset);
  item.from_the_start = decision.from_the_start;
  item.after_wait = std::exchange (has_waited_, false);
  item.after_end = std::exchange (has_passed_end_, false) || item.after_wait;
  item.after_loss = std::exchange (has_lost_, false);
  item.is_resumed = decision.discont;
  item.is_foreign = decoded.foreign;
  item.is_newest = is_newest ();
  item.capture = capture_time (frame);
  item.written = frame.written;
  item.warning = find_fault (frame, decision);
  item.offset = frame.offset;
  item.caps = given_caps_.take_changed (playback_.caps ());
  if (turn_.has_group ())
    item.use = frame.use ? std::move (frame.use) : usage_->give (frame.offset);
  item.buffer
      = buffers_.make (std::move (frame.payload), decoded, playback_.utc ());
  if (decision.discont)
    GST_BUFFER_FLAG_SET (item.buffer.get (), GST_BUFFER_FLAG_DISCONT);
  counts_.add_given (gst_buffer_get_size (item.buffer.get ()), cursor_.next ());
}

/* What a decoder may stumble over. */
MaybeError
Reader::find_fault (const Frame &frame, const Playback::Decision &decision)
{
  if (frame.decoded.foreign && !playback_.caps ()
      && !std::exchange (caps_warned_, true))
    return complaints_.unknown_media (intake_.has_foreign_content_type ());
  if (decision.warn_no_sync)
    return complaints_.no_sync_point (frame.offset);
  return std::nullopt;
}

MaybeError
Reader::refuse_caps (const ReaderItem &item)
{
  repeat_caps ();
  const std::string caps = caps_in_brief (item.caps.get ());
  /* What the group has passed already comes only to find a sync point. */
  const bool was_passed = turn_.place () && item.offset < *turn_.place ();
  if (!given_caps_.were_taken () && !was_passed)
    return complaints_.refused_caps (partition_, item.offset, caps);
  has_waited_ |= item.after_wait;
  has_passed_end_ |= item.after_end;
  has_lost_ |= item.after_loss;
  counts_.take_back (gst_buffer_get_size (item.buffer.get ()));
  quarantine (
      item.offset, { ErrorKind::MALFORMED,
                       "what follows kafkasrc does not take " + caps, "" });
  return std::nullopt;
}

/* Nobody is given what came last. */
void
Reader::note_unused ()
{
  if (ending_.may_pass ())
    usage_->advance_to (cursor_.next ());
}

std::optional<Recording::Range>
Reader::range () const
{
  auto range = recording_->range ();
  if (range && given_up_to_ != INT64_MIN) {
    range->end = std::max<int64_t> (range->end, given_up_to_);
    range->is_timeless = false;
  }
  return range;
}

/* By the session's clock, at this record; else by when it was written. */
std::optional<int64_t>
Reader::capture_time (const Frame &frame) const
{
  auto utc = playback_.utc ();
  if (utc && frame.decoded.pts)
    return *utc + *frame.decoded.pts;
  return frame.written;
}

ReaderStats
Reader::stats () const
{
  ReaderStats stats = counts_.stats ();
  stats.committed = turn_.committed ();
  stats.round_trip = recording_->round_trip ();
  stats.lag = lag (stats.partition);
  return stats;
}

/* The latest fetch is newer than what the recording's thread has seen, or, when
 * who plays has stopped fetching, older. At once, from any thread. */
int64_t
Reader::lag (int partition) const
{
  int64_t position = counts_.read_up_to ();
  auto marks = recording_->marks ();
  if (position < 0 || !marks)
    return -1;
  int64_t end = std::max (marks->high, consumer_->known_end (partition));
  return std::max<int64_t> (end - position, 0);
}

} // namespace gstkafka
