"""Writes the material into a folder: python -m peers.prepare FOLDER.

What a converter cannot do is left out, with the reason in a file of that name and `.error`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import networks

import keras
import numpy as np
import tensorflow as tf
import yardstick

from . import material
from .lite_training import training_file
from .works import CHECK_IMAGES, CLASSES, SIZE


def main() -> None:
    folder = Path(sys.argv[1])
    weights = yardstick.start_weights(1.0, SIZE, CLASSES, seed=1, with_hostile=False)
    np.savez(folder / material.START, **weights)
    model = networks.whole(weights)
    model.save(folder / material.NETWORK)
    write_inputs(folder, model)
    for floats in ("float32", "float64"):
        subprocess.run([sys.executable, "-m", f"{__package__}.expected", folder, floats], check=True)
    attempt(folder / material.LITE_NETWORK, lambda path: path.write_bytes(lite(model)))
    attempt(folder / material.ONNX_NETWORK, lambda path: write_onnx(model, path))
    attempt(folder / material.LITE_TAIL, lambda path: path.write_bytes(training_file(weights)))


def attempt(path: Path, make) -> None:
    try:
        make(path)
    except Exception as error:
        path.unlink(missing_ok=True)
        lines = str(error).strip().splitlines() or [""]
        path.with_name(f"{path.name}.error").write_text(f"{type(error).__name__}: {lines[0]}\n")


def write_inputs(folder: Path, model: keras.Model) -> None:
    pixels = yardstick.photographs(CHECK_IMAGES, SIZE, seed=1)
    images = networks.preprocessed(pixels)
    base = model.layers[0]
    extractor = keras.Model(base.input, base.get_layer("conv_dw_13_relu").output)
    features = extractor.predict(images, verbose=0)
    np.savez(folder / material.INPUTS, pixels=pixels, images=images, features=features)


def lite(model: keras.Model) -> bytes:
    return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def write_onnx(model: keras.Model, path: Path) -> None:
    """With images as [N, 3, 224, 224], which is what ONNX's convolutions take."""
    import tf2onnx

    signature = [tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, name="images")]
    function = tf.function(lambda images: model(images, training=False), input_signature=signature)
    tf2onnx.convert.from_function(
        function, input_signature=signature, opset=18, inputs_as_nchw=["images"], output_path=str(path)
    )


if __name__ == "__main__":
    main()
