/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the tests with TLS, logins and ACLs share. */

#pragma once

#include "common/secure_broker.h"

/* Of the whole suite. */
kafkacheck::SecureBroker &secure_broker ();

/* `settings` with a '@' before each name of a file that certificates.sh makes,
 * as lines of a config-file. */
std::string with_paths (const std::string &settings);

/* Writes them into a new file; the properties for an element that reads it and
 * goes to `listener`. */
std::string by_file (const std::string &listener, const std::string &settings);

TCase *security_access_tests ();
TCase *security_denial_tests ();
TCase *security_secret_tests ();
