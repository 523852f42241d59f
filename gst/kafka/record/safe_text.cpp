/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/safe_text.h"

#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gstkafka {

namespace {

/* Theora's and Vorbis' headers in hexadecimal come to some 20 KB, a tag list
 * with a cover picture to a few hundred. */
constexpr size_t kMaxTextSize = 4 * 1024 * 1024;

/* What is serialised in practice has two. Time doubles with each. */
constexpr int kMaxBrackets = 6;
/* Texts in texts. */
constexpr int kMaxLevels = 8;
/* Fields, structures, and values in { }. GStreamer looks for each field through
 * those before it, and compares such lists each value with each. */
constexpr int kMaxItems = 4096;

/* Bytes of names, and what one costs besides. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr int64_t kMaxNewNames = 256 * 1024 * 1024;
#else
constexpr int64_t kMaxNewNames = 2 * 1024 * 1024;
#endif
constexpr int64_t kNameCost = 64;
constexpr size_t kMaxName = 1024;

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
  if (field.size () < 2 || field == "None")
    return {};
  gsize size = 0;
  g_base64_decode_inplace (field.data (), &size);
  field.resize (size);
  return field;
}

std::string_view
trim_front (std::string_view text)
{
  while (!text.empty () && g_ascii_isspace (text.front ()))
    text.remove_prefix (1);
  return text;
}

std::string_view
trim (std::string_view text)
{
  text = trim_front (text);
  while (!text.empty () && g_ascii_isspace (text.back ()))
    text.remove_suffix (1);
  return text;
}

bool
is_one_of (std::string_view type, std::initializer_list<std::string_view> types)
{
  return std::find (types.begin (), types.end (), type) != types.end ();
}

/* Whole bytes, and then the end, blanks or `end`. */
bool
is_hexadecimal (std::string_view text, char end = '\0')
{
  size_t digits = 0;
  while (digits < text.size () && g_ascii_isxdigit (text[digits]))
    digits++;
  std::string_view rest = trim_front (text.substr (digits));
  return digits % 2 == 0 && (rest.empty () || rest.front () == end);
}

/* Whether a value is what its type says, for those types where the parser
 * asserts it, or goes on to use a buffer that it has freed (1.22). Looks no
 * further than it must: in a hostile text there may be a value in each place.
 */
bool
is_of_type (std::string_view value, std::string_view type)
{
  value = trim_front (value);
  if (is_one_of (type, { "buffer", "GstBuffer" }))
    return is_hexadecimal (value);
  if (is_one_of (type, { "sample", "GstSample" }))
    return is_hexadecimal (
        value.substr (0, 4) == "None" ? value.substr (4) : value, ':');
  if (is_one_of (type, { "taglist", "GstTagList" }))
    return value.substr (0, strlen ("taglist")) == "taglist";
  if (is_one_of (type,
          { "GstCaps", "structure", "GstStructure", "GstSegment", "segment" }))
    return !value.empty () && g_ascii_isalpha (value.front ());
  return true;
}

/* Holds each gint64. */
using Number = long double;

/* Decimal. What is beyond an integer type is none: the parser would wrap it. */
std::optional<Number>
parse_number (std::string_view text, std::string_view type)
{
  if (text.empty () || text.size () > 40
      || text.find_first_not_of ("-0123456789.e+") != text.npos
      || !(g_ascii_isdigit (text.front ()) || text.front () == '-'))
    return std::nullopt;
  const std::string copy (text);
  const bool is_long = is_one_of (type, { "int64", "gint64" });
  if (is_one_of (type, { "double", "gdouble", "d" })
      || text.find_first_of (".e") != text.npos) {
    char *end = nullptr;
    const double number = g_ascii_strtod (copy.c_str (), &end);
    return *end == '\0' ? std::make_optional<Number> (number) : std::nullopt;
  }
  gint64 number = 0;
  if (!g_ascii_string_to_signed (copy.c_str (), 10,
          is_long ? G_MININT64 : G_MININT, is_long ? G_MAXINT64 : G_MAXINT,
          &number, nullptr))
    return std::nullopt;
  return number;
}

/* A number, or a fraction, as a range of `type` has them. */
std::optional<Number>
parse_bound (std::string_view text, std::string_view type)
{
  text = trim (text);
  const size_t slash = text.find ('/');
  auto number = parse_number (text.substr (0, slash), type);
  if (!number || slash == text.npos)
    return number;
  auto divisor = parse_number (text.substr (slash + 1), type);
  if (!divisor || *divisor == 0)
    return std::nullopt;
  return *number / *divisor;
}

/* The parser asserts that a range is one, and takes anything else in such
 * brackets for a structure. What is between them begins at `i`. */
bool
is_range (std::string_view text, size_t i, std::string_view type)
{
  const size_t end = text.find (']', i);
  if (end == text.npos)
    return false;
  std::vector<Number> bounds;
  for (std::string_view left = text.substr (i, end - i);;) {
    const size_t comma = std::min (left.find (','), left.size ());
    auto bound = parse_bound (left.substr (0, comma), type);
    if (!bound || bounds.size () == 3)
      return false;
    bounds.push_back (*bound);
    if (comma == left.size ())
      break;
    left.remove_prefix (comma + 1);
  }
  if (bounds.size () < 2 || !(bounds[0] < bounds[1]))
    return false;
  return bounds.size () == 2
         || (bounds[2] >= 1 && std::fmod (bounds[0], bounds[2]) == 0
             && std::fmod (bounds[1], bounds[2]) == 0);
}

/* Which type a value is said to have, at any place of a text. In a list that is
 * the list's, unless an element says its own. */
class Cast {
 public:
  /* Each character that is not in quotes. False: the value that begins there is
   * not what it is said to be. */
  bool
  take (std::string_view text, size_t i)
  {
    const char c = text[i];
    if (in_type_) {
      in_type_ = c != ')';
    } else if (c == '=') {
      begin ({});
    } else if (c == ',') {
      if (!outer_.empty ())
        begin (outer_.back ());
    } else if (c == '{' || c == '<') {
      outer_.push_back (type_);
      at_value_ = true;
    } else if (c == '}' || c == '>') {
      if (!outer_.empty ())
        outer_.pop_back ();
      at_value_ = false;
    } else if (at_value_ && c == '(') {
      const size_t end = std::min (text.find (')', i), text.size ());
      type_ = trim (text.substr (i + 1, end - i - 1));
      in_type_ = true;
    } else if (at_value_ && !g_ascii_isspace (c)) {
      at_value_ = false;
      return is_of_type (plain_value (text, i), type_);
    }
    return true;
  }
  bool
  take_quoted (std::string_view quoted)
  {
    return !std::exchange (at_value_, false) || is_of_type (quoted, type_);
  }
  /* Empty: none is said. */
  std::string_view
  type () const
  {
    return type_;
  }
  bool
  is_sample () const
  {
    return is_one_of (type_, { "sample", "GstSample" });
  }

 private:
  void
  begin (std::string_view type)
  {
    type_ = type;
    at_value_ = true;
  }

  /* One that is not in quotes. Of those that begin in the same stretch without
   * a delimiter only the first looks for its end. */
  std::string_view
  plain_value (std::string_view text, size_t i)
  {
    if (i >= end_)
      end_ = std::min (text.find_first_of (",;>}\"", i), text.size ());
    return text.substr (i, end_ - i);
  }

  std::string_view type_;
  std::vector<std::string_view> outer_; /* of the lists around */
  size_t end_ = 0;                      /* of the value */
  bool at_value_ = false, in_type_ = false;
};

/* Up to 1.24 GStreamer has names kept by GLib. */
bool
are_names_kept ()
{
  guint major, minor, micro, nano;
  gst_version (&major, &minor, &micro, &nano);
  return major == 1 && minor < 26;
}

/* The names of structures and fields, as far as GLib has not met them. It keeps
 * each for good: a hostile topic gets some of that memory, once. */
class NewNames {
 public:
  /* That ends before `end`, blanks and escapes left out. */
  void
  add_before (std::string_view text, size_t end)
  {
    while (
        end > 0 && (g_ascii_isspace (text[end - 1]) || text[end - 1] == '\\'))
      end--;
    size_t begin = end;
    while (begin > 0 && belongs (text[begin - 1]))
      begin--;
    add (text.substr (begin, end - begin));
  }
  void
  add_first (std::string_view text)
  {
    text = trim_front (text);
    if (!text.empty () && text.front () == '"')
      text.remove_prefix (1);
    size_t end = 0;
    while (end < text.size () && belongs (text[end]))
      end++;
    add (text.substr (0, end));
  }

  /* Whether there is room for them. */
  bool
  admit () const
  {
    static std::atomic<int64_t> room{ kMaxNewNames };
    if (is_too_long_ || size_ == 0 || !are_names_kept ())
      return !is_too_long_;
    return room.fetch_sub (size_) >= size_;
  }

 private:
  static bool
  belongs (char c)
  {
    return g_ascii_isalnum (c) || (c != '\0' && strchr ("_-+/:.", c));
  }
  void
  add (std::string_view name)
  {
    is_too_long_ = is_too_long_ || name.size () > kMaxName;
    std::string copy (name);
    if (!name.empty () && g_quark_try_string (copy.c_str ()) == 0
        && names_.insert (std::move (copy)).second)
      size_ += static_cast<int64_t> (name.size ()) + kNameCost;
  }

  std::set<std::string> names_;
  int64_t size_ = 0;
  bool is_too_long_ = false;
};

/* What a text has in all, in those that it contains as well. */
struct Extent {
  NewNames names;
  int items = 0;
};

bool is_shallow (std::string_view text, int level, int brackets,
    bool has_samples, Extent &extent);

/* Of a sample: what is not that in truth is only looked at for its depth. */
bool
is_good_field (const std::string &field, bool is_of_sample, int level,
    int brackets, Extent &extent)
{
  return (!is_of_sample || field.empty () || is_of_type (field, "structure"))
         && is_shallow (field, level + 1, brackets, true, extent);
}

/* Caps may have several structures, one behind the other's semicolon. */
bool
is_followed_by_name (std::string_view text, size_t i)
{
  text = trim_front (text.substr (i));
  return text.empty ()
         || std::string_view ("0123456789_-+/:.\"").find (text.front ())
                == std::string_view::npos;
}

/* Counts the brackets that are open around every place of `text`, which stands
 * in `level` others, inside of `brackets`. Takes time that goes with the
 * length of `text`, whatever is in it. */
bool
is_shallow (std::string_view text, int level, int brackets, bool has_samples,
    Extent &extent)
{
  if (level > kMaxLevels)
    return false;
  const bool nests
      = level > 0
        || std::any_of (std::begin (kNestingTypes), std::end (kNestingTypes),
            [text] (auto type) { return contains (text, type); });
  has_samples = has_samples || contains (text, kSampleType);

  int depth = brackets;
  int lists = 0;
  Cast cast;
  extent.names.add_first (text);
  for (size_t i = 0; i < text.size ();) {
    const char c = text[i];
    if (c == '"') {
      const bool is_string = ends_with (text.substr (0, i), kStringCast);
      std::string quoted = unquote (text, i);
      if (!cast.take_quoted (quoted))
        return false;
      if (nests && !is_string
          && !is_shallow (quoted, level + 1, depth, has_samples, extent))
        return false;
      continue;
    }
    if (!cast.take (text, i))
      return false;
    if (c == '=')
      extent.names.add_before (text, i);
    lists += (c == '{') - (c == '}');
    if ((c == '=' || c == ';' || (c == ',' && lists > 0))
        && ++extent.items > kMaxItems)
      return false;
    i++;
    if (c == '[' && !is_range (text, i, cast.type ()))
      return false;
    if (c == ';' && !is_followed_by_name (text, i))
      return false;
    if (c == ';')
      extent.names.add_first (text.substr (i));
    if (c == '<' || c == '{' || c == '[')
      depth++;
    else if (c == '>' || c == '}' || c == ']')
      depth = std::max (brackets, depth - 1);
    else if (c == ':' && has_samples
             && !is_good_field (decode_sample_field (text, i),
                 cast.is_sample (), level, depth, extent))
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
  Extent extent;
  return !text.empty () && text.size () <= kMaxTextSize
         && text.find ('\0') == std::string_view::npos
         && g_utf8_validate (
             text.data (), static_cast<gssize> (text.size ()), nullptr)
         && is_of_type (text, "structure")
         && is_shallow (text, 0, 0, false, extent) && extent.names.admit ();
}

} // namespace gstkafka
