#!/usr/bin/env python3
# Draws docs/time.svg from what examples/time-log has seen:
#   tests/kafka/kafka.sh run -- build/examples/time-log | docs/draw-time.py >docs/time.svg
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Offsets of the log to the right, seconds of each clock upwards."""

import sys
from collections import namedtuple

from svg import BLUE, GREEN, GREY, ORANGE, Svg

WIDTH, HEIGHT = 920, 500
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 60, 60

Buffer = namedtuple('Buffer', 'play offset capture position running discont')


def read(lines):
    return [Buffer(*map(int, line.split())) for line in lines]


def sessions_of(buffers):
    """Capture time runs beside position inside a session, and jumps at a seam."""
    sessions = {}
    for buffer in buffers:
        sessions.setdefault(buffer.capture - buffer.position, []).append(buffer)
    return list(sessions.values())


class Drawing(Svg):
    def __init__(self, offsets, seconds):
        super().__init__(WIDTH, HEIGHT)
        self.x_scale = (WIDTH - LEFT - RIGHT) / offsets
        self.y_scale = (HEIGHT - TOP - BOTTOM) / seconds

    def x(self, offset):
        return round(LEFT + offset * self.x_scale, 1)

    def y(self, ns):
        return round(HEIGHT - BOTTOM - ns / 1e9 * self.y_scale, 1)

    def line(self, x1, y1, x2, y2, colour=GREY, **style):
        self.path([(x1, y1), (x2, y2)], colour, **style)

    def curve(self, points, colour, **style):
        self.path([(self.x(offset), self.y(ns)) for offset, ns in points], colour, **style)


def draw_axes(drawing, offsets, seconds):
    for second in range(seconds + 1):
        y = drawing.y(second * 1e9)
        drawing.line(LEFT, y, WIDTH - RIGHT, y, stroke_opacity=0.25)
        drawing.text(LEFT - 10, y + 5, f'{second} s', text_anchor='end')
    for offset in range(0, offsets, 10):
        drawing.text(drawing.x(offset), HEIGHT - BOTTOM + 22, offset, text_anchor='middle')
    drawing.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, 'offset in the log', text_anchor='middle')


def draw_legend(drawing):
    x = LEFT
    for words, width, style in (('session time', 170, {'colour': BLUE, 'stroke_width': 11, 'stroke_opacity': 0.45}),
                                ('position', 140, {'colour': ORANGE, 'stroke_width': 5}),
                                ('running time', 170, {'colour': GREEN, 'stroke_width': 2}),
                                ('running time after the seek', 0,
                                 {'colour': GREEN, 'stroke_width': 2, 'stroke_dasharray': '2 6'})):
        drawing.line(x, 20, x + 32, 20, **style)
        drawing.text(x + 44, 25, words)
        x += width


def draw_clocks(drawing, first, second, sessions):
    for session in sessions:
        begin = session[0].capture
        drawing.curve([(b.offset, b.capture - begin) for b in session], BLUE, stroke_width=11, stroke_opacity=0.45)
    drawing.curve([(b.offset, b.position) for b in first], ORANGE, stroke_width=5)
    drawing.curve([(b.offset, b.running) for b in first], GREEN, stroke_width=2, stroke_linejoin='round')
    drawing.curve([(b.offset, b.running) for b in second], GREEN, stroke_width=2, stroke_dasharray='2 6')


def draw_seam(drawing, session):
    x = drawing.x(session[0].offset - 0.5)
    drawing.line(x, TOP, x, HEIGHT - BOTTOM, stroke_dasharray='6 4')
    drawing.text(x - 10, TOP + 14, 'first session', text_anchor='end')
    drawing.text(x + 10, TOP + 14, 'second session')
    drawing.text(x + 10, TOP + 34, 'the seam: position and running time go straight on', font_size=12)


def draw_wait(drawing, first):
    """Where running time went on by more than position did."""
    gained, before, after = max((b.running - a.running - (b.position - a.position), a, b)
                                for a, b in zip(first, first[1:]))
    drawing.text(drawing.x(before.offset) - 10, drawing.y((before.running + after.running) / 2) + 5,
                 f'a wait of {gained / 1e9:.1f} s', GREEN, text_anchor='end')


def draw_seek(drawing, second):
    begin = second[0]
    drawing.line(drawing.x(begin.offset), drawing.y(begin.position), drawing.x(begin.offset), drawing.y(0), GREEN,
                 stroke_dasharray='1 4')
    drawing.text(drawing.x(begin.offset + 4), drawing.y(0) - 7, f'a seek to {begin.position / 1e9:.1f} s', GREEN)


def draw(buffers):
    first = [b for b in buffers if b.play == 0]
    second = [b for b in buffers if b.play == 1]
    sessions = sessions_of(first)
    offsets = first[-1].offset + 1
    seconds = int(max(b.running for b in first) / 1e9) + 1
    drawing = Drawing(offsets, seconds)
    draw_axes(drawing, offsets, seconds)
    draw_legend(drawing)
    draw_seam(drawing, sessions[1])
    draw_clocks(drawing, first, second, sessions)
    draw_wait(drawing, first)
    draw_seek(drawing, second)
    return drawing


if __name__ == '__main__':
    print(draw(read(sys.stdin)))
