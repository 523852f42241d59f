/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Values by name, of which so many are kept as were used last: names come from
 * the log, and nobody knows how many. */

#pragma once

#include <list>
#include <map>
#include <string>

namespace gstkafka {

template <typename Value>
class Recent {
 public:
  explicit Recent (size_t most) : most_ (most) {}
  Recent (Recent &&) = default;
  Recent &operator= (Recent &&) = default;

  /* No use of it. */
  bool
  knows (const std::string &name) const
  {
    return places_.count (name) > 0;
  }

  /* nullptr: it is not known, or no more. */
  Value *
  find (const std::string &name)
  {
    auto place = places_.find (name);
    if (place == places_.end ())
      return nullptr;
    entries_.splice (entries_.end (), entries_, place->second);
    return &place->second->value;
  }

  /* One that is not known takes the place of the one that was used longest
   * ago. */
  Value &
  operator[] (const std::string &name)
  {
    if (Value *known = find (name))
      return *known;
    if (places_.size () >= most_)
      erase (std::string (entries_.front ().name));
    entries_.push_back ({ name, Value{} });
    places_[name] = std::prev (entries_.end ());
    return entries_.back ().value;
  }

  void
  erase (const std::string &name)
  {
    auto place = places_.find (name);
    if (place == places_.end ())
      return;
    entries_.erase (place->second);
    places_.erase (place);
  }

  void
  clear ()
  {
    places_.clear ();
    entries_.clear ();
  }

  bool
  empty () const
  {
    return places_.empty ();
  }

 private:
  struct Entry {
    std::string name;
    Value value;
  };

  size_t most_;
  std::list<Entry> entries_; /* what was used last comes last */
  std::map<std::string, typename std::list<Entry>::iterator> places_;
};

} // namespace gstkafka
