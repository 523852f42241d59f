/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config/uri.h"

#include "config/settings.h"

#include <algorithm>

namespace gstkafka {

namespace {

Error
bad_uri (const std::string &why)
{
  return { ErrorKind::SETTINGS,
    "The URI is not of the form "
    "kafka://host[:port][,host[:port]...]/topic[?name=value&...]: "
        + why + ".",
    "" };
}

int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<std::string>
percent_decode (std::string_view text)
{
  std::string out;
  for (size_t i = 0; i < text.size (); i++) {
    /* A NUL would end every C string made of it early. */
    if (text[i] == '\0')
      return std::nullopt;
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size () - i < 3)
      return std::nullopt;
    int high = hex_digit (text[i + 1]), low = hex_digit (text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0))
      return std::nullopt;
    out += static_cast<char> (high * 16 + low);
    i += 2;
  }
  return out;
}

bool
is_alphanumeric (unsigned char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9');
}

bool
is_plain (unsigned char c)
{
  return is_alphanumeric (c) || c == '-' || c == '.' || c == '_' || c == '~'
         || c == ':' || c == ',';
}

std::string
percent_encode (std::string_view text)
{
  static const char digits[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (is_plain (c)) {
      out += static_cast<char> (c);
    } else {
      out += '%';
      out += digits[c >> 4];
      out += digits[c & 15];
    }
  }
  return out;
}

bool
is_valid_port (std::string_view port)
{
  if (port.empty () || port.size () > 5
      || !std::all_of (port.begin (), port.end (),
          [] (char c) { return c >= '0' && c <= '9'; }))
    return false;
  int number = std::stoi (std::string (port));
  return number > 0 && number <= 65535;
}

/* Bytes beyond ASCII are for the resolver to judge. */
bool
is_valid_name (std::string_view name)
{
  return !name.empty ()
         && std::all_of (name.begin (), name.end (), [] (unsigned char c) {
              return c >= 0x80 || is_alphanumeric (c) || c == '-' || c == '.'
                     || c == '_';
            });
}

/* With or without a zone, as in fe80::1%eth0. */
bool
is_valid_v6 (std::string_view address)
{
  return address.find (':') != std::string_view::npos
         && std::all_of (
             address.begin (), address.end (), [] (unsigned char c) {
               return is_alphanumeric (c) || c == ':' || c == '.' || c == '%';
             });
}

/* `host`, `host:port`, `[v6]`, `[v6]:port` */
bool
is_valid_host (std::string_view host)
{
  size_t name_end;
  if (!host.empty () && host.front () == '[') {
    name_end = host.find (']');
    if (name_end == std::string_view::npos
        || !is_valid_v6 (host.substr (1, name_end - 1)))
      return false;
    name_end++;
  } else {
    name_end = std::min (host.find (':'), host.size ());
    if (!is_valid_name (host.substr (0, name_end)))
      return false;
  }
  if (name_end == host.size ())
    return true;
  return host[name_end] == ':' && is_valid_port (host.substr (name_end + 1));
}

MaybeError
check_hosts (std::string_view hosts)
{
  if (has_login (hosts))
    return bad_uri ("it has a user or password in it, which would be shown "
                    "wherever the URI is; put them into a config-file");
  while (true) {
    size_t comma = std::min (hosts.find (','), hosts.size ());
    std::string_view host = hosts.substr (0, comma);
    if (!is_valid_host (host))
      return bad_uri ("'" + std::string (host) + "' is no host or host:port");
    if (comma == hosts.size ())
      return std::nullopt;
    hosts.remove_prefix (comma + 1);
  }
}

Error
not_a_pair (int number)
{
  return bad_uri ("part " + std::to_string (number)
                  + " behind the '?' is not name=value; an '&' in a value is "
                    "written %26");
}

/* Errors quote names only, and none behind a secret. */
MaybeError
parse_query (std::string_view text, Uri &uri)
{
  for (int number = 1; !text.empty (); number++) {
    size_t end = std::min (text.find ('&'), text.size ());
    std::string_view pair = text.substr (0, end);
    size_t equals = pair.find ('=');
    if (equals == std::string_view::npos)
      return not_a_pair (number);
    auto name = percent_decode (pair.substr (0, equals));
    if (!name)
      return bad_uri ("a name behind the '?' has a bad % in it");
    if (!is_setting_name (*name))
      return not_a_pair (number);
    uri.query.emplace_back (std::move (*name), "");
    auto value = percent_decode (pair.substr (equals + 1));
    if (!value)
      return bad_uri ("the value of " + part_name (uri, uri.query.size () - 1)
                      + " has a bad % in it; a '%' itself is written %25");
    if (has_secret_inside (*value))
      return bad_uri ("the value of " + part_name (uri, uri.query.size () - 1)
                      + " has a secret setting in it; what divides settings is "
                        "'&'");
    uri.query.back ().second = std::move (*value);
    text.remove_prefix (std::min (end + 1, text.size ()));
  }
  return std::nullopt;
}

} // namespace

bool
follows_secret (const Uri &uri, size_t index)
{
  return std::any_of (uri.query.begin (),
      uri.query.begin () + static_cast<ptrdiff_t> (index),
      [] (const auto &pair) {
        /* Those of librdkafka have a dot; `key` is the stream's. */
        return pair.first.find ('.') != std::string::npos
               && is_secret (pair.first);
      });
}

std::string
part_name (const Uri &uri, size_t index)
{
  if (follows_secret (uri, index))
    return "part " + std::to_string (index + 1) + " behind the '?'";
  return "'" + uri.query[index].first + "'";
}

Result<Uri>
parse_uri (std::string_view text)
{
  constexpr std::string_view prefix = "kafka://";
  if (in_lower_case (text.substr (0, prefix.size ())) != prefix)
    return bad_uri ("it does not begin with kafka://");
  text.remove_prefix (prefix.size ());
  text = text.substr (0, text.find ('#'));

  size_t path = std::min (text.find_first_of ("/?"), text.size ());
  std::string_view hosts = text.substr (0, path);
  if (auto error = check_hosts (hosts))
    return *error;

  Uri uri;
  uri.bootstrap_servers = std::string (hosts);
  text.remove_prefix (path);
  if (!text.empty () && text.front () == '/')
    text.remove_prefix (1);

  size_t question = std::min (text.find ('?'), text.size ());
  std::string_view topic_text = text.substr (0, question);
  if (topic_text.find ('/') != std::string_view::npos)
    return bad_uri ("a topic's name has no '/' in it");
  auto topic = percent_decode (topic_text);
  if (!topic)
    return bad_uri ("the topic has a bad % in it");
  if (has_secret_inside (*topic))
    return bad_uri ("the topic has a secret setting in it; settings stand "
                    "behind a '?'");
  uri.topic = std::move (*topic);

  text.remove_prefix (std::min (question + 1, text.size ()));
  if (auto error = parse_query (text, uri))
    return *error;
  return uri;
}

std::string
format_uri (const Uri &uri)
{
  std::string out = std::string (kUriProtocol) + "://" + uri.bootstrap_servers
                    + "/" + percent_encode (uri.topic);
  char separator = '?';
  for (const auto &[name, value] : uri.query) {
    out += separator;
    out += percent_encode (name) + "=" + percent_encode (value);
    separator = '&';
  }
  return out;
}

} // namespace gstkafka
