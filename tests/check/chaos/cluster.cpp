/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A cluster of three that loses the one in the lead, again and again. */

#include "chance.h"
#include "common/own_broker.h"
#include "own_cluster.h"
#include "trial.h"

using namespace kafkacheck;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kReplicas = 3;

static OwnCluster *cluster;

static void
bring_up ()
{
  cluster->bring_up ();
}

static void
wait_for_replicas (const std::string &topic)
{
  ck_assert_msg (wait_until ([&topic] {
    Leader leader = find_leader (topic);
    return leader.in_sync == kReplicas && !leader.servers.empty ();
  }),
      "the replicas are not in sync");
}

GST_START_TEST (test_lost_leader_costs_time_only)
{
  auto chance = make_chance ("moments");
  Trial trial (
      "SIGKILL of the leader, of three brokers", "", "", {}, kReplicas);
  const int count = rounds (20);
  for (int i = 0; i < count; i++) {
    wait_for_replicas (trial.topic ());
    trial.settle ();
    cluster->kill (find_leader (trial.topic ()).servers);
    trial.settle ();
    pass_time (chance, milliseconds (1000));
    cluster->bring_up ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

GST_START_TEST (test_frozen_leader_costs_time_only)
{
  Trial trial (
      "SIGSTOP of the leader for 20 s, of three", "", "", {}, kReplicas);
  const int count = rounds (100);
  for (int i = 0; i < count; i++) {
    wait_for_replicas (trial.topic ());
    trial.settle ();
    cluster->freeze (find_leader (trial.topic ()).servers);
    pass_time (seconds (20));
    cluster->bring_up ();
  }
  trial.settle ();
  trial.finish (count);
}
GST_END_TEST;

int
main (int argc, char **argv)
{
  gst_check_init (&argc, &argv);
  Suite *suite = suite_create ("cluster");
  TCase *tcase = tcase_create ("general");
  tcase_add_checked_fixture (tcase, bring_up, bring_up);
  tcase_add_test (tcase, test_lost_leader_costs_time_only);
  tcase_add_test (tcase, test_frozen_leader_costs_time_only);
  suite_add_tcase (suite, tcase);

  std::string obstacle = OwnBroker::why_impossible ();
  if (!obstacle.empty ())
    return skip_suite (suite, "cluster", obstacle);
  static OwnCluster own;
  cluster = &own;
  return run_for_table (suite, "cluster", __FILE__);
}
