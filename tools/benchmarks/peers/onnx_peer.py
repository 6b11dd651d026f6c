"""ONNX Runtime on its processor provider."""

from __future__ import annotations

import numpy as np
import onnxruntime

from . import material
from .worker import Runner, Task


def version() -> str:
    return f"ONNX Runtime {onnxruntime.__version__}"


def load(task: Task) -> Runner:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = task.threads
    session = onnxruntime.InferenceSession(
        str(task.material.path(material.ONNX_NETWORK)), options, providers=["CPUExecutionProvider"]
    )
    batch = task.work.batch
    images = np.ascontiguousarray(task.material.images.transpose(0, 3, 1, 2))

    def run(inputs: np.ndarray) -> np.ndarray:
        return session.run(None, {"images": inputs})[0]

    def result() -> dict[str, np.ndarray]:
        return {"probabilities": np.concatenate([run(part) for part in np.split(images, len(images) // batch)])}

    return Runner(batch, lambda: run(images[:batch]), result)
