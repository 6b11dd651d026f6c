"""Made things and plain shapes, and surfaces that fill the picture, for training the base."""

from __future__ import annotations

import numpy as np

from drawing.scene import Random, hsv, mix
from drawing.sheet import Colour, Sheet, blade, curve, disc, polygon, stroke


def paint(rng: Random) -> Colour:
    """Any colour."""
    return hsv(rng.random(), rng.uniform(0.1, 0.95), rng.uniform(0.2, 0.98))


def star(rng: Random, sheet: Sheet) -> None:
    """A star with straight edges, its facets lit."""
    tone, points, inner = paint(rng), int(rng.integers(5, 9)), rng.uniform(0.35, 0.6)
    corners = [
        (r * np.sin(a), -r * np.cos(a))
        for a, r in ((np.pi * i / points, 1.0 if i % 2 == 0 else inner) for i in range(2 * points))
    ]
    _, theta = sheet.polar()
    facet = np.sin((theta + np.pi / 2) * points) > 0
    sheet.paint(polygon(sheet, corners), mix(tone, tone * 0.7, 0.8 * facet))


def gear(rng: Random, sheet: Sheet) -> None:
    """A toothed wheel with a hole and spokes."""
    tone, teeth = paint(rng), int(rng.integers(8, 17))
    r, theta = sheet.polar()
    rim = r - (0.86 + 0.11 * np.tanh(4 * np.sin(teeth * theta)))
    hole = rng.uniform(0.5, 0.65)
    spokes = np.abs(np.sin(theta * 2)) * r - 0.1
    ring = np.maximum(rim, hole - r)
    wheel = np.minimum(ring, np.maximum(np.minimum(spokes, r - 0.25), r - hole))
    sheet.paint(np.maximum(wheel, 0.1 - r), tone * (1 - 0.25 * (sheet.x + sheet.y))[..., None])


def snowflake(rng: Random, sheet: Sheet) -> None:
    """Six arms with twigs, thin and symmetric."""
    tone, twigs, thick = paint(rng), rng.uniform(0.25, 0.8, 3), rng.uniform(0.025, 0.05)
    for i in range(6):
        angle = np.pi / 3 * i
        way = np.array([np.cos(angle), np.sin(angle)])
        sheet.paint(stroke(sheet, [(0, 0), tuple(way)], thick), tone)
        for twig in twigs:
            for side in (-0.8, 0.8):
                tip = twig * way + 0.3 * (1.1 - twig) * np.array([np.cos(angle + side), np.sin(angle + side)])
                sheet.paint(stroke(sheet, [tuple(twig * way), tuple(tip)], thick * 0.8), tone)


def pinwheel(rng: Random, sheet: Sheet) -> None:
    """Curved vanes of two colours on a pin."""
    tone, other, vanes = paint(rng), paint(rng), int(rng.integers(4, 9))
    sheet.paint(stroke(sheet, [(0, 0), (0, 1.3)], 0.04), hsv(0.08, 0.4, 0.6))
    r, theta = sheet.polar()
    turn = np.mod(theta * vanes / (2 * np.pi) + rng.choice([-1, 1]) * r * 0.9, 1)
    sheet.paint(r - (0.65 + 0.33 * turn), mix(tone, other, np.clip((turn - 0.5) * 12, 0, 1)))
    sheet.shade(np.where(r < 1, 0.7 + 0.35 * turn, 1))
    sheet.paint(r - 0.1, paint(rng))


def target(rng: Random, sheet: Sheet) -> None:
    """Rings of two colours."""
    tone, other, rings = paint(rng), paint(rng), rng.uniform(2.5, 5)
    r, _ = sheet.polar()
    sheet.paint(r - 1, mix(tone, other, 0.5 + 4 * np.sin(2 * np.pi * rings * r)))


def spiral(rng: Random, sheet: Sheet) -> None:
    """One wound band, as of a lollipop."""
    tone, other, turns = paint(rng), paint(rng), rng.choice([-1, 1]) * rng.uniform(2, 3.5)
    r, theta = sheet.polar()
    sheet.paint(stroke(sheet, [(0, 0.8), (0, 1.35)], 0.05), hsv(0.1, 0.1, 0.9))
    sheet.paint(r - 0.95, mix(tone, other, 0.5 + 3 * np.sin(theta + 2 * np.pi * turns * r)))


def umbrella(rng: Random, sheet: Sheet) -> None:
    """A scalloped dome of panels, with a hooked stick."""
    tone, other = paint(rng), paint(rng)
    sheet.paint(stroke(sheet, [(0, -0.8), (0, 0.8), (0.12, 0.95), (0.25, 0.8)], 0.035), paint(rng) * 0.4)
    panel = np.arcsin(np.clip(sheet.x / 1.0, -1, 1)) / np.pi * 6
    hem = 0.1 - 0.12 * np.abs(np.sin(np.pi * (panel + 0.5)))
    shape = np.maximum(disc(sheet, 0, 0.1, 1.0, 0.9), sheet.y - hem)
    sheet.paint(shape, mix(tone, other, np.round(panel) % 2))
    sheet.shade(np.where(shape < 0, 1.05 - 0.35 * sheet.x, 1))


def feather(rng: Random, sheet: Sheet) -> None:
    """A quill with fine barbs and some gaps."""
    tone, other = paint(rng), paint(rng)
    shape, t, v = blade(sheet, (-0.75, 0), 0, 1.75, rng.uniform(0.2, 0.35), 0.6, rng.normal(0, 0.12))
    gaps = np.sin(t * 11 + np.abs(v) * rng.uniform(-3, -1) + rng.uniform(0, 6)) > 0.93
    barbs = np.where(gaps & (np.abs(v) > 0.3), 0.1, shape)
    sheet.paint(barbs, mix(tone, other, np.clip(t * 1.5 - 0.5, 0, 1)))
    sheet.shade(np.where(shape < 0.02, 0.9 + 0.2 * np.sin(90 * (t - 0.3 * np.abs(v))), 1))
    sheet.paint(stroke(sheet, [(-1.1, 0), (-0.7, 0)], 0.025), tone * 1.2)


def balloon(rng: Random, sheet: Sheet) -> None:
    """A gleaming drop on a string."""
    tone = paint(rng)
    string = curve((0, 0.6), (rng.normal(0, 0.4), 0.9), (rng.normal(0, 0.2), 1.35))
    sheet.paint(stroke(sheet, string, 0.015), np.ones(3, np.float32) * 0.8)
    sheet.paint(polygon(sheet, [(0, 0.5), (-0.1, 0.7), (0.1, 0.7)]), tone * 0.8)
    shape, _, _ = blade(sheet, (0, 0.65), -np.pi / 2, 1.65, 0.66, 0.58)
    sheet.paint(shape, tone * (0.95 - 0.3 * (sheet.x + sheet.y))[..., None])
    gleam = np.exp(-((sheet.x + 0.25) ** 2 + (sheet.y + 0.5) ** 2) / 0.02)
    sheet.tint(0.7 * gleam, np.ones(3, np.float32))


def bricks(rng: Random, sheet: Sheet) -> None:
    """A wall, each stone of its own shade."""
    tone, joint = paint(rng), paint(rng)
    rows, columns = rng.uniform(3, 6), rng.uniform(2, 3.5)
    v = sheet.y * rows
    u = sheet.x * columns + 0.5 * (np.floor(v) % 2)
    shades = rng.uniform(0.75, 1.15, 997)[(np.floor(u) * 31 + np.floor(v) * 57).astype(int) % 997]
    edge = np.minimum(np.minimum(u % 1, 1 - u % 1) / columns, np.minimum(v % 1, 1 - v % 1) / rows)
    sheet.paint(np.full_like(sheet.x, -1), joint)
    sheet.paint(0.02 - edge, tone * shades[..., None].astype(np.float32))


def scales(rng: Random, sheet: Sheet) -> None:
    """Rounded tiles that lie over each other in rows."""
    tone, other, rows = paint(rng), paint(rng), rng.uniform(3, 5.5)
    sheet.paint(np.full_like(sheet.x, -1), other)
    for parity in (0, 1):
        v = sheet.y * rows + parity
        u = sheet.x * rows + parity * 0.5
        row, column = np.floor(v / 2), np.floor(u)
        du, dv = u - column - 0.5, v - 2 * row - 0.5
        jitter = rng.uniform(0.75, 1.1, 499)[(row * 17 + column * 29).astype(int) % 499]
        light = (0.55 + 0.5 * np.clip(dv + 0.7, 0, 1)) * jitter
        sheet.paint((np.hypot(du, dv * 0.62) - 0.56) / rows, mix(tone, other, 0.3) * light[..., None])


def stripes(rng: Random, sheet: Sheet) -> None:
    """Wavy bands."""
    tone, other = paint(rng), paint(rng)
    wave = sheet.y * rng.uniform(8, 20) + rng.uniform(0.3, 2.5) * np.sin(sheet.x * rng.uniform(3, 9))
    sheet.paint(np.full_like(sheet.x, -1), mix(tone, other, 0.5 + 2.5 * np.sin(wave)))


def checks(rng: Random, sheet: Sheet) -> None:
    """A chequered cloth."""
    tone, other, count = paint(rng), paint(rng), rng.uniform(5, 12)
    board = 4 * np.sin(sheet.x * count) * np.sin(sheet.y * count)
    sheet.paint(np.full_like(sheet.x, -1), mix(tone, other, 0.5 + board))
