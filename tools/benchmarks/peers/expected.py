"""What Keras makes of the inputs, operation by operation: python -m peers.expected FOLDER {float32|float64}.

A process of its own: Keras's float type holds for a whole process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import networks

import keras
import numpy as np

from .material import Material, expected
from .works import BY_NAME


def main() -> None:
    folder, floats = Path(sys.argv[1]), sys.argv[2]
    keras.config.set_floatx(floats)
    material = Material(folder)
    probabilities = networks.whole(material.start).predict(material.images, verbose=0)
    np.savez(folder / expected(BY_NAME["forward-1"], floats), probabilities=probabilities)
    for name, make in (("tail", networks.tail), ("unfrozen", networks.whole)):
        work = BY_NAME[name]
        inputs, classes = material.batches(work)
        model = networks.compiled(make(material.start), run_eagerly=True)
        model.fit(inputs, classes, batch_size=work.batch, epochs=1, shuffle=False, verbose=0)
        np.savez(folder / expected(work, floats), **networks.tensors(model))


if __name__ == "__main__":
    main()
