"""Pictures of flowers: blooms on their stems, among leaves, before one of the backgrounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drawing.flowers import daisy, dandelion, rose, sunflower, tulip
from drawing.scene import Random, background, blur, green, mix
from drawing.sheet import Colour, Field, Sheet, blade, curve, stroke

Bloom = Callable[[Random, Sheet], None]

FLOWERS: dict[str, Bloom] = {
    "daisy": daisy,
    "dandelion": dandelion,
    "roses": rose,
    "sunflowers": sunflower,
    "tulips": tulip,
}
"""The classes by the names that the photographs of the full experiment have."""


def draw_flower(rng: Random, bloom: Bloom, height: int, width: int) -> Field:
    """One bloom that fills the picture, or several, the far ones first."""
    picture = background(rng, height, width)
    side, count = min(height, width), int(rng.choice([1, 1, 1, 1, 1, 2]))
    tone, stalks = green(rng), rng.random() < 0.65
    places = []
    for _ in range(count):
        radius = side * rng.uniform(0.4, 0.5) / count**0.4
        spread = 0.05 if count == 1 else 0.2
        cy, cx = height * (0.47 + rng.normal(0, spread)), width * (0.5 + rng.normal(0, spread))
        places.append((cy, cx, radius))
    for cy, cx, radius in sorted(places):
        if stalks or bloom is tulip:
            grow(rng, picture, bloom, tone, cx, cy, radius)
        lay_bloom(rng, picture, bloom, cx, cy, radius)
    if rng.random() < 0.1:
        overgrow(rng, picture, tone)
    return picture


def lay_bloom(rng: Random, picture: Field, bloom: Bloom, cx: float, cy: float, radius: float) -> None:
    """A bloom turned freely and tilted away; a tulip nearly upright, as it is seen from the side."""
    upright = bloom is tulip
    angle = rng.normal(0, 0.2) if upright else rng.uniform(-np.pi, np.pi)
    squash = rng.uniform(0.85, 1.1) if upright else rng.uniform(0.8, 1)
    sheet = Sheet(picture, (cx, cy), radius, angle, squash)
    if not sheet.empty:
        bloom(rng, sheet)
        sheet.lay(picture, shadow=rng.uniform(0.1, 0.45))


def grow(
    rng: Random, picture: Field, bloom: Bloom, tone: Colour, cx: float, cy: float, radius: float
) -> None:
    """A stem from a bloom down to the picture's edge, with a few leaves."""
    reach = max(2.4 * radius, (picture.shape[0] - cy) * 1.05)
    sheet, unit = Sheet(picture, (cx, cy), reach), radius / reach
    if sheet.empty:
        return
    sway = rng.normal(0, 0.2)
    path = curve((0, 0.2 * unit), (-0.5 * sway, 0.6), (sway, 1.3))
    for _ in range(int(rng.integers(0, 4))):
        side, place = rng.choice([-1, 1]), path[int(rng.integers(3, 8))]
        if bloom is tulip:
            lean, length, slender = rng.uniform(0.9, 1.3), rng.uniform(1.8, 2.6), 0.24
        else:
            lean, length, slender = rng.uniform(-0.4, 0.5), rng.uniform(1.0, 1.5), rng.uniform(0.2, 0.36)
        way, bend = -lean if side > 0 else np.pi + lean, side * rng.uniform(-0.05, 0.25)
        shape, t, v = blade(sheet, place, way, length * unit, slender * unit, 0.45, bend, 0.7)
        sheet.paint(shape, mix(tone * 0.7, tone * 1.2, 0.7 * t + 0.3 * v))
        sheet.tint(0.4 * (np.abs(v) < 0.07) * (shape < 0), tone * 1.4)
    thick = rng.uniform(0.045, 0.085) * unit
    line = stroke(sheet, path, thick)
    sheet.paint(line, tone * (0.9 - 0.3 * line / thick)[..., None])
    sheet.lay(picture, shadow=0.2)


def overgrow(rng: Random, picture: Field, tone: Colour) -> None:
    """Blurred blades of grass between the flowers and the camera."""
    height, width = picture.shape[:2]
    veil = np.zeros((height, width, 3), np.float32)
    cover = np.zeros((height, width, 3), np.float32)
    for _ in range(int(rng.integers(1, 5))):
        foot = (rng.uniform(0, width), height * 1.02)
        sheet = Sheet(veil, foot, rng.uniform(0.4, 0.75) * height)
        lean, bend = -np.pi / 2 + rng.normal(0, 0.3), rng.normal(0, 0.2)
        shape, _, _ = blade(sheet, (0, 0), lean, 1.2, 0.07, 0.35, bend)
        sheet.paint(shape, tone * rng.uniform(0.7, 1.2))
        sheet.lay(veil, shadow=0)
        cover[sheet.window] = np.maximum(cover[sheet.window], sheet.cover[..., None])
    softness = rng.uniform(0.8, 2.5)
    veil, cover = blur(veil, softness), blur(cover, softness)
    picture *= 1 - cover
    picture += veil
