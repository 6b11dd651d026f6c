"""Does an exported file give in Keras the probabilities that `mlpack predict` gave?

    check_with_keras.py 3 tuned.h5 predictions.json

The first argument says which line of Keras loads the file, 2 (tf_keras) or 3. Images are read and resized as
`image_dataset_from_directory` does by default. Exits with 1 where a probability is further off than rounding
can be.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

# Of probabilities that two float32 implementations give: rounding makes 2e-6 of difference in these networks, a wrong weight
# or layer thousands of times that.
TOLERANCE = 2e-5


def batch(files: list[str], size: tuple[int, int]) -> NDArray[np.float32]:
    """The images as a MobileNet of that input size takes them, from -1 to 1."""
    contents = [Path(file).read_bytes() for file in files]
    images = [tf.io.decode_image(content, channels=3, expand_animations=False) for content in contents]
    return np.stack([tf.image.resize(image, size) for image in images]) / np.float32(127.5) - np.float32(1)


def main(line: str, model_file: str, predictions_file: str) -> int:
    keras = importlib.import_module({"2": "tf_keras", "3": "keras"}[line])
    model = keras.models.load_model(model_file, compile=False)
    rows = json.loads(Path(predictions_file).read_text())
    ours = np.array([row["probabilities"] for row in rows])
    theirs = model.predict(batch([row["file"] for row in rows], model.input_shape[1:3]), verbose=0)
    difference = float(np.abs(ours - theirs).max())
    print(f"Keras {keras.__version__}: {len(rows)} images, probabilities within {difference:.1e} of mlpack's")
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
