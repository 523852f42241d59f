/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The matrix: what enters kafkasink and what comes out of kafkasrc, one row a
 * medium. */

#pragma once

#include "common/trip.h"

#include <vector>

/* What a row is there for; a row that doesn't show it proves nothing, and
 * fails. */
enum Shows : unsigned {
  SHOWS_CODEC_DATA = 1 << 0,   /* in the caps */
  SHOWS_STREAMHEADER = 1 << 1, /* in the caps */
  SHOWS_CAPS_CHANGE = 1 << 2,  /* midway */
  SHOWS_HEADER = 1 << 3,       /* a buffer is flagged as header */
  SHOWS_DELTA_UNITS = 1 << 4,  /* some are, and some are not */
  SHOWS_ONLY_DELTAS = 1 << 5,  /* all pictures are flagged as delta units */
  SHOWS_B_FRAMES = 1 << 6,     /* PTS goes back */
  SHOWS_NEGATIVE_DTS = 1 << 7, /* in running time */
  SHOWS_EQUAL_TIMES = 1 << 8,  /* several buffers of one time */
  SHOWS_NO_TIMES = 1 << 9,     /* no PTS, no DTS */
  SHOWS_NO_DURATION = 1 << 10,
  SHOWS_OFFSETS = 1 << 11,
  SHOWS_TAGS = 1 << 12,
  SHOWS_LAST_EVENTS = 1 << 13, /* after the last buffer */
  SHOWS_EMPTY_BUFFER = 1 << 14,
  SHOWS_NO_BUFFER = 1 << 15,
  SHOWS_NO_CAPS = 1 << 16,
};

struct Row {
  const char *name;
  const char *text; /* up to kafkasink; $FILE is a file of its own */
  unsigned shows = 0;
  const char *before = nullptr; /* a pipeline that makes $FILE, or ... */
  const char *file = nullptr;   /* ... its contents */
  kafkacheck::FeedFunction feed = nullptr;
};

/* Each row there and back, twice. A row whose elements the machine doesn't have
 * says so and passes. $IDENTITY_ROWS is a part of the names of rows that are
 * wanted, and leaves out the others. */
Suite *make_identity_suite (const char *name, const std::vector<Row> &rows);
