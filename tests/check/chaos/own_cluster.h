/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Three real brokers that are one cluster, of which one may fail. */

#pragma once

#include <string>

namespace kafkacheck {

class OwnCluster {
 public:
  /* As with OwnBroker; topics have three replicas, of which two must have what
   * is acknowledged. */
  OwnCluster ();
  ~OwnCluster ();
  OwnCluster (const OwnCluster &) = delete;
  OwnCluster &operator= (const OwnCluster &) = delete;

  /* The node that is at host:port; the data stays. */
  void kill (const std::string &servers);
  void freeze (const std::string &servers);
  /* Thaws and starts, whatever they need to be up. */
  void bring_up ();

 private:
  /* 0: it is not known. */
  int process_at (const std::string &port) const;
  std::string run_script (const std::string &arguments) const;

  const int parent_; /* the process whose end is theirs */
  const std::string directory_;
};

} // namespace kafkacheck
