/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/safe_text.h"

#include "record/values.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>
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

/* ---- characters ---- */

/* Of names, and of values without quotes. */
bool
is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("_-+/:.", c));
}

bool
are_digits (std::string_view text)
{
  return !text.empty ()
         && std::all_of (text.begin (), text.end (),
             [] (char c) { return g_ascii_isdigit (c); });
}

/* Whole bytes. */
bool
is_hexadecimal (std::string_view text)
{
  return text.size () % 2 == 0
         && std::all_of (text.begin (), text.end (),
             [] (char c) { return g_ascii_isxdigit (c); });
}

std::string_view
trim (std::string_view text)
{
  while (!text.empty () && g_ascii_isspace (text.front ()))
    text.remove_prefix (1);
  while (!text.empty () && g_ascii_isspace (text.back ()))
    text.remove_suffix (1);
  return text;
}

/* Of a text in quotes. Octal digits are read as such by some versions of
 * GStreamer and not by others; no writer has them there. */
std::optional<std::string>
unescape (std::string_view text)
{
  std::string out;
  for (size_t i = 0; i < text.size (); i++) {
    if (text[i] == '\\' && i + 1 < text.size () && g_ascii_isdigit (text[++i]))
      return std::nullopt;
    out += text[i];
  }
  return out;
}

/* ---- types ---- */

/* G_TYPE_INVALID: none that may travel. */
GType
type_from_name (std::string_view name)
{
  static const std::map<std::string_view, GType> short_names{
    { "int", G_TYPE_INT },
    { "i", G_TYPE_INT },
    { "uint", G_TYPE_UINT },
    { "u", G_TYPE_UINT },
    { "float", G_TYPE_FLOAT },
    { "f", G_TYPE_FLOAT },
    { "double", G_TYPE_DOUBLE },
    { "d", G_TYPE_DOUBLE },
    { "buffer", GST_TYPE_BUFFER },
    { "fraction", GST_TYPE_FRACTION },
    { "boolean", G_TYPE_BOOLEAN },
    { "bool", G_TYPE_BOOLEAN },
    { "b", G_TYPE_BOOLEAN },
    { "string", G_TYPE_STRING },
    { "str", G_TYPE_STRING },
    { "s", G_TYPE_STRING },
    { "structure", GST_TYPE_STRUCTURE },
    { "date", G_TYPE_DATE },
    { "datetime", GST_TYPE_DATE_TIME },
    { "gdatetime", G_TYPE_DATE_TIME },
    { "bitmask", GST_TYPE_BITMASK },
    { "flagset", GST_TYPE_FLAG_SET },
    { "sample", GST_TYPE_SAMPLE },
    { "taglist", GST_TYPE_TAG_LIST },
    { "type", G_TYPE_GTYPE },
  };
  auto known = short_names.find (name);
  if (known != short_names.end ())
    return known->second;
  const std::string copy (name.substr (0, kMaxName));
  GType type = g_type_from_name (copy.c_str ());
  if (type == G_TYPE_INVALID)
    type = gst_dynamic_type_factory_load (copy.c_str ());
  return may_travel (type) ? type : G_TYPE_INVALID;
}

/* The types whose values are such texts again. */
std::optional<TextKind>
kind_of_type (GType type)
{
  if (type == GST_TYPE_CAPS)
    return TextKind::CAPS;
  if (type == GST_TYPE_TAG_LIST)
    return TextKind::TAGS;
  if (type == GST_TYPE_STRUCTURE || type == GST_TYPE_SEGMENT)
    return TextKind::STRUCTURE;
  return std::nullopt;
}

/* ---- numbers ---- */

/* Decimal, of an integer type; what is beyond that is none, as the parser would
 * wrap it. Nor is what it would take for octal. */
std::optional<gint64>
parse_integer (std::string_view text, gint64 min, gint64 max)
{
  std::string_view digits = text.substr (text.substr (0, 1) == "-");
  if (!are_digits (digits) || (digits.size () > 1 && digits.front () == '0'))
    return std::nullopt;
  gint64 number = 0;
  if (!g_ascii_string_to_signed (
          std::string (text).c_str (), 10, min, max, &number, nullptr))
    return std::nullopt;
  return number;
}

std::optional<gint64>
parse_integer_of (std::string_view text, GType type)
{
  return type == G_TYPE_INT64 ? parse_integer (text, G_MININT64, G_MAXINT64)
                              : parse_integer (text, G_MININT, G_MAXINT);
}

/* GStreamer asserts that both can change their signs. */
std::optional<double>
parse_fraction (std::string_view text)
{
  const size_t slash = text.find ('/');
  auto number = parse_integer (text.substr (0, slash), -G_MAXINT, G_MAXINT);
  if (!number)
    return std::nullopt;
  if (slash == text.npos)
    return static_cast<double> (*number);
  auto divisor = parse_integer (text.substr (slash + 1), -G_MAXINT, G_MAXINT);
  if (!divisor || *divisor == 0)
    return std::nullopt;
  return static_cast<double> (*number) / static_cast<double> (*divisor);
}

std::optional<double>
parse_double (std::string_view text)
{
  if (text.empty () || text.size () > 40
      || text.find_first_not_of ("-0123456789.e+") != text.npos)
    return std::nullopt;
  const std::string copy (text);
  char *end = nullptr;
  const double number = g_ascii_strtod (copy.c_str (), &end);
  return *end == '\0' ? std::make_optional (number) : std::nullopt;
}

/* As a range of `type` has them; G_TYPE_INVALID: any. */
std::optional<double>
parse_bound (std::string_view text, GType type)
{
  if (type == GST_TYPE_FRACTION || text.find ('/') != text.npos)
    return parse_fraction (text);
  if (type == G_TYPE_DOUBLE || text.find_first_of (".e") != text.npos)
    return parse_double (text);
  auto number = parse_integer_of (text, type);
  return number ? std::make_optional (static_cast<double> (*number))
                : std::nullopt;
}

bool
has_ranges (GType type)
{
  return type == G_TYPE_INVALID || type == G_TYPE_INT || type == G_TYPE_INT64
         || type == G_TYPE_DOUBLE || type == GST_TYPE_FRACTION;
}

/* With or without a step. */
bool
is_integer_range (const std::vector<std::string_view> &bounds, GType type)
{
  auto begin = parse_integer_of (bounds[0], type);
  auto end = parse_integer_of (bounds[1], type);
  auto step = bounds.size () == 3 ? parse_integer_of (bounds[2], type)
                                  : std::make_optional (gint64{ 1 });
  return begin && end && step && *begin < *end && *step >= 1
         && *begin % *step == 0 && *end % *step == 0;
}

/* What is between the brackets. The parser asserts that it is a range. */
bool
is_range (std::string_view text, GType type)
{
  std::vector<std::string_view> bounds;
  for (;;) {
    const size_t comma = std::min (text.find (','), text.size ());
    bounds.push_back (trim (text.substr (0, comma)));
    if (comma == text.size () || bounds.size () > 3)
      break;
    text.remove_prefix (comma + 1);
  }
  if (bounds.size () != 2 && bounds.size () != 3)
    return false;
  if (bounds.size () == 3 || type == G_TYPE_INT64)
    return is_integer_range (bounds, type);
  auto begin = parse_bound (bounds[0], type);
  auto end = parse_bound (bounds[1], type);
  return begin && end && *begin < *end;
}

/* A value without a type. One that begins like a fraction is tried as that. */
bool
is_good_guess (std::string_view text)
{
  return text.find ('/') == text.npos || g_ascii_isalpha (text.front ())
         || parse_fraction (text);
}

/* A value in quotes without a type. GStreamer complains of those that it can
 * read as anything else. */
bool
is_guessed_as_string (std::string_view text)
{
  if (text.empty () || !g_ascii_isalpha (text.front ()))
    return false;
  const std::string copy (text);
  for (GType type :
      { G_TYPE_INT, G_TYPE_DOUBLE, GST_TYPE_FLAG_SET, G_TYPE_BOOLEAN }) {
    GValue value = G_VALUE_INIT;
    g_value_init (&value, type);
    const bool is_other = gst_value_deserialize (&value, copy.c_str ());
    g_value_unset (&value);
    if (is_other)
      return false;
  }
  return true;
}

/* ---- samples ---- */

/* A sample's caps, segment and info are texts in base64 with _ for =, and have
 * their end in them. */
std::optional<std::string>
decode_sample_field (std::string_view text)
{
  std::string field (text);
  std::replace (field.begin (), field.end (), '_', '=');
  const size_t digits = field.find_last_not_of ('=') + 1;
  auto is_digit
      = [] (char c) { return g_ascii_isalnum (c) || c == '+' || c == '/'; };
  if (field.empty () || field.size () % 4 != 0 || field.size () - digits > 2
      || !std::all_of (field.begin (), field.begin () + digits, is_digit))
    return std::nullopt;
  gsize size = 0;
  g_base64_decode_inplace (field.data (), &size);
  field.resize (size);
  if (field.find ('\0') != size - 1)
    return std::nullopt;
  field.pop_back ();
  return field;
}

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
  void
  add (std::string_view name)
  {
    is_too_long_ = is_too_long_ || name.size () > kMaxName;
    std::string copy (name);
    if (!name.empty () && g_quark_try_string (copy.c_str ()) == 0
        && names_.insert (std::move (copy)).second)
      size_ += static_cast<int64_t> (name.size ()) + kNameCost;
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
  std::set<std::string> names_;
  int64_t size_ = 0;
  bool is_too_long_ = false;
};

/* What a text has in all, in those that it contains as well. */
struct Extent {
  NewNames names;
  int items = 0;
};

/* Reads a text as GStreamer's parser would, without anything coming of it. What
 * it does not know is not safe. Takes time that goes with the length of the
 * text, whatever is in it. */
class Reader {
 public:
  /* In `level` other texts, inside of `brackets`. */
  Reader (std::string_view text, int level, int brackets, Extent &extent)
      : left_ (text), level_ (level), brackets_ (brackets), extent_ (extent)
  {}

  /* The whole of it. */
  bool
  read (TextKind kind)
  {
    if (kind == TextKind::TAGS
        && left_.substr (0, strlen ("taglist")) != "taglist")
      return false;
    do {
      skip_blanks ();
      if (!count_item () || !read_name ()
          || (kind == TextKind::CAPS && !read_features ()) || !read_fields ())
        return false;
      if (kind == TextKind::CAPS)
        skip_blanks ();
    } while (kind == TextKind::CAPS && !left_.empty ());
    return left_.empty ();
  }

 private:
  char
  next () const
  {
    return left_.empty () ? '\0' : left_.front ();
  }
  bool
  take (char c)
  {
    if (left_.empty () || next () != c)
      return false;
    left_.remove_prefix (1);
    return true;
  }
  std::string_view
  take_first (size_t size)
  {
    std::string_view first = left_.substr (0, size);
    left_.remove_prefix (first.size ());
    return first;
  }
  std::string_view
  take_plain ()
  {
    return take_first (std::find_if_not (left_.begin (), left_.end (), is_plain)
                       - left_.begin ());
  }
  /* What is between two quotes; not with them there. */
  std::optional<std::string_view>
  take_quoted ()
  {
    size_t end = 1;
    while (end < left_.size () && left_[end] != '"')
      end += left_[end] == '\\' ? 2 : 1;
    if (end >= left_.size ())
      return std::nullopt;
    return take_first (end + 1).substr (1, end - 1);
  }
  void
  skip_blanks ()
  {
    while (g_ascii_isspace (next ()))
      left_.remove_prefix (1);
  }
  /* Between fields a blank may be escaped. */
  void
  skip_escaped_blanks ()
  {
    skip_blanks ();
    while (next () == '\\' && left_.size () > 1 && g_ascii_isspace (left_[1])) {
      left_.remove_prefix (2);
      skip_blanks ();
    }
  }
  bool
  count_item ()
  {
    return ++extent_.items <= kMaxItems;
  }

  /* The parser asserts that it is one, and complains of GStreamer 0.10's. */
  bool
  read_name ()
  {
    std::string_view name = take_plain ();
    extent_.names.add (name);
    return !name.empty () && g_ascii_isalpha (name.front ())
           && name.substr (0, 12) != "video/x-raw-"
           && name.substr (0, 12) != "audio/x-raw-";
  }

  /* Complained of if they are none. */
  bool
  read_features ()
  {
    if (!take ('('))
      return true;
    if (left_.substr (0, 4) == "ANY)") {
      left_.remove_prefix (4);
      return true;
    }
    bool is_good = true;
    do {
      left_.remove_prefix (
          std::min (left_.find_first_not_of (' '), left_.size ()));
      is_good = count_item () && read_feature ();
    } while (is_good && take (','));
    return is_good && take (')');
  }
  /* namespace:name */
  bool
  read_feature ()
  {
    std::string_view feature = take_plain ();
    extent_.names.add (feature);
    const size_t colon = feature.find (':');
    if (colon == feature.npos || colon + 1 == feature.size ()
        || g_ascii_isdigit (feature[colon + 1]))
      return false;
    return std::all_of (feature.begin (), feature.begin () + colon,
               [] (char c) { return g_ascii_isalpha (c); })
           && std::all_of (feature.begin () + colon + 1, feature.end (),
               [] (char c) { return g_ascii_isalnum (c); });
  }

  bool
  read_fields ()
  {
    for (;;) {
      skip_escaped_blanks ();
      if (left_.empty () || take (';'))
        return true;
      if (!take (','))
        return false;
      skip_escaped_blanks ();
      if (!left_.empty () && next () != ';' && !read_field ())
        return false;
    }
  }
  bool
  read_field ()
  {
    std::string_view name = take_plain ();
    extent_.names.add (name);
    skip_escaped_blanks ();
    return !name.empty () && take ('=') && count_item ()
           && read_value (G_TYPE_INVALID);
  }

  /* Of `type` if it does not say its own. */
  bool
  read_value (GType type)
  {
    skip_blanks ();
    if (take ('(')) {
      skip_blanks ();
      type = type_from_name (take_plain ());
      skip_blanks ();
      if (type == G_TYPE_INVALID || !take (')'))
        return false;
      skip_blanks ();
    }
    switch (next ()) {
    case '{':
    case '<':
      return read_list (type);
    case '[':
      return read_range (type);
    case '"': {
      auto quoted = take_quoted ();
      return quoted && is_good_quoted (*quoted, type);
    }
    default:
      return is_good_plain (take_plain (), type);
    }
  }

  /* { } or < >. */
  bool
  read_list (GType type)
  {
    if (brackets_ == kMaxBrackets)
      return false;
    const bool is_list = next () == '{';
    const char end = is_list ? '}' : '>';
    left_.remove_prefix (1);
    brackets_++;
    lists_ += is_list;
    skip_blanks ();
    bool is_good = true;
    if (next () != end)
      do {
        is_good = (lists_ == 0 || count_item ()) && read_value (type);
        skip_blanks ();
      } while (is_good && take (','));
    lists_ -= is_list;
    brackets_--;
    return is_good && take (end);
  }

  bool
  read_range (GType type)
  {
    const size_t end = left_.find (']');
    return brackets_ < kMaxBrackets && end != left_.npos && has_ranges (type)
           && is_range (take_first (end + 1).substr (1, end - 1), type);
  }

  bool
  is_good_plain (std::string_view value, GType type)
  {
    if (value.empty ())
      return false;
    if (type == G_TYPE_INVALID)
      return is_good_guess (value);
    if (type == GST_TYPE_FRACTION)
      return parse_fraction (value).has_value ();
    /* In 1.22 it goes on to use what it has freed if it is not. */
    if (type == GST_TYPE_BUFFER)
      return is_hexadecimal (value);
    if (type == GST_TYPE_SAMPLE)
      return is_good_sample (value);
    auto kind = kind_of_type (type);
    return !kind || is_good_inside (value, *kind);
  }

  bool
  is_good_quoted (std::string_view value, GType type)
  {
    if (type == G_TYPE_INVALID)
      return is_guessed_as_string (value);
    if (type == G_TYPE_STRING)
      return true;
    auto kind = kind_of_type (type);
    auto text = unescape (value);
    /* A segment is read with its backslashes. */
    return kind && text && (type != GST_TYPE_SEGMENT || *text == value)
           && is_good_inside (*text, *kind);
  }

  /* data:caps:segment:info */
  bool
  is_good_sample (std::string_view value)
  {
    std::array<std::string_view, 4> fields;
    for (auto &field : fields) {
      const size_t end = std::min (value.find (':'), value.size ());
      field = value.substr (0, end);
      value.remove_prefix (std::min (end + 1, value.size ()));
      if (value.empty () && &field != &fields.back ())
        return false;
    }
    return value.empty () && is_hexadecimal (fields[0])
           && is_good_sample_field (fields[1], TextKind::CAPS)
           && is_good_sample_field (fields[2], TextKind::STRUCTURE)
           && is_good_sample_field (fields[3], TextKind::STRUCTURE);
  }
  bool
  is_good_sample_field (std::string_view field, TextKind kind)
  {
    if (field == "None")
      return true;
    auto text = decode_sample_field (field);
    return text && is_good_inside (*text, kind);
  }

  bool
  is_good_inside (std::string_view text, TextKind kind)
  {
    return level_ < kMaxLevels
           && g_utf8_validate (
               text.data (), static_cast<gssize> (text.size ()), nullptr)
           && Reader (text, level_ + 1, brackets_, extent_).read (kind);
  }

  std::string_view left_;
  const int level_;
  int brackets_;
  int lists_ = 0;
  Extent &extent_;
};

} // namespace

bool
is_safe_text (std::string_view text, TextKind kind)
{
  Extent extent;
  return !text.empty () && text.size () <= kMaxTextSize
         && text.find ('\0') == std::string_view::npos
         && g_utf8_validate (
             text.data (), static_cast<gssize> (text.size ()), nullptr)
         && Reader (text, 0, 0, extent).read (kind) && extent.names.admit ();
}

} // namespace gstkafka
