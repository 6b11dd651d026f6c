"""The trainings of `training_cells.py`, side by side: a start for everyone, Keras in both float types, and mlpack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
from PIL import Image

import keras_run
import training_cells
import yardstick
from training_cells import BATCH_SIZE, CLASSES, IMAGES_OF_A_CLASS, LARGE, Cell

HERE = Path(__file__).parent
FLOWERS = HERE.parents[1] / "fixtures" / "flowers"
BASE = HERE.parents[1] / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
EPOCHS_OF_THE_BASE, RATE_OF_THE_BASE = 3, 0.002


def flowers(size: int, images_of_a_class: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of each class at the network's size, and their labels."""
    pixels, labels = [], []
    for label, (folder, count) in enumerate(zip(sorted(FLOWERS.iterdir()), images_of_a_class)):
        for path in sorted(folder.iterdir())[:count]:
            pixels.append(np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.BICUBIC)))
            labels.append(label)
    return np.stack(pixels), np.array(labels)


def trained_base(alpha: float, size: int) -> keras.Model:
    """A network whose batch-norms fit its weights: the demo's base, or one that Keras trains for a few epochs."""
    model = keras_run.network(alpha, size, CLASSES)
    if (alpha, size) != LARGE:
        source = {layer.name: layer for layer in keras.models.load_model(BASE, compile=False).layers}
        for layer in model.layers[0].layers:
            if layer.weights:
                layer.set_weights(source[layer.name].get_weights())
        return model
    model.layers[0].trainable = True
    for layer in model.layers[0].layers:
        layer.trainable = True
        # So that the statistics are there after a few steps.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.8
    pixels, labels = flowers(size, (100,) * CLASSES)
    model.compile(keras.optimizers.Adam(RATE_OF_THE_BASE), "sparse_categorical_crossentropy")
    keras.utils.set_random_seed(0)
    model.fit(pixels / np.float32(127.5) - 1, labels, batch_size=20, epochs=EPOCHS_OF_THE_BASE, verbose=0)
    return model


class Runs:
    """All cells of one network: where everyone starts, and where Keras ends."""

    def __init__(self, folder: Path, network: tuple[float, int], cells: list[Cell], traces_once: bool):
        self.folder = folder
        alpha, size = network
        pixels, labels = flowers(size, IMAGES_OF_A_CLASS)
        yardstick.write_class_folders(folder / "images", pixels, labels)
        keras.utils.set_random_seed(1)
        trained_base(alpha, size).save(folder / "source.h5")
        self.start = tensors(folder / "source.h5")
        data = {f"w:{name}": value for name, value in self.start.items()}
        np.savez(folder / "data.npz", pixels=pixels, labels=labels, **data)
        job = {
            "alpha": alpha, "size": size, "classes": CLASSES, "batch_size": BATCH_SIZE,
            "cells": [cell.as_json() for cell in cells], "traces_once": traces_once,
        }
        (folder / "job.json").write_text(json.dumps(job))
        self.results = self.run_keras()

    def run_keras(self) -> dict[str, dict[str, np.ndarray]]:
        """Both float types at once."""
        runs = {}
        for floats in ("float32", "float64"):
            files = [self.folder / name for name in ("job.json", "data.npz", f"{floats}.npz")]
            command = [sys.executable, HERE / "keras_training.py", floats, *files]
            runs[floats] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for process in runs.values():
            _, errors = process.communicate()
            assert process.returncode == 0, errors
        return {floats: dict(np.load(self.folder / f"{floats}.npz")) for floats in runs}

    def keras(self, floats: str, cell: Cell) -> dict[str, np.ndarray]:
        """Of one cell: the tensors that moved under `layer/name`, and the figures of the epochs."""
        return {
            name.split("|")[1]: value for name, value in self.results[floats].items() if name.split("|")[0] == str(cell)
        }

    def train(self, mlpack, cell: Cell) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Where mlpack ends: every tensor, and the figures of the epochs."""
        pack, tuned, log = (self.folder / name for name in ("net.mlpack", "tuned.mlpack", "log.jsonl"))
        if not pack.exists():
            mlpack("import", self.folder / "source.h5", "-o", pack)
        mlpack(
            "finetune", pack, "--data", self.folder / "images", "--validation-data", self.folder / "images",
            "--no-shuffle", "--batch-size", BATCH_SIZE, *cell.arguments(), "--log", log, "-o", tuned,
        )
        mlpack("export", tuned, "-o", self.folder / "tuned.h5")
        lines = yardstick.read_log(log)
        assert [line["epoch"] for line in lines] == list(range(cell.settings()["epochs"] + 1))
        figures = {
            name: np.array([line[name] for line in lines if name in line])
            for name in ("trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy")
        }
        return tensors(self.folder / "tuned.h5"), figures


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
