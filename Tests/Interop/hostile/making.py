"""How the hostile HDF5 files are made.

All but a few are a network that mlpack reads in which one thing is not what it seems: the kernel of conv1.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

FIXTURES = Path(__file__).parents[3] / "fixtures"
LEGACY = FIXTURES / "keras" / "mobilenet_hosted_no_top.h5"
OBJECTS = FIXTURES / "keras" / "keras3.0.weights.h5"
CONV1, KERNEL, SHAPE = "conv1", "conv1/conv1/kernel:0", (3, 3, 3, 3)
CANARY = b"what another file holds must never come out of a model. " * 8

# Name to (what makes the file, what mlpack says of it after its name: a regular expression).
FILES: dict[str, tuple[Callable[[Path], None], str]] = {}
READ, EITHER = "is read", "is read or refused"


def hostile(says: str):
    def add(make):
        FILES[make.__name__] = make, says
        return make

    return add


def kernel_as(says: str, **how):
    """The network with another dataset in place of the kernel."""

    def add(fill):
        def make(path: Path) -> None:
            shutil.copy(LEGACY, path)
            with h5py.File(path, "r+", **how) as file:
                del file[KERNEL]
                fill(file, path)

        FILES[fill.__name__] = make, says
        return fill

    return add


def attribute_as(says: str, **how):
    """The network with another list of layers."""

    def add(fill):
        def make(path: Path) -> None:
            with h5py.File(LEGACY) as old, h5py.File(path, "w", **how) as file:
                for name in old:
                    old.copy(name, file)
                fill(file)

        FILES[fill.__name__] = make, says
        return fill

    return add


def damaged(why: str, place: str = "/" + KERNEL) -> str:
    return re.escape(f"is damaged or not from Keras: {place} {why}").replace("NUMBER", r"\d+")


def no_network(why: str) -> str:
    return re.escape(f"is no MobileNet V1: {why}")


def values(dtype=np.float32):
    return np.arange(np.prod(SHAPE), dtype=dtype).reshape(SHAPE) / 100


def canary(path: Path) -> str:
    """A file beside it whose bytes must not come out."""
    (path.parent / "canary").write_bytes(CANARY)
    return "canary"


def replace(path: Path, old: bytes, new: bytes, count: int = 1) -> None:
    content = path.read_bytes()
    assert content.count(old) == count, f"{content.count(old)} places in {path}"
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))


def created(file, creation, kind=h5py.h5t.IEEE_F32LE):
    space = h5py.h5s.create_simple(SHAPE)
    dataset = h5py.h5d.create(file.id, KERNEL.encode(), kind, space, creation)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values())
