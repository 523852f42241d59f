/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/given_caps.h"

namespace gstkafka {

CapsPtr
GivenCaps::take_changed (const GstCaps *caps)
{
  if (!caps || (given_ && gst_caps_is_equal (caps, given_.get ())))
    return nullptr;
  given_.reset (gst_caps_copy (caps));
  return copy_caps (given_.get ());
}

std::string
caps_in_brief (const GstCaps *caps)
{
  constexpr size_t kLongest = 200;
  std::string text = caps_to_text (caps);
  if (text.size () <= kLongest)
    return text;
  size_t end = kLongest;
  while ((text[end] & 0xc0) == 0x80) /* inside of a character */
    end--;
  return text.substr (0, end) + "...";
}

} // namespace gstkafka
