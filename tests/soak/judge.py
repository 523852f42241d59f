#!/usr/bin/env python3
# Judges what tests/soak has sampled: tests/soak/judge.py <build-tests/soak.csv
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flat or not: the second half against the first quarter, and the second half's own slope.

What a program takes in its first minute it keeps: codecs, plugins, the allocator's arenas. The first
sixth is left out for that. A leak shows as a slope; the slope is the median of those between all pairs
of samples (Theil and Sen), which single peaks do not move, and is told for an hour. What is in use at
a moment swings by a third, so a slope counts if the last quarter is above the first one, too.
"""

import csv
import statistics
import sys
from itertools import combinations

# By how much the second half's median may be above the first quarter's, and what an hour may add.
LIMITS = {
    'rss_kb': (0.10, 8192, 12288),
    'heap_kb': (0.10, 4096, 8192),
    'files': (0.05, 4, 4),
    'threads': (0.05, 4, 4),
}
# What retention leaves of all logs: soak.cpp says how much of each, and there is a segment more or two.
MOST_DISK_KB = 256 * 1024


def read(lines):
    rows = list(csv.DictReader(lines))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def slope(times, values):
    """A unit an hour. Pairs a third of the time apart or more tell; nearer ones are noise."""
    least = (times[-1] - times[0]) / 3
    pairs = combinations(zip(times, values), 2)
    return statistics.median((v2 - v1) / (t2 - t1) * 3600 for (t1, v1), (t2, v2) in pairs if t2 - t1 >= least)


def judge(samples):
    times = samples['seconds']
    count = len(times)
    if count < 24:
        print('too few samples to tell growth from noise')
        return True
    warm, half = count // 6, count // 2
    fine = True
    print(f'{"":10} {"first quarter":>14} {"second half":>12} {"an hour more":>13}')
    for name, (share, slack, growth) in LIMITS.items():
        values = samples[name]
        before = statistics.median(values[warm:warm + count // 4])
        after = statistics.median(values[half:])
        per_hour = slope(times[half:], values[half:])
        added = statistics.median(values[-(count // 4):]) - before
        grows = after > before * (1 + share) + slack or (per_hour > growth and added > slack)
        fine = fine and not grows
        print(f'{name:10} {before:14.0f} {after:12.0f} {per_hour:+13.1f}{"  GROWS" if grows else ""}')
    most = max(samples['disk_kb'])
    print(f'{"disk_kb":10} at most {most:.0f}{"  GROWS" if most > MOST_DISK_KB else ""}')
    return fine and most <= MOST_DISK_KB


if __name__ == '__main__':
    sys.exit(0 if judge(read(sys.stdin)) else 1)
