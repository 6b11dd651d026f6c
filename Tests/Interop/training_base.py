"""Trains the large network for a few epochs in real Keras, and keeps it: a base whose batch-norms fit its weights.

One thread, and kernels that sum in a fixed order: the same base each time, so that a training that misses the yardstick
misses it again.

    python training_base.py ALPHA SIZE IMAGES.npz BASE.h5
"""

from __future__ import annotations

import sys

import keras_run  # first: it says what TensorFlow may use
import keras
import numpy as np
import tensorflow as tf

EPOCHS, BATCH_SIZE, RATE = 3, 20, 0.002


def main() -> None:
    alpha, size, images_path, base_path = sys.argv[1:]
    images = np.load(images_path)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
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
