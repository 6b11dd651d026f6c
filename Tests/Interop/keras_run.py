"""Runs the transfer-learning network in real Keras, in float16, float32 or float64, and keeps what comes out.

A process of its own: Keras's float type holds for a whole process.

    python keras_run.py {float16|float32|float64} JOB.npz RESULT.npz
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np


def network(alpha: float, size: int, classes: int) -> keras.Model:
    """The transfer-learning model: MobileNet without top, average pooling, flatten, dense, softmax."""
    base = keras.applications.MobileNet(
        input_shape=(size, size, 3), alpha=alpha, include_top=False, weights=None
    )
    for layer in base.layers:
        layer.trainable = layer.name == "conv_pw_13"
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            base,
            keras.layers.AveragePooling2D(base.output_shape[1]),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, name="dense"),
            keras.layers.Softmax(),
        ]
    )


def variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Every variable under `layer/name`, the nested model's too."""
    found = {}
    for layer in model.layers:
        for inner in layer.layers if isinstance(layer, keras.Model) else [layer]:
            for variable in inner.weights:
                found[f"{inner.name}/{variable.name}"] = variable
    return found


def realistic(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Values in the range of a trained network's."""
    kind = name.split("/")[1]
    if kind == "kernel":
        fan_in = np.prod(shape[:2]) if "conv_dw" in name else np.prod(shape[:-1])
        value = random.standard_normal(shape) * np.sqrt(2 / fan_in)
    elif kind == "gamma":
        value = random.uniform(0.5, 1.5, shape)
    elif kind == "moving_variance":
        value = random.uniform(0.1, 2, shape)
    else:
        value = random.standard_normal(shape) * (0.3 if kind == "beta" else 0.1)
    return value.astype(np.float32)


def make_hostile(weights: dict[str, np.ndarray]) -> None:
    """Gives each batch-norm a few channels as pretrained files have them: switched off, negated, and dead.

    A channel is dead where its kernel is next to nothing, and the variance of what comes out with it.
    """
    for name in [name for name in weights if name.endswith("_bn/gamma")]:
        layer = name.removesuffix("_bn/gamma")
        kernel = weights[f"{layer}/kernel"]
        channels = kernel[:, :, :, 0] if "conv_dw" in layer else kernel.reshape(-1, kernel.shape[-1])
        weights[name][0], weights[name][1] = 0, -weights[name][1]
        for channel, size, variance in ((2, 1e-6, 1e-12), (3, 1e-30, 0)):
            channels[..., channel] *= np.float32(size)
            weights[f"{layer}_bn/moving_mean"][channel] = 0
            weights[f"{layer}_bn/moving_variance"][channel] = variance


def main() -> None:
    floats, job_path, result_path = sys.argv[1:]
    keras.config.set_floatx(floats)
    job = np.load(job_path)
    model = network(float(job["alpha"]), int(job["size"]), int(job["classes"]))
    images = job["pixels"].astype(floats) / np.asarray(127.5, floats) - np.asarray(1, floats)
    start = {key.removeprefix("w:"): job[key] for key in job.files if key.startswith("w:")}
    result = {}

    def restart() -> None:
        for name, variable in variables(model).items():
            variable.assign(start[name].astype(floats))

    restart()
    if "predict" in job.files:
        result["features"] = model.layers[0].predict(images, verbose=0, batch_size=4)
        result["probabilities"] = model.predict(images, verbose=0, batch_size=4)
    for rate in job["rates"] if "rates" in job.files else []:
        restart()
        model.compile(keras.optimizers.SGD(float(rate)), loss="sparse_categorical_crossentropy")
        before = model.evaluate(images, job["labels"], verbose=0, batch_size=int(job["batch"]))
        history = model.fit(
            images, job["labels"], batch_size=int(job["batch"]), epochs=int(job["epochs"]), shuffle=False,
            verbose=0, validation_data=(images, job["labels"]),
        ).history
        result[f"{rate}:trainLoss"] = np.array(history["loss"])
        result[f"{rate}:validationLoss"] = np.array([before, *history["val_loss"]])
        for name in ("conv_pw_13/kernel", "dense/kernel", "dense/bias"):
            result[f"{rate}:{name}"] = variables(model)[name].numpy()
    np.savez(result_path, **result)


if __name__ == "__main__":
    main()
