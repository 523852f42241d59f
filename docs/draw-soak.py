#!/usr/bin/env python3
# Draws docs/soak.svg from what tests/soak.sh has sampled:
#   tests/soak.sh 60 && docs/draw-soak.py <build-tests/soak.csv >docs/soak.svg
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Minutes to the right; a strip each for memory, the log on the disk, open files and threads."""

import csv
import sys
from collections import namedtuple

from svg import BLUE, GREEN, GREY, ORANGE, RED, Svg

WIDTH, LEFT, RIGHT = 920, 60, 20
TOP, STRIP, GAP, BOTTOM = 40, 110, 40, 50

Strip = namedtuple('Strip', 'column title unit divisor colour')
STRIPS = (
    Strip('rss_kb', 'resident memory of the process', ' MB', 1024, BLUE),
    Strip('heap_kb', 'memory that it has allocated', ' MB', 1024, BLUE),
    Strip('files', 'open files', '', 1, ORANGE),
    Strip('threads', 'threads', '', 1, GREEN),
    Strip('disk_kb', "the broker's log of all streams", ' MB', 1024, RED),
)
HEIGHT = TOP + len(STRIPS) * STRIP + (len(STRIPS) - 1) * GAP + BOTTOM


def read(lines):
    rows = list(csv.DictReader(lines))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def ceiling(value):
    """The next of 1, 2 or 5 times a power of ten."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if value <= factor * step:
                return factor * step
        step *= 10


class Drawing(Svg):
    def __init__(self, seconds):
        super().__init__(WIDTH, HEIGHT)
        self.x_scale = (WIDTH - LEFT - RIGHT) / seconds

    def x(self, seconds):
        return round(LEFT + seconds * self.x_scale, 1)


def draw_strip(drawing, strip, top, times, values):
    bottom = top + STRIP
    highest = ceiling(max(values) / strip.divisor)
    for share in (0, 0.5, 1):
        y = bottom - STRIP * share
        drawing.path([(LEFT, y), (WIDTH - RIGHT, y)], GREY, stroke_opacity=0.25)
        drawing.text(LEFT - 10, y + 5, f'{highest * share:g}{strip.unit}', text_anchor='end', font_size=12)
    drawing.text(LEFT, top - 10, strip.title)
    points = [(drawing.x(time), round(bottom - value / strip.divisor / highest * STRIP, 1))
              for time, value in zip(times, values)]
    drawing.path(points, strip.colour, stroke_width=1.5, stroke_linejoin='round')


def draw_minutes(drawing, seconds):
    step = max(ceiling(seconds / 60 / 12), 1)
    for minute in range(0, int(seconds / 60) + 1, step):
        drawing.text(drawing.x(minute * 60), HEIGHT - BOTTOM + 22, minute, text_anchor='middle')
    drawing.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'minutes', text_anchor='middle')


def draw(samples):
    times = samples['seconds']
    drawing = Drawing(times[-1])
    for i, strip in enumerate(STRIPS):
        values = samples[strip.column]
        if any(values):
            draw_strip(drawing, strip, TOP + i * (STRIP + GAP), times, values)
    draw_minutes(drawing, times[-1])
    return drawing


if __name__ == '__main__':
    print(draw(read(sys.stdin)))
