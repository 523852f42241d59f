/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pipeline.h"

#include "payload_source.h"

#include <chrono>

namespace gstkafka {

namespace {

[[noreturn]] void
give_up_with (GstMessage *message)
{
  GError *error = nullptr;
  gchar *debug = nullptr;
  gst_message_parse_error (message, &error, &debug);
  give_up (std::string (GST_MESSAGE_SRC_NAME (message)) + ": " + error->message
           + "\n" + (debug ? debug : ""));
}

GstPadProbeReturn
tell_of_buffer (GstPad *, GstPadProbeInfo *, gpointer promise)
{
  static_cast<std::promise<void> *> (promise)->set_value ();
  return GST_PAD_PROBE_REMOVE;
}

} // namespace

Pipeline::Pipeline (const std::string &description)
{
  gst_init (nullptr, nullptr);
  GError *error = nullptr;
  GstElement *parsed = gst_parse_launch_full (
      description.c_str (), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!parsed)
    give_up (std::string (error->message)
             + "\nIs GST_PLUGIN_PATH the directory of libgstkafka.so?");
  if (GST_IS_PIPELINE (parsed)) {
    pipeline_ = parsed;
    return;
  }
  pipeline_ = gst_pipeline_new (nullptr);
  gst_bin_add (GST_BIN (pipeline_), parsed);
}

Pipeline::~Pipeline ()
{
  gst_element_set_state (pipeline_, GST_STATE_NULL);
  gst_object_unref (pipeline_);
}

void
Pipeline::prepend (GstElement *source, const char *name)
{
  GstElement *next = gst_bin_get_by_name (GST_BIN (pipeline_), name);
  gst_bin_add (GST_BIN (pipeline_), source);
  if (!gst_element_link (source, next))
    give_up (std::string ("nothing can be linked to ") + name);
  gst_object_unref (next);
}

GstElement *
Pipeline::element (const char *name) const
{
  GstElement *found = gst_bin_get_by_name (GST_BIN (pipeline_), name);
  if (!found)
    give_up (std::string ("no element ") + name);
  return found;
}

void
Pipeline::set_state (GstState state)
{
  gst_element_set_state (pipeline_, state);
}

void
Pipeline::play ()
{
  set_state (GST_STATE_PLAYING);
}

void
Pipeline::wait_for_end ()
{
  GstBus *bus = gst_element_get_bus (pipeline_);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      static_cast<GstMessageType> (GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    give_up_with (message);
  gst_message_unref (message);
  gst_object_unref (bus);
}

void
Pipeline::wait_until (const std::function<bool ()> &holds)
{
  GstBus *bus = gst_element_get_bus (pipeline_);
  while (!holds ())
    if (GstMessage *error
        = gst_bus_timed_pop_filtered (bus, GST_MSECOND, GST_MESSAGE_ERROR))
      give_up_with (error);
  gst_object_unref (bus);
}

std::future<void>
Pipeline::first_buffer_at (const char *name)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline_), name);
  GstPad *pad = gst_element_get_static_pad (element, "sink");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, tell_of_buffer, &first_buffer_, nullptr);
  gst_object_unref (pad);
  gst_object_unref (element);
  return first_buffer_.get_future ();
}

uint64_t
Pipeline::stat (const char *name, const char *field) const
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (pipeline_), name);
  GstStructure *stats = nullptr;
  g_object_get (element, "stats", &stats, nullptr);
  guint64 value = 0;
  if (!stats || !gst_structure_get_uint64 (stats, field, &value))
    give_up (std::string (name) + " has no statistic " + field);
  gst_structure_free (stats);
  gst_object_unref (element);
  return value;
}

std::string
kafka_properties (const std::string &topic)
{
  return " bootstrap-servers=" + bootstrap_servers () + " topic=" + topic + " ";
}

Usage
produce_with_element (const std::string &topic, size_t size, uint64_t count)
{
  Payloads payloads (size);
  Pipeline pipeline ("kafkasink name=sink" + kafka_properties (topic));
  GstElement *source = payload_source_new (payloads, count + 1);
  pipeline.prepend (source, "sink");
  pipeline.play ();
  /* Connected, and all that is done once is done. */
  pipeline.wait_until ([&] { return pipeline.stat ("sink", "records") > 0; });

  Meter meter;
  payload_source_release (source);
  pipeline.wait_for_end ();
  return meter.read (count * size);
}

Usage
consume_with_element (const std::string &topic, size_t size, uint64_t count)
{
  Pipeline pipeline ("kafkasrc name=source stop-position=end"
                     + kafka_properties (topic)
                     + "! fakesink name=sink sync=false");
  auto first = pipeline.first_buffer_at ("sink");
  pipeline.play ();
  pipeline.wait_until ([&] {
    return first.wait_for (std::chrono::seconds (0))
           == std::future_status::ready;
  });

  Meter meter;
  pipeline.wait_for_end ();
  Usage usage = meter.read (count * size);
  if (pipeline.stat ("sink", "rendered") != count)
    give_up ("kafkasrc did not bring as many buffers as were written");
  return usage;
}

} // namespace gstkafka
