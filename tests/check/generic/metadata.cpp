/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a registry, an application and gst-inspect-1.0 are told of the plugin
 * and its elements. */

#include "common/pipeline.h"

using namespace kafkacheck;

struct Described {
  const char *element, *klass, *template_name;
  GstPadDirection direction;
};

static const Described kElements[] = {
  { "kafkasink", "Sink/Network", "sink", GST_PAD_SINK },
  { "kafkasrc", "Source/Network", "src", GST_PAD_SRC },
};

static std::unique_ptr<GstElementFactory, Unref>
find (const char *name)
{
  GstElementFactory *factory = gst_element_factory_find (name);
  ck_assert_msg (factory != nullptr, "there is no %s", name);
  return std::unique_ptr<GstElementFactory, Unref> (factory);
}

GST_START_TEST (test_plugin_says_whose_it_is)
{
  GstPlugin *plugin = gst_registry_find_plugin (gst_registry_get (), "kafka");
  ck_assert (plugin != nullptr);
  ck_assert_str_eq (gst_plugin_get_license (plugin), "LGPL");
  ck_assert_str_eq (gst_plugin_get_package (plugin), "gst-kafka");
  gst_object_unref (plugin);
}
GST_END_TEST;

/* Nobody gets Kafka who did not ask for it. */
GST_START_TEST (test_element_has_rank_none_and_its_class)
{
  const Described &c = kElements[__i__];
  auto factory = find (c.element);
  auto *feature = GST_PLUGIN_FEATURE (factory.get ());
  ck_assert_int_eq (gst_plugin_feature_get_rank (feature), GST_RANK_NONE);
  auto metadata = [&] (const char *key) {
    const gchar *text = gst_element_factory_get_metadata (factory.get (), key);
    ck_assert_msg (text && *text, "%s has no %s", c.element, key);
    return text;
  };
  ck_assert_str_eq (metadata (GST_ELEMENT_METADATA_KLASS), c.klass);
  metadata (GST_ELEMENT_METADATA_LONGNAME);
  metadata (GST_ELEMENT_METADATA_DESCRIPTION);
  metadata (GST_ELEMENT_METADATA_AUTHOR);
}
GST_END_TEST;

GST_START_TEST (test_element_has_one_pad_that_takes_anything)
{
  const Described &c = kElements[__i__];
  auto factory = find (c.element);
  const GList *templates
      = gst_element_factory_get_static_pad_templates (factory.get ());
  ck_assert_int_eq (g_list_length (const_cast<GList *> (templates)), 1);
  auto *pad = static_cast<GstStaticPadTemplate *> (templates->data);
  ck_assert_str_eq (pad->name_template, c.template_name);
  ck_assert_int_eq (pad->direction, c.direction);
  ck_assert_int_eq (pad->presence, GST_PAD_ALWAYS);
  GstCaps *caps = gst_static_pad_template_get_caps (pad);
  ck_assert (gst_caps_is_any (caps));
  gst_caps_unref (caps);
}
GST_END_TEST;

GST_START_TEST (test_element_handles_kafka_uris)
{
  const Described &c = kElements[__i__];
  auto factory = find (c.element);
  ck_assert (
      gst_element_factory_has_interface (factory.get (), "GstURIHandler"));
  const gchar *const *protocols
      = gst_element_factory_get_uri_protocols (factory.get ());
  ck_assert_str_eq (protocols[0], "kafka");
  ck_assert (protocols[1] == nullptr);
  ck_assert_int_eq (gst_element_factory_get_uri_type (factory.get ()),
      c.direction == GST_PAD_SINK ? GST_URI_SINK : GST_URI_SRC);
}
GST_END_TEST;

/* As a sink for files, not for eyes. */
GST_START_TEST (test_kafkasink_does_not_wait_for_the_clock_unless_told)
{
  ElementPtr sink (GST_ELEMENT (
      gst_object_ref_sink (gst_element_factory_make ("kafkasink", nullptr))));
  gboolean is_sync = TRUE, keeps_last_sample = TRUE;
  g_object_get (sink.get (), "sync", &is_sync, "enable-last-sample",
      &keeps_last_sample, nullptr);
  ck_assert (!is_sync);
  ck_assert (!keeps_last_sample);
  ck_assert (GST_OBJECT_FLAG_IS_SET (sink.get (), GST_ELEMENT_FLAG_SINK));
}
GST_END_TEST;

GST_START_TEST (test_element_has_a_debug_category)
{
  find (kElements[__i__].element);
  gst_object_unref (gst_object_ref_sink (
      gst_element_factory_make (kElements[__i__].element, nullptr)));
  GstDebugCategory *category
      = _gst_debug_get_category (kElements[__i__].element);
  ck_assert (category != nullptr);
  ck_assert (_gst_debug_get_category ("librdkafka") != nullptr);
}
GST_END_TEST;

static Suite *
metadata_suite ()
{
  Suite *suite = suite_create ("metadata");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kElements);
  tcase_add_test (tcase, test_plugin_says_whose_it_is);
  tcase_add_loop_test (
      tcase, test_element_has_rank_none_and_its_class, 0, count);
  tcase_add_loop_test (
      tcase, test_element_has_one_pad_that_takes_anything, 0, count);
  tcase_add_loop_test (tcase, test_element_handles_kafka_uris, 0, count);
  tcase_add_test (
      tcase, test_kafkasink_does_not_wait_for_the_clock_unless_told);
  tcase_add_loop_test (tcase, test_element_has_a_debug_category, 0, count);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (metadata);
