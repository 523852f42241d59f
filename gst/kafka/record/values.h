/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which values may travel. GStreamer parses more than it can compare or write:
 * of a list whose elements have several types it takes all for what the first
 * one is. */

#pragma once

#include <gst/gst.h>

namespace gstkafka {

/* A type of values, as far as the parser may have them; not of lists, arrays
 * and ranges, which are written with brackets. */
bool may_travel (GType type);

/* Fixed, and of nothing but scalars, or arrays of one type of scalars. */
bool are_plain_caps (const GstCaps *caps);

/* Lists and arrays are of one type everywhere, also in the caps, structures,
 * tag lists and samples among the values. */
bool has_even_lists (const GstStructure *structure);

} // namespace gstkafka
