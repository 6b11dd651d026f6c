"""HDF5 files that are wrong as a whole."""

from __future__ import annotations

import re
from pathlib import Path

import h5py

from hostile.making import FILES, FIXTURES, LEGACY, READ, damaged, hostile


@hostile(re.escape("holds no Keras network (neither 'layer_names' nor 'model_weights' nor 'layers' is there)"))
def no_objects(path):
    h5py.File(path, "w").close()


@hostile(READ)
def behind_a_user_block(path):
    """As much a shell script as a network."""
    with h5py.File(LEGACY) as old, h5py.File(path, "w", userblock_size=512) as file:
        for name in old:
            old.copy(name, file)
        for name, value in old.attrs.items():
            file.attrs[name] = value
    with open(path, "r+b") as file:
        file.write(b"#!/bin/sh\necho harm\n")


@hostile(damaged("H5Fopen failed: truncated file: eof = NUMBER, sblock->base_addr = 0, stored_eof = NUMBER", "/"))
def truncated(path):
    path.write_bytes(LEGACY.read_bytes()[:200_000])


@hostile(damaged("H5Fopen failed: bad byte number in an address", "/"))
def signature_alone(path):
    path.write_bytes(LEGACY.read_bytes()[:8])


@hostile(damaged("H5Fopen failed: truncated file: eof = NUMBER, sblock->base_addr = 0, stored_eof = NUMBER", "/"))
def made_of_zeros(path):
    path.write_bytes(LEGACY.read_bytes()[:96] + bytes(100_000))


# Single bytes with which libhdf5 1.10.8 ends in a signal, h5dump too: (file, place, value). Newer ones may say what is wrong.
CRASHES = [
    ("keras2_nested_frozen.h5", 2076, 128), ("keras3_adam.weights.h5", 2226, 128), ("keras3_adam.weights.h5", 2359, 1),
    ("keras3_adam.weights.h5", 2803, 128), ("keras3_adam.weights.h5", 3523, 2), ("keras3_adam.weights.h5", 3585, 128),
    ("keras3_adam.weights.h5", 4015, 1),
]


def crash(name: str, place: int, value: int):
    def make(path: Path) -> None:
        content = bytearray((FIXTURES / "keras" / name).read_bytes())
        content[place] = value
        path.write_bytes(content)

    return make


for number, (name, place, value) in enumerate(CRASHES):
    FILES[f"crash_{number}"] = crash(name, place, value), "(makes libhdf5 fail: it was ended by signal 11; .*|is damaged .*)"
