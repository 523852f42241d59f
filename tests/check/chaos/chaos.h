/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What the tests of one program share: a broker, and the way to it. */

#pragma once

#include "common/own_broker.h"
#include "proxy.h"

#include <gst/check/gstcheck.h>

kafkacheck::OwnBroker &own_broker ();

/* All clients' way to it; as it should be when a test begins. */
kafkacheck::Proxy &network ();

TCase *process_tests ();
TCase *network_tests ();
TCase *broker_tests ();
TCase *topic_tests ();
