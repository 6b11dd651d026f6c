"""A transparent sheet with a frame of its own, on which one thing is painted and then laid on a picture.

Things are painted in units of their own size, upright, with their middle at (0, 0) and y downwards; the
sheet knows where they lie, how large, turned and tilted they are. So each painter has but its own geometry.

Shapes are signed distances: negative inside, in sheet units. Edges are smoothed over one pixel, so nothing
needs to be drawn larger and shrunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Field = NDArray[np.float32]
"""A value a pixel, [H, W]."""

Colour = NDArray[np.float32]
"""Red, green and blue from 0 to 1: [3], or [H, W, 3] where it varies."""

REACH = 1.35
"""How far a sheet goes beyond the unit circle: room for tips, stalks and soft edges."""


class Sheet:
    """A patch of a picture seen in the frame of the thing that is painted on it."""

    def __init__(
        self,
        picture: Field,
        centre: tuple[float, float],
        radius: float,
        angle: float = 0.0,
        squash: float = 1.0,
    ) -> None:
        height, width = picture.shape[:2]
        cx, cy = centre
        reach = radius * REACH
        left, right = (int(np.clip(cx + side * reach, 0, width)) for side in (-1, 1))
        top, bottom = (int(np.clip(cy + side * reach, 0, height)) for side in (-1, 1))
        self.window = (slice(top, bottom), slice(left, right))
        dx = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(cx)
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(cy)
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        self.x: Field = (cos * dx + sin * dy) / np.float32(radius)
        self.y: Field = (cos * dy - sin * dx) / np.float32(radius * squash)
        self.pixel = 1.0 / radius
        self.colour: Field = np.zeros(self.x.shape + (3,), np.float32)
        self.cover: Field = np.zeros(self.x.shape, np.float32)

    @property
    def empty(self) -> bool:
        """Whether the sheet lies outside of the picture."""
        return self.x.size == 0

    def polar(self, cx: float = 0.0, cy: float = 0.0) -> tuple[Field, Field]:
        """Distance and angle of each pixel from a point."""
        dx, dy = self.x - cx, self.y - cy
        return np.hypot(dx, dy), np.arctan2(dy, dx)

    def turned(self, angle: float, cx: float = 0.0, cy: float = 0.0) -> tuple[Field, Field]:
        """The coordinates (along, across) of a frame whose first axis points in `angle` from (cx, cy)."""
        dx, dy = self.x - cx, self.y - cy
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return cos * dx + sin * dy, cos * dy - sin * dx

    def paint(self, distance: Field, colour: Colour, opacity: float = 1.0, soft: float = 0.0) -> None:
        """Covers the inside of a shape with a colour, its edge smoothed over a pixel or over `soft`."""
        inside = np.clip(0.5 - distance / max(self.pixel, soft), 0, 1)
        amount = inside.astype(np.float32) * np.float32(opacity)
        self.colour += amount[..., None] * (colour - self.colour)
        self.cover += amount * (1 - self.cover)

    def tint(self, amount: Field, colour: Colour) -> None:
        """Moves what is painted already towards a colour, and leaves the bare sheet bare."""
        weight = (np.clip(amount, 0, 1) * self.cover)[..., None].astype(np.float32)
        self.colour += weight * (colour * self.cover[..., None] - self.colour)

    def shade(self, factor: Field | float) -> None:
        """Multiplies the light on what is painted."""
        self.colour *= np.asarray(factor, np.float32)[..., None]

    def lay(self, picture: Field, shadow: float = 0.35, opacity: float = 1.0) -> None:
        """Composes the sheet onto the picture, over a soft shadow."""
        if self.empty:
            return
        below = picture[self.window]
        if shadow > 0:
            dark = blurred(self.cover, 0.06 / self.pixel)
            below *= (1 - shadow * shifted(dark, round(0.05 / self.pixel)))[..., None]
        below *= (1 - opacity * self.cover)[..., None]
        below += opacity * self.colour


def blurred(field: Field, radius: float) -> Field:
    """A field from 0 to 1, blurred."""
    image = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(max(radius, 0.5))), np.float32) / 255


def shifted(field: Field, pixels: int) -> Field:
    """A field moved right and down, for shadows."""
    result = np.zeros_like(field)
    if pixels < min(field.shape):
        result[pixels:, pixels:] = field[: field.shape[0] - pixels, : field.shape[1] - pixels]
    return result


def disc(
    sheet: Sheet, cx: float, cy: float, rx: float, ry: float | None = None, angle: float = 0.0
) -> Field:
    """An ellipse with the half-axes rx and ry."""
    u, v = sheet.turned(angle, cx, cy)
    ry = rx if ry is None else ry
    return (np.hypot(u / rx, v / ry) - 1) * min(rx, ry)


def blade(
    sheet: Sheet,
    base: tuple[float, float],
    angle: float,
    length: float,
    width: float,
    fullest: float = 0.5,
    bend: float = 0.0,
    sharp: float = 0.5,
) -> tuple[Field, Field, Field]:
    """A petal or leaf from `base` along `angle`, widest at the fraction `fullest` of its length.

    Its ends are round where `sharp` is 0.5, and pointed as it nears 1.

    Returns its distance, and the coordinates along (0 at the base, 1 at the tip) and across (-1 and 1 at the
    edges).
    """
    u, v = sheet.turned(angle, *base)
    t = u / length
    v = v - bend * length * np.clip(t, 0, 1.2) ** 2
    half = width * profile(t, fullest, sharp)
    return np.abs(v) - half + np.maximum(0, np.maximum(-t, t - 1)) * length, t, v / np.maximum(half, 1e-3)


def profile(t: Field, fullest: float, sharp: float = 0.5) -> Field:
    """The half-width along a blade, from 0 at both ends to 1 at `fullest`."""
    inside = np.clip(t, 0, 1)
    power = np.float32(np.log(0.5) / np.log(fullest))
    return np.maximum(np.sin(np.pi * inside**power), 0) ** np.float32(sharp) * (inside > 0)


def polygon(sheet: Sheet, points: Sequence[tuple[float, float]]) -> Field:
    """A closed polygon, by its corners."""
    x, y = sheet.x, sheet.y
    nearest = np.full(x.shape, np.inf, np.float32)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]]):
        nearest = np.minimum(nearest, segment(sheet, (ax, ay), (bx, by)))
        if ay != by:
            crosses = (ay > y) != (by > y)
            inside ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return np.where(inside, -nearest, nearest)


def segment(sheet: Sheet, a: tuple[float, float], b: tuple[float, float]) -> Field:
    """The distance from a straight line between two points; less a thickness it is a stroke."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    px, py = sheet.x - a[0], sheet.y - a[1]
    t = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.hypot(px - t * dx, py - t * dy)


def stroke(sheet: Sheet, points: Sequence[tuple[float, float]], thickness: float) -> Field:
    """A line of round ends through points."""
    lines = [segment(sheet, a, b) for a, b in zip(points, points[1:])]
    return np.minimum.reduce(lines) - thickness


def curve(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], steps: int = 10
) -> list[tuple[float, float]]:
    """Points of the quadratic Bézier curve from a to c, drawn towards b."""
    ts = np.linspace(0, 1, steps)
    return [
        tuple((1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * np.array(b) + t**2 * np.array(c)) for t in ts
    ]
