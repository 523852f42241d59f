/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "record/values.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <vector>

namespace gstkafka {

namespace {

bool
is_one_of (GType type, std::initializer_list<GType> types)
{
  return std::find (types.begin (), types.end (), type) != types.end ();
}

/* Not the abstract type itself. */
bool
is_kind_of (GType type, GType base)
{
  return type != base && g_type_is_a (type, base);
}

/* What caps have. */
bool
is_scalar (GType type)
{
  return is_one_of (
             type, { G_TYPE_INT, G_TYPE_UINT, G_TYPE_INT64, G_TYPE_UINT64,
                       G_TYPE_FLOAT, G_TYPE_DOUBLE, G_TYPE_BOOLEAN,
                       G_TYPE_STRING, GST_TYPE_FRACTION, GST_TYPE_BITMASK,
                       GST_TYPE_BUFFER, G_TYPE_DATE, GST_TYPE_DATE_TIME })
         || is_kind_of (type, G_TYPE_ENUM) || is_kind_of (type, G_TYPE_FLAGS)
         || g_type_is_a (type, GST_TYPE_FLAG_SET);
}

/* ---- leaves: what is neither list nor array ---- */

/* GStreamer complains of others when it writes them. */
bool
are_known_flags (GType type, guint flags)
{
  auto *known = static_cast<GFlagsClass *> (g_type_class_ref (type));
  guint left = flags;
  for (guint i = 0; i < known->n_values; i++) {
    const guint value = known->values[i].value;
    if ((left & value) == value)
      left &= ~value;
  }
  g_type_class_unref (known);
  return left == 0;
}

bool
is_good_scalar (const GValue *value)
{
  if (G_VALUE_HOLDS_FLAGS (value))
    return are_known_flags (G_VALUE_TYPE (value), g_value_get_flags (value));
  return true;
}

/* Equal to itself, too. */
bool
is_plain_leaf (const GValue *value)
{
  if (G_VALUE_HOLDS_DOUBLE (value))
    return !std::isnan (g_value_get_double (value));
  if (G_VALUE_HOLDS_FLOAT (value))
    return !std::isnan (g_value_get_float (value));
  return is_scalar (G_VALUE_TYPE (value)) && is_good_scalar (value);
}

bool is_even (const GstStructure *structure);
bool is_even (const GstCaps *caps);
bool is_even (const GstTagList *tags);
bool is_even (const GstSample *sample);

bool
is_good_segment (const GstSegment *segment)
{
  return are_known_flags (GST_TYPE_SEGMENT_FLAGS, segment->flags);
}

bool
is_good_leaf (const GValue *value)
{
  const GType type = G_VALUE_TYPE (value);
  if (type == GST_TYPE_STRUCTURE)
    return is_even (gst_value_get_structure (value));
  if (type == GST_TYPE_CAPS)
    return is_even (gst_value_get_caps (value));
  if (type == GST_TYPE_TAG_LIST)
    return is_even (
        static_cast<const GstTagList *> (g_value_get_boxed (value)));
  if (type == GST_TYPE_SAMPLE)
    return is_even (gst_value_get_sample (value));
  if (type == GST_TYPE_SEGMENT)
    return is_good_segment (
        static_cast<const GstSegment *> (g_value_get_boxed (value)));
  return is_good_scalar (value);
}

/* ---- lists and arrays ---- */

using Judge = bool (*) (const GValue *leaf);

/* The types of a value and what is in it, from the outside in, as far as there
 * is anything. */
using Shape = std::vector<GType>;

bool
agree (const Shape &a, const Shape &b)
{
  return std::equal (
      a.begin (), a.begin () + std::min (a.size (), b.size ()), b.begin ());
}

/* A list cannot be written with one. */
bool
is_null_string (const GValue *value)
{
  return G_VALUE_HOLDS_STRING (value) && !g_value_get_string (value);
}

std::optional<Shape> shape_of (const GValue *value, Judge judge);

template <typename GetValue>
std::optional<Shape>
shape_of_elements (guint count, GetValue get_value, Judge judge)
{
  Shape shape;
  for (guint i = 0; i < count; i++) {
    const GValue *element = get_value (i);
    auto other = shape_of (element, judge);
    if (!other || !agree (*other, shape) || is_null_string (element))
      return std::nullopt;
    if (other->size () > shape.size ())
      shape = std::move (*other);
  }
  return shape;
}

/* std::nullopt: there are several, or a leaf is none that `judge` takes. */
std::optional<Shape>
shape_of (const GValue *value, Judge judge)
{
  std::optional<Shape> inner;
  if (GST_VALUE_HOLDS_LIST (value))
    inner = shape_of_elements (
        gst_value_list_get_size (value),
        [value] (guint i) { return gst_value_list_get_value (value, i); },
        judge);
  else if (GST_VALUE_HOLDS_ARRAY (value))
    inner = shape_of_elements (
        gst_value_array_get_size (value),
        [value] (guint i) { return gst_value_array_get_value (value, i); },
        judge);
  else if (judge (value))
    inner = Shape{};
  if (inner)
    inner->insert (inner->begin (), G_VALUE_TYPE (value));
  return inner;
}

bool
are_all_even (const GstStructure *structure, Judge judge)
{
  return gst_structure_foreach (
      structure,
      [] (GQuark, const GValue *value, gpointer data) -> gboolean {
        return shape_of (value, *static_cast<Judge *> (data)).has_value ();
      },
      &judge);
}

bool
is_even (const GstStructure *structure)
{
  return are_all_even (structure, is_good_leaf);
}

bool
is_even (const GstCaps *caps)
{
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    if (!is_even (gst_caps_get_structure (caps, i)))
      return false;
  return true;
}

bool
is_even (const GstTagList *tags)
{
  for (gint i = 0; i < gst_tag_list_n_tags (tags); i++) {
    const gchar *tag = gst_tag_list_nth_tag_name (tags, i);
    auto get_value = [tags, tag] (guint j) {
      return gst_tag_list_get_value_index (tags, tag, j);
    };
    if (!shape_of_elements (
            gst_tag_list_get_tag_size (tags, tag), get_value, is_good_leaf))
      return false;
  }
  return true;
}

bool
is_even (const GstSample *sample)
{
  auto *changeable = const_cast<GstSample *> (sample);
  const GstCaps *caps = gst_sample_get_caps (changeable);
  const GstStructure *info = gst_sample_get_info (changeable);
  return (!caps || is_even (caps)) && (!info || is_even (info))
         && is_good_segment (gst_sample_get_segment (changeable));
}

} // namespace

bool
may_travel (GType type)
{
  return is_scalar (type)
         || is_one_of (
             type, { G_TYPE_LONG, G_TYPE_ULONG, G_TYPE_UCHAR, G_TYPE_GTYPE,
                       G_TYPE_DATE_TIME, GST_TYPE_STRUCTURE, GST_TYPE_CAPS,
                       GST_TYPE_TAG_LIST, GST_TYPE_SAMPLE, GST_TYPE_SEGMENT });
}

bool
are_plain_caps (const GstCaps *caps)
{
  return gst_caps_is_fixed (caps)
         && are_all_even (gst_caps_get_structure (caps, 0), is_plain_leaf);
}

bool
has_even_lists (const GstStructure *structure)
{
  return is_even (structure);
}

} // namespace gstkafka
