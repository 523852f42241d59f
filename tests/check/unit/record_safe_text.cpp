/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The texts here have crashed GStreamer's parser, or kept it busy. */

#include "common/check.h"
#include "record/media.h"
#include "record/safe_text.h"

#include <ctime>
#include <vector>

using namespace gstkafka;

static std::string
repeat (const std::string &part, int count)
{
  std::string text;
  for (int i = 0; i < count; i++)
    text += part;
  return text;
}

/* A sample with these caps, as gst_value_serialize () writes one. */
static std::string
sample (const std::string &caps)
{
  gchar *encoded = g_base64_encode (
      reinterpret_cast<const guchar *> (caps.c_str ()), caps.size () + 1);
  const std::string text = std::string ("(sample)00:")
                           + g_strdelimit (encoded, "=", '_') + ":None:None";
  g_free (encoded);
  return text;
}

/* A value of `type` that is itself such a text, `levels` deep. */
static std::string
quoted (std::string text, int levels)
{
  for (int i = 0; i < levels; i++) {
    StructurePtr structure (
        gst_structure_new ("e", "v", G_TYPE_STRING, text.c_str (), nullptr));
    text = structure_to_text (structure.get ());
    text.replace (text.find ("(string)"), 8, "(structure)");
  }
  return text;
}

constexpr int kMany = 200000;

struct EvilText {
  const char *what;
  std::string text;
};

static const std::vector<EvilText> &
evil_texts ()
{
  static const std::vector<EvilText> texts = {
    { "open arrays", "a, b=" + repeat ("<", kMany) },
    { "open lists", "a, b=" + repeat ("{", kMany) },
    { "open ranges", "a, b=" + repeat ("[", kMany) },
    { "closed arrays", "a, b=" + repeat ("<", kMany) + repeat (">", kMany) },
    { "typed arrays", "a, b=" + repeat ("(int)< ", kMany) },
    { "closing brackets in quotes", "a, b=" + repeat ("< \">\", ", kMany) },
    { "structures in brackets, which double the time",
        "a" + repeat (", b=[a", 40) },
    { "brackets in nested caps",
        "a, c=(GstCaps)\"a\\,b\\=" + repeat ("\\<", kMany) + "\"" },
    { "octal brackets in nested caps",
        "a, c=(GstCaps)\"a\\,b\\=" + repeat ("\\074", kMany) + "\"" },
    { "octal brackets two levels deep",
        "a, c=(GstCaps)\"\\\"a\\\\,b\\\\=" + repeat ("\\\\074", kMany)
            + "\\\"\"" },
    { "brackets in a nested tag list",
        "a, c=(taglist)\"taglist\\,b\\=" + repeat ("\\<", kMany) + "\"" },
    { "brackets in a nested segment",
        "a, c=(GstSegment)\"segment,b=" + repeat ("<", kMany) + "\"" },
    { "brackets in a nested list of caps",
        "a, c=(GstCaps){ (string)\"x\", \"a\\,b\\=" + repeat ("\\<", kMany)
            + "\" }" },
    { "brackets in a sample's caps",
        "a, s=" + sample ("a, b=" + repeat ("<", kMany)) },
    { "a sample in a sample's caps",
        "a, s=" + sample ("a, s=" + sample ("a, b=" + repeat ("<", kMany))) },
    { "a sample with blanks in its type",
        "a, s=( sample )" + sample ("a, b=" + repeat ("<", kMany)).substr (8) },
    { "structures in structures", quoted ("a;", 12) },
    { "a megabyte too much", "a, b=" + std::string (5 * 1024 * 1024, 'x') },
    /* The parser asserts, or goes on to use what it has freed. */
    { "half a byte", "a, b=(buffer)012" },
    { "a buffer of letters", "a, b=(buffer)0g" },
    { "the same in quotes", "a, b=(GstBuffer)\"0g\"" },
    { "the same in a list", "a, b=(buffer){ 00, (string)x, 0g }, c=(int)1" },
    { "the same in nested caps",
        "a, c=(GstCaps)\"a\\,\\ b\\=\\(buffer\\)0g\"" },
    { "the same in a sample", "a, s=(sample)0g:None:None:None" },
    { "a name that begins with a stop", ".a, b=(int)1" },
    { "a name that is a number", "1" },
    { "a second structure's", "a; .b" },
    { "a nested one's", "a, b=(GstCaps)\"\\.x\"" },
    { "a nested one's in a list", "a, b=(GstCaps){ .a }" },
    { "a sample's caps'", "a, s=" + sample (".a") },
    { "a tag list of another name", "a, b=(taglist)\"x\"" },
    { "a range backwards", "a, b=[ 5, 1 ]" },
    { "a range of fractions backwards", "a, b=(fraction)[ 2/1, 1/1 ]" },
    { "a range with the wrong steps", "a, b=[ 1, 5, 2 ]" },
    { "a range with steps of nothing", "a, b=[ 1, 6, 0 ]" },
    { "a range that ends beyond its type", "a, b=(int)[ 2, 2209957163 ]" },
    { "the same without a type", "a, b=[ 2, 2209957163 ]" },
    { "the same in a list", "a, b=(int){ [ 1, 2 ], [ 2, 2209957163 ] }" },
    { "the same of 64 bits", "a, b=(gint64)[ 2, 9223372036854775808 ]" },
    { "the same of fractions", "a, b=(fraction)[ 1/2, 2209957163/1 ]" },
    { "a range of 64 bits with the wrong steps",
        "a, b=(gint64)[ 0, 9007199254740993, 2 ]" },
    { "a structure in brackets", "a, b=[ c, d=(int)1 ]" },
    { "a range of fractions that begins where int does",
        "a, b=(fraction)[ -2147483648, 1/-1 ]" },
    { "a range of what it takes for octal", "a, b=[ 9, 010 ]" },
    { "half a byte in quotes", "a, b=(buffer)\"0\"" },
    { "a buffer in quotes", "a, b=(buffer)\"00\"" },
    { "an empty buffer in quotes", "a, b=(buffer)\"\"" },
    { "a sample without data", "a, s=(sample)None:None:None:None" },
    { "a sample in quotes", "a, s=(sample)\"00:None:None:None\"" },
    { "a sample of three", "a, s=(sample)00:None:None" },
    { "a sample's field that is no base64", "a, s=(sample)00:None:None:N]ne" },
    { "a sample's field that is half of base64",
        "a, s=(sample)00:YQ:None:None" },
    { "a sample's caps without an end", "a, s=(sample)00:YWJj:None:None" },
    { "a fraction beyond int", "a, b=(fraction)2147483648/1" },
    { "the same without a type", "a, b=2147483648/1" },
    { "a fraction that cannot be negated", "a, b=(fraction)-2147483648/-1" },
    { "nor can this one", "a, b=(fraction)1/-2147483648" },
    { "a fraction of a number beyond int", "a, b=(fraction)-2147483648" },
    { "a fraction of nothing", "a, b=(fraction)1/0" },
    { "an abstract enumeration", "a, b=(GEnum)1" },
    { "abstract flags", "a, b=(GFlags)1" },
    { "a type that nobody serialises", "a, b=(GValueArray)1" },
    { "the type of a range", "a, b=(GstIntRange)1" },
    { "a pointer", "a, b=(gpointer)1" },
    { "features", "a, b=(GstCapsFeatures)\"memory:X\"" },
    { "a number in quotes", "a, b=\"00\"" },
    { "nothing in quotes", "a, b=\"\"" },
    { "two words in quotes that are hexadecimal", "a, b=\"a b\"" },
    { "caps with empty features", "a(), b=(int)1" },
    { "caps with open features", "a(memory:X, b=(int)1" },
    { "caps with a feature that is a number", "a(memory:1)" },
    { "caps with a feature in no namespace", "a(b)" },
    { "caps with a feature and a blank", "a(memory:X )" },
    { "two nested structures", "a, b=(structure)\"c\\;\\ d\"" },
    { "a segment with backslashes", "a, b=(GstSegment)\"segment\\;\"" },
    { "features without end", "a(m:A" + repeat (",m:A", 5000) + ")" },
    /* GStreamer compares each with each. */
    { "fields without end", "a" + repeat (", b=1", 5000) },
    { "values without end", "a, b={ 1" + repeat (", 1", 5000) + " }" },
    { "structures without end", "a" + repeat ("; b", 5000) },
    { "nested fields without end",
        "a" + repeat (", c=(GstCaps)\"a\\,b\\=1\"", 3000) },
    /* GLib keeps names for good. */
    { "a name without end", "a, " + std::string (2000, 'b') + "=(int)1" },
    { "empty", "" },
    { "a NUL", std::string ("a\0b", 3) },
    { "not UTF-8", "a\xff" },
    { "cut-off UTF-8", "a, b=\"\xc3" },
    { "a surrogate", "a, b=\"\xed\xa0\x80\"" },
  };
  return texts;
}

GST_START_TEST (test_text_that_is_evil_is_not_safe)
{
  const EvilText &evil = evil_texts ()[__i__];
  ck_assert_msg (!is_safe_text (evil.text, TextKind::CAPS), "%s", evil.what);
}
GST_END_TEST;

static const std::vector<std::string> &
good_texts ()
{
  static const std::vector<std::string> texts = {
    "a",
    "video/x-raw, width=(int)5;",
    "a, b=(int)< < 1, 2 >, < 3, 4 > >",
    "a, b=(int)[ 1, 5 ], c=(fraction)[ 0/1, 30/1 ], d=(int)[ 2, 8, 2 ]",
    "a, b=(double)[ -1.5, 1e+3 ], c=(gint64)[ -9223372036854775808, 0 ]",
    "a, b=(int)[ -2147483648, 2147483647 ], c=(double)[ 0, 3000000000 ]",
    "a, b=(gint64)[ 9007199254740992, 9223372036854775807 ]",
    "a, b=(gint64)[ 9223372036854775804, 9223372036854775806, 2 ]",
    "a, b=(gint64)[ 9223372036854775806, 9223372036854775807 ]",
    "a, b=(fraction)[ 0/1, 2147483647/1 ]",
    "a, b=(buffer)00ff, c=(int)1, d=(buffer)< 0A, 0b >, e=(string)x",
    "a, b=(GstCaps){ \"c\\,\\ d\\=\\(int\\)1\", ANY }, "
    "e=(taglist)\"taglist\\;\"",
    "taglist, image=(sample){ 00:None:None:None }, artist=(string){ \"3\\ a\" "
    "};",
    "a, streamheader=(buffer)< " + repeat ("00, ", 10000) + "11 >",
    "a, data=(buffer)" + repeat ("00", 1000 * 1000),
    /* What stands in quotes is anybody's. */
    "taglist, title=(string)\"\\<3\\ \\<3\\ \\<3\\ \\<3\\ \\<3\\ \\<3\\ "
    "\\<3\\ \\<3\";",
    "taglist, lyrics=(string)\"" + repeat ("\\[00:12.00\\]\\ la\\012", 1000)
        + "\";",
    "taglist, title=(string)\"" + repeat ("\\\\", 1000) + "\";",
    "taglist, image=" + sample ("image/jpeg, a=(int)< 1, 2 >") + ";",
    quoted ("a;", 3),
  };
  return texts;
}

GST_START_TEST (test_text_of_real_media_is_safe)
{
  const std::string &text = good_texts ()[__i__];
  ck_assert_msg (
      is_safe_text (text, TextKind::STRUCTURE), "%.100s", text.c_str ());
  ck_assert_msg (bool (structure_from_text (text)), "%.100s", text.c_str ());
}
GST_END_TEST;

/* What judging texts of about `size` bytes takes of the processor. */
static clock_t
cost_of_judging (int size)
{
  const std::string texts[] = {
    "a, s=(structure)\"" + std::string (size, '\\') + "\"",
    "a, s=(structure)\"" + repeat ("\\\"", size / 2) + "\"",
    "a, s=(structure)" + repeat ("\"", size),
    "a, s=(sample)" + repeat (":aa", size / 3),
    "a, s=(sample)" + std::string (size, ':'),
    "a, s=(structure)\"" + repeat ("\\134", size / 4) + "\"",
    "a, s=" + repeat ("a=", size / 2),
    "a, s=" + repeat ("(buffer)00=", size / 11),
    "a, s=" + repeat ("(sample)00=", size / 11),
    "a" + repeat (";a", size / 4) + std::string (size / 2, ' '),
    "a, s=" + repeat ("(buffer)0=", size / 20) + std::string (size / 2, ' '),
    "a, s=<" + repeat ("1,", size / 2) + "1>",
    "a, s=<" + repeat ("<>,", size / 3) + "1>",
    "a, s=<" + repeat ("\"x\",", size / 4) + "1>",
    "a, s=<" + repeat ("(uint)1,", size / 8) + "1>",
    "a, s=<" + repeat ("[1,2],", size / 6) + "1>",
    "a, s=<" + repeat ("[1,2 ", size / 5) + "1>",
    "a, s=[1," + std::string (size, ' ') + "2]",
    "a, s=<" + repeat ("(buffer)00,", size / 11) + "1>",
    "a, s=(sample)<" + repeat ("00:None:None:None,", size / 18) + "1>",
    "a, s=(structure)<" + repeat ("\"a, s=(string)\\\"x\\\"\",", size / 25)
        + "1>",
    "a, s=(structure)\"a,s=(structure)\\\"a,s=(string)"
        + std::string (size, 'x') + "\\\"\"",
    "a(" + repeat ("m:A,", size / 4),
    "a, s=(" + std::string (size, 'x') + ")1",
  };
  const clock_t start = clock ();
  for (const auto &text : texts)
    is_safe_text (text, TextKind::STRUCTURE);
  return clock () - start;
}

GST_START_TEST (test_text_is_judged_in_linear_time)
{
  const int size = 4 * 1024 * 1024 - 100;
  const clock_t some = cost_of_judging (size / 4);
  /* Four times as much; if it went with the square, sixteen times. */
  ck_assert_int_le (cost_of_judging (size), 9 * some);
}
GST_END_TEST;

static Suite *
record_safe_text_suite ()
{
  Suite *suite = suite_create ("record_safe_text");
  TCase *tcase = tcase_create ("general");
  tcase_add_loop_test (
      tcase, test_text_that_is_evil_is_not_safe, 0, evil_texts ().size ());
  tcase_add_loop_test (
      tcase, test_text_of_real_media_is_safe, 0, good_texts ().size ());
  tcase_add_test (tcase, test_text_is_judged_in_linear_time);
  suite_add_tcase (suite, tcase);
  return suite;
}

GST_CHECK_MAIN (record_safe_text);
