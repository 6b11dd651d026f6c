"""The base's classes: drawn things in scenes, none of them a flower."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drawing import animals, fruits, plants, shapes
from drawing.scene import Random, background
from drawing.sheet import Field, Sheet

Painter = Callable[[Random, Sheet], None]

OBJECTS: tuple[Painter, ...] = (
    plants.leaf, plants.fern, plants.maple, plants.clover, plants.cactus, plants.tree, plants.mushroom,
    fruits.apple, fruits.cherries, fruits.grapes, fruits.citrus, fruits.melon, fruits.strawberry,
    fruits.banana,
    animals.fish, animals.butterfly, animals.snail, animals.ladybird, animals.bird, animals.starfish,
    shapes.star, shapes.gear, shapes.snowflake, shapes.pinwheel, shapes.target, shapes.spiral,
    shapes.umbrella, shapes.feather, shapes.balloon,
)
SURFACES: tuple[Painter, ...] = (shapes.bricks, shapes.scales, shapes.stripes, shapes.checks)
CLASSES: tuple[Painter, ...] = OBJECTS + SURFACES


def place(rng: Random, picture: Field, painter: Painter, radius: float, centre: tuple[float, float]) -> None:
    """Paints a thing at a place, turned freely and at times tilted away."""
    tilt = rng.uniform(0.65, 1.0)
    sheet = Sheet(picture, centre, radius, rng.uniform(-np.pi, np.pi), tilt)
    if sheet.empty:
        return
    painter(rng, sheet)
    sheet.lay(picture, shadow=rng.uniform(0, 0.45))


def draw_thing(rng: Random, painter: Painter, height: int, width: int) -> Field:
    """A scene with one large thing or a few smaller ones of a class."""
    picture = background(rng, height, width)
    side = min(height, width)
    if painter in SURFACES:
        place(rng, picture, painter, side * rng.uniform(1.0, 1.6), (width / 2, height / 2))
        return picture
    count = int(rng.choice([1, 1, 1, 1, 2]))
    for _ in range(count):
        radius = side * rng.uniform(0.34, 0.52) / count**0.4
        centre = (width * (0.5 + rng.normal(0, 0.07 * count)), height * (0.5 + rng.normal(0, 0.07 * count)))
        place(rng, picture, painter, radius, centre)
    return picture
