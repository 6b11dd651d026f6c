"""Trains in Keras with `fit`, from JPEG files: python -m bench.workers.keras_fit NETWORK PICTURES EPOCHS {cache|stream}

Prints what Keras says of the validation images before training, and of each epoch with how long it took. With `cache`
the pictures are decoded in the first epoch and kept in memory, with `stream` they are decoded in each.
"""

from __future__ import annotations

import json
import sys
import time

from . import interop  # first: it says what TensorFlow may use
import keras
import tensorflow as tf

from peers.works import LEARNING_RATE, MASK, SIZE

from ..training import BATCH_SIZE


class Clock(keras.callbacks.Callback):
    """How long each epoch takes, validation included."""

    def __init__(self):
        super().__init__()
        self.epochs: list[dict] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append({"seconds": time.perf_counter() - self.start} | {k: float(v) for k, v in logs.items()})


def dataset(folder: str, is_cached: bool) -> tf.data.Dataset:
    images = keras.utils.image_dataset_from_directory(
        folder, image_size=(SIZE, SIZE), batch_size=BATCH_SIZE, seed=0, verbose=False
    )
    images = images.map(lambda pixels, labels: (pixels / 127.5 - 1, labels), num_parallel_calls=tf.data.AUTOTUNE)
    return (images.cache() if is_cached else images).prefetch(tf.data.AUTOTUNE)


def loaded(path: str) -> keras.Model:
    model = keras.models.load_model(path, compile=False)
    for layer in model.layers[0].layers:
        layer.trainable = layer.name in MASK.split(",")
    model.compile(keras.optimizers.SGD(LEARNING_RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(network: str, pictures: str, epochs: str, reading: str) -> None:
    training, validation = (dataset(f"{pictures}/{part}", reading == "cache") for part in ("training", "validation"))
    model, clock = loaded(network), Clock()
    before = model.evaluate(validation, verbose=0, return_dict=True)
    model.fit(training, validation_data=validation, epochs=int(epochs), verbose=0, callbacks=[clock])
    version = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    print(json.dumps({"version": version, "before": before, "epochs": clock.epochs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
