/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/check.h"

#include <glib/gstdio.h>

/* There as long as the object. */
class TemporaryFile {
 public:
  explicit TemporaryFile (const std::string &content)
  {
    gchar *name = nullptr;
    gint fd = g_file_open_tmp (nullptr, &name, nullptr);
    ck_assert (fd >= 0);
    g_close (fd, nullptr);
    name_ = name;
    g_free (name);
    ck_assert (g_file_set_contents (name_.c_str (), content.data (),
        static_cast<gssize> (content.size ()), nullptr));
  }
  ~TemporaryFile () { g_unlink (name_.c_str ()); }
  TemporaryFile (const TemporaryFile &) = delete;
  TemporaryFile &operator= (const TemporaryFile &) = delete;

  const std::string &
  name () const
  {
    return name_;
  }

 private:
  std::string name_;
};
