"""What is measured on: networks and pictures, made once by Keras and numpy and kept.

The name of what is kept holds a digest of the code that makes it, so that other code makes it anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from .processes import run, worker
from .setting import KEPT, say

WORKERS = Path(__file__).with_name("workers")


def base_network() -> Path:
    """MobileNet 1.0/224 without top, saved by Keras with the weights that it draws."""
    return kept("networks", "base.h5", "base")


def classifier() -> Path:
    """MobileNet 1.0/224 with a head for five classes, saved by Keras with weights as a trained network has them."""
    return kept("networks", "classifier.h5", "classifier")


def pictures(training: int, validation: int) -> Path:
    """A folder with `training` and `validation`, and in each a folder of JPEG files for each class."""
    return kept("pictures", f"pictures-{training}-{validation}", training, validation)


def kept(maker: str, name: str, *arguments: object) -> Path:
    """What a worker made of these arguments: made now where it is not there yet, and there whole or not at all."""
    digest = hashlib.sha256((WORKERS / f"{maker}.py").read_bytes()).hexdigest()[:12]
    path = KEPT / digest / name
    if path.exists():
        return path
    say(f"making {name}, once")
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_name(f"{os.getpid()}-{name}")
    try:
        run(*worker(maker, *arguments, half_made))
        half_made.rename(path)
    finally:
        if half_made.is_dir():
            shutil.rmtree(half_made)
        else:
            half_made.unlink(missing_ok=True)
    return path
