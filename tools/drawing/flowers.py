"""The demo's five classes: blooms, drawn in a frame of radius 1, and the stems and leaves that carry them.

The classes differ by how they are built, not by their colours: each takes its hue from a palette that it
shares with others, and all stand before the same backgrounds.
"""

from __future__ import annotations

import numpy as np

from drawing.scene import Random, green, hsv, mix
from drawing.sheet import Colour, Field, Sheet, blade, disc, profile

PALETTE: dict[str, tuple[float, float, float]] = {
    "white": (0.13, 0.04, 0.97), "cream": (0.14, 0.25, 0.96), "yellow": (0.145, 0.85, 0.97),
    "orange": (0.085, 0.88, 0.95), "red": (0.985, 0.85, 0.8), "pink": (0.94, 0.42, 0.95),
    "magenta": (0.89, 0.72, 0.8), "violet": (0.78, 0.5, 0.75),
}
"""The hues of all five classes."""


def tone(rng: Random, chances: dict[str, float]) -> Colour:
    """A colour of the palette, by each one's chance, never twice the same."""
    names = list(chances)
    weights = np.array([chances[name] for name in names])
    h, s, v = PALETTE[names[rng.choice(len(names), p=weights / weights.sum())]]
    return hsv(h + rng.normal(0, 0.012), s * rng.uniform(0.75, 1.12), v * rng.uniform(0.82, 1.05))


def ring(
    rng: Random,
    sheet: Sheet,
    count: int,
    inner: float,
    outer: float,
    width: float,
    base: Colour,
    tip: Colour,
    fullest: float = 0.6,
    ragged: float = 0.06,
    start: float = 0.0,
) -> None:
    """A whole ring of petals in two passes, every second one over its neighbours."""
    r, theta = sheet.polar()
    for parity in (0, 1):
        half = max(count // 2, 2)
        sector = 2 * np.pi / half
        turn = theta - start - parity * sector / 2
        index = np.floor(turn / sector).astype(int) % half
        away = np.mod(turn, sector) - sector / 2 - rng.normal(0, 0.1 * sector, half).astype(np.float32)[index]
        u, v = r * np.cos(away), r * np.sin(away)
        length = (outer - inner) * (1 + rng.normal(0, ragged, half)).astype(np.float32)[index]
        t = (u - inner) / length
        broad = width * rng.uniform(0.85, 1.12, half).astype(np.float32)[index]
        edge = broad * profile(t, fullest)
        distance = np.abs(v) - edge + np.maximum(0, np.maximum(-t, t - 1)) * length
        light = rng.uniform(0.86, 1.05, half).astype(np.float32)[index] * (0.9 if parity == 0 else 1.0)
        across = v / np.maximum(edge, 1e-3)
        light = light * (1 - 0.16 * across**2) * (1 + 0.05 * np.sin(across * 7))
        light = light * (0.78 + 0.25 * np.clip(t, 0, 1))
        sheet.paint(distance, mix(base, tip, t) * light[..., None])


def seeds(sheet: Sheet, radius: float, low: Colour, high: Colour, arms: tuple[int, int], dome: float) -> None:
    """A disc of florets along two families of spirals, as all of the daisies' kin have them."""
    r, theta = sheet.polar()
    turns = np.log(np.maximum(r / radius, 0.04)) * 7
    lattice = np.cos(arms[0] * theta + turns) * np.cos(arms[1] * theta - turns)
    light = 0.9 - dome * (0.45 * (sheet.x + sheet.y) / radius) - 0.3 * np.clip(r / radius, 0, 1) ** 4
    sheet.paint(r - radius, mix(low, high, 0.5 + 0.5 * lattice) * light[..., None])


def daisy(rng: Random, sheet: Sheet) -> None:
    """One open ring of slender petals around a small dome."""
    chances = {"white": 10, "pink": 2.5, "violet": 2, "yellow": 1, "magenta": 1, "orange": 0.5, "red": 0.5}
    petal = tone(rng, chances)
    heart = tone(rng, {"yellow": 6, "orange": 4}) if rng.random() < 0.85 else hsv(0.06, 0.6, 0.3)
    size, count = rng.uniform(0.22, 0.32), 2 * int(rng.integers(7, 14))
    width = 2.3 / count
    start = rng.uniform(0, 6)
    ring(rng, sheet, count, size * 0.6, 0.98, width, petal * 0.85, petal, rng.uniform(0.6, 0.78), 0.05, start)
    sheet.paint(disc(sheet, 0.02, 0.03, size * 1.12), petal * 0.55, 0.45, 0.12)
    seeds(sheet, size, heart * 0.7, heart * 1.08, (13, 21), 0.8)


def sunflower(rng: Random, sheet: Sheet) -> None:
    """Two rings of pointed petals around a wide disc of seeds."""
    petal = tone(rng, {"yellow": 8, "orange": 3.5, "red": 1, "cream": 0.5})
    size, count = rng.uniform(0.42, 0.56), 2 * int(rng.integers(8, 13))
    width, deep = 3.4 / count * 0.8, mix(petal, hsv(0.04, 0.85, 0.55), rng.uniform(0.15, 0.6))
    for outer, light in ((1.0, 0.8), (0.93, 1.0)):
        start = rng.uniform(0, 6)
        ring(rng, sheet, count, size * 0.7, outer, width, deep * light, petal * light, 0.42, 0.07, start)
    brown = hsv(rng.uniform(0.04, 0.1), rng.uniform(0.4, 0.75), rng.uniform(0.16, 0.4))
    sheet.paint(disc(sheet, 0, 0, size * 1.06), brown * 0.6, 0.6, 0.08)
    seeds(sheet, size, brown * 0.5, brown * 1.5, (21, 34), 0.25)
    r, _ = sheet.polar()
    middle = mix(brown, green(rng) if rng.random() < 0.5 else brown * 0.4, 0.7)
    sheet.tint(0.6 * np.clip((size * 0.5 - r) / 0.1, 0, 1), middle)
    sheet.tint(0.45 * np.exp(-(((r - size * 0.86) / 0.06) ** 2)), petal * 0.8)


def dandelion(rng: Random, sheet: Sheet) -> None:
    """A dense cushion of thin florets, or the ball of parachutes that it becomes."""
    if rng.random() < 0.15:
        puff(rng, sheet)
        return
    petal = tone(rng, {"yellow": 7, "orange": 3, "cream": 1, "white": 0.8, "pink": 0.7})
    layers = int(rng.integers(6, 9))
    for i in range(layers):
        outer = 0.97 - 0.8 * i / layers
        count = 2 * int(max(22 * outer + rng.integers(0, 6), 5))
        width, light, start = 2.6 * outer / count, 0.86 + 0.26 * i / layers, rng.uniform(0, 6)
        ring(rng, sheet, count, 0.0, outer, width, petal * light * 0.72, petal * light, 0.86, 0.05, start)
    sheet.paint(sheet.polar()[0] - 0.1, petal * 0.8, 0.8, 0.08)


def puff(rng: Random, sheet: Sheet) -> None:
    """A see-through ball: rays that end in little stars, about a dark core."""
    pale = tone(rng, {"white": 5, "cream": 3, "pink": 0.7, "violet": 0.7})
    r, theta = sheet.polar()
    sheet.paint(r - 0.9, pale * 0.9, rng.uniform(0.12, 0.35), 0.3)
    for count, outer in ((46, 0.95), (38, 0.72), (30, 0.5)):
        sector = 2 * np.pi / count
        turn = theta - rng.uniform(0, 6)
        index = np.floor(turn / sector).astype(int) % count
        away = np.mod(turn, sector) - sector / 2
        tip = (outer * rng.uniform(0.88, 1.05, count)).astype(np.float32)[index]
        u, v = r * np.cos(away) - tip, r * np.sin(away)
        ray = np.maximum(np.abs(v) - 0.006, np.maximum(u, 0.12 - r))
        sheet.paint(ray, pale * 0.75, 0.55)
        tuft = np.hypot(u, v) - 0.11 * np.abs(np.cos(4.5 * np.arctan2(v, u)))
        sheet.paint(tuft, pale, 0.6, 0.02)
    sheet.paint(r - rng.uniform(0.1, 0.16), hsv(0.09, 0.45, rng.uniform(0.25, 0.5)), 0.95, 0.04)


def rose(rng: Random, sheet: Sheet) -> None:
    """Broad round petals that wind into each other towards the heart."""
    chances = {"red": 5, "pink": 4, "white": 2.5, "yellow": 2.5, "orange": 2.2, "magenta": 2, "cream": 1.5}
    petal = tone(rng, chances)
    deep = petal * hsv(0.97, rng.uniform(0.1, 0.4), rng.uniform(0.55, 0.75))
    start, count = rng.uniform(0, 6), int(rng.integers(14, 20))
    for i in range(count):
        f = i / (count - 1)
        angle = start + i * 2.3999 + rng.normal(0, 0.12)
        away, size = 0.52 * (1 - f) ** 0.9, 0.5 - 0.27 * f
        cx, cy = away * np.cos(angle), away * np.sin(angle)
        u, v = sheet.turned(angle, cx, cy)
        wave = 1 + 0.05 * np.sin(3 * np.arctan2(v, u) + rng.uniform(0, 6))
        distance = np.hypot(u, v / 1.16) - size * wave
        sheet.paint(distance - 0.05, deep * 0.5, 0.4, 0.12)
        glow = np.clip(0.35 + 0.75 * u / size - 0.25 * f, 0, 1)
        rim = np.exp(-(((distance + 0.035) / 0.03) ** 2)) * (u > -0.1)
        sheet.paint(distance, mix(deep * (0.95 - 0.25 * f), petal * 1.02, glow + 0.55 * rim))
    r, theta = sheet.polar()
    wound = np.sin(theta * rng.choice([-1, 1]) + 22 * np.sqrt(np.maximum(r, 0.001)) + start)
    sheet.tint(0.75 * np.clip(wound, 0, 1) ** 2 * (r < 0.25), deep * 0.6)


def tulip(rng: Random, sheet: Sheet) -> None:
    """A cup seen from the side: petals behind, one on each flank, one in front."""
    chances = {"red": 3.5, "yellow": 3, "pink": 3, "violet": 2, "white": 2, "orange": 2, "magenta": 2}
    petal = tone(rng, chances)
    other = tone(rng, {"yellow": 2, "white": 2, "red": 1, "magenta": 1})
    edge = mix(petal, other, rng.choice([0.1, 0.5, 0.9]))
    opening, fat = rng.uniform(0.08, 0.42), rng.uniform(0.4, 0.52)
    petals = [(-0.5 * opening, 1.72, 0.95, 0.66), (0.5 * opening, 1.75, 0.95, 0.72)]
    petals += [(-opening - 0.08, 1.72, 0.85, 0.86), (opening + 0.08, 1.72, 0.85, 0.94)]
    petals += [(rng.normal(0, 0.04), 1.6, 1.1, 1.0)]
    for lean, length, broad, light in petals:
        length *= 1 + rng.normal(0, 0.03)
        way, bend = -np.pi / 2 + lean, -0.3 * lean
        shape, t, v = blade(sheet, (0, 0.9), way, length, fat * broad, 0.4, bend, 0.62)
        sheet.paint(shape - 0.03, petal * 0.3, 0.35, 0.09)
        flame = 1.6 * (np.clip(t, 0, 1) - 0.6 + 0.45 * np.abs(v))
        veins = 1 + 0.05 * np.sin(v * 11) * np.clip(t, 0, 1)
        light = light * veins * (0.72 + 0.34 * np.clip(t, 0, 1)) * (1 - 0.14 * v**2 - 0.07 * v)
        sheet.paint(shape, mix(petal, edge, flame) * light[..., None])
