/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Another program's record: a content-type, a line feed, the bytes. Its caps
 * are fixed, or it has none; and they are the same for the next like it. */

#include "fuzz.h"
#include "gstreamer.h"

#include "elements/foreign.h"

using namespace gstkafka;

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz::begin_gstreamer ();
  fuzz::Input input (data, size);
  const std::string_view type = input.text_to ('\n');
  const std::string_view payload = input.rest ();
  const HeaderViews headers{ { "Content-Type", type } };

  ForeignCaps finder;
  CapsPtr caps = finder.find (headers, payload.data (), payload.size ());
  require (!caps || gst_caps_is_fixed (caps.get ()));
  CapsPtr again = finder.find (headers, payload.data (), payload.size ());
  require (!caps == !again);
  require (!caps || gst_caps_is_equal (caps.get (), again.get ()));
  /* What goes downstream is what other elements can read. */
  if (caps)
    require (!caps_to_text (caps.get ()).empty ());
  return 0;
}
