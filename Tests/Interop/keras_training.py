"""Trains cells of `training_cells.py` in real Keras, in float32 or float64, and keeps where they end.

A process of its own: Keras's float type holds for a whole process.

    python keras_training.py {float32|float64} JOB.json DATA.npz RESULT.npz
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, nullcontext
from fnmatch import fnmatchcase

import keras_run  # first: it says what TensorFlow may use
import keras
import numpy as np
import tensorflow as tf

# What a term of a mask trains: its layers, its variable if it names one, its channels if it names some.
Term = tuple[str, str | None, slice | None]
MASKS: dict[str, list[Term]] = {
    "conv_pw_13,dense": [("conv_pw_13", None, None), ("dense", None, None)],
    "conv_pw_10..": [
        (f"conv_{kind}_{number}{end}", None, None)
        for number in (10, 11, 12, 13) for kind in ("dw", "pw") for end in ("", "_bn") if (number, kind) != (10, "dw")
    ] + [("dense", None, None)],
    "*,-*_bn": [("conv1", None, None), ("conv_?w_?", None, None), ("conv_?w_1?", None, None), ("dense", None, None)],
    "*": [("*", None, None)],
    "*:bias,dense": [("*", "bias", None), ("dense", None, None)],
    "*:beta,dense": [("*", "beta", None), ("dense", None, None)],
    "*:gamma": [("*", "gamma", None)],
    "conv_pw_13[0:16],dense": [("conv_pw_13", None, slice(0, 16)), ("dense", None, None)],
    "conv_dw_12_bn:gamma,conv_pw_12[8:40],dense:bias": [
        ("conv_dw_12_bn", "gamma", None), ("conv_pw_12", None, slice(8, 40)), ("dense", "bias", None),
    ],
}


def apply_mask(model: keras.Model, terms: list[Term]) -> dict[str, slice]:
    """Makes trainable what the mask names, and says of which variables only some channels are."""
    channels = {}
    for layer in leaves(model):
        named = {}
        for pattern, only, some in terms:
            if fnmatchcase(layer.name, pattern):
                named |= {v.path: some for v in layer.weights if only in (None, v.name) and "moving" not in v.name}
        # A layer that trains at all is in training mode, as a whole.
        layer.trainable = bool(named)
        for variable in layer.weights:
            variable.trainable = variable.path in named
        channels |= {path: some for path, some in named.items() if some}
    return channels


def leaves(model: keras.Model) -> list[keras.Layer]:
    found = []
    for layer in model.layers:
        found += leaves(layer) if isinstance(layer, keras.Model) else [layer]
    return found


def moving(model: keras.Model) -> dict[str, keras.Variable]:
    """What training changes: the trainable variables, and the statistics of batch-norms in training mode."""
    names = {layer.name for layer in leaves(model) if layer.trainable and layer.trainable_variables}
    statistics = ("moving_mean", "moving_variance")
    return {
        name: variable for name, variable in keras_run.variables(model).items()
        if variable.trainable or (name.split("/")[0] in names and variable.name in statistics)
    }


@contextmanager
def kept_in_halves(model: keras.Model):
    """What the frozen layers give is rounded on its way to the first layer that is trained."""
    first = next(layer for layer in leaves(model) if layer.trainable)
    call = first.call

    def rounded(inputs, *rest, **options):
        return call(tf.cast(tf.cast(inputs, tf.float16), inputs.dtype), *rest, **options)

    first.call = rounded
    yield
    first.call = call


class Traced(keras.Sequential):
    """A model whose gradient is traced once for a mask and a loss, not again for each optimizer and its numbers.

    TensorFlow's tracing takes longer than the training of a small network does.
    """

    def __init__(self, layers: list[keras.Layer]):
        super().__init__(layers)
        self.traces, self.key = {}, None

    def train_step(self, data):
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        loss, predicted, gradients = self.traced(self.gradients, self.key, images, labels, weights)
        self.optimizer.apply(gradients, self.trainable_variables)
        self._loss_tracker.update_state(loss, sample_weight=len(images))
        return self.compute_metrics(images, labels, predicted, weights)

    def test_step(self, data):
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        # What is trainable makes no difference here, loss and rounding do.
        loss, predicted = self.traced(self.outputs, self.key[-1:], images, labels, weights)
        self._loss_tracker.update_state(loss, sample_weight=len(images))
        return self.compute_metrics(images, labels, predicted, weights)

    def outputs(self, images, labels, weights, training=False):
        predicted = self(images, training=training)
        return self.compute_loss(images, labels, predicted, weights, training=training), predicted

    def gradients(self, images, labels, weights):
        with tf.GradientTape() as tape:
            loss, predicted = self.outputs(images, labels, weights, True)
        return loss, predicted, tape.gradient(loss, self.trainable_variables)

    def traced(self, function, key, images, labels, weights):
        # Weights of one change no bit, and spare a trace.
        arguments = images, labels, tf.ones(len(images), images.dtype) if weights is None else weights
        name = function.__name__, key
        if name not in self.traces:
            shapes = [tf.TensorSpec([None, *argument.shape[1:]], images.dtype) for argument in arguments]
            self.traces[name] = tf.function(function, shapes, autograph=False)
        return self.traces[name](*(tf.cast(argument, images.dtype) for argument in arguments))

    def fit_in_batches(self, images, targets, epochs, batch_size, class_weight) -> dict[str, list[float]]:
        """What `fit` does, without the pipeline that it makes first; the same history, after the same evaluation."""
        batches = [slice(first, first + batch_size) for first in range(0, len(images), batch_size)]
        sizes = [len(images[batch]) for batch in batches]

        def passed(step, **options) -> dict[str, float]:
            logs = [step(images[batch], targets[batch], return_dict=True, **options) for batch in batches]
            return {name: np.average([log[name] for log in logs], weights=sizes) for name in ("loss", "accuracy")}

        history = {"val_" + name: [value] for name, value in passed(self.test_on_batch).items()}
        for _ in range(epochs):
            trained = passed(self.train_on_batch, class_weight=class_weight)
            validated = passed(self.test_on_batch)
            for name in trained:
                history.setdefault(name, []).append(trained[name])
                history["val_" + name].append(validated[name])
        return history


class Warmed(keras.optimizers.schedules.LearningRateSchedule):
    """The warm-up of Keras's CosineDecay before another schedule: linear, from zero at step zero."""

    def __init__(self, rate, steps, after):
        self.rate, self.steps, self.after = rate, steps, after

    def __call__(self, step):
        count = tf.cast(step, self.rate.dtype)
        steps = self.rate.dtype.type(self.steps)
        return tf.where(count < steps, self.rate * (count / steps), self.after(step - self.steps))


def learning_rate(settings: dict, steps: int):
    # As a number of the float type: from Python's, a schedule would compute in float32 whatever the type.
    rate = np.dtype(keras.config.floatx()).type(settings["learning_rate"])
    warmup, schedule = settings.get("warmup", 0), settings.get("schedule", "constant")
    schedules = keras.optimizers.schedules
    if schedule == "cosine":
        start = {"warmup_target": rate, "warmup_steps": warmup} if warmup else {}
        return schedules.CosineDecay(rate * (warmup == 0), steps - warmup, **start)
    every = settings.get("decay_every", 1)
    factor = settings.get("decay_rate", 0.1) if schedule == "step" else 1
    decay = schedules.ExponentialDecay(rate, every, factor, staircase=True)
    if warmup:
        return Warmed(rate, warmup, decay)
    return decay if schedule == "step" else settings["learning_rate"]


KEYWORDS = {
    "momentum": "momentum", "nesterov": "nesterov", "beta_1": "beta_1", "beta_2": "beta_2", "rho": "rho",
    "epsilon": "epsilon", "weight_decay": "weight_decay", "clip_value": "clipvalue", "clip_norm": "clipnorm",
    "global_clip_norm": "global_clipnorm",
}


def optimizer(settings: dict, steps: int, channels: dict[str, slice]) -> keras.Optimizer:
    """Keras's own, but that gradients of channels that are not trained are nothing."""
    chosen = {
        "sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
    }[settings["optimizer"]]

    class InChannels(chosen):
        def apply(self, grads, trainable_variables=None):
            kept = [within(channels.get(v.path), g) for g, v in zip(grads, trainable_variables)]
            super().apply(kept, trainable_variables)

    options = {KEYWORDS[name]: value for name, value in settings.items() if name in KEYWORDS}
    return (InChannels if channels else chosen)(learning_rate(settings, steps), **options)


def within(channels: slice | None, gradient: tf.Tensor) -> tf.Tensor:
    if channels is None:
        return gradient
    ones = np.zeros(gradient.shape[-1])
    ones[channels] = 1
    return gradient * tf.constant(ones, gradient.dtype)


def class_weights(said: str | None, labels: np.ndarray, classes: int) -> dict[int, float] | None:
    if said is None:
        return None
    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (classes * counts) if said == "balanced" else map(float, said.split(","))
    return dict(enumerate(weights))


def train(model: keras.Model, cell: dict, job: dict, images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    settings = cell["settings"]
    channels = apply_mask(model, MASKS[cell["mask"]])
    steps = settings["epochs"] * -(-len(images) // job["batch_size"])
    smoothing = settings.get("label_smoothing", 0.0)
    model.compile(
        optimizer(settings, steps, channels), keras.losses.CategoricalCrossentropy(label_smoothing=smoothing),
        metrics=["accuracy"], run_eagerly=isinstance(model, Traced),
    )
    targets = np.eye(job["classes"], dtype=images.dtype)[labels]
    options = {
        "epochs": settings["epochs"], "batch_size": job["batch_size"],
        "class_weight": class_weights(settings.get("class_weights"), labels, job["classes"]),
    }
    halves = settings.get("cache_dtype") == "f16"
    with kept_in_halves(model) if halves else nullcontext():
        if isinstance(model, Traced):
            model.key = (cell["mask"], (smoothing, halves))
            history = model.fit_in_batches(images, targets, **options)
        else:
            before = model.evaluate(images, targets, verbose=0, batch_size=job["batch_size"], return_dict=True)
            history = model.fit(
                images, targets, shuffle=False, verbose=0, validation_data=(images, targets), **options,
            ).history
            history |= {f"val_{name}": [value, *history[f"val_{name}"]] for name, value in before.items()}
    figures = {"trainLoss": "loss", "trainAccuracy": "accuracy"}
    figures |= {f"validation{name[5:]}": f"val_{keras_name}" for name, keras_name in figures.items()}
    return {name: variable.numpy() for name, variable in moving(model).items()} | {
        name: np.array(history[keras_name]) for name, keras_name in figures.items()
    }


def main() -> None:
    floats, job_path, data_path, result_path = sys.argv[1:]
    keras.config.set_floatx(floats)
    with open(job_path) as file:
        job = json.load(file)
    data = np.load(data_path)
    images = data["pixels"].astype(floats) / np.asarray(127.5, floats) - np.asarray(1, floats)
    model = keras_run.network(job["alpha"], job["size"], job["classes"])
    if job["traces_once"]:
        model = Traced([keras.Input(model.input_shape[1:]), *model.layers])
    result = {}
    for cell in job["cells"]:
        for name, variable in keras_run.variables(model).items():
            variable.assign(data[f"w:{name}"].astype(floats))
        for name, value in train(model, cell, job, images, data["labels"]).items():
            result[f"{cell['name']}|{name}"] = value
    np.savez(result_path, **result)


if __name__ == "__main__":
    main()
