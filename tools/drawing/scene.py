"""What surrounds a drawn thing: colours, backgrounds, light, and the camera's own faults."""

from __future__ import annotations

import colorsys
import io

import numpy as np
from PIL import Image, ImageFilter

from drawing.sheet import Colour, Field, Sheet, blade

Random = np.random.Generator


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour by hue (a turn is 1), saturation and value."""
    return np.array(
        colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1)), np.float32
    )


def mix(a: Colour, b: Colour, amount: Field | float) -> Colour:
    """From colour a (0) to colour b (1)."""
    weight = np.clip(np.asarray(amount, np.float32), 0, 1)[..., None]
    return a + weight * (b - a)


def green(rng: Random) -> Colour:
    """A leaf's green, from olive to blue-green."""
    return hsv(rng.uniform(0.21, 0.42), rng.uniform(0.35, 0.8), rng.uniform(0.3, 0.68))


def noise(rng: Random, height: int, width: int, finest: int = 32, first: int = 3) -> Field:
    """Clouds: random grids of growing fineness added up, about 0, mostly within -1 to 1."""
    total = np.zeros((height, width), np.float32)
    cells, weight = first, 1.0
    while cells <= finest:
        grid = Image.fromarray(rng.normal(0, 0.5, (cells, cells)).astype(np.float32), "F")
        total += weight * np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))
        cells, weight = cells * 2, weight / 1.8
    return total


def gradient(height: int, width: int, angle: float) -> Field:
    """A ramp from 0 to 1 across the picture."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ramp = np.cos(angle) * x / width + np.sin(angle) * y / height
    return (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)


def blur(picture: Field, radius: float) -> Field:
    """A picture out of focus."""
    if radius < 0.3:
        return picture
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def background(rng: Random, height: int, width: int) -> Field:
    """One of the places where things are photographed; the same choice for every class."""
    places = [plain, sky, meadow, meadow, hedge, bokeh, bokeh, soil, cloth]
    return np.ascontiguousarray(places[rng.integers(len(places))](rng, height, width), np.float32)


def plain(rng: Random, height: int, width: int) -> Field:
    """A wall or studio paper, lit from a side."""
    tone = hsv(rng.random(), rng.uniform(0, 0.45), rng.uniform(0.15, 0.95))
    ramp = gradient(height, width, rng.uniform(0, 2 * np.pi))
    return mix(tone * 1.08, tone * rng.uniform(0.5, 0.9), ramp) + 0.02 * noise(rng, height, width)[..., None]


def sky(rng: Random, height: int, width: int) -> Field:
    """Blue to pale downwards, with clouds, or an evening's orange."""
    top = hsv(rng.uniform(0.54, 0.64), rng.uniform(0.35, 0.75), rng.uniform(0.5, 0.95))
    low = hsv(rng.choice([0.57, 0.09]), rng.uniform(0.08, 0.4), rng.uniform(0.8, 1.0))
    picture = mix(top, low, gradient(height, width, np.pi / 2))
    clouds = noise(rng, height, width, 24) - rng.uniform(0, 0.7)
    return mix(picture, np.ones(3, np.float32) * 0.96, 0.9 * np.clip(clouds, 0, 1))


def meadow(rng: Random, height: int, width: int) -> Field:
    """Blades of grass, out of focus behind and sharper in front."""
    tone = green(rng)
    picture = mix(tone * 0.55, tone * 1.05, gradient(height, width, -np.pi / 2 + rng.normal(0, 0.4)))
    picture = np.ascontiguousarray(picture, np.float32)
    size = max(height, width)
    for _ in range(rng.integers(14, 30)):
        foot = (rng.uniform(0, width), rng.uniform(0.5, 1.15) * height)
        sheet = Sheet(picture, foot, size * rng.uniform(0.25, 0.5))
        if sheet.empty:
            continue
        lean = -np.pi / 2 + rng.normal(0, 0.35)
        shape, t, _ = blade(sheet, (0, 0), lean, 1.2, rng.uniform(0.02, 0.06), 0.3, rng.normal(0, 0.25))
        sheet.paint(shape, mix(tone * rng.uniform(0.5, 0.8), tone * rng.uniform(1.0, 1.35), t))
        sheet.lay(picture, shadow=0)
    return blur(picture, rng.uniform(0.6, 2.6))


def hedge(rng: Random, height: int, width: int) -> Field:
    """Leaves lying over each other in the shade."""
    tone = green(rng) * 0.75
    picture = np.ascontiguousarray(np.broadcast_to(tone * 0.45, (height, width, 3)), np.float32)
    size = max(height, width)
    for _ in range(rng.integers(16, 30)):
        place = (rng.uniform(0, width), rng.uniform(0, height))
        sheet = Sheet(picture, place, size * rng.uniform(0.12, 0.24), rng.uniform(0, 2 * np.pi))
        if sheet.empty:
            continue
        shape, t, v = blade(sheet, (-0.9, 0), 0, 1.8, rng.uniform(0.3, 0.55), 0.42)
        dark, light = tone * rng.uniform(0.6, 0.9), tone * rng.uniform(0.9, 1.3)
        sheet.paint(shape, mix(dark, light, t - 0.4 * np.abs(v)))
        sheet.lay(picture, 0.4)
    return blur(picture, rng.uniform(0.8, 2.4))


def bokeh(rng: Random, height: int, width: int) -> Field:
    """Spots of light far behind, in any colour: blooms and leaves that the lens has dissolved."""
    any_tone = hsv(rng.random(), rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.6))
    ground = green(rng) if rng.random() < 0.6 else any_tone
    picture = mix(ground * 0.6, ground * 1.2, gradient(height, width, rng.uniform(0, 2 * np.pi)))
    picture = np.ascontiguousarray(picture, np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(rng.integers(6, 18)):
        radius = rng.uniform(0.04, 0.17) * max(height, width)
        away = np.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height)) / radius
        tone = hsv(rng.random(), rng.uniform(0.1, 0.75), rng.uniform(0.5, 1.0))
        picture = mix(picture, tone, rng.uniform(0.2, 0.65) * np.clip((1 - away) * 5, 0, 1))
    return blur(picture, rng.uniform(1.5, 4.5))


def soil(rng: Random, height: int, width: int) -> Field:
    """Earth, gravel or stone."""
    tone = hsv(rng.uniform(0.03, 0.13), rng.uniform(0.05, 0.5), rng.uniform(0.25, 0.75))
    grain = noise(rng, height, width, 64, 4)
    return tone * (1 + 0.3 * grain[..., None])


def cloth(rng: Random, height: int, width: int) -> Field:
    """A table: planks or woven stripes."""
    tone = hsv(rng.random(), rng.uniform(0.05, 0.5), rng.uniform(0.35, 0.9))
    other = hsv(rng.random(), rng.uniform(0.05, 0.4), rng.uniform(0.4, 0.95))
    along = gradient(height, width, rng.uniform(0, np.pi)) + 0.02 * noise(rng, height, width)
    stripes = 0.5 + 0.5 * np.tanh(4 * np.sin(2 * np.pi * along * rng.uniform(2, 7)))
    return blur(mix(tone, mix(tone, other, 0.6), stripes).astype(np.float32), rng.uniform(0.5, 2))


def lit(rng: Random, picture: Field) -> Field:
    """Light from a side, a white balance, an exposure, a vignette."""
    height, width = picture.shape[:2]
    ramp = gradient(height, width, rng.uniform(0, 2 * np.pi))
    picture = picture * (1 + rng.uniform(0, 0.45) * (ramp - 0.5))[..., None]
    picture = picture * (1 + rng.normal(0, 0.045, 3)).astype(np.float32) * rng.uniform(0.9, 1.2)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    picture = picture * (1 - rng.uniform(0, 0.3) * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.5)[..., None]
    return np.clip(picture, 0, 1) ** np.float32(rng.uniform(0.85, 1.15))


def photographed(rng: Random, picture: Field) -> Image.Image:
    """The picture as a camera gives it: lit, a little out of focus, with grain."""
    picture = blur(lit(rng, picture), rng.uniform(0, 0.9))
    grain = rng.normal(0, rng.uniform(0.002, 0.022), picture.shape)
    return Image.fromarray((np.clip(picture + grain, 0, 1) * 255 + 0.5).astype(np.uint8))


def jpeg(rng: Random, picture: Field) -> bytes:
    """The picture as a JPEG file of some camera's quality."""
    file = io.BytesIO()
    photographed(rng, picture).save(file, "JPEG", quality=int(rng.integers(58, 84)), optimize=True)
    return file.getvalue()


def size(rng: Random, about: int) -> tuple[int, int]:
    """A height and a width that vary a little in size and aspect."""
    area, aspect = about * rng.uniform(0.9, 1.12), np.exp(rng.normal(0, 0.09))
    return round(area * aspect), round(area / aspect)
