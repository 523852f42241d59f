/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What an EOS record means to who reads: whether it ends there, and whether its
 * group may pass it. No threads, no Kafka. */

#pragma once

#include <cstdint>
#include <optional>

namespace gstkafka {

/* Where an EOS record ends reading: where nothing follows it, each, none. */
enum class EosPolicy { AT_END, ALWAYS, IGNORE };

class Ending {
 public:
  explicit Ending (EosPolicy policy) : policy_ (policy) {}

  /* Reading begins so that it comes to the group's place; nullopt: it has none.
   */
  void resume_at (std::optional<int64_t> place);
  /* What comes next does not continue what came last. */
  void restart ();
  /* The same; it may still be before the group's place. */
  void skip ();

  /* The record before the one where reading begins. */
  void
  note_context (bool is_eos)
  {
    is_after_eos_ = is_eos;
  }

  /* An EOS record; reading began at `start`. `is_newest`: the log has none
   * after it, as far as is known: where it is not, the end of the partition
   * will tell. */
  void take_eos (int64_t start, bool is_newest);
  /* A buffer was given. */
  void note_given (int64_t offset);
  /* Another record came: it was set aside, or is a chunk. */
  void
  note_other ()
  {
    is_eos_last_ = false;
  }
  /* It ends for another reason. */
  void
  end ()
  {
    has_ended_ = true;
  }

  bool
  has_ended () const
  {
    return has_ended_;
  }
  /* Whether it ends at the end of the partition. */
  bool ends_at_end () const;
  /* Whether the group may pass what came last, of which nobody is given
   * anything. It stays before an EOS record until something follows it: so a
   * reader that is started again ends there, too. Who ends at each of them
   * would never get past the first. */
  bool may_pass () const;

 private:
  bool is_left_over (int64_t start);

  const EosPolicy policy_;
  bool is_eos_last_ = false; /* nothing but an EOS record came so far */
  bool has_ended_ = false;
  /* The group's place, until something after it is given. */
  std::optional<int64_t> resumed_at_;
  bool is_after_eos_ = false; /* where reading begins */
};

} // namespace gstkafka
