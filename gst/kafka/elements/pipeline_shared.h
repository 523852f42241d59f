/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the elements of one pipeline share during one run of it. It travels
 * between them as a GstContext, begins with the first that goes to PAUSED and
 * is over with the last that leaves it: a pipeline that is stopped and started
 * again gets a new one, and an element that is taken out and put back finds the
 * old one. */

#pragma once

#include <gst/gst.h>

#include <memory>
#include <mutex>

namespace gstkafka {

class PipelineShared {
 public:
  virtual ~PipelineShared () = default;

  /* False when the run is over. Each enter () is paired with a leave (). */
  bool enter ();
  void leave ();
  int users () const;

 private:
  mutable std::mutex mutex_; /* guards users_ and is_over_ */
  int users_ = 0;
  bool is_over_ = false;
};

using PipelineSharedPtr = std::shared_ptr<PipelineShared>;

/* What an element's set_context () was given last, of one type of context. */
class ContextSlot {
 public:
  explicit ContextSlot (const char *context_type) : context_type_ (context_type)
  {}

  /* Other types of context are not taken. */
  void take (GstContext *context);

  /* What the pipeline that `element` is in shares, entered; `make` makes it if
   * need be. Call in READY to PAUSED, without a lock. */
  template <typename T>
  std::shared_ptr<T>
  join (GstElement *element)
  {
    PipelineSharedPtr found = ask (element);
    if (!found) {
      found = std::make_shared<T> ();
      offer (element, found);
    }
    return std::static_pointer_cast<T> (found);
  }

 private:
  PipelineSharedPtr ask (GstElement *element);
  void offer (GstElement *element, const PipelineSharedPtr &shared);

  const char *const context_type_;
  std::mutex mutex_; /* guards shared_ */
  PipelineSharedPtr shared_;
};

} // namespace gstkafka
