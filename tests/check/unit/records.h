/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Buffers and headers for the tests of record/. */

#pragma once

#include "common/check.h"
#include "header.h"
#include "record/media.h"

#include <optional>

inline gstkafka::BufferPtr
make_buffer (GstClockTime pts = GST_CLOCK_TIME_NONE,
    GstClockTime dts = GST_CLOCK_TIME_NONE, guint flags = 0)
{
  gstkafka::BufferPtr buffer (gst_buffer_new ());
  GST_BUFFER_PTS (buffer.get ()) = pts;
  GST_BUFFER_DTS (buffer.get ()) = dts;
  GST_BUFFER_FLAG_SET (buffer.get (), flags);
  return buffer;
}

inline gstkafka::CapsPtr
make_caps (const char *text)
{
  gstkafka::CapsPtr caps (gst_caps_from_string (text));
  ck_assert (caps);
  return caps;
}

/* The value of a header that is there at most once, or "(none)". */
inline std::string
value_of (const gstkafka::Headers &headers, std::string_view name)
{
  std::optional<std::string> value;
  for (const auto &header : headers) {
    if (header.name != name)
      continue;
    ck_assert_msg (!value, "%s is repeated", std::string (name).c_str ());
    value = header.value;
  }
  return value.value_or ("(none)");
}

inline bool
has (const gstkafka::Headers &headers, std::string_view name)
{
  return value_of (headers, name) != "(none)";
}

inline gstkafka::HeaderViews
view (const gstkafka::Headers &headers)
{
  gstkafka::HeaderViews views;
  for (const auto &header : headers)
    views.push_back ({ header.name, header.value });
  return views;
}
