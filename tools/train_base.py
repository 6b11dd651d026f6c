"""Trains the demo's base network with Keras: a MobileNet V1, alpha 0.25, for 128 × 128 pixels.

The demo fine-tunes on flowers, so the base must never have seen one: it learns drawn leaves, fruits, animals,
made things and surfaces (`drawing.things`). What ships is the network without its classifier, as Keras itself
writes it into a legacy HDF5 file. A run takes some 20 minutes on two cores:

    tools/train_base.py --output fixtures/base/mobilenet_2_5_128_tf_no_top.h5
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from numpy.typing import NDArray

from drawing.scene import photographed
from drawing.things import CLASSES, draw_thing

SIZE, ALPHA = 128, 0.25
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


def draw(seed: int, a_class: int) -> tuple[Images, Labels]:
    """`a_class` pictures of each class; picture i of a class depends on the seed, the class and i alone."""
    images = np.empty((len(CLASSES) * a_class, SIZE, SIZE, 3), np.uint8)
    labels = np.repeat(np.arange(len(CLASSES)), a_class)
    for position, label in enumerate(labels):
        rng = np.random.default_rng([seed, label, position % a_class])
        images[position] = photographed(rng, draw_thing(rng, CLASSES[label], SIZE, SIZE))
    return images, labels


class Batches(keras.utils.PyDataset):
    """Shuffled batches of crops, mirrored, turned, their colours shifted: shapes must do the telling."""

    def __init__(self, images: Images, labels: Labels, size: int, batch_size: int, seed: int) -> None:
        super().__init__()
        self.images, self.labels, self.size, self.batch_size = images, labels, size, batch_size
        self.rng = np.random.default_rng(seed)
        self.order = self.rng.permutation(len(labels))

    def __len__(self) -> int:
        return len(self.labels) // self.batch_size

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], Labels]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = np.stack([self.crop(self.images[i]) for i in chosen]).astype(np.float32)
        gain = self.rng.normal(1, 0.12, (len(chosen), 1, 1, 3))
        return scaled(np.clip(batch * gain, 0, 255)), self.labels[chosen]

    def crop(self, image: Images) -> Images:
        """A square of the size that is trained on, from anywhere in the picture, turned and mirrored."""
        top, left = self.rng.integers(0, SIZE - self.size + 1, 2)
        part = np.rot90(image[top : top + self.size, left : left + self.size], self.rng.integers(4))
        return part[:, ::-1] if self.rng.random() < 0.5 else part

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.labels))


def scaled(pixels: NDArray) -> NDArray[np.float32]:
    """Pixels as MobileNet expects them, from -1 to 1."""
    return (pixels / 127.5 - 1).astype(np.float32)


def classifier(size: int) -> keras.Model:
    """Keras's MobileNet for pictures of a size, whose weights do not depend on it."""
    return keras.applications.MobileNet(
        input_shape=(size, size, 3), alpha=ALPHA, weights=None, classes=len(CLASSES), dropout=0.1
    )


def fit(
    model: keras.Model, batches: Batches, unseen: tuple[Images, Labels], epochs: int, peak: float
) -> None:
    """Adam, its learning rate rising for an epoch and falling to zero along a cosine."""
    steps = len(batches) * epochs
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, alpha=0.0, warmup_target=peak, warmup_steps=steps // 12
    )
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    model.fit(batches, epochs=epochs, verbose=2)
    size, (images, truth) = batches.size, unseen
    margin = (SIZE - size) // 2
    middle = scaled(images[:, margin : margin + size, margin : margin + size])
    print(f"{size} x {size}: unseen loss and accuracy", model.evaluate(middle, truth, verbose=0), flush=True)


def train(arguments: argparse.Namespace) -> tuple[keras.Model, float]:
    """The trained classifier, and its accuracy on pictures that it has not seen.

    Most epochs see crops of 96 × 96, at little more than half the cost; the last ones the whole pictures.
    """
    images, labels = draw(arguments.seed, arguments.images)
    unseen, truth = draw(arguments.seed + 1, 24)
    smaller, whole = classifier(96), classifier(SIZE)
    for model, epochs, peak in ((smaller, arguments.epochs, 3e-3), (whole, arguments.epochs // 5, 4e-4)):
        batches = Batches(images, labels, model.input_shape[1], arguments.batch_size, arguments.seed)
        fit(model, batches, (unseen, truth), epochs, peak)
        whole.set_weights(model.get_weights())
    return whole, whole.evaluate(scaled(unseen), truth, verbose=0)[1]


def without_top(model: keras.Model) -> keras.Model:
    """The network as Keras builds it with `include_top=False`; its layers have the same names."""
    base = keras.applications.MobileNet(
        input_shape=(SIZE, SIZE, 3), alpha=ALPHA, weights=None, include_top=False
    )
    for layer in base.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return base


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--images", type=int, default=200, help="pictures of each class to train on")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    began = time.monotonic()
    model, accuracy = train(arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    without_top(model).save(arguments.output)
    seconds, size = time.monotonic() - began, arguments.output.stat().st_size
    print(f"{len(CLASSES)} classes, {accuracy:.1%} of unseen pictures right, {seconds:.0f} s")
    print(f"{arguments.output}: {size:,} bytes, written by Keras {keras.__version__}")


if __name__ == "__main__":
    main()
