"""tinygrad on the same OpenCL device, with its compiled steps (TinyJit)."""

from __future__ import annotations

import os
from importlib.metadata import version as installed

os.environ.setdefault("DEV", "CL")

import numpy as np
from tinygrad import Device, Tensor, TinyJit, dtypes

from .works import LEARNING_RATE
from .worker import Runner, Task

EPSILON = 1e-3


def version() -> str:
    return f"tinygrad {installed('tinygrad')} on {Device.DEFAULT}"


def load(task: Task) -> Runner:
    return step(task) if task.work.trains else forward(task)


def folded(weights: dict[str, np.ndarray], layer: str) -> tuple[Tensor, Tensor]:
    """The kernel of a convolution as [out, in / groups, rows, columns] and the shift, with the batch-norm in them."""
    of = {name: weights[f"{layer}_bn/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")}
    scale = of["gamma"] / np.sqrt(of["moving_variance"] + EPSILON)
    kernel = weights[f"{layer}/kernel"]
    kernel = kernel.transpose(2, 3, 0, 1) if "conv_dw" in layer else kernel.transpose(3, 2, 0, 1)
    shift = of["beta"] - of["moving_mean"] * scale
    return Tensor(np.ascontiguousarray(kernel * scale[:, None, None, None])), Tensor(shift)


def forward(task: Task) -> Runner:
    weights, batch = task.material.start, task.work.batch
    names = ["conv1"] + [f"conv_{kind}_{index}" for index in range(1, 14) for kind in ("dw", "pw")]
    layers = {name: folded(weights, name) for name in names}
    dense, bias = Tensor(weights["dense/kernel"]), Tensor(weights["dense/bias"])

    @TinyJit
    def run(images: Tensor) -> Tensor:
        values = images
        for name, (kernel, shift) in layers.items():
            strided = name == "conv1" or name in {f"conv_dw_{index}" for index in (2, 4, 6, 12)}
            # Keras pads a stride of two below and on the right alone.
            padding = 0 if "conv_pw" in name else (0, 1, 0, 1) if strided else 1
            groups = kernel.shape[0] if "conv_dw" in name else 1
            values = values.conv2d(kernel, shift, groups, 2 if strided else 1, padding=padding).clip(0, 6)
        return (values.mean((2, 3)) @ dense + bias).softmax().realize()

    images = np.ascontiguousarray(task.material.images.transpose(0, 3, 1, 2))
    parts = [Tensor(part).realize() for part in np.split(images, len(images) // batch)]

    def result() -> dict[str, np.ndarray]:
        return {"probabilities": np.concatenate([run(part).numpy() for part in parts])}

    return Runner(batch, lambda: run(parts[0]).numpy(), result)


class Tail:
    """conv_pw_13 as a product over the pixels, the batch-norm as it is, and the classifier."""

    def __init__(self, weights: dict[str, np.ndarray]):
        scale = weights["conv_pw_13_bn/gamma"] / np.sqrt(weights["conv_pw_13_bn/moving_variance"] + EPSILON)
        self.scale = Tensor(scale)
        self.shift = Tensor(weights["conv_pw_13_bn/beta"] - weights["conv_pw_13_bn/moving_mean"] * scale)
        self.trained = {
            name: Tensor(weights[name]).contiguous().realize()
            for name in ("conv_pw_13/kernel", "dense/kernel", "dense/bias")
        }
        self.jit = TinyJit(self.train)

    def train(self, features: Tensor, labels: Tensor) -> Tensor:
        kernel, dense, bias = self.trained.values()
        for tensor in self.trained.values():
            tensor.requires_grad = True
            tensor.grad = None
        values = features @ kernel.reshape(kernel.shape[-2:])
        values = (values * self.scale + self.shift).clip(0, 6).mean((1, 2))
        loss = (values @ dense + bias).sparse_categorical_crossentropy(labels)
        gradients = loss.gradient(*self.trained.values())
        for tensor, gradient in zip(self.trained.values(), gradients):
            tensor.assign(tensor.detach() - LEARNING_RATE * gradient)
        return loss.realize(*self.trained.values())


def step(task: Task) -> Runner:
    inputs, classes = task.material.batches(task.work)
    batch = task.work.batch

    def part(first: int) -> tuple[Tensor, Tensor]:
        end = first + batch
        return Tensor(inputs[first:end]).realize(), Tensor(classes[first:end], dtype=dtypes.int32).realize()

    parts = [part(0), part(batch)]
    timed = Tail(task.material.start)

    def result() -> dict[str, np.ndarray]:
        tail = Tail(task.material.start)
        for features, labels in parts:
            tail.jit(features, labels)
        return {name: tensor.numpy() for name, tensor in tail.trained.items()}

    return Runner(batch, lambda: timed.jit(*parts[0]).item(), result)
