"""Fruits, whole and cut, for training the base."""

from __future__ import annotations

import numpy as np

from drawing.scene import Random, green, hsv, mix
from drawing.sheet import Colour, Field, Sheet, blade, curve, disc, stroke


def flesh(rng: Random) -> Colour:
    """A fruit's colour; any hue, so that the shape has to tell."""
    hue = rng.choice([rng.uniform(-0.05, 0.18), rng.random()])
    return hsv(hue, rng.uniform(0.45, 0.95), rng.uniform(0.45, 0.98))


def globe(sheet: Sheet, shape: Field, cx: float, cy: float, r: float, tone: Colour) -> None:
    """A round body with its shade and its highlight."""
    toward = (sheet.x - cx + sheet.y - cy) / (1.4 * r)
    sheet.paint(shape, tone * (0.95 - 0.38 * toward[..., None]))
    gleam = np.exp(-((sheet.x - cx + 0.38 * r) ** 2 + (sheet.y - cy + 0.42 * r) ** 2) / (0.035 * r * r))
    sheet.tint(0.7 * gleam * (shape < 0), np.ones(3, np.float32))


def apple(rng: Random, sheet: Sheet) -> None:
    """A heart-shaped globe with a stalk and a leaf."""
    tone, other = flesh(rng), flesh(rng)
    u, v = sheet.x, sheet.y - 0.12
    theta = np.arctan2(u, -v)
    dimple, foot = np.exp(-((theta / 0.45) ** 2)), np.exp(-(((np.abs(theta) - np.pi) / 0.3) ** 2))
    shape = np.hypot(u, v) - 0.85 * (1 - 0.3 * dimple - 0.08 * foot)
    streaks = 0.5 + 0.5 * np.sin(theta * rng.integers(9, 15))
    globe(sheet, shape, 0, 0.1, 0.85, mix(tone, other, 0.25 * streaks))
    sheet.paint(stroke(sheet, curve((0, -0.5), (0, -0.8), (0.15, -1.05)), 0.04), hsv(0.07, 0.6, 0.25))
    if rng.random() < 0.7:
        leaf, t, _ = blade(sheet, (0.05, -0.7), -0.5, 0.7, 0.16)
        sheet.paint(leaf, mix(green(rng) * 0.8, green(rng) * 1.2, t))


def cherries(rng: Random, sheet: Sheet) -> None:
    """Two small globes that hang from one point."""
    tone, stalk = flesh(rng), green(rng) * 0.7
    for side in (-1, 1):
        cx, cy, r = side * rng.uniform(0.4, 0.55), rng.uniform(0.35, 0.65), rng.uniform(0.32, 0.42)
        sheet.paint(stroke(sheet, curve((0, -0.9), (side * 0.1, -0.2), (cx, cy - 0.25)), 0.03), stalk)
        globe(sheet, disc(sheet, cx, cy, r), cx, cy, r, tone)
    leaf, t, _ = blade(sheet, (0, -0.9), rng.uniform(-0.3, 0.5), 0.8, 0.18)
    sheet.paint(leaf, mix(stalk, stalk * 1.6, t))


def grapes(rng: Random, sheet: Sheet) -> None:
    """A bunch that narrows downwards."""
    tone = flesh(rng)
    sheet.paint(stroke(sheet, [(0, -1.1), (0, -0.6)], 0.05), green(rng) * 0.6)
    for row, count in enumerate([4, 5, 4, 3, 2, 1]):
        for i in range(count):
            cx = (i - (count - 1) / 2) * 0.34 + rng.normal(0, 0.03)
            cy, r = -0.65 + row * 0.29 + rng.normal(0, 0.03), rng.uniform(0.17, 0.22)
            globe(sheet, disc(sheet, cx, cy, r), cx, cy, r, tone * rng.uniform(0.75, 1.05))


def citrus(rng: Random, sheet: Sheet) -> None:
    """A slice: peel, pith, and segments around the middle."""
    tone, count = flesh(rng), int(rng.integers(8, 12))
    r, theta = sheet.polar()
    sheet.paint(r - 0.98, tone * 0.85)
    sheet.paint(r - 0.88, hsv(0.13, 0.15, 0.95))
    local = np.mod(theta * count / (2 * np.pi) + rng.random(), 1) - 0.5
    edge = np.maximum(r - 0.8, (np.abs(local) - 0.5) * 2 * np.pi / count * r + 0.035)
    pulp = 1.05 - 0.25 * r + 0.12 * np.sin(40 * local) * r
    sheet.paint(np.maximum(edge, 0.08 - r), tone * pulp[..., None])


def melon(rng: Random, sheet: Sheet) -> None:
    """A half-moon slice with rind and seeds."""
    tone, rind = flesh(rng), green(rng)
    r, _ = sheet.polar(0, -0.45)
    half = -0.45 - sheet.y
    sheet.paint(np.maximum(r - 1.15, half), rind * (0.8 + 0.3 * np.sin(sheet.x * 25))[..., None])
    sheet.paint(np.maximum(r - 1.02, half), mix(tone, hsv(0.2, 0.15, 0.95), 0.5))
    sheet.paint(np.maximum(r - 0.92, half), tone * (1.05 - 0.15 * r)[..., None])
    for radius, count in ((0.45, 4), (0.72, 6)):
        for i in range(count):
            angle = np.pi * (i + 0.5) / count + rng.normal(0, 0.05)
            cx, cy = radius * np.cos(angle), -0.42 + radius * np.sin(angle)
            sheet.paint(disc(sheet, cx, cy, 0.065, 0.035, angle), hsv(0.06, 0.6, 0.12))


def strawberry(rng: Random, sheet: Sheet) -> None:
    """A pointed heart with pips, under a crown of leaves."""
    tone = flesh(rng)
    shape, t, v = blade(sheet, (0, -0.7), np.pi / 2, 1.75, rng.uniform(0.62, 0.75), 0.32)
    globe(sheet, shape, 0, -0.1, 0.8, tone)
    pips = (np.sin(sheet.x * 16) * np.sin(sheet.y * 13 + np.round(sheet.x * 2.5))) > 0.86
    sheet.tint(0.8 * (pips & (shape < -0.06)), hsv(0.14, 0.6, 0.95))
    leaf_tone = green(rng)
    for angle in np.linspace(-0.3, np.pi + 0.3, 6):
        leaf, along, _ = blade(sheet, (0, -0.72), angle, rng.uniform(0.4, 0.55), 0.1)
        sheet.paint(leaf, mix(leaf_tone * 0.8, leaf_tone * 1.2, along))


def banana(rng: Random, sheet: Sheet) -> None:
    """A thick bow with dark ends."""
    tone = flesh(rng)
    for lift in np.linspace(0, 0.35, int(rng.integers(1, 4))):
        shape, t, v = blade(sheet, (-1, -0.5 + lift), 0.75, 2.0, 0.27, 0.5, -0.42)
        sheet.paint(shape, tone * (0.95 - 0.3 * v)[..., None])
        sheet.tint(((t < 0.1) | (t > 0.93)) * (shape < 0.0), hsv(0.09, 0.6, 0.2))
        sheet.tint(0.3 * (np.abs(v - 0.25) < 0.05) * (shape < 0), tone * 0.5)
