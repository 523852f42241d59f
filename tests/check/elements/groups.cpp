/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a broker may have against a group. */

#include "common/failing.h"
#include "common/mock_cluster.h"

using namespace kafkacheck;

#define SOURCE                                                                 \
  "kafkasrc name=kafka topic=t group-id=crew commit-interval=10000000 ! "      \
  "fakesink enable-last-sample=false"

static std::string
at (const MockCluster &cluster)
{
  return "bootstrap-servers=" + cluster.servers ();
}

static const struct {
  rd_kafka_resp_err_t code;
  ErrorCase error;
} kRefusals[] = {
  { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      { "group that the user may not join", SOURCE,
          GST_RESOURCE_ERROR_NOT_AUTHORIZED, "'crew:t:0'" } },
  { RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      { "group that the user may not join", SOURCE,
          GST_RESOURCE_ERROR_NOT_AUTHORIZED, "ACL: READ on all groups" } },
  { RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
      { "session that is too short", SOURCE, GST_RESOURCE_ERROR_SETTINGS,
          "Set one in client-config" } },
};

GST_START_TEST (test_refused_member_is_one_error_with_advice)
{
  const auto &c = kRefusals[__i__];
  MockCluster cluster;
  cluster.fail_join (c.code, 100);
  FailingPipeline (c.error, at (cluster)).check ();
}
GST_END_TEST;

static void
fill (const MockCluster &cluster)
{
  Pipeline pipeline ("fakesrc filltype=zero num-buffers=20 sizetype=fixed "
                     "sizemax=100 ! kafkasink topic=t "
                     + at (cluster));
  pipeline.run_to_eos ();
}

GST_START_TEST (test_refused_commit_is_one_error_with_advice)
{
  const ErrorCase error = { "group whose place the user may not keep", SOURCE,
    GST_RESOURCE_ERROR_NOT_AUTHORIZED, "'crew'" };
  MockCluster cluster;
  fill (cluster);
  cluster.fail_commit (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 100);
  FailingPipeline (error, at (cluster) + " eos-policy=ignore").check ();
}
GST_END_TEST;

/* Once, however often it fails; and it gets there in the end. */
GST_START_TEST (test_failing_commits_are_one_warning)
{
  MockCluster cluster;
  fill (cluster);
  cluster.fail_commit (RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE, 5);
  Pipeline pipeline ("kafkasrc name=kafka topic=t group-id=crew "
                     "commit-interval=10000000 eos-policy=ignore "
                     + at (cluster) + " ! fakesink enable-last-sample=false");
  ck_assert (pipeline.set_state (GST_STATE_PLAYING));
  pipeline.wait_for_warning ("place to resume at");
  ElementPtr source = pipeline.element ("kafka");
  ck_assert (
      wait_until ([&] { return stat (source.get (), "committed") == 20; }));
  ck_assert_int_eq (pipeline.warnings ().size (), 1);
}
GST_END_TEST;

static Suite *
groups_suite ()
{
  Suite *suite = suite_create ("groups");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (tcase, test_refused_member_is_one_error_with_advice, 0,
      G_N_ELEMENTS (kRefusals));
  tcase_add_test (tcase, test_refused_commit_is_one_error_with_advice);
  tcase_add_test (tcase, test_failing_commits_are_one_warning);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (groups);
