"""Draws photo-like JPEG files: python -m bench.workers.pictures TRAINING VALIDATION FOLDER

Each has structure at every scale, as photographs do, a few things in front of it, and grain; the colours lean to those
of its class, so that there is something to learn. A picture is a function of its number.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from peers.works import CLASSES

# Width and height, as pictures from cameras and phones come in one folder.
SIDES = [(500, 375), (500, 375), (500, 333), (375, 500)]
# Cells across, and how much each scale adds; the finest is what makes a JPEG as large as a photograph's.
SCALES = [(2, 90), (6, 55), (18, 30), (60, 18), (200, 10)]
GRAIN = 4
QUALITY = 90
THINGS = 4


def picture(number: int, label: int) -> Image.Image:
    random = np.random.default_rng(number)
    width, height = SIDES[random.integers(len(SIDES))]
    tint = np.array([np.cos(2 * np.pi * (label / CLASSES + channel / 3)) for channel in range(3)])
    pixels = np.full((height, width, 3), 118.0, np.float32) + (35 * tint + random.normal(0, 25, 3)).astype(np.float32)
    for cells, weight in SCALES:
        # Light varies more than colour does.
        light, colour = (random.normal(0, 1, (max(2, cells * height // width), cells, planes)) for planes in (1, 3))
        noise = light if cells > 20 else 0.85 * light + 0.4 * colour
        pixels += weight * smooth(noise, width, height)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(THINGS):
        y, x = random.uniform(0, height), random.uniform(0, width)
        radius, turn = random.uniform(20, 90), random.uniform(1, 2.5)
        inside = np.hypot((columns - x) * turn, rows - y) < radius
        pixels[inside] = 0.45 * pixels[inside] + random.uniform(0, 140, 3)
    pixels += random.normal(0, GRAIN, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def smooth(noise: np.ndarray, width: int, height: int) -> np.ndarray:
    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(noise, 2, 0)]
    return np.stack([plane.resize((width, height), Image.Resampling.BICUBIC) for plane in planes], axis=2)


def save(path: Path, number: int, label: int) -> None:
    picture(number, label).save(path, quality=QUALITY)


def main(training: str, validation: str, folder: str) -> None:
    jobs, number = [], 0
    for part, count in (("training", int(training)), ("validation", int(validation))):
        for index in range(count):
            # Classes of the same size, one after the other.
            label = index * CLASSES // count
            path = Path(folder) / part / f"class_{label}" / f"{index:05}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            jobs.append((path, number, label))
            number += 1
    with multiprocessing.Pool() as pool:
        pool.starmap(save, jobs, chunksize=16)


if __name__ == "__main__":
    main(*sys.argv[1:])
