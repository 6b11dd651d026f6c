"""Keras on TensorFlow: a compiled function, the same through XLA, and `fit` on arrays in memory."""

from __future__ import annotations

from . import networks

import keras
import numpy as np
import tensorflow as tf

from .worker import Runner, Task

# Steps of one `fit`, so that what it does once is shared.
STEPS_OF_A_FIT = 4


def version() -> str:
    return f"Keras {keras.__version__}, TensorFlow {tf.__version__}"


def load(task: Task) -> Runner:
    tf.config.threading.set_intra_op_parallelism_threads(task.threads)
    if not task.work.trains:
        return forward(task)
    inputs, classes = task.material.batches(task.work)
    start = task.material.start
    model = networks.compiled((networks.tail if task.work.name == "tail" else networks.whole)(start))
    take = fit(model, task) if task.variant == "fit" else function(model, task)
    batch = task.work.batch
    repeats = STEPS_OF_A_FIT if task.variant == "fit" else 1
    timed = [np.concatenate([array[:batch]] * repeats) for array in (inputs, classes)]
    if task.variant != "fit":
        timed = [tf.constant(array) for array in timed]

    def result() -> dict[str, np.ndarray]:
        networks.filled(model, start)
        for first in (0, batch):
            take(inputs[first : first + batch], classes[first : first + batch])
        return networks.tensors(model)

    return Runner(batch * repeats, lambda: take(*timed), result)


def forward(task: Task) -> Runner:
    model, batch = networks.whole(task.material.start), task.work.batch
    images = task.material.images

    @tf.function(jit_compile=task.variant == "XLA", reduce_retracing=True)
    def run(inputs):
        return model(inputs, training=False)

    timed = tf.constant(images[:batch])

    def result() -> dict[str, np.ndarray]:
        parts = [run(tf.constant(images[first : first + batch])).numpy() for first in range(0, len(images), batch)]
        return {"probabilities": np.concatenate(parts)}

    return Runner(batch, lambda: run(timed).numpy(), result)


def fit(model: keras.Model, task: Task):
    def take(inputs, classes):
        model.fit(inputs, classes, batch_size=task.work.batch, epochs=1, shuffle=False, verbose=0)

    return take


def function(model: keras.Model, task: Task):
    loss = keras.losses.SparseCategoricalCrossentropy()

    @tf.function(jit_compile=task.variant == "XLA")
    def step(inputs, classes):
        with tf.GradientTape() as tape:
            value = loss(classes, model(inputs, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        return value

    return lambda inputs, classes: step(tf.convert_to_tensor(inputs), tf.convert_to_tensor(classes)).numpy()
