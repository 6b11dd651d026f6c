"""What the entrants share: a folder with the network in every format, the inputs, and what Keras makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .works import CHECK_IMAGES, CLASSES, Work

NETWORK = "network.h5"
LITE_NETWORK = "network.tflite"
ONNX_NETWORK = "network.onnx"
LITE_TAIL = "tail.tflite"
START = "start.npz"
INPUTS = "inputs.npz"


def expected(work: Work, floats: str) -> str:
    """The file of what Keras computes in `floats`: probabilities of the images, or the weights after two steps."""
    return f"expected-{work.name if work.trains else 'forward'}-{floats}.npz"


class Material:
    """The arrays of a folder that `prepare` wrote."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a file is.

        Raises: RuntimeError where it could not be made, with the reason.
        """
        path = self.folder / name
        if not path.exists():
            reason = self.folder / f"{name}.error"
            raise RuntimeError(reason.read_text().strip() if reason.exists() else f"there is no {name}")
        return path

    @property
    def start(self) -> dict[str, np.ndarray]:
        """The weights by `layer/name`."""
        return dict(np.load(self.folder / START))

    @property
    def images(self) -> np.ndarray:
        """[CHECK_IMAGES, 224, 224, 3], preprocessed."""
        return np.load(self.folder / INPUTS)["images"]

    def batches(self, work: Work) -> tuple[np.ndarray, np.ndarray]:
        """Two batches of what a training work starts from, and their classes."""
        name = "features" if work.name == "tail" else "images"
        count = 2 * work.batch
        return np.load(self.folder / INPUTS)[name][order(count)], labels(count)

    def write_pictures(self, folder: Path, count: int) -> list[Path]:
        """So many of the images as PNG files, a folder a class, whose sorted order is that of `batches`."""
        pixels, paths = np.load(self.folder / INPUTS)["pixels"], []
        for index, (image, label) in enumerate(zip(order(count), labels(count))):
            paths.append(folder / f"class{label}" / f"{index:04}.png")
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[image]).save(paths[-1], compress_level=0)
        return paths


def order(count: int) -> np.ndarray:
    """Which image each of a run's inputs is."""
    return np.arange(count) % CHECK_IMAGES


def labels(count: int) -> np.ndarray:
    """Classes in order, as image folders are read."""
    return (np.arange(count) * CLASSES // count).astype(np.int32)
