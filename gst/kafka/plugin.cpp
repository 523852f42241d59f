/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "elements/gstkafkasink.h"
#include "elements/gstkafkasrc.h"
#include "elements/messages.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gstkafka::bridge_library_log ();
  return GST_ELEMENT_REGISTER (kafkasink, plugin)
         && GST_ELEMENT_REGISTER (kafkasrc, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, kafka,
    "Video, audio and time over Apache Kafka", plugin_init, VERSION, "LGPL",
    PACKAGE, GST_PACKAGE_ORIGIN)
