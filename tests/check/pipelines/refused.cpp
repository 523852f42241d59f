/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Records that are well-formed, and that what follows kafkasrc cannot play. */

#include "common/trip.h"

using namespace kafkacheck;

namespace {

constexpr int64_t kFrame = 40 * GST_MSECOND;
constexpr const char *kWanted = "video/x-h264, width=(int)4";
constexpr const char *kPicture = "image/jpeg";
constexpr const char *kOdd = "audio/x-opus, channels=(int)2";
constexpr const char *kKey = "0x0", *kDelta = "0x2000";

Record
frame (const std::string &session, uint64_t seq, const char *caps,
    const char *flags = kKey)
{
  Record record;
  record.value = session + std::to_string (seq);
  record.headers = { { "gst.version", "1" }, { "gst.session", session },
    { "gst.seq", std::to_string (seq) },
    { "gst.pts", std::to_string (static_cast<int64_t> (seq) * kFrame) },
    { "gst.duration", std::to_string (kFrame) }, { "gst.flags", flags },
    { "gst.caps", caps } };
  return record;
}

Record
text ()
{
  Record record;
  record.value = "Hello";
  record.headers = { { "content-type", "text/plain" } };
  return record;
}

/* 20 that are wanted, `odd`, 40 that are wanted. */
std::vector<Record>
records_around (const std::vector<Record> &odd)
{
  std::vector<Record> records;
  for (uint64_t i = 0; i < 20; i++)
    records.push_back (frame ("s", i, kWanted));
  records.insert (records.end (), odd.begin (), odd.end ());
  for (uint64_t i = 20; i < 60; i++)
    records.push_back (frame ("s", i, kWanted));
  return records;
}

/* Behind the source is what does not take all caps. */
class Choosy {
 public:
  Choosy (const std::string &topic, const std::string &group,
      const std::string &between)
      : pipeline_ (source_text (topic, "stop-position=end group-id=" + group)
                   + " ! " + between
                   + " ! fakesink name=end enable-last-sample=false"),
        capture_ (pipeline_.element ("end").get (), "sink")
  {}

  Pipeline &
  pipeline ()
  {
    return pipeline_;
  }
  Captured
  captured ()
  {
    return capture_.get ();
  }
  int64_t
  stat (const char *name) const
  {
    return kafkacheck::stat (pipeline_.element ("source").get (), name);
  }
  void
  stop ()
  {
    ck_assert (pipeline_.set_state (GST_STATE_NULL));
  }

 private:
  Pipeline pipeline_;
  Capture capture_;
};

void
check_value (const CapturedBuffer &buffer, const std::string &value)
{
  check_text (buffer.checksum, checksum_of (value.data (), value.size ()));
}

} // namespace

GST_START_TEST (test_kafkasrc_sets_aside_what_nobody_takes)
{
  const struct {
    std::vector<Record> odd;
    const char *caps;
  } cases[] = {
    { { frame ("o", 0, kOdd) }, "audio/x-opus, channels=(int)2" },
    { { text () }, "text/plain" },
    { { frame ("o", 0, kOdd), frame ("o", 1, kOdd), frame ("o", 2, kOdd) },
        "audio/x-opus, channels=(int)2" },
  };
  for (const auto &one : cases) {
    Topic topic;
    const std::string group = unused_group_name ();
    write_log (topic.name (), records_around (one.odd));
    const auto count = static_cast<int64_t> (one.odd.size ());

    Choosy player (topic.name (), group, "video/x-h264");
    player.pipeline ().run_to_eos ();
    const Captured out = player.captured ();
    ck_assert_uint_eq (out.buffers.size (), 60);
    for (size_t i = 0; i < 60; i++) {
      check_value (out.buffers[i], "s" + std::to_string (i));
      ck_assert_int_eq (out.buffers[i].is_discont (), i == 0 || i == 20);
      check_text (out.buffers[i].caps, kWanted);
    }
    ck_assert_int_eq (player.stat ("quarantined"), count);
    ck_assert_int_eq (player.stat ("records"), 60);
    const auto &warnings = player.pipeline ().warnings ();
    ck_assert_uint_eq (warnings.size (), count > 1 ? 2 : 1);
    check_text (warnings[0].text,
        "Record 20 of topic '" + topic.name ()
            + "' partition 0 is set aside: what follows kafkasrc does not take "
            + one.caps + ". Playback goes on at the next sync point.");
    player.stop ();
    ck_assert_int_eq (committed_offset (group, topic.name ()), 60 + count);
  }
}
GST_END_TEST;

/* A single record of another session may be where a group resumes. */
GST_START_TEST (test_kafkasrc_resumes_behind_refused_caps)
{
  Topic topic;
  const std::string group = unused_group_name ();
  write_log (topic.name (), records_around ({ frame ("o", 0, kOdd) }));
  commit_offset (group, topic.name (), 31);
  Choosy player (topic.name (), group, "video/x-h264");
  player.pipeline ().run_to_eos ();
  const Captured out = player.captured ();
  ck_assert_uint_ge (out.buffers.size (), 30);
  check_value (out.buffers[out.buffers.size () - 30], "s30");
  check_value (out.buffers.back (), "s59");
}
GST_END_TEST;

/* A decoder that was given nothing for a while begins anew. */
GST_START_TEST (test_kafkasrc_goes_on_at_a_sync_point_after_refused_caps)
{
  Topic topic;
  write_log (topic.name (),
      { frame ("s", 0, kWanted), frame ("s", 1, kWanted, kDelta),
          frame ("s", 2, kOdd), frame ("s", 3, kOdd, kDelta),
          frame ("s", 4, kWanted, kDelta), frame ("s", 5, kWanted),
          frame ("s", 6, kWanted, kDelta) });
  Choosy player (topic.name (), unused_group_name (), "video/x-h264");
  player.pipeline ().run_to_eos ();
  const Captured out = player.captured ();
  ck_assert_uint_eq (out.buffers.size (), 4);
  check_value (out.buffers[2], "s5");
  ck_assert (out.buffers[2].is_discont ());
  check_value (out.buffers[3], "s6");
}
GST_END_TEST;

/* Nothing in it can be played: it is the pipeline that is wrong. */
GST_START_TEST (test_kafkasrc_says_that_nobody_takes_the_first_caps)
{
  Topic topic;
  const std::string group = unused_group_name ();
  write_log (topic.name (), records_around ({}));
  for (int i = 0; i < 2; i++) {
    Choosy player (topic.name (), group, "image/jpeg");
    ck_assert (player.pipeline ().run () == Pipeline::Ending::ERROR);
    player.stop ();
    ck_assert_uint_eq (player.pipeline ().errors ().size (), 1);
    ck_assert (player.pipeline ().warnings ().empty ());
    const Complaint &error = player.pipeline ().errors ()[0];
    const std::string what
        = "record 0 of partition 0 is " + std::string (kWanted);
    ck_assert_msg (strstr (error.text.c_str (), what.c_str ())
                       && strstr (error.text.c_str (), "decodebin"),
        "%s", error.text.c_str ());
    ck_assert_int_eq (committed_offset (group, topic.name ()), -1);
  }
}
GST_END_TEST;

/* A decoder may find out only when it has a record. The playing ends, but not
 * there again when it is begun again. */
GST_START_TEST (test_kafkasrc_does_not_come_back_to_what_could_not_be_played)
{
  for (const char *between : { "identity", "queue" }) {
    Topic topic;
    const std::string group = unused_group_name ();
    std::vector<Record> records;
    for (uint64_t i = 0; i < 61; i++)
      records.push_back (frame ("s", i, kPicture));
    records[20].value = "odd";
    write_log (topic.name (), records);
    auto refuse_odd = [] (GstPad *, GstPadProbeInfo *info, gpointer) {
      GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
      if (gst_buffer_memcmp (buffer, 0, "odd", 3) != 0)
        return GST_PAD_PROBE_OK;
      gst_buffer_unref (buffer);
      GST_PAD_PROBE_INFO_DATA (info) = nullptr;
      GST_PAD_PROBE_INFO_FLOW_RETURN (info) = GST_FLOW_NOT_NEGOTIATED;
      return GST_PAD_PROBE_HANDLED;
    };
    auto play_on = [&] {
      Choosy player (topic.name (), group, between);
      PadPtr pad (gst_element_get_static_pad (
          player.pipeline ().element ("end").get (), "sink"));
      gst_pad_add_probe (
          pad.get (), GST_PAD_PROBE_TYPE_BUFFER, refuse_odd, nullptr, nullptr);
      auto ending = player.pipeline ().run ();
      player.stop ();
      return ending;
    };
    ck_assert (play_on () == Pipeline::Ending::ERROR);
    /* Behind a queue more was pushed by then. */
    ck_assert_int_ge (committed_offset (group, topic.name ()), 21);
    ck_assert (play_on () == Pipeline::Ending::EOS);
    ck_assert_int_eq (committed_offset (group, topic.name ()), 61);
  }
}
GST_END_TEST;

static Suite *
refused_suite ()
{
  Suite *suite = suite_create ("refused");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_kafkasrc_sets_aside_what_nobody_takes);
  tcase_add_test (tcase, test_kafkasrc_resumes_behind_refused_caps);
  tcase_add_test (
      tcase, test_kafkasrc_goes_on_at_a_sync_point_after_refused_caps);
  tcase_add_test (tcase, test_kafkasrc_says_that_nobody_takes_the_first_caps);
  tcase_add_test (
      tcase, test_kafkasrc_does_not_come_back_to_what_could_not_be_played);
  suite_add_tcase (suite, tcase);
  return suite;
}

KAFKA_CHECK_MAIN (refused)
