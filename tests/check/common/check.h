/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* gstcheck, for C++: check's macro `fail` is also a name in <ios>. */

#pragma once

#include <gst/check/gstcheck.h>

#include <string>

#undef fail

/* ck_assert_str_eq () for std::string, temporaries included. */
#define check_text(actual, expected)                                           \
  do {                                                                         \
    const std::string actual_text = (actual), expected_text = (expected);      \
    ck_assert_str_eq (actual_text.c_str (), expected_text.c_str ());           \
  } while (0)

namespace kafkacheck {

/* In 1.22 it marks every picture as a delta unit, in 1.26 none. */
inline bool
pngenc_flags_all_as_delta ()
{
  guint major, minor, micro, nano;
  gst_version (&major, &minor, &micro, &nano);
  return major == 1 && minor <= 22;
}

} // namespace kafkacheck
