"""Saves a MobileNet 1.0/224 of real Keras: python -m bench.workers.networks {base|classifier} FILE.h5"""

from __future__ import annotations

import sys

from .interop import keras_run, yardstick  # first: it says what TensorFlow may use
import keras

from peers.works import CLASSES, SIZE


def main(which: str, path: str) -> None:
    if which == "base":
        keras.utils.set_random_seed(0)
        keras.applications.MobileNet(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3)).save(path)
    else:
        weights = yardstick.start_weights(1.0, SIZE, CLASSES, seed=1, with_hostile=False)
        yardstick.save_as_keras(path, 1.0, SIZE, CLASSES, weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
