/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Errors below the elements are values. Standard library only: every room may
 * include this file. */

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gstkafka {

/* What the user has to look at; the elements turn it into a GStreamer error
 * domain and code. */
enum class ErrorKind {
  SETTINGS,       /* a property, the URI or a configuration file is wrong */
  NOT_FOUND,      /* topic or partition does not exist */
  UNREACHABLE,    /* no broker answers */
  AUTHENTICATION, /* TLS or SASL: the broker, or we, are not who we say */
  AUTHORIZATION,  /* the broker knows us and says no */
  TOO_LARGE,      /* one record exceeds what the topic takes */
  MALFORMED,      /* a record is not what its headers say */
  LOST,           /* data was accepted and cannot be delivered any more */
  LIBRARY,        /* anything else that librdkafka reports */
};

struct Error {
  ErrorKind kind;
  std::string message; /* one sentence for the user: what, and what to do */
  std::string detail;  /* librdkafka's own words, for the debug part */
};

/* A value or the reason why there is none. */
template <typename T>
class Result {
 public:
  Result (T value) : state_ (std::move (value)) {}
  Result (Error error) : state_ (std::move (error)) {}

  explicit operator bool () const { return std::holds_alternative<T> (state_); }
  T &
  operator* ()
  {
    return std::get<T> (state_);
  }
  const T &
  operator* () const
  {
    return std::get<T> (state_);
  }
  T *
  operator->()
  {
    return &std::get<T> (state_);
  }
  const T *
  operator->() const
  {
    return &std::get<T> (state_);
  }
  const Error &
  error () const
  {
    return std::get<Error> (state_);
  }

 private:
  std::variant<T, Error> state_;
};

/* Nothing on success, else what went wrong. */
using MaybeError = std::optional<Error>;

} // namespace gstkafka
