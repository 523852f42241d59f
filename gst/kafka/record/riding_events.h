/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tags and custom events as headers of the record that comes next. No threads,
 * no Kafka. */

#pragma once

#include "header.h"

#include <gst/gst.h>

namespace gstkafka {

class RidingEvents {
 public:
  /* False when it is left out: no reader could take it, as with pointers in an
   * event, or too many are here. */
  bool add_tags (const GstTagList *tags);
  bool add_event (const GstStructure *structure);

  /* What came later. False when some of it had no room. */
  bool append (RidingEvents later);

  void add_to (Headers &headers) const;

  bool
  empty () const
  {
    return headers_.empty ();
  }
  void
  clear ()
  {
    headers_.clear ();
  }

 private:
  bool has_room_for (const std::string &text) const;

  Headers headers_; /* in the order of the stream */
};

} // namespace gstkafka
