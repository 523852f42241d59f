/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "identity.h"

#include "common/trip.h"

#include <algorithm>
#include <cstring>

using namespace kafkacheck;

static std::vector<Row> the_rows;

namespace {

std::string
with_file (const char *text, const std::string &path)
{
  static const std::string placeholder = "$FILE";
  std::string out (text);
  for (size_t at = out.find (placeholder); at != std::string::npos;
       at = out.find (placeholder))
    out.replace (at, placeholder.size (), path);
  return out;
}

bool
any (const Captured &in, bool (*predicate) (const CapturedBuffer &))
{
  return std::any_of (in.buffers.begin (), in.buffers.end (), predicate);
}

bool
any_pair (const Captured &in,
    bool (*predicate) (const CapturedBuffer &, const CapturedBuffer &))
{
  return std::adjacent_find (in.buffers.begin (), in.buffers.end (), predicate)
         != in.buffers.end ();
}

bool
is_tag_list (const std::string &event)
{
  return event.find ("taglist") != std::string::npos;
}

bool
has_in_caps (const Captured &in, const char *text)
{
  return !in.buffers.empty ()
         && in.buffers.back ().caps.find (text) != std::string::npos;
}

bool
has_flag (const Captured &in, uint32_t flag)
{
  return std::any_of (in.buffers.begin (), in.buffers.end (),
      [flag] (const CapturedBuffer &buffer) { return buffer.flags & flag; });
}

bool
has_reordering (const Captured &in)
{
  std::optional<int64_t> highest;
  for (const auto &buffer : in.buffers) {
    if (buffer.pts && highest && *buffer.pts < *highest)
      return true;
    highest = std::max (highest, buffer.pts);
  }
  return false;
}

unsigned
what_it_shows (const Captured &in)
{
  using Buffer = CapturedBuffer;
  unsigned shows = 0;
  auto note = [&shows] (unsigned fact, bool is_shown) {
    if (is_shown)
      shows |= fact;
  };
  bool has_delta
      = any (in, [] (const Buffer &b) { return b.is_delta_unit (); });
  bool has_sync
      = any (in, [] (const Buffer &b) { return !b.is_delta_unit (); });

  note (SHOWS_CODEC_DATA, has_in_caps (in, "codec_data="));
  note (SHOWS_STREAMHEADER, has_in_caps (in, "streamheader="));
  note (SHOWS_CAPS_CHANGE, any_pair (in, [] (const Buffer &a, const Buffer &b) {
    return a.caps != b.caps;
  }));
  note (SHOWS_HEADER, has_flag (in, GST_BUFFER_FLAG_HEADER));
  note (SHOWS_DELTA_UNITS, has_delta && has_sync);
  note (SHOWS_ONLY_DELTAS, has_delta && !has_sync);
  note (SHOWS_B_FRAMES, has_reordering (in));
  note (SHOWS_NEGATIVE_DTS,
      any (in, [] (const Buffer &b) { return b.dts && *b.dts < 0; }));
  note (SHOWS_EQUAL_TIMES, any_pair (in, [] (const Buffer &a, const Buffer &b) {
    return (a.pts && a.pts == b.pts) || (a.dts && a.dts == b.dts);
  }));
  note (SHOWS_NO_TIMES,
      any (in, [] (const Buffer &b) { return !b.pts && !b.dts; }));
  note (SHOWS_NO_DURATION,
      any (in, [] (const Buffer &b) { return !b.duration; }));
  note (SHOWS_OFFSETS,
      any (in, [] (const Buffer &b) { return b.offset || b.offset_end; }));
  note (SHOWS_TAGS, any (in, [] (const Buffer &b) {
    return std::any_of (b.events.begin (), b.events.end (), is_tag_list);
  }));
  note (SHOWS_LAST_EVENTS, !in.last_events.empty ());
  note (SHOWS_EMPTY_BUFFER,
      any (in, [] (const Buffer &b) { return b.size == 0; }));
  note (SHOWS_NO_BUFFER, in.buffers.empty ());
  note (SHOWS_NO_CAPS,
      any (in, [] (const Buffer &b) { return b.caps.empty (); }));
  return shows;
}

void
make_file (const Row &row, const std::string &path)
{
  if (row.before)
    Pipeline (with_file (row.before, path)).run_to_eos ();
  if (row.file)
    ck_assert (g_file_set_contents (path.c_str (), row.file, -1, nullptr));
}

} // namespace

GST_START_TEST (test_kafkasrc_gives_what_kafkasink_took)
{
  const Row &row = the_rows[static_cast<size_t> (__i__)];
  for (const char *text : { row.before ? row.before : row.text, row.text })
    if (auto reason = Pipeline::find_missing (text)) {
      g_print ("%s: skipped: %s\n", row.name, reason->c_str ());
      return;
    }
  g_print ("%s\n", row.name);

  std::string path = scratch_directory () + "/medium";
  make_file (row, path);
  Topic topic;
  Captured in
      = publish (with_file (row.text, path), topic.name (), "", row.feed);
  unsigned missing = row.shows & ~what_it_shows (in);
  if (!pngenc_flags_all_as_delta ())
    missing &= ~static_cast<unsigned> (SHOWS_ONLY_DELTAS);
  ck_assert_msg (missing == 0, "%s doesn't show what it is there for (0x%x)",
      row.name, missing);

  for (const char *time : { "first", "second" }) {
    std::string difference = first_difference (in, play (topic.name ()));
    ck_assert_msg (difference.empty (), "%s, read for the %s time: %s",
        row.name, time, difference.c_str ());
  }
}
GST_END_TEST;

Suite *
make_identity_suite (const char *name, const std::vector<Row> &rows)
{
  const char *wanted = g_getenv ("IDENTITY_ROWS");
  for (const auto &row : rows)
    if (!wanted || strstr (row.name, wanted))
      the_rows.push_back (row);
  Suite *suite = suite_create (name);
  TCase *tcase = tcase_create ("rows");
  tcase_add_loop_test (tcase, test_kafkasrc_gives_what_kafkasink_took, 0,
      static_cast<int> (the_rows.size ()));
  suite_add_tcase (suite, tcase);
  return suite;
}
