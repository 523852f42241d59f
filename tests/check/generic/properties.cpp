/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Every property of both elements: there with a description, set, read back,
 * told of, and safe from nonsense. */

#include "common/pipeline.h"

#include <algorithm>
#include <map>

using namespace kafkacheck;

struct PropertyCase {
  const char *element;
  const char *name;
  const char *value; /* other than the default, as gst-launch-1.0 takes it */
};

/* All that there are: a property without a case fails the test. */
static const PropertyCase kProperties[] = {
  { "kafkasink", "uri", "kafka://host:9092/t?key=k" },
  { "kafkasink", "bootstrap-servers", "one:9092,two:9092" },
  { "kafkasink", "topic", "t" },
  { "kafkasink", "key", "cam 1" },
  { "kafkasink", "partition", "7" },
  { "kafkasink", "client-config", "c, linger.ms=(string)5;" },
  { "kafkasink", "config-file", "/etc/kafka.conf" },
  { "kafkasink", "max-queue-bytes", "1000" },
  { "kafkasink", "max-queue-time", "1000000000" },
  { "kafkasink", "leaky", "downstream" },
  { "kafkasink", "max-record-size", "2000000" },
  { "kafkasink", "caps-interval", "0" },
  { "kafkasink", "eos-record", "false" },
  { "kafkasink", "delivery-messages", "true" },
  { "kafkasink", "create-topic", "true" },
  { "kafkasink", "topic-config",
      "t, retention.ms=(string)1000, partitions=(int)8;" },
  { "kafkasink", "stats", nullptr },
  { "kafkasrc", "uri", "kafka://host:9092/t?start-position=latest" },
  { "kafkasrc", "bootstrap-servers", "one:9092,two:9092" },
  { "kafkasrc", "topic", "t" },
  { "kafkasrc", "key", "cam 1" },
  { "kafkasrc", "partition", "7" },
  { "kafkasrc", "client-config", "c, fetch.min.bytes=(string)5;" },
  { "kafkasrc", "config-file", "/etc/kafka.conf" },
  { "kafkasrc", "start-position", "latest-sync" },
  { "kafkasrc", "start-offset", "12" },
  { "kafkasrc", "start-time", "2026-01-31T12:00:00Z" },
  { "kafkasrc", "stop-position", "end" },
  { "kafkasrc", "stop-offset", "13" },
  { "kafkasrc", "stop-time", "2026-01-31T12:00:00Z" },
  { "kafkasrc", "eos-policy", "ignore" },
  { "kafkasrc", "is-live", "true" },
  { "kafkasrc", "latency", "1000000000" },
  { "kafkasrc", "caps", "image/jpeg" },
  { "kafkasrc", "group-id", "cameras" },
  { "kafkasrc", "commit-interval", "50000000" },
  { "kafkasrc", "stats", nullptr },
};

static ElementPtr
make (const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, nullptr);
  ck_assert_msg (element != nullptr, "there is no %s", factory);
  gst_object_ref_sink (element);
  return ElementPtr (element);
}

/* Those of the element itself, not of its parents. */
static std::vector<GParamSpec *>
own_properties (GstElement *element)
{
  guint count = 0;
  GParamSpec **all
      = g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &count);
  std::vector<GParamSpec *> own;
  for (guint i = 0; i < count; i++)
    if (all[i]->owner_type == G_OBJECT_TYPE (element))
      own.push_back (all[i]);
  g_free (all);
  return own;
}

static GParamSpec *
find (const ElementPtr &element, const char *name)
{
  return g_object_class_find_property (
      G_OBJECT_GET_CLASS (element.get ()), name);
}

/* As gst_value_serialize () writes it, without quotes; empty: NULL. */
static std::string
read_back (const ElementPtr &element, const char *name)
{
  GValue value = G_VALUE_INIT;
  g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (find (element, name)));
  g_object_get_property (G_OBJECT (element.get ()), name, &value);
  std::string text;
  if (G_VALUE_HOLDS_STRING (&value)) {
    const gchar *plain = g_value_get_string (&value);
    text = plain ? plain : "";
  } else if (!G_VALUE_HOLDS_BOXED (&value) || g_value_get_boxed (&value)) {
    gchar *serialized
        = GST_VALUE_HOLDS_STRUCTURE (&value)
              ? gst_structure_to_string (gst_value_get_structure (&value))
              : gst_value_serialize (&value);
    text = serialized;
    g_free (serialized);
  }
  g_value_unset (&value);
  return text;
}

static std::string
default_of (GParamSpec *pspec)
{
  const GValue *value = g_param_spec_get_default_value (pspec);
  if (G_VALUE_HOLDS_STRING (value)) {
    const gchar *text = g_value_get_string (value);
    return text ? text : "";
  }
  if (G_VALUE_HOLDS_BOXED (value))
    return "";
  gchar *text = gst_value_serialize (value);
  std::string out = text;
  g_free (text);
  return out;
}

/* ---- which there are ---- */

GST_START_TEST (test_element_has_exactly_the_properties_of_the_table)
{
  std::map<std::string, ElementPtr> elements;
  std::map<std::string, size_t> expected;
  for (const auto &c : kProperties) {
    if (!elements.count (c.element))
      elements[c.element] = make (c.element);
    ck_assert_msg (find (elements[c.element], c.name) != nullptr,
        "%s has no %s", c.element, c.name);
    expected[c.element]++;
  }
  for (const auto &[name, element] : elements)
    for (GParamSpec *pspec : own_properties (element.get ()))
      ck_assert_msg (
          std::any_of (std::begin (kProperties), std::end (kProperties),
              [&, element_name = name] (const PropertyCase &c) {
                return element_name == c.element
                       && !strcmp (c.name, pspec->name);
              }),
          "%s has %s, which is not in the table", name.c_str (), pspec->name);
}
GST_END_TEST;

/* ---- setting and reading ---- */

static void
count_notification (GObject *, GParamSpec *, gpointer count)
{
  ++*static_cast<int *> (count);
}

GST_START_TEST (test_property_is_set_read_back_and_told_of)
{
  const PropertyCase &c = kProperties[__i__];
  if (!c.value)
    return; /* read-only */
  ElementPtr element = make (c.element);
  ck_assert (read_back (element, c.name) != c.value);

  int told = 0;
  std::string signal = std::string ("notify::") + c.name;
  g_signal_connect (
      element.get (), signal.c_str (), G_CALLBACK (count_notification), &told);
  gst_util_set_object_arg (G_OBJECT (element.get ()), c.name, c.value);
  check_text (read_back (element, c.name), c.value);
  ck_assert_int_eq (told, 1);
}
GST_END_TEST;

GST_START_TEST (test_property_begins_with_its_default)
{
  const PropertyCase &c = kProperties[__i__];
  if (!c.value)
    return; /* counts, not a setting */
  ElementPtr element = make (c.element);
  check_text (read_back (element, c.name), default_of (find (element, c.name)));
}
GST_END_TEST;

GST_START_TEST (test_property_goes_back_to_nothing)
{
  const PropertyCase &c = kProperties[__i__];
  if (!c.value || !strcmp (c.name, "uri"))
    return;
  ElementPtr element = make (c.element);
  GParamSpec *pspec = find (element, c.name);
  gst_util_set_object_arg (G_OBJECT (element.get ()), c.name, c.value);
  g_object_set_property (G_OBJECT (element.get ()), c.name,
      g_param_spec_get_default_value (pspec));
  check_text (read_back (element, c.name), default_of (pspec));
}
GST_END_TEST;

GST_START_TEST (test_stats_can_be_read_at_any_time_and_not_set)
{
  for (const char *name : { "kafkasink", "kafkasrc" }) {
    ElementPtr element = make (name);
    GParamSpec *pspec = find (element, "stats");
    ck_assert (!(pspec->flags & G_PARAM_WRITABLE));
    std::string text = read_back (element, "stats");
    ck_assert_msg (text.find ("records=(guint64)0") != std::string::npos, "%s",
        text.c_str ());
  }
}
GST_END_TEST;

/* ---- values that are none ---- */

struct BadValue {
  const char *element;
  const char *name;
  gint64 value;
};

static const BadValue kOutOfRange[] = {
  { "kafkasink", "partition", -2 },
  { "kafkasrc", "partition", -2 },
  { "kafkasink", "max-queue-bytes", 0 },
  { "kafkasink", "leaky", 99 },
  { "kafkasrc", "start-offset", -2 },
  { "kafkasrc", "stop-offset", -2 },
  { "kafkasrc", "start-position", 99 },
  { "kafkasrc", "stop-position", 99 },
  { "kafkasrc", "eos-policy", 99 },
};

GST_START_TEST (test_property_refuses_a_value_out_of_range)
{
  const BadValue &c = kOutOfRange[__i__];
  ElementPtr element = make (c.element);
  std::string before = read_back (element, c.name);
  /* GObject's complaint, a warning or a critical by its version, is wanted. */
  g_log_set_always_fatal (static_cast<GLogLevelFlags> (G_LOG_FATAL_MASK));
  GLogFunc quiet
      = [] (const gchar *, GLogLevelFlags, const gchar *, gpointer) {};
  guint handler = g_log_set_handler ("GLib-GObject",
      static_cast<GLogLevelFlags> (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL),
      quiet, nullptr);

  GValue wide = G_VALUE_INIT, value = G_VALUE_INIT;
  g_value_init (&wide, G_TYPE_INT64);
  g_value_set_int64 (&wide, c.value);
  g_value_init (&value, G_PARAM_SPEC_VALUE_TYPE (find (element, c.name)));
  if (G_VALUE_HOLDS_ENUM (&value))
    g_value_set_enum (&value, static_cast<gint> (c.value));
  else
    ck_assert (g_value_transform (&wide, &value));
  g_object_set_property (G_OBJECT (element.get ()), c.name, &value);
  g_log_remove_handler ("GLib-GObject", handler);
  g_value_unset (&value);
  g_value_unset (&wide);
  check_text (read_back (element, c.name), before);
}
GST_END_TEST;

/* ---- what gst-inspect-1.0 shows ---- */

/* Words of a quantity; one of them, or an enumeration, says what to put in. */
static bool
names_a_unit (const std::string &text)
{
  static const char *const units[] = { "ytes", " ns", "offset", "-1 =" };
  return std::any_of (
      std::begin (units), std::end (units), [&text] (const char *unit) {
        return text.find (unit) != std::string::npos;
      });
}

GST_START_TEST (test_property_reads_like_a_manual)
{
  const PropertyCase &c = kProperties[__i__];
  ElementPtr element = make (c.element);
  GParamSpec *pspec = find (element, c.name);
  const std::string nick = g_param_spec_get_nick (pspec);
  const std::string blurb = g_param_spec_get_blurb (pspec);
  ck_assert_str_ne (nick.c_str (), c.name);
  bool begins_well = g_ascii_isupper (blurb.front ())
                     || g_str_has_prefix (blurb.c_str (), "kafka://");
  ck_assert_msg (blurb.size () >= 10 && begins_well && blurb.back () != '.',
      "%s %s: '%s'", c.element, c.name, blurb.c_str ());

  GType type = G_PARAM_SPEC_VALUE_TYPE (pspec);
  if (type == G_TYPE_INT || type == G_TYPE_INT64 || type == G_TYPE_UINT64)
    ck_assert_msg (
        names_a_unit (blurb), "%s %s has no unit", c.element, c.name);
  if (pspec->flags & G_PARAM_WRITABLE)
    ck_assert_msg (pspec->flags & GST_PARAM_MUTABLE_READY,
        "%s %s does not say when it may be set", c.element, c.name);
}
GST_END_TEST;

#ifdef GST_INSPECT
GST_START_TEST (test_inspect_shows_every_property_with_its_description)
{
  for (const char *name : { "kafkasink", "kafkasrc" }) {
    ElementPtr element = make (name);
    gchar *output = nullptr;
    gint status = -1;
    std::string command = std::string (GST_INSPECT " --no-colors ") + name;
    ck_assert (g_spawn_command_line_sync (
        command.c_str (), &output, nullptr, &status, nullptr));
    ck_assert_int_eq (status, 0);
    for (GParamSpec *pspec : own_properties (element.get ())) {
      gchar *line = g_strdup_printf (
          "  %-20s: %s\n", pspec->name, g_param_spec_get_blurb (pspec));
      ck_assert_msg (strstr (output, line), "%s does not show: %s",
          command.c_str (), line);
      g_free (line);
    }
    g_free (output);
  }
}
GST_END_TEST;
#endif

static Suite *
properties_suite ()
{
  Suite *suite = suite_create ("properties");
  TCase *tcase = tcase_create ("general");
  constexpr int count = G_N_ELEMENTS (kProperties);
  tcase_add_test (tcase, test_element_has_exactly_the_properties_of_the_table);
  tcase_add_loop_test (
      tcase, test_property_is_set_read_back_and_told_of, 0, count);
  tcase_add_loop_test (tcase, test_property_begins_with_its_default, 0, count);
  tcase_add_loop_test (tcase, test_property_goes_back_to_nothing, 0, count);
  tcase_add_test (tcase, test_stats_can_be_read_at_any_time_and_not_set);
  tcase_add_loop_test (tcase, test_property_refuses_a_value_out_of_range, 0,
      G_N_ELEMENTS (kOutOfRange));
  tcase_add_loop_test (tcase, test_property_reads_like_a_manual, 0, count);
#ifdef GST_INSPECT
  tcase_add_test (
      tcase, test_inspect_shows_every_property_with_its_description);
#endif
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (properties);
