/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What came of each fault, a line each, of all tests of a program. */

#pragma once

#include "ledger.h"
#include "pester.h"

namespace kafkacheck {

/* As gst_check_run_suite (); prints the table in the end, if there is anything
 * in it. */
int run_for_table (Suite *suite, const char *name, const char *file);
/* `pester` if there was one. */
void add_row (const std::string &fault, int rounds, const Account &account,
    const Pester *pester = nullptr);

} // namespace kafkacheck
