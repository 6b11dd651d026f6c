"""OpenVINO in single precision: one batch at a time (`latency`), or as many as it likes at once (`throughput`)."""

from __future__ import annotations

import numpy as np
import openvino

from . import material
from .worker import Runner, Task


def version() -> str:
    return f"OpenVINO {openvino.__version__.split('-')[0]}"


def load(task: Task) -> Runner:
    core, batch = openvino.Core(), task.work.batch
    model = core.read_model(task.material.path(material.ONNX_NETWORK))
    images = np.ascontiguousarray(task.material.images.transpose(0, 3, 1, 2))
    model.reshape((batch, *images.shape[1:]))
    settings = {
        "PERFORMANCE_HINT": task.variant.upper(), "INFERENCE_NUM_THREADS": task.threads,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = core.compile_model(model, "CPU", settings)
    parts = np.split(images, len(images) // batch)

    def result() -> dict[str, np.ndarray]:
        return {"probabilities": np.concatenate([compiled(part)[0] for part in parts])}

    if task.variant == "latency":
        return Runner(batch, lambda: compiled(parts[0]), result)
    queue = openvino.AsyncInferQueue(compiled)

    def step() -> None:
        """A few batches for each that is under way, so that none waits for the last of the others for long."""
        for _ in range(4 * len(queue)):
            queue.start_async(parts[0])
        queue.wait_all()

    return Runner(4 * len(queue) * batch, step, result)
