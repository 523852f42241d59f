/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A real broker that a test has for itself, to stop and to kill. */

#pragma once

#include <string>

namespace kafkacheck {

class OwnBroker {
 public:
  /* Starts one on any free port; `options` are those of kafka.sh, and its data
   * is in a new directory, or in `directory`, where there is nothing yet. Also
   * sets KAFKA_BOOTSTRAP_SERVERS to it. It ends with this process, however that
   * ends. Tests in forked processes use it too. */
  explicit OwnBroker (
      const std::string &options = "", const std::string &directory = "");
  ~OwnBroker ();
  OwnBroker (const OwnBroker &) = delete;
  OwnBroker &operator= (const OwnBroker &) = delete;

  /* Why there cannot be one on this machine; empty: there can. */
  static std::string why_impossible ();

  /* host:port */
  const std::string &
  servers () const
  {
    return servers_;
  }
  /* A property of the server, as kafka.sh has written it. */
  std::string setting (const std::string &name) const;

  /* Of the part of it that is no broker. */
  std::string controller () const;

  /* Takes connections and answers nothing, until thaw (). */
  void freeze ();
  void thaw ();
  bool is_running () const;
  /* As when the machine fails; the data stays. */
  void kill ();
  /* Thaws or starts, whatever it needs to be up. */
  void bring_up ();

 private:
  int process () const;
  std::string run_script (const std::string &arguments) const;
  void start ();

  const std::string options_;
  const int parent_; /* the process whose end is the broker's */
  const std::string directory_;
  std::string servers_;
};

} // namespace kafkacheck
