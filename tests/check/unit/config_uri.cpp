/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "common/check.h"
#include "config/uri.h"

using namespace gstkafka;

using Query = std::vector<std::pair<std::string, std::string>>;

static Uri
parse (const char *text)
{
  auto uri = parse_uri (text);
  ck_assert_msg (
      bool (uri), "%s: %s", text, uri ? "" : uri.error ().message.c_str ());
  return *uri;
}

static void
check_same (const Uri &actual, const Uri &expected)
{
  check_text (actual.bootstrap_servers, expected.bootstrap_servers);
  check_text (actual.topic, expected.topic);
  ck_assert (actual.query == expected.query);
}

/* ---- what is understood ---- */

static const struct {
  const char *text;
  Uri uri;
} kUris[] = {
  { "kafka://h", { "h", "", {} } },
  { "kafka://h/", { "h", "", {} } },
  { "kafka://h/t", { "h", "t", {} } },
  { "kafka://h:9092/t", { "h:9092", "t", {} } },
  { "kafka://h:1/t", { "h:1", "t", {} } },
  { "kafka://h:65535/t", { "h:65535", "t", {} } },
  { "kafka://10.0.0.7:9092/t", { "10.0.0.7:9092", "t", {} } },
  { "kafka://[::1]/t", { "[::1]", "t", {} } },
  { "kafka://[2001:db8::1]:9092/t", { "[2001:db8::1]:9092", "t", {} } },
  { "kafka://[fe80::1%eth0]/t", { "[fe80::1%eth0]", "t", {} } },
  { "kafka://a,b:2,[::3]:3/t", { "a,b:2,[::3]:3", "t", {} } },
  { "kafka://a_b-c.d/t", { "a_b-c.d", "t", {} } },
  { "kafka://b\xc3\xbc"
    "cher/t",
      { "b\xc3\xbc"
        "cher",
          "t", {} } },
  { "kafka://h?key=k", { "h", "", { { "key", "k" } } } },
  { "kafka://h/t?", { "h", "t", {} } },
  { "kafka://h/t?key=", { "h", "t", { { "key", "" } } } },
  { "kafka://h/t?key=a=b", { "h", "t", { { "key", "a=b" } } } },
  { "kafka://h/t?key=a/b?c", { "h", "t", { { "key", "a/b?c" } } } },
  { "kafka://h/t?key=a+b", { "h", "t", { { "key", "a+b" } } } },
  { "kafka://h/t?a=1&", { "h", "t", { { "a", "1" } } } },
  { "kafka://h/t?a=1&b=2&a=3",
      { "h", "t", { { "a", "1" }, { "b", "2" }, { "a", "3" } } } },
  { "kafka://h/t?linger.ms=5", { "h", "t", { { "linger.ms", "5" } } } },
  { "kafka://h/%74%3F?k%65y=%26%3d%25%20%c3%A4",
      { "h", "t?", { { "key", "&=% \xc3\xa4" } } } },
  { "KAFKA://h/T", { "h", "T", {} } },
  { "Kafka://h/t", { "h", "t", {} } },
  { "kafka://h/t?a=1#fragment", { "h", "t", { { "a", "1" } } } },
};

GST_START_TEST (test_uri_is_taken_apart)
{
  check_same (parse (kUris[__i__].text), kUris[__i__].uri);
}
GST_END_TEST;

GST_START_TEST (test_uri_parts_come_back_from_text)
{
  const Uri &uri = kUris[__i__].uri;
  check_same (parse (format_uri (uri).c_str ()), uri);
}
GST_END_TEST;

static const char *const kCanonicalUris[] = {
  "kafka://localhost:9092/t",
  "kafka://a:1,[::1]:2/topic.name?partition=3&key=cam1&linger.ms=5",
  "kafka://h/t?key=a%20b%26c%25d%2Fe",
  "kafka://h/t?start-time=2024-05-06T07:08:09Z",
};

GST_START_TEST (test_uri_in_canonical_form_stays_as_it_is)
{
  check_text (
      format_uri (parse (kCanonicalUris[__i__])), kCanonicalUris[__i__]);
}
GST_END_TEST;

/* ---- what is not ---- */

/* Found by fuzzing: it would end every C string made of it. */
GST_START_TEST (test_uri_with_a_nul_is_malformed)
{
  for (const char *part : { "t?a=", "" }) {
    std::string text = std::string ("kafka://h/") + part;
    text += std::string ("x\0y", 3);
    ck_assert (!parse_uri (text));
  }
}
GST_END_TEST;

static const struct {
  const char *text;
  const char *reason; /* a part of the message */
} kMalformedUris[] = {
  { "", "begin with kafka://" },
  { "kafka", "begin with kafka://" },
  { "kafka:h/t", "begin with kafka://" },
  { "kafka:/h/t", "begin with kafka://" },
  { " kafka://h/t", "begin with kafka://" },
  { "http://h/t", "begin with kafka://" },
  { "kafka://", "no host" },
  { "kafka:///t", "no host" },
  { "kafka://?key=k", "no host" },
  { "kafka://:9092/t", "no host" },
  { "kafka://h:/t", "no host" },
  { "kafka://h:0/t", "no host" },
  { "kafka://h:65536/t", "no host" },
  { "kafka://h:999999/t", "no host" },
  { "kafka://h:-1/t", "no host" },
  { "kafka://h:+1/t", "no host" },
  { "kafka://h: 1/t", "no host" },
  { "kafka://h:0x1/t", "no host" },
  { "kafka://h:1:2/t", "no host" },
  { "kafka://h:http/t", "no host" },
  { "kafka://,h/t", "no host" },
  { "kafka://h,/t", "no host" },
  { "kafka://a,,b/t", "no host" },
  { "kafka://a, b/t", "no host" },
  { "kafka://a;b/t", "no host" },
  { "kafka://a b/t", "no host" },
  { "kafka://a\tb/t", "no host" },
  { "kafka://a%20b/t", "no host" },
  { "kafka://SSL://h/t", "no host" },
  { "kafka://::1/t", "no host" },
  { "kafka://[::1/t", "no host" },
  { "kafka://::1]/t", "no host" },
  { "kafka://[]/t", "no host" },
  { "kafka://[h]/t", "no host" },
  { "kafka://[::1]9092/t", "no host" },
  { "kafka://[::1]:/t", "no host" },
  { "kafka://[::1 ]/t", "no host" },
  { "kafka://user@h/t", "user or password" },
  { "kafka://user:word@h:1/t", "user or password" },
  { "kafka://h/a/b", "no '/'" },
  { "kafka://h//t", "no '/'" },
  { "kafka://h/t/", "no '/'" },
  { "kafka://h/%", "topic has a bad %" },
  { "kafka://h/a%4", "topic has a bad %" },
  { "kafka://h/a%4g", "topic has a bad %" },
  { "kafka://h/a%00b", "topic has a bad %" },
  { "kafka://h/t?key", "part 1 behind" },
  { "kafka://h/t?=v", "part 1 behind" },
  { "kafka://h/t?&a=1", "part 1 behind" },
  { "kafka://h/t?a=1&&b=2", "part 2 behind" },
  { "kafka://h/t?a=1&b", "part 2 behind" },
  { "kafka://h/t?%6=1", "a name behind" },
  { "kafka://h/t?key=%", "value of 'key'" },
  { "kafka://h/t?key=%4", "value of 'key'" },
  { "kafka://h/t?key=%zz", "value of 'key'" },
  { "kafka://h/t?key=%-1", "value of 'key'" },
  { "kafka://h/t?key=%00", "value of 'key'" },
};

GST_START_TEST (test_uri_that_is_malformed_is_refused)
{
  const auto &bad = kMalformedUris[__i__];
  auto uri = parse_uri (bad.text);
  ck_assert_msg (!uri, "accepted: %s", bad.text);
  ck_assert (uri.error ().kind == ErrorKind::SETTINGS);
  ck_assert_msg (uri.error ().message.find (bad.reason) != std::string::npos,
      "%s: %s", bad.text, uri.error ().message.c_str ());
}
GST_END_TEST;

static const char *const kUrisWithSecret[] = {
  "kafka://user:Secret@h/t",
  "kafka://h/t?sasl.password=Secret%",
  "kafka://h/t?sasl.password=Secret%4x",
  "kafka://h/t?sasl.password=ab&Secret",
  "kafka://h/t?sasl.password:Secret",
  "kafka://h/t?sasl.password=ab&Secret=%",
  "kafka://h/t?Sasl.Password=ab&Secret=%",
  "kafka://h/t?sasl.password:Secret=x",
  "kafka://h/t?sasl.password%20Secret=x",
  "kafka://h/t?sasl.mechanism=PLAIN;sasl.password=Secret",
  "kafka://h/t?security.protocol=sasl_ssl,Sasl.Password%3dSecret",
  "kafka://h/t?key=cam1;sasl.password:Secret",
  "kafka://h/t?partition=0;ssl.key.password=Secret",
  "kafka://h/t&sasl.password=Secret",
  "kafka://h;sasl.password=Secret/t",
};

GST_START_TEST (test_uri_error_shows_no_secret)
{
  auto uri = parse_uri (kUrisWithSecret[__i__]);
  ck_assert (!uri);
  const std::string shown = uri.error ().message + uri.error ().detail;
  ck_assert_msg (
      shown.find ("Secret") == std::string::npos, "%s", shown.c_str ());
}
GST_END_TEST;

/* The key of a stream is none. */
GST_START_TEST (test_uri_names_no_part_behind_a_secret)
{
  Uri uri = parse ("kafka://h/t?key=k&a=1&sasl.password=b&c=d");
  check_text (part_name (uri, 1), "'a'");
  check_text (part_name (uri, 2), "'sasl.password'");
  check_text (part_name (uri, 3), "part 4 behind the '?'");
}
GST_END_TEST;

static Suite *
config_uri_suite ()
{
  Suite *suite = suite_create ("config_uri");
  TCase *tcase = tcase_create ("general");
  tcase_add_test (tcase, test_uri_with_a_nul_is_malformed);
  tcase_add_loop_test (tcase, test_uri_is_taken_apart, 0, G_N_ELEMENTS (kUris));
  tcase_add_loop_test (
      tcase, test_uri_parts_come_back_from_text, 0, G_N_ELEMENTS (kUris));
  tcase_add_loop_test (tcase, test_uri_in_canonical_form_stays_as_it_is, 0,
      G_N_ELEMENTS (kCanonicalUris));
  tcase_add_loop_test (tcase, test_uri_that_is_malformed_is_refused, 0,
      G_N_ELEMENTS (kMalformedUris));
  tcase_add_loop_test (
      tcase, test_uri_error_shows_no_secret, 0, G_N_ELEMENTS (kUrisWithSecret));
  tcase_add_test (tcase, test_uri_names_no_part_behind_a_secret);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (config_uri);
