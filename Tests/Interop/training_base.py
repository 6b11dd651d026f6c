"""Trains the large network for a few epochs in real Keras, and keeps it: a base whose batch-norms fit its weights.

TensorFlow's threads sum in any order, so that each time it is a slightly different base.

    python training_base.py ALPHA SIZE IMAGES.npz BASE.h5
"""

from __future__ import annotations

import sys

import keras_run  # first: it says what TensorFlow may use
import keras
import numpy as np

EPOCHS, BATCH_SIZE, RATE = 3, 20, 0.002


def main() -> None:
    alpha, size, images_path, base_path = sys.argv[1:]
    images = np.load(images_path)
    keras.utils.set_random_seed(0)
    model = keras_run.network(float(alpha), int(size), len(np.unique(images["labels"])))
    base = model.layers[0]
    base.trainable = True
    for layer in base.layers:
        layer.trainable = True
        # So that the statistics are there after a few steps.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.8
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    pixels = images["pixels"] / np.float32(127.5) - 1
    model.fit(pixels, images["labels"], batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    base.save(base_path)


if __name__ == "__main__":
    main()
