/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Tests with a broker of their own, which does not create topics by itself. It
 * is one for all of them, as they may not run side by side. */

#pragma once

#include "common/own_broker.h"

#include "common/check.h"

/* Up at the begin of each test. */
kafkacheck::OwnBroker &own_broker ();

TCase *damage_tests ();
TCase *leaky_tests ();
TCase *missing_topic_tests ();
TCase *stopping_tests ();
TCase *outage_tests ();
