# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the drawings of docs/ have in common."""

# Readable on white and on black alike, as a page may be either.
GREY, BLUE, ORANGE, GREEN, RED = '#848d97', '#4c8dff', '#e0812b', '#2da05a', '#d9534f'


class Svg:
    def __init__(self, width, height):
        self.width, self.height = width, height
        self.parts = []

    def path(self, points, colour=GREY, **style):
        path = 'L'.join(f'{x} {y}' for x, y in points)
        self.parts.append(f'<path d="M{path}" stroke="{colour}"{attributes(style)}/>')

    def text(self, x, y, words, colour=GREY, **style):
        self.parts.append(f'<text x="{x}" y="{y}" fill="{colour}"{attributes(style)}>{words}</text>')

    def __str__(self):
        return '\n'.join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}"',
            '     font-family="sans-serif" font-size="14" fill="none" stroke-linecap="round">',
            *self.parts, '</svg>'])


def attributes(style):
    return ''.join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
