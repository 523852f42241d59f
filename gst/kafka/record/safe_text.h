/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Which serialised caps, structures and tag lists may be given to GStreamer's
 * parser. It recurses with every bracket and every value that is such a text
 * itself, and tries a bracket as several things: an evil text of a few
 * kilobytes overflows a thread's stack or keeps it busy for years. It asserts
 * on some values, and goes on to use what it has freed with others. */

#pragma once

#include <string_view>

namespace gstkafka {

enum class TextKind { CAPS, STRUCTURE, TAGS };

/* Whether `text` is UTF-8 of bounded length and nesting, and has nothing in it
 * that the parser does not take quietly; not whether it can be parsed. */
bool is_safe_text (std::string_view text, TextKind kind);

} // namespace gstkafka
