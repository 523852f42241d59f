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
