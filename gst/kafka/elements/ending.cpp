/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/ending.h"

#include <utility>

namespace gstkafka {

void
Ending::resume_at (std::optional<int64_t> place)
{
  resumed_at_ = place;
  is_after_eos_ = false;
}

void
Ending::restart ()
{
  skip ();
  resumed_at_.reset ();
}

void
Ending::skip ()
{
  is_eos_last_ = has_ended_ = false;
}

void
Ending::take_eos (int64_t start, bool is_newest)
{
  is_eos_last_ = true;
  switch (policy_) {
  case EosPolicy::ALWAYS:
    has_ended_ = !is_left_over (start);
    break;
  case EosPolicy::AT_END:
    has_ended_ = is_newest;
    break;
  case EosPolicy::IGNORE:
    break;
  }
}

/* What ends here has ended for the group before, but that a sink has kept its
 * last record: it would be kept again each time. */
bool
Ending::is_left_over (int64_t start)
{
  auto resumed_at = std::exchange (resumed_at_, std::nullopt);
  return resumed_at && !(is_after_eos_ && *resumed_at == start);
}

void
Ending::note_given (int64_t offset)
{
  note_other ();
  if (resumed_at_ && offset > *resumed_at_)
    resumed_at_.reset ();
}

bool
Ending::ends_at_end () const
{
  return is_eos_last_ && policy_ == EosPolicy::AT_END;
}

bool
Ending::may_pass () const
{
  return !is_eos_last_ || policy_ == EosPolicy::ALWAYS;
}

} // namespace gstkafka
