/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For the leak check only: some bytes that librdkafka's threads lose when a
 * topic goes (2.0.2). They have no names by which lsan.supp could tell them
 * from what somebody has forgotten to give back. */

extern "C" const char *__lsan_default_suppressions ();

extern "C" const char *
__lsan_default_suppressions ()
{
  return "leak:librdkafka\n";
}
