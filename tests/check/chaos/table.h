/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What came of each fault, a line each, of all tests of a program. */

#pragma once

#include "ledger.h"
#include "pester.h"

namespace kafkacheck {

/* Before the first test, as those are processes of their own. */
void begin_table ();
/* `pester` if there was one. */
void add_row (const std::string &fault, int rounds, const Account &account,
    const Pester *pester = nullptr);
/* In the end, if there is anything in it. */
void print_table ();

} // namespace kafkacheck
