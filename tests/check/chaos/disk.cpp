/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A broker whose disk is full, which ends it; it is started again when there is
 * room. */

#include "chance.h"
#include "common/own_broker.h"
#include "common/scripts.h"
#include "trial.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace kafkacheck;

/* Enough for what the test writes, and soon filled. */
constexpr const char *kSize = "size=1g";

/* A file system of its own, that only this process and its children see; it
 * goes with the last of them. */
class SmallDisk {
 public:
  SmallDisk () : parent_ (getpid ()), path_ (new_directory ("disk"))
  {
    is_there_
        = unshare (CLONE_NEWNS) == 0
          && mount ("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
          && mount ("tmpfs", path_.c_str (), "tmpfs", 0, kSize) == 0;
  }
  ~SmallDisk ()
  {
    if (getpid () != parent_)
      return;
    if (is_there_)
      umount2 (path_.c_str (), MNT_DETACH);
    rmdir (path_.c_str ());
  }
  SmallDisk (const SmallDisk &) = delete;
  SmallDisk &operator= (const SmallDisk &) = delete;

  bool
  is_there () const
  {
    return is_there_;
  }
  const std::string &
  path () const
  {
    return path_;
  }

  void
  fill () const
  {
    std::ofstream file (ballast (), std::ios::binary);
    const std::string megabyte (1024 * 1024, 'x');
    while (file << megabyte << std::flush) {
    }
  }
  void
  make_room () const
  {
    std::filesystem::remove (ballast ());
  }

 private:
  std::string
  ballast () const
  {
    return path_ + "/ballast";
  }

  const int parent_;
  const std::string path_;
  bool is_there_ = false;
};

static OwnBroker *broker;
static SmallDisk *disk;

static void
bring_up ()
{
  disk->make_room ();
  broker->bring_up ();
}

GST_START_TEST (test_full_disk_costs_time_only)
{
  Trial trial ("disk full, room made, restart");
  const int count = rounds (50);
  for (int i = 0; i < count; i++) {
    trial.settle ();
    disk->fill ();
    ck_assert (wait_until ([] { return !broker->is_running (); }));
    disk->make_room ();
    broker->bring_up ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  Suite *suite = suite_create ("disk");
  TCase *tcase = tcase_create ("general");
  tcase_add_checked_fixture (tcase, bring_up, bring_up);
  tcase_add_test (tcase, test_full_disk_costs_time_only);
  suite_add_tcase (suite, tcase);

  static SmallDisk small;
  std::string obstacle = OwnBroker::why_impossible ();
  if (!small.is_there ())
    obstacle = "it mounts a small file system to fill, and may not";
  if (!obstacle.empty ())
    return skip_suite (suite, "disk", obstacle);
  static OwnBroker own ("--set auto.create.topics.enable=false "
                        "--set group.min.session.timeout.ms=500 "
                        "--set broker.session.timeout.ms=1000 "
                        "--set broker.heartbeat.interval.ms=200",
      small.path () + "/broker");
  disk = &small;
  broker = &own;
  return run_for_table (suite, "disk", __FILE__);
}
