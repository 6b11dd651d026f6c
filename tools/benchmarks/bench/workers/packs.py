"""Compares packs with TensorFlow Lite's files: python -m bench.workers.packs MLPACK IMAGES

Bytes, and how far the outputs are from Keras's in float32. The network is MobileNet V1 1.0/224 without top, with
weights that look trained, imported with nothing to train; the outputs are its feature maps of made-up photographs.
TensorFlow Lite converts the same network with `tf.lite.TFLiteConverter`: as it is, with float16 weights, and with
dynamic-range int8.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from ..processes import document, run
from .interop import models, yardstick  # before TensorFlow: they say what it may use

import numpy as np
import tensorflow as tf
from PIL import Image

from peers.works import SIZE

PRECISIONS = ("f32", "f16", "bf16", "int8")
LITE_PRECISIONS = ("f32", "f16", "int8")
SEED = 1


def row(writer: str, precision: str, is_compressed: bool, size: int, found: np.ndarray, expected: np.ndarray) -> dict:
    """With the worst and the mean absolute difference from Keras."""
    distance = np.abs(found.astype(np.float64) - expected)
    return {
        "writer": writer, "dtype": precision, "compressed": is_compressed, "bytes": size,
        "worst": float(distance.max()), "mean": float(distance.mean()),
    }


def packs(mlpack: str, source: Path, images: list[Path], expected: np.ndarray) -> Iterator[dict]:
    """A row for each precision, compressed and not."""
    pack = source.with_name("network.mlpack")
    for precision in PRECISIONS:
        for options in ([], ["--compress"]):
            run(mlpack, "import", source, "--train", "none", "--dtype", precision, *options, "-o", pack, "--quiet")
            features = [image["features"] for image in document(mlpack, "predict", pack, *images, "--json")]
            found = np.array(features, np.float32).reshape(expected.shape)
            yield row("mlpack", precision, bool(options), pack.stat().st_size, found, expected)


def lite_files(model) -> Iterator[tuple[str, bytes]]:
    """The content of TensorFlow Lite's file for each precision."""
    for precision in LITE_PRECISIONS:
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if precision != "f32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "f16":
            converter.target_spec.supported_types = [tf.float16]
        yield precision, converter.convert()


def lite_outputs(content: bytes, inputs: np.ndarray) -> np.ndarray:
    interpreter = tf.lite.Interpreter(model_content=content)
    details = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(details["index"], (1, *inputs.shape[1:]))
    interpreter.allocate_tensors()
    outputs = []
    for image in inputs:
        interpreter.set_tensor(details["index"], image[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.stack(outputs)


def growth(mlpack: str, source: Path, parameters: int) -> dict[str, float]:
    """By how much an exact pack is larger than the bare float32 parameters, for each mask."""
    pack, sizes = source.with_name("exact.mlpack"), {}
    for mask, options in (("default", []), ("none", ["--train", "none"])):
        run(mlpack, "import", source, *options, "-o", pack, "--quiet")
        sizes[mask] = pack.stat().st_size / (4 * parameters) - 1
    return sizes


def compare(mlpack: str, count: int, folder: Path) -> dict:
    model = models.fill(models.base(models.keras("keras2"), 1.0, SIZE), SEED)
    pixels = yardstick.photographs(count, SIZE, SEED)
    inputs = pixels.astype(np.float32) / np.float32(127.5) - 1
    expected = np.concatenate([models.predict(model, image[None]) for image in inputs])
    source = folder / "network.h5"
    model.save(source)
    images = [folder / f"{index}.png" for index in range(count)]
    for path, image in zip(images, pixels):
        Image.fromarray(image).save(path)
    lite = [
        row("TensorFlow Lite", precision, False, len(content), lite_outputs(content, inputs), expected)
        for precision, content in lite_files(model)
    ]
    return {
        "parameters": model.count_params(), "images": count,
        "outputRange": [float(expected.min()), float(expected.max())],
        "growth": growth(mlpack, source, model.count_params()),
        "files": [*packs(mlpack, source, images, expected), *lite],
    }


def main(mlpack: str, count: str) -> None:
    # That Keras 2 writes HDF5, and that the interpreter will move to another package.
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(compare(mlpack, int(count), Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
