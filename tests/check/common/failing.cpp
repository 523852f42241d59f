/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/failing.h"

#include "common/stopping.h"

namespace kafkacheck {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* `properties` go to the element that is called 'kafka'. */
std::string
with_properties (const std::string &text, const std::string &properties)
{
  const std::string name = "name=kafka";
  size_t place = text.find (name) + name.size ();
  return text.substr (0, place) + " " + properties + text.substr (place);
}

} // namespace

milliseconds
error_limit ()
{
  return patience () * 12 / 30;
}

FailingPipeline::FailingPipeline (
    const ErrorCase &error_case, const std::string &properties)
    : case_ (error_case), started_ (steady_clock::now ()),
      pipeline_ (with_properties (error_case.pipeline, properties))
{
  pipeline_.set_state (GST_STATE_PLAYING);
}

/* A source before kafkasink complains of its own that nobody takes its data. */
std::vector<Complaint>
FailingPipeline::own_errors ()
{
  std::vector<Complaint> own;
  for (const auto &error : pipeline_.errors ())
    if (error.element == "kafka")
      own.push_back (error);
  return own;
}

Complaint
FailingPipeline::check ()
{
  const char *name = case_.name;
  auto ending = pipeline_.wait_for_end ();
  auto took = std::chrono::duration_cast<milliseconds> (
      steady_clock::now () - started_);
  ck_assert_msg (ending == Pipeline::Ending::ERROR, "%s: no ERROR but: %s",
      name, pipeline_.describe ().c_str ());
  check_stop (pipeline_, std::string (name) + ", after its ERROR");

  auto errors = own_errors ();
  ck_assert_msg (errors.size () == 1, "%s: not one ERROR of kafka but: %s",
      name, pipeline_.describe ().c_str ());
  const Complaint &error = errors.front ();
  ck_assert_msg (error.domain == GST_RESOURCE_ERROR && error.code == case_.code,
      "%s: %s, code %d of %s", name, error.text.c_str (), error.code,
      g_quark_to_string (error.domain));
  ck_assert_msg (error.text.find (case_.advice) != std::string::npos,
      "%s: no '%s' in: %s", name, case_.advice, error.text.c_str ());
  ck_assert_msg (error.text.back () == '.', "%s: no sentence: %s", name,
      error.text.c_str ());
  ck_assert_msg (took < error_limit (), "%s: an ERROR after %d ms only", name,
      static_cast<int> (took.count ()));
  g_print ("%s: after %d ms: %s\n", name, static_cast<int> (took.count ()),
      error.text.c_str ());
  return error;
}

} // namespace kafkacheck
