/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "elements/messages.h"

#include "client/client.h"

GST_DEBUG_CATEGORY_STATIC (librdkafka_debug);

namespace gstkafka {

namespace {

struct DomainAndCode {
  GQuark domain;
  gint code;
};

DomainAndCode
domain_and_code (ErrorKind kind)
{
  switch (kind) {
  case ErrorKind::SETTINGS:
    return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS };
  case ErrorKind::NOT_FOUND:
    return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND };
  case ErrorKind::UNREACHABLE:
    return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ_WRITE };
  case ErrorKind::AUTHENTICATION:
  case ErrorKind::AUTHORIZATION:
    return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED };
  case ErrorKind::TOO_LARGE:
  case ErrorKind::LOST:
    return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE };
  case ErrorKind::MALFORMED:
    return { GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE };
  case ErrorKind::LIBRARY:
    break;
  }
  return { GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED };
}

void
post (GstElement *element, GstMessageType type, const Error &error)
{
  auto [domain, code] = domain_and_code (error.kind);
  gst_element_message_full (element, type, domain, code,
      g_strdup (error.message.c_str ()),
      error.detail.empty () ? nullptr : g_strdup (error.detail.c_str ()),
      __FILE__, GST_FUNCTION, __LINE__);
}

GstDebugLevel
debug_level (int syslog_level)
{
  if (syslog_level <= 3)
    return GST_LEVEL_ERROR;
  if (syslog_level == 4)
    return GST_LEVEL_WARNING;
  return syslog_level <= 6 ? GST_LEVEL_INFO : GST_LEVEL_DEBUG;
}

void
log_line (int level, const char *facility, const char *message)
{
  GST_CAT_LEVEL_LOG (librdkafka_debug, debug_level (level), nullptr, "%s: %s",
      facility, message);
}

} // namespace

Error
out_of_resources (const std::exception &reason)
{
  return { ErrorKind::LIBRARY,
    "This process cannot have another thread or more memory. Raise its limits, "
    "or run less beside it.",
    reason.what () };
}

void
post_error (GstElement *element, const Error &error)
{
  post (element, GST_MESSAGE_ERROR, error);
}

void
post_warning (GstElement *element, const Error &error)
{
  post (element, GST_MESSAGE_WARNING, error);
}

void
bridge_library_log ()
{
  GST_DEBUG_CATEGORY_INIT (
      librdkafka_debug, "librdkafka", 0, "librdkafka's own log");
  set_log_function (log_line);
}

} // namespace gstkafka
