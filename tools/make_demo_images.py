"""Draws the demo's photographs: five classes of flowers, a folder a class, as JPEG.

They are drawn, so that the repository may ship them, and varied as photographs are: in place, size, turn and
tilt, number of blooms, colours, stems, leaves, backgrounds, light, focus, grain, what is in front, and JPEG
quality.
The same seed gives the same pictures:

    tools/make_demo_images.py --output fixtures/flowers
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from drawing.garden import FLOWERS, draw_flower
from drawing.scene import jpeg, size


def draw_class(output: Path, name: str, number: int, count: int, seed: int, about: int) -> int:
    """Writes the pictures of one class, and returns their bytes."""
    folder, total = output / name, 0
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        rng = np.random.default_rng([seed, number, i])
        height, width = size(rng, about)
        data = jpeg(rng, draw_flower(rng, FLOWERS[name], height, width))
        (folder / f"{name}_{i:03}.jpg").write_bytes(data)
        total += len(data)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--images", type=int, default=120, help="pictures of each class")
    parser.add_argument("--size", type=int, default=136, help="about how many pixels a side")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for number, name in enumerate(FLOWERS):
        total = draw_class(arguments.output, name, number, arguments.images, arguments.seed, arguments.size)
        print(f"{name}: {arguments.images} images, {total:,} bytes")


if __name__ == "__main__":
    main()
