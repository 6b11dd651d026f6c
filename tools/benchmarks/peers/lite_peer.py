"""TensorFlow Lite with XNNPACK."""

from __future__ import annotations

from importlib.metadata import version as installed

import numpy as np

from ai_edge_litert.interpreter import Interpreter

from . import material
from .worker import Runner, Task


def version() -> str:
    return f"LiteRT {installed('ai-edge-litert')}"


def load(task: Task) -> Runner:
    return step(task) if task.work.trains else forward(task)


def forward(task: Task) -> Runner:
    images, batch = task.material.images, task.work.batch
    interpreter = Interpreter(
        model_path=str(task.material.path(material.LITE_NETWORK)), num_threads=task.threads
    )
    entry, exit_ = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(entry, (batch, *images.shape[1:]))
    interpreter.allocate_tensors()

    def run(inputs: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(entry, inputs)
        interpreter.invoke()
        return interpreter.get_tensor(exit_)

    def result() -> dict[str, np.ndarray]:
        return {"probabilities": np.concatenate([run(part) for part in np.split(images, len(images) // batch)])}

    return Runner(batch, lambda: run(images[:batch]), result)


def step(task: Task) -> Runner:
    path = task.material.path(material.LITE_TAIL)
    inputs, classes = task.material.batches(task.work)
    batch = task.work.batch

    def opened():
        interpreter = Interpreter(model_path=str(path), num_threads=task.threads)
        return interpreter.get_signature_runner("train"), interpreter.get_signature_runner("weights")

    def result() -> dict[str, np.ndarray]:
        train, weights = opened()
        for first in (0, batch):
            part = slice(first, first + batch)
            train(features=inputs[part], labels=classes[part])
        found = weights()
        return {
            "conv_pw_13/kernel": found["kernel"], "dense/kernel": found["dense"], "dense/bias": found["bias"],
        }

    train, _ = opened()
    first = np.ascontiguousarray(inputs[:batch])
    return Runner(batch, lambda: train(features=first, labels=classes[:batch]), result)
