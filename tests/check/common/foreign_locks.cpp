/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For the thread sanitizer only, in programs that run decodebin or playbin:
 * these take their locks, and those of the elements in them, in more than one
 * order, and GStreamer's functions that do have no names by which tsan.supp
 * could tell them from others. Races are looked for all the same. */

extern "C" const char *__tsan_default_options ();

extern "C" const char *
__tsan_default_options ()
{
  return "detect_deadlocks=0";
}
