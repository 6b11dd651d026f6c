"""Leaves, trees and other plants without flowers, for training the base."""

from __future__ import annotations

import numpy as np

from drawing.scene import Random, green, hsv, mix
from drawing.sheet import Colour, Field, Sheet, blade, curve, disc, polygon, stroke


def leaf_tone(rng: Random) -> Colour:
    """Mostly green, at times of an autumn or a garden."""
    if rng.random() < 0.6:
        return green(rng)
    return hsv(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.35, 0.85))


def veined(shape: Field, t: Field, v: Field, sheet: Sheet, tone: Colour, veins: int) -> None:
    """A leaf's surface: a light midrib, and side veins that run to the tip."""
    sheet.paint(shape, mix(tone * 0.8, tone * 1.2, 0.7 * t + 0.3 * v))
    lines = np.abs(np.sin(np.pi * veins * (t - 0.25 * np.abs(v)))) < 0.16
    sheet.tint(0.35 * (lines | (np.abs(v) < 0.05)) * (shape < 0), tone * 1.5)


def leaf(rng: Random, sheet: Sheet) -> None:
    """One long leaf on its stalk."""
    tone = leaf_tone(rng)
    sheet.paint(stroke(sheet, curve((-1.2, 0.1), (-1, 0), (-0.7, 0)), 0.03), tone * 0.7)
    width, fullest, bend = rng.uniform(0.25, 0.55), rng.uniform(0.35, 0.55), rng.normal(0, 0.1)
    shape, t, v = blade(sheet, (-0.8, 0), 0, 1.8, width, fullest, bend)
    veined(shape, t, v, sheet, tone, int(rng.integers(6, 11)))


def fern(rng: Random, sheet: Sheet) -> None:
    """A frond: leaflets in pairs, shorter towards the tip."""
    tone, pairs, bend = leaf_tone(rng), int(rng.integers(8, 13)), rng.normal(0, 0.25)
    spine = curve((-1, bend), (0, -bend), (1, bend))
    sheet.paint(stroke(sheet, spine, 0.025), tone * 0.7)
    for i in range(pairs):
        f = i / pairs
        base = (-0.85 + 1.75 * f, bend * (1 - 4 * f * (1 - f)))
        for side in (-1, 1):
            length = (0.62 - 0.5 * f) * min(1, 0.5 + 3 * f)
            shape, t, _ = blade(sheet, base, side * rng.normal(1.15, 0.05), length, 0.075, 0.4)
            sheet.paint(shape, mix(tone * 0.8, tone * 1.25, t))


def maple(rng: Random, sheet: Sheet) -> None:
    """A leaf of five pointed lobes."""
    tone = leaf_tone(rng)
    tips = [(-90, 1.0), (-38, 0.9), (-142, 0.9), (18, 0.7), (162, 0.7)]
    corners: list[tuple[float, float]] = []
    order = sorted((np.radians(a), r * rng.uniform(0.92, 1.08)) for a, r in tips)
    for (a, r), (b, _) in zip(order, [*order[1:], (order[0][0] + 2 * np.pi, 1.0)]):
        notch = 0.32 if b - a < 1.5 else 0.2
        for angle, radius in ((a - 0.2, r * 0.62), (a, r), (a + 0.2, r * 0.62), ((a + b) / 2, notch)):
            corners.append((radius * np.cos(angle), radius * np.sin(angle) + 0.1))
    sheet.paint(stroke(sheet, [(0, 0.1), (rng.normal(0, 0.1), 1.1)], 0.03), tone * 0.6)
    radius, _ = sheet.polar(0, 0.1)
    sheet.paint(polygon(sheet, corners) - 0.02, mix(tone * 0.8, tone * 1.2, radius))
    for a, r in order:
        tip = (0.8 * r * np.cos(a), 0.8 * r * np.sin(a) + 0.1)
        sheet.paint(stroke(sheet, [(0, 0.1), tip], 0.012), tone * 1.35)


def clover(rng: Random, sheet: Sheet) -> None:
    """Three or four notched leaves on a stalk, with pale bows."""
    tone, count, start = leaf_tone(rng), int(rng.choice([3, 4])), rng.uniform(0, 6)
    sheet.paint(stroke(sheet, curve((0, 0), (0.1, 0.6), (0.35, 1.2)), 0.035), tone * 0.8)
    for i in range(count):
        angle = start + 2 * np.pi * i / count
        u, v = sheet.turned(angle)
        lobes = np.minimum(np.hypot(u - 0.55, v - 0.2), np.hypot(u - 0.55, v + 0.2)) - 0.32
        shape = np.minimum(lobes, np.maximum(np.abs(v) - 0.75 * u, u - 0.6))
        sheet.paint(shape, mix(tone * 0.75, tone * 1.2, u))
        bow = np.abs(np.hypot(u - 0.1, v) - 0.5) < 0.05
        sheet.tint(0.35 * (bow & (shape < 0)), np.ones(3, np.float32) * 0.9)


def cactus(rng: Random, sheet: Sheet) -> None:
    """A ribbed column with arms."""
    tone = leaf_tone(rng)
    for side in (-1, 1):
        high = rng.uniform(-0.5, 0.1)
        elbow, arm = (side * 0.6, high + 0.35), (side * 0.6, high - 0.2)
        sheet.paint(stroke(sheet, [(0, high + 0.4), elbow, arm], 0.15), tone * 0.85)
    trunk = stroke(sheet, [(0, 1), (0, -0.7)], 0.27)
    sheet.paint(trunk, tone)
    sheet.shade(0.88 + 0.22 * np.cos(sheet.x * 38))
    spots = (np.sin(sheet.x * 38) * np.sin(sheet.y * 20)) > 0.8
    sheet.tint(0.7 * spots, hsv(0.13, 0.2, 0.95))


def tree(rng: Random, sheet: Sheet) -> None:
    """A trunk that forks into a crown of many clumps."""
    bark, tone = hsv(rng.uniform(0.04, 0.1), 0.5, rng.uniform(0.2, 0.5)), leaf_tone(rng)
    sheet.paint(stroke(sheet, [(0, 1.1), (0, 0.1)], 0.1), bark)
    for side in (-1, 1):
        sheet.paint(stroke(sheet, [(0, 0.5), (side * 0.45, -0.2)], 0.05), bark)
    for _ in range(int(rng.integers(14, 22))):
        angle, away = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random()) * 0.6
        cx, cy, r = away * np.cos(angle), -0.35 + 0.8 * away * np.sin(angle), rng.uniform(0.18, 0.32)
        light = 1.1 - 0.45 * (sheet.y - cy) / r + 0.2 * (cx - sheet.x) / r
        sheet.paint(disc(sheet, cx, cy, r), tone * light[..., None] * rng.uniform(0.7, 0.9))


def mushroom(rng: Random, sheet: Sheet) -> None:
    """A stalk under a spotted cap."""
    cap = hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.4, 0.9))
    stalk = hsv(0.1, rng.uniform(0.05, 0.25), rng.uniform(0.7, 0.95))
    wide, high = rng.uniform(0.7, 1.0), rng.uniform(0.6, 0.95)
    across = np.clip(sheet.x / 0.25, -1, 1)
    thick = rng.uniform(0.15, 0.25)
    sheet.paint(stroke(sheet, [(0, 0.9), (0, 0)], thick), stalk * (1 - 0.3 * across[..., None]))
    dome = np.maximum(disc(sheet, 0, 0, wide, high), sheet.y - 0.08)
    sheet.paint(dome, cap * (1 - 0.35 * sheet.y - 0.2 * sheet.x)[..., None])
    for _ in range(int(rng.integers(5, 10))):
        cx, cy = rng.uniform(-0.7, 0.7) * wide, rng.uniform(-0.75, 0) * high
        spot = disc(sheet, cx, cy, rng.uniform(0.06, 0.14), 0.07)
        sheet.paint(np.maximum(spot, dome), stalk)
