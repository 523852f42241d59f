/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The caps that downstream was given, and what became of them. No threads. */

#pragma once

#include "record/media.h"

#include <string>

namespace gstkafka {

class GivenCaps {
 public:
  /* For the next buffer; nullptr: they are those of the buffer before. */
  CapsPtr take_changed (const GstCaps *caps);

  /* They are given with the next buffer, too. */
  void
  repeat ()
  {
    given_.reset ();
  }

  void
  note_taken ()
  {
    were_taken_ = true;
  }
  /* Any caps, ever. */
  bool
  were_taken () const
  {
    return were_taken_;
  }

 private:
  CapsPtr given_;
  bool were_taken_ = false;
};

/* For people. Codec data and stream headers may be long. */
std::string caps_in_brief (const GstCaps *caps);

} // namespace gstkafka
