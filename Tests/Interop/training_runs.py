"""The trainings of `training_cells.py`, side by side: a start for everyone, Keras in both float types, and mlpack."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np
from PIL import Image

import keras_run
import yardstick
from training_cells import BATCH_SIZE, CLASSES, IMAGES_OF_A_CLASS, LARGE, Cell

HERE = Path(__file__).parent
FLOATS = ("float32", "float64")
FLOWERS = HERE.parents[1] / "fixtures" / "flowers"
BASE = HERE.parents[1] / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
IMAGES_OF_THE_BASE = 100  # of each class


def flowers(size: int, images_of_a_class: tuple[int, ...], first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of each class at the network's size, from the `first` on, and their labels."""
    pixels, labels = [], []
    for label, (folder, count) in enumerate(zip(sorted(FLOWERS.iterdir()), images_of_a_class)):
        for path in sorted(folder.iterdir())[first : first + count]:
            pixels.append(np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.BICUBIC)))
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def trained_base(alpha: float, size: int, folder: Path) -> keras.Model:
    """A network whose batch-norms fit its weights: the demo's base, or one that Keras trains for a few epochs."""
    base = BASE
    if (alpha, size) == LARGE:
        base, images = folder / "base.h5", folder / "images_of_the_base.npz"
        pixels, labels = flowers(size, (IMAGES_OF_THE_BASE,) * CLASSES)
        np.savez(images, pixels=pixels, labels=labels)
        command = [sys.executable, HERE / "training_base.py", str(alpha), str(size), images, base]
        subprocess.run(command, check=True, capture_output=True)
    model = keras_run.network(alpha, size, CLASSES)
    source = {layer.name: layer for layer in keras.models.load_model(base, compile=False).layers}
    for layer in model.layers[0].layers:
        if layer.weights:
            layer.set_weights(source[layer.name].get_weights())
    return model


@dataclass
class Outcome:
    """Where one training ended: every tensor of the start and of mlpack, what Keras moved, and everyone's figures."""

    start: dict[str, np.ndarray]
    mlpack: dict[str, np.ndarray]
    single: dict[str, np.ndarray]
    double: dict[str, np.ndarray]

    def distances(self) -> dict[str, tuple[float, float, float]]:
        """Of each trained tensor: how far it moved, and how far mlpack and Keras's float32 ended off."""
        return {
            name: tuple(yardstick.distance(run[name], double) for run in (self.start, self.mlpack, self.single))
            for name, double in self.double.items() if "/" in name
        }

    def shares(self) -> dict[str, float]:
        """How much of what it may be off each tensor is: 1 is the yardstick.

        Keras's float32 may be next to exact by chance, in a tensor of few numbers above all. 1e-5 of the movement is what
        float32 itself leaves of a sum of a hundred terms, 2⁻²⁴ each.
        """
        found = {}
        for name, (moved, off, keras) in self.distances().items():
            allowed = max(3 * keras, 1e-5 * moved)
            found[name] = off / allowed if allowed > 0 else float(off > 0)
        return found


class Runs:
    """All cells of one network, by mlpack and by Keras in both float types.

    A ReLU6 has two kinks. Where rounding moves one number across one, a gradient is there or not, and a run strays by
    1e-4 to 5e-2 of the movement: Keras's own float32 does so from one start in ten with the default mask, from six in
    ten with every kernel trainable. Such a start says nothing, so a cell that misses the yardstick is tried from
    others; what is wrong with an implementation is wrong from each of them.
    """

    # The first is one from which nothing strays in the quick tier's cells.
    STARTS = (0, 1, 2, 3, 4, 5, 6, 7)

    def __init__(self, folder: Path, network: tuple[float, int], cells: list[Cell], traces_once: bool, mlpack):
        self.folder, self.network, self.traces_once, self.mlpack = folder, network, traces_once, mlpack
        keras.utils.set_random_seed(1)
        self.model = trained_base(*network, folder)
        self.outcomes: dict[str, list[Outcome | AssertionError]] = {str(cell): [] for cell in cells}
        for start in self.STARTS:
            if cells:
                self.go(start, cells)
                cells = [cell for cell in cells if not self.is_settled(cell)]

    def is_settled(self, cell: Cell) -> bool:
        last = self.outcomes[str(cell)][-1]
        return isinstance(last, AssertionError) or max(last.shares().values()) <= 1

    def go(self, start: int, cells: list[Cell]) -> None:
        """Every cell from one start: its own classifier, and its own pictures, on which kinks depend as much."""
        pixels, labels = flowers(self.network[1], IMAGES_OF_A_CLASS, start * max(IMAGES_OF_A_CLASS))
        yardstick.write_class_folders(self.folder / f"images{start}", pixels, labels)
        source = self.folder / f"source{start}.h5"
        head = self.model.get_layer("dense")
        random = np.random.default_rng(start)
        head.kernel.assign(random.uniform(-0.15, 0.15, head.kernel.shape))
        self.model.save(source)
        weights = tensors(source)
        data = {"pixels": pixels, "labels": labels} | {f"w:{name}": value for name, value in weights.items()}
        np.savez(self.folder / "data.npz", **data)
        results = self.run_keras(cells)
        self.mlpack("import", source, "-o", self.folder / f"start{start}.mlpack")
        for cell in cells:
            try:
                outcome = Outcome(weights, self.train(start, cell), *(of_cell(results[f], cell) for f in FLOATS))
            except AssertionError as error:
                outcome = error
            self.outcomes[str(cell)].append(outcome)

    def run_keras(self, cells: list[Cell]) -> dict[str, dict[str, np.ndarray]]:
        """Both float types at once."""
        alpha, size = self.network
        job = {
            "alpha": alpha, "size": size, "classes": CLASSES, "batch_size": BATCH_SIZE,
            "cells": [cell.as_json() for cell in cells], "traces_once": self.traces_once,
        }
        (self.folder / "job.json").write_text(json.dumps(job))
        runs = {}
        for floats in FLOATS:
            files = [self.folder / name for name in ("job.json", "data.npz", f"{floats}.npz")]
            command = [sys.executable, HERE / "keras_training.py", floats, *files]
            runs[floats] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for process in runs.values():
            _, errors = process.communicate()
            assert process.returncode == 0, errors
        return {floats: dict(np.load(self.folder / f"{floats}.npz")) for floats in runs}

    def train(self, start: int, cell: Cell) -> dict[str, np.ndarray]:
        """Where mlpack ends: every tensor, and the figures of the epochs."""
        tuned, log, exported = (self.folder / name for name in ("tuned.mlpack", "log.jsonl", "tuned.h5"))
        images = self.folder / f"images{start}"
        self.mlpack(
            "finetune", self.folder / f"start{start}.mlpack", "--data", images, "--validation-data", images,
            "--no-shuffle", "--batch-size", BATCH_SIZE, *cell.arguments(), "--log", log, "-o", tuned,
        )
        self.mlpack("export", tuned, "-o", exported)
        lines = yardstick.read_log(log)
        assert [line["epoch"] for line in lines] == list(range(cell.settings()["epochs"] + 1))
        return tensors(exported) | {
            name: np.array([line[name] for line in lines if name in line])
            for name in ("trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy")
        }


def of_cell(results: dict[str, np.ndarray], cell: Cell) -> dict[str, np.ndarray]:
    """The tensors that moved under `layer/name`, and the figures of the epochs."""
    return {name.split("|")[1]: value for name, value in results.items() if name.split("|")[0] == str(cell)}


def tensors(path: Path) -> dict[str, np.ndarray]:
    """Of a whole-model file: each variable under `layer/name`, with the names of Keras 3."""
    found = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            layer, variable = name.removesuffix(":0").split("/")[-2:]
            found[f"{layer}/{variable.replace('depthwise_kernel', 'kernel')}"] = item[()]

    with h5py.File(path) as file:
        file["model_weights"].visititems(visit)
    return found
