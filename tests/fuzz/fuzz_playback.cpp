/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records as they come, and when they are to be shown. Nothing is given twice,
 * nor before its caps are known, and no sum of times overflows. */

#include "fuzz.h"
#include "gstreamer.h"

#include "elements/playback.h"
#include "elements/presentation.h"
#include "record/names.h"

using namespace gstkafka;

namespace {

constexpr int kMaxRecords = 400;

constexpr const char *kCaps[]
    = { "image/jpeg, width=(int)4", "video/x-h264", "audio/x-opus" };

int64_t
header_time (fuzz::Input &input)
{
  return std::clamp (input.time (), -kMaxTime, kMaxTime);
}

/* As the decoder gives one. */
DecodedRecord
make_record (fuzz::Input &input, uint64_t (&next_seq)[4])
{
  const uint8_t kind = input.byte (), more = input.byte ();
  DecodedRecord record;
  record.foreign = (kind & 0xe0) == 0xe0;
  const int session = record.foreign ? 0 : 1 + kind % 3;
  record.session = std::string (session, 'a');
  record.seq = next_seq[session]++;
  if (kind & 4)
    record.seq = std::min (input.number (), UINT64_MAX - 1);
  if (!record.foreign)
    record.eos = (kind & 0x58) == 0x58;
  if (more & 1)
    record.pts = header_time (input);
  /* The clock of ForeignClock. */
  if (record.foreign && record.pts)
    record.pts = std::max<int64_t> (*record.pts, 0);
  if ((more & 2) && !record.foreign)
    record.dts = header_time (input);
  if ((more & 4) && !record.foreign)
    record.duration
        = static_cast<uint64_t> (header_time (input)) & kMaxDuration;
  if (more & 8)
    record.flags = GST_BUFFER_FLAG_DELTA_UNIT;
  if (more & 16)
    record.caps.reset (gst_caps_from_string (kCaps[more % 3]));
  if (more & 32)
    record.utc = header_time (input);
  return record;
}

class Trial {
 public:
  explicit Trial (fuzz::Input &input)
      : input_ (input), mode_ (input.byte ()),
        playback_ ([this] (const Session &session, int64_t wish) {
          return sync_->base_of (session, wish);
        }),
        presentation_ (
            sync_, mode_ & 1 ? std::make_optional (GstClockTime{ 200000000 })
                             : std::nullopt)
  {
    sync_->enter ();
    gst_segment_init (&segment_, GST_FORMAT_TIME);
  }
  ~Trial () { sync_->leave (); }

  void
  step ()
  {
    const uint8_t kind = input_.byte ();
    switch (kind % 32) {
    case 0:
      playback_.resync ();
      needs_discont_ = true;
      break;
    case 1:
      playback_.skip_lost ();
      needs_discont_ = true;
      break;
    case 2:
      playback_.restart ();
      needs_discont_ = true;
      break;
    case 3: {
      DecodedRecord record = make_record (input_, next_seq_);
      playback_.note_context (record, "");
      break;
    }
    default:
      take (kind);
      break;
    }
  }

 private:
  void
  take (uint8_t kind)
  {
    DecodedRecord record = make_record (input_, next_seq_);
    offset_ += kind & 32 ? input_.byte () : 1;
    const uint64_t duplicates = playback_.counts ().duplicates;
    const char *key = kind & 64 ? "k" : "";
    bool is_duplicate
        = playback_.count (record, key) == Playback::Order::DUPLICATE;
    require (
        is_duplicate == (playback_.counts ().duplicates == duplicates + 1));
    if (is_duplicate)
      return;
    auto decision = playback_.take (record, offset_, key);
    if (record.eos)
      require (!decision.give);
    if (!decision.give)
      return;
    require (decision.discont || !needs_discont_);
    needs_discont_ = false;

    ReaderItem item;
    item.buffer.reset (gst_buffer_new ());
    if (record.duration)
      GST_BUFFER_DURATION (item.buffer.get ()) = *record.duration;
    item.from_the_start = decision.from_the_start;
    item.after_end = item.after_wait = kind & 128;
    item.after_loss = (kind & 0xc0) == 0xc0;
    item.is_resumed = decision.discont;
    item.is_foreign = record.foreign;
    item.is_newest = kind & 32;
    /* As the reader adds it up. */
    if (record.pts)
      item.pts = *record.pts + decision.base;
    if (record.dts)
      item.dts = *record.dts + decision.base;
    if (playback_.utc () && record.pts)
      item.capture = *playback_.utc () + *record.pts;
    show (item);
  }

  void
  show (const ReaderItem &item)
  {
    std::optional<PipelineTime> now;
    if (mode_ & 2) {
      now = PipelineTime{ 0, running_time_, 220 * GST_MSECOND };
      running_time_ += 40 * GST_MSECOND;
    }
    presentation_.place (segment_, item, now);
    presentation_.timestamp (item.pts);
    presentation_.timestamp (item.dts);
    presentation_.is_beyond_stop (segment_, item);
  }

  fuzz::Input &input_;
  const uint8_t mode_;
  const std::shared_ptr<SourceSync> sync_ = std::make_shared<SourceSync> ();
  Playback playback_;
  Presentation presentation_;
  GstSegment segment_;
  int64_t offset_ = 0;
  GstClockTimeDiff running_time_ = 0;
  uint64_t next_seq_[4] = {};
  bool needs_discont_ = true;
};

} // namespace

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz::begin_gstreamer ();
  fuzz::Input input (data, size);
  Trial trial (input);
  for (int i = 0; i < kMaxRecords && !input.is_over (); i++)
    trial.step ();
  return 0;
}
