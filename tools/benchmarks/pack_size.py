"""Compares packs with TensorFlow Lite's files: bytes, and how far the outputs are from Keras's in float32.

The network is MobileNet V1 without top, with weights that look trained, imported with nothing to train; the
outputs are its feature maps of made-up photographs. TensorFlow Lite converts the same network with
`tf.lite.TFLiteConverter`: as it is, with float16 weights, and with dynamic-range int8.

    tools/benchmarks/pack_size.py               # with the interpreter of the tests' Keras
    tools/benchmarks/pack_size.py --json FILE

The program is that of --mlpack, else $MLPACK, else .build/release/mlpack.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interop"))

import models
from yardstick import photographs

MLPACK = os.environ.get("MLPACK", str(ROOT / ".build" / "release" / "mlpack"))
PRECISIONS = ("f32", "f16", "bf16", "int8")


def run(*arguments) -> str:
    return subprocess.run([MLPACK, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def difference(found: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """The worst and the mean absolute difference from Keras."""
    distance = np.abs(found.astype(np.float64) - expected)
    return {"worst": float(distance.max()), "mean": float(distance.mean())}


def packs(source: Path, images: list[Path], expected: np.ndarray, folder: Path):
    """A row for each precision, compressed and not."""
    for precision in PRECISIONS:
        for options in ([], ["--compress"]):
            pack = folder / "network.mlpack"
            run("import", source, "--train", "none", "--dtype", precision, *options, "-o", pack, "--quiet")
            found = [image["features"] for image in json.loads(run("predict", pack, *images, "--json"))]
            found = np.array(found, np.float32).reshape(expected.shape)
            yield {
                "writer": "mlpack",
                "dtype": precision,
                "compressed": bool(options),
                "bytes": pack.stat().st_size,
                **difference(found, expected),
            }


def lite_files(model):
    """(precision, bytes) of TensorFlow Lite's files."""
    import tensorflow as tf

    for precision in ("f32", "f16", "int8"):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if precision != "f32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "f16":
            converter.target_spec.supported_types = [tf.float16]
        yield precision, converter.convert()


def lite_outputs(content: bytes, inputs: np.ndarray) -> np.ndarray:
    import tensorflow as tf

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


def lite(model, inputs: np.ndarray, expected: np.ndarray):
    for precision, content in lite_files(model):
        found = lite_outputs(content, inputs)
        yield {
            "writer": "TensorFlow Lite",
            "dtype": precision,
            "compressed": False,
            "bytes": len(content),
            **difference(found, expected),
        }


def growth(source: Path, parameters: int, folder: Path) -> dict[str, float]:
    """By how much an exact pack is larger than the bare float32 parameters, for each mask."""
    bare = 4 * parameters
    pack = folder / "exact.mlpack"
    sizes = {}
    for mask, options in (("default", []), ("none", ["--train", "none"])):
        run("import", source, *options, "-o", pack, "--quiet")
        sizes[mask] = pack.stat().st_size / bare - 1
    return sizes


def compare(alpha: float, size: int, image_count: int, seed: int) -> dict:
    K = models.keras("keras2")
    model = models.fill(models.base(K, alpha, size), seed)
    pixels = photographs(image_count, size, seed)
    inputs = pixels.astype(np.float32) / np.float32(127.5) - 1
    expected = np.concatenate([models.predict(model, image[None]) for image in inputs])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "network.h5"
        model.save(source)
        images = [folder / f"{index}.png" for index in range(image_count)]
        for path, image in zip(images, pixels):
            Image.fromarray(image).save(path)
        rows = [*packs(source, images, expected, folder), *lite(model, inputs, expected)]
        return {
            "alpha": alpha,
            "parameters": model.count_params(),
            "images": image_count,
            "outputRange": [float(expected.min()), float(expected.max())],
            "growth": growth(source, model.count_params(), folder),
            "files": rows,
        }


def table(result: dict) -> str:
    lines = [f"{'file':32} {'bytes':>12}  {'worst error':>11}  {'mean error':>10}"]
    for row in result["files"]:
        name = f"{row['writer']}, {row['dtype']}" + (", compressed" if row["compressed"] else "")
        lines.append(f"{name:32} {row['bytes']:12,}  {row['worst']:11.3e}  {row['mean']:10.3e}")
    for mask, share in result["growth"].items():
        lines.append(f"an exact pack, mask {mask}: {share:.2%} larger than the float32 parameters")
    return "\n".join(lines)


def main() -> None:
    global MLPACK
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mlpack", default=MLPACK, help="the program")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    MLPACK = arguments.mlpack
    # That Keras 2 writes HDF5, and that the interpreter will move to another package.
    warnings.simplefilter("ignore")
    result = compare(arguments.alpha, arguments.size, arguments.images, arguments.seed)
    print(table(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
