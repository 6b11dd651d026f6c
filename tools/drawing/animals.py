"""Small animals, for training the base."""

from __future__ import annotations

import numpy as np

from drawing.scene import Random, hsv, mix
from drawing.sheet import Colour, Sheet, blade, curve, disc, polygon, stroke

DARK = np.array([0.09, 0.08, 0.08], np.float32)


def coat(rng: Random) -> Colour:
    """An animal's colour, of any hue."""
    return hsv(rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.3, 0.95))


def fish(rng: Random, sheet: Sheet) -> None:
    """A body with scales, tail and fins."""
    tone, other = coat(rng), coat(rng)
    sheet.paint(polygon(sheet, [(0.5, 0), (1.1, -0.5), (0.95, 0), (1.1, 0.5)]) - 0.03, other)
    for side in (-1, 1):
        fin, t, _ = blade(sheet, (-0.2, side * 0.3), side * 0.9, 0.7, 0.18)
        sheet.paint(fin, mix(other * 0.8, other, t))
    body, t, v = blade(sheet, (-1, 0), 0, 1.75, rng.uniform(0.38, 0.55), 0.42)
    sheet.paint(body, mix(tone * 1.15, tone * 0.7, 0.5 + 0.5 * v))
    scales = np.sin(sheet.x * 22) * np.sin(sheet.y * 22 + np.round(sheet.x * 3.5) * np.pi)
    sheet.tint(0.25 * (scales > 0.5) * (t > 0.3) * (body < 0), other)
    if rng.random() < 0.5:
        sheet.tint(0.7 * (np.sin(t * 22) > 0.4) * (t > 0.3) * (body < 0), other)
    sheet.paint(disc(sheet, -0.7, -0.1, 0.1), np.ones(3, np.float32))
    sheet.paint(disc(sheet, -0.71, -0.1, 0.055), DARK)


def butterfly(rng: Random, sheet: Sheet) -> None:
    """Four wings with rims and spots about a thin body."""
    tone, other = coat(rng), coat(rng)
    wings = ((-0.65, 1.15, 0.4), (0.7, 0.85, 0.36))
    for mirrored in (False, True):
        for angle, length, width in wings:
            a = np.pi - angle if mirrored else angle
            shape, t, v = blade(sheet, (0, 0), a, length, width, 0.66)
            sheet.paint(shape, DARK * 1.3)
            sheet.paint(shape + 0.06, mix(tone, tone * 0.7, t))
            u, w = sheet.turned(a)
            sheet.paint(np.hypot(u - 0.68 * length, w) - 0.13, other)
    sheet.paint(stroke(sheet, [(0, -0.4), (0, 0.5)], 0.06), DARK)
    for side in (-1, 1):
        sheet.paint(stroke(sheet, curve((0, -0.4), (side * 0.1, -0.7), (side * 0.3, -0.8)), 0.018), DARK)


def snail(rng: Random, sheet: Sheet) -> None:
    """A spiral shell on a long foot, with horns."""
    tone, skin = coat(rng), coat(rng) * 0.8
    sheet.paint(stroke(sheet, [(-1.0, 0.7), (0.7, 0.75), (1.0, 0.35)], 0.13), skin)
    for tip in ((0.9, -0.1), (1.2, 0.0)):
        sheet.paint(stroke(sheet, [(1.0, 0.35), tip], 0.03), skin)
    r, theta = sheet.polar(-0.1, 0.05)
    sheet.paint(r - 0.72, tone)
    spiral = np.mod(np.log(np.maximum(r, 0.02)) / 0.55 + theta / (2 * np.pi), 1)
    sheet.shade(np.where(r < 0.72, 0.65 + 0.5 * np.sin(np.pi * spiral), 1))


def ladybird(rng: Random, sheet: Sheet) -> None:
    """A dome of two spotted wing-cases, six legs, a dark head."""
    tone = coat(rng)
    for side in (-1, 1):
        for y in (-0.35, 0.1, 0.5):
            sheet.paint(stroke(sheet, [(side * 0.5, y), (side * 1.0, y + rng.normal(0, 0.12))], 0.035), DARK)
    sheet.paint(disc(sheet, 0, -0.75, 0.36, 0.28), DARK)
    shape = disc(sheet, 0, 0.05, 0.75, 0.85)
    sheet.paint(shape, tone * (1.05 - 0.3 * (sheet.x + sheet.y))[..., None])
    sheet.paint(np.maximum(np.abs(sheet.x) - 0.025, shape), DARK)
    for x, y in ((0.3, -0.4), (0.42, 0.1), (0.25, 0.5)):
        for side in (-1, 1):
            sheet.paint(disc(sheet, side * x, y + rng.normal(0, 0.04), rng.uniform(0.09, 0.16)), DARK)


def bird(rng: Random, sheet: Sheet) -> None:
    """A round body in profile: head, beak, wing, tail."""
    tone, other = coat(rng), coat(rng)
    tail, t, _ = blade(sheet, (0.4, 0.2), 0.35, 0.95, 0.13)
    sheet.paint(tail, other * 0.8)
    for x in (-0.1, 0.15):
        sheet.paint(stroke(sheet, [(x, 0.6), (x - 0.05, 1.05)], 0.03), DARK)
    body, _, v = blade(sheet, (-0.75, 0.05), 0.18, 1.5, rng.uniform(0.42, 0.55), 0.45)
    sheet.paint(body, mix(tone * 1.15, tone * 0.75, 0.5 + 0.5 * v))
    sheet.paint(polygon(sheet, [(-0.85, -0.5), (-1.2, -0.35), (-0.85, -0.28)]), hsv(0.1, 0.8, 0.85))
    sheet.paint(disc(sheet, -0.6, -0.4, 0.36), tone)
    wing, t, v = blade(sheet, (-0.35, -0.05), 0.35, 1.05, 0.26, 0.4)
    sheet.paint(wing, mix(other, other * 0.7, t))
    sheet.tint(0.4 * (np.sin(v * 9 + t * 5) > 0.5) * (wing < 0), DARK)
    sheet.paint(disc(sheet, -0.68, -0.45, 0.065), DARK)


def starfish(rng: Random, sheet: Sheet) -> None:
    """Five thick arms with rows of knobs."""
    tone, start = coat(rng), rng.uniform(0, 6)
    for i in range(5):
        angle = start + 2 * np.pi * i / 5 + rng.normal(0, 0.06)
        base = (-0.25 * np.cos(angle), -0.25 * np.sin(angle))
        arm, t, v = blade(sheet, base, angle, 1.3, 0.27, 0.3, rng.normal(0, 0.1))
        sheet.paint(arm, mix(tone * 1.15, tone * 0.7, np.abs(v)))
        knobs = (np.sin(t * 45) > 0.2) & (np.abs(v) < 0.22)
        sheet.tint(0.6 * knobs * (arm < 0), mix(tone, np.ones(3, np.float32), 0.6))
