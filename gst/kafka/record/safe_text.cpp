/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/safe_text.h"

#include <glib.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace gstkafka {

namespace {

/* Theora's and Vorbis' headers in hexadecimal come to some 20 KB, a tag list
 * with a cover picture to a few hundred. */
constexpr size_t kMaxTextSize = 4 * 1024 * 1024;

/* What is serialised in practice has two. Time doubles with each. */
constexpr int kMaxBrackets = 6;
/* Texts in texts. */
constexpr int kMaxLevels = 8;

/* Types whose values are such texts again: GstCaps, structure, GstTagList,
 * taglist, GstSegment, sample ... Without the first letter, which may be a
 * capital. */
constexpr std::string_view kNestingTypes[]
    = { "aps", "tructure", "aglist", "agList", "egment", "ample" };
constexpr std::string_view kSampleType = "ample";
/* What follows in quotes is a name or a title and taken as it is. */
constexpr std::string_view kStringCast = "(string)";

bool
contains (std::string_view text, std::string_view part)
{
  return text.find (part) != std::string_view::npos;
}

bool
ends_with (std::string_view text, std::string_view end)
{
  return text.size () >= end.size ()
         && text.substr (text.size () - end.size ()) == end;
}

bool
is_octal (std::string_view text, size_t i)
{
  auto is_digit = [] (char c) { return c >= '0' && c <= '7'; };
  return i + 2 < text.size () && text[i] <= '3'
         && std::all_of (text.begin () + i, text.begin () + i + 3, is_digit);
}

/* What stands between the quote at `i` and the next; moves `i` behind that. As
 * gst_string_wrap () escaped it: a backslash and the character, or a backslash
 * and three octal digits. */
std::string
unquote (std::string_view text, size_t &i)
{
  std::string out;
  for (i++; i < text.size () && text[i] != '"'; i++) {
    if (text[i] != '\\' || i + 1 == text.size ()) {
      out += text[i];
    } else if (is_octal (text, i + 1)) {
      out += static_cast<char> ((text[i + 1] - '0') * 64
                                + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
      i += 3;
    } else {
      out += text[++i];
    }
  }
  i++;
  return out;
}

/* A field of a serialised sample, data:caps:segment:info; the last three are
 * texts in base64 with _ for =. Begins at `i` and moves it to the end. */
std::string
decode_sample_field (std::string_view text, size_t &i)
{
  auto belongs = [] (char c) {
    return g_ascii_isalnum (c) || (c != '\0' && strchr ("_-+/.", c));
  };
  std::string field;
  for (; i < text.size () && belongs (text[i]); i++)
    field += text[i] == '_' ? '=' : text[i];
  if (field.size () < 2)
    return {};
  gsize size = 0;
  g_base64_decode_inplace (field.data (), &size);
  field.resize (size);
  return field;
}

/* Counts the brackets that are open around every place of `text`, which stands
 * in `level` others, inside of `brackets`. */
bool
is_shallow (std::string_view text, int level, int brackets, bool has_samples)
{
  if (level > kMaxLevels)
    return false;
  const bool nests
      = level > 0
        || std::any_of (std::begin (kNestingTypes), std::end (kNestingTypes),
            [text] (auto type) { return contains (text, type); });
  has_samples = has_samples || contains (text, kSampleType);

  int depth = brackets;
  for (size_t i = 0; i < text.size ();) {
    const char c = text[i];
    if (c == '"') {
      const bool is_string = ends_with (text.substr (0, i), kStringCast);
      std::string quoted = unquote (text, i);
      if (nests && !is_string
          && !is_shallow (quoted, level + 1, depth, has_samples))
        return false;
      continue;
    }
    i++;
    if (c == '<' || c == '{' || c == '[')
      depth++;
    else if (c == '>' || c == '}' || c == ']')
      depth = std::max (brackets, depth - 1);
    else if (c == ':' && has_samples
             && !is_shallow (
                 decode_sample_field (text, i), level + 1, depth, true))
      return false;
    if (depth > kMaxBrackets)
      return false;
  }
  return true;
}

} // namespace

bool
is_safe_text (std::string_view text)
{
  return !text.empty () && text.size () <= kMaxTextSize
         && text.find ('\0') == std::string_view::npos
         && g_utf8_validate (
             text.data (), static_cast<gssize> (text.size ()), nullptr)
         && is_shallow (text, 0, 0, false);
}

} // namespace gstkafka
