"""Archives and indexes of shards that are made to harm whoever reads them, and what mlpack says of each."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np

from hostile.making import EITHER, FIXTURES, LEGACY, canary, hostile, replace

ARCHIVE = FIXTURES / "keras" / "keras3_renamed.keras"
CONFIGURATION, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def members() -> dict[str, bytes]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, changes: dict[str, bytes | None], method: int = zipfile.ZIP_DEFLATED, level=None) -> None:
    """The archive with other members: None takes one away."""
    with zipfile.ZipFile(path, "w", method, compresslevel=level) as archive:
        for name, content in {**members(), **changes}.items():
            if content is not None:
                archive.writestr(name, content)


def with_hdf5(path: Path, fill, **how) -> None:
    """The archive with other weights."""
    image = io.BytesIO(members()[WEIGHTS])
    with h5py.File(image, "r+", **how) as file:
        fill(file)
    write(path, {WEIGHTS: image.getvalue()})


# Sizes


@hostile("has a member 'config.json' that is no text of a sensible length")
def text_bomb(path):
    write(path, {CONFIGURATION: b" " * (1 << 28)})


@hostile(r"has member 'model.weights.h5' of more bytes than the limit of \d+")
def weights_bomb(path):
    """Declared to be two gigabytes."""
    write(path, {})
    content = members()[WEIGHTS]
    size = struct.pack("<I", len(content))
    replace(path, size, struct.pack("<I", 1 << 31), path.read_bytes().count(size))


@hostile(r"has member 'y' of more bytes than the limit of \d+")
def many_members_of_many_bytes(path):
    """A gigabyte and a half of zeros, in members that nobody asks for."""
    write(path, dict.fromkeys("xyz", bytes(1 << 29)), level=1)


@hostile(r"has member 'model.weights.h5' of more bytes than the limit of \d+")
def ratio_beyond_deflate(path):
    write(path, {WEIGHTS: bytes(1 << 20)})
    size = struct.pack("<I", 1 << 20)
    replace(path, size, struct.pack("<I", 1 << 29), 2)


@hostile("is a damaged zip archive: .*")
def size_that_is_wrong(path):
    """A few bytes more than there are."""
    write(path, {})
    content = members()[WEIGHTS]
    size = struct.pack("<I", len(content))
    replace(path, size, struct.pack("<I", len(content) + 4), 2)


@hostile("is a damaged zip archive: .*")
def checksum_that_is_wrong(path):
    write(path, {})
    checksum = struct.pack("<I", zlib.crc32(members()[WEIGHTS]))
    replace(path, checksum, b"\x01\x02\x03\x04", 2)


@hostile("has 1004 members, more than a model has")
def a_thousand_members(path):
    write(path, {f"assets/{number}": b"" for number in range(1001)})


# Names


@hostile("has a member '\\.\\./harm' whose name leads out of the archive")
def name_that_leads_up(path):
    write(path, {"../harm": b"harm"})


@hostile("has a member '/tmp/harm' whose name leads out of the archive")
def absolute_name(path):
    write(path, {"/tmp/harm": b"harm"})


@hostile(r"has a member 'assets\\harm' whose name leads out of the archive")
def name_of_windows(path):
    write(path, {"assets\\harm": b"harm"})


@hostile("is a damaged zip archive: File already exists")
def one_name_twice(path):
    write(path, {"config.jsen": b"{}"})
    replace(path, b"config.jsen", b"config.json", 2)


@hostile(re.escape("is a zip archive, but holds no Keras network ('config.json' or 'model.weights.h5' is missing)"))
def name_with_nul(path):
    """To a program in C the name ends before the NUL."""
    write(path, {CONFIGURATION: None, "config.json.exe": members()[CONFIGURATION]})
    replace(path, b"config.json.exe", b"config.json\0exe", 2)


# What is in it


@hostile("has an encrypted member 'model.weights.h5'")
def encrypted(path):
    write(path, {})
    content = bytearray(path.read_bytes())
    for record, flags in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)]:
        start = -1
        while (start := content.find(record, start + 1)) >= 0:
            name = start + (30 if record.endswith(b"\x04") else 46)
            if content[name:].startswith(WEIGHTS.encode()):
                content[start + flags] |= 1
    path.write_bytes(content)


@hostile("has member '.*' compressed by method 14; only stored and deflated ones are read")
def compressed_by_another_method(path):
    write(path, {}, zipfile.ZIP_LZMA)


@hostile("keeps its weights as pickled Python objects, which run code as they are read; .*")
def pickled_weights(path):
    write(path, {WEIGHTS: None, "model.weights.npz": b"harm"})


@hostile("is damaged or not from Keras: / H5Fopen failed: .*")
def weights_that_are_no_hdf5(path):
    write(path, {WEIGHTS: b"PK\x03\x04" * 1000})


@hostile("holds no Keras network .*")
def empty_weights(path):
    write(path, {WEIGHTS: b""})


@hostile("holds no Keras network .*")
def weights_of_another_layout(path):
    write(path, {WEIGHTS: LEGACY.read_bytes()})


@hostile("is damaged or not from Keras: .* keeps its data in another file, which is refused")
def external_storage_inside(path):
    canary(path)

    def fill(file):
        del file["layers/conv2d/vars/0"]
        elsewhere = [(str(path.parent / "canary"), 0, 108)]
        file.create_dataset("layers/conv2d/vars/0", (3, 3, 3, 1), np.float32, external=elsewhere)

    with_hdf5(path, fill)


@hostile(".* of class Lambda.*")
def code_in_the_configuration(path):
    """A layer of Python's byte code, as Keras marshals it."""
    configuration = json.loads(members()[CONFIGURATION])
    layer = configuration["config"]["layers"][1]
    layer["class_name"], layer["module"] = "Lambda", "keras.layers"
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAA", "defaults": None, "closure": None}}
    layer["config"] = {"name": layer["config"]["name"], "function": code}
    write(path, {CONFIGURATION: json.dumps(configuration).encode()})


@hostile("has a model configuration that Keras does not write: nested too deeply at byte 100")
def deep_configuration(path):
    write(path, {CONFIGURATION: b"[" * 1_000_000})


@hostile(EITHER)
def trailing_bytes_in_metadata(path):
    write(path, {METADATA: b"{" * 1000})


# Weights in shards, which an index names


def index(path: Path, *names: object) -> None:
    path.write_text(json.dumps({"weight_map": {f"/layers/a{i}/vars": name for i, name in enumerate(names)}}))


OUTSIDE = re.escape("has a model configuration that Keras does not write: the weight map names for '/layers/a0/vars' what is no file beside it")


@hostile(OUTSIDE)
def shard_in_another_folder(path):
    index(path, "../canary.h5")


@hostile(OUTSIDE)
def shard_anywhere(path):
    index(path, "/etc/passwd")


@hostile(OUTSIDE)
def shard_that_is_the_folder(path):
    index(path, "..")


@hostile(OUTSIDE)
def shard_with_nul(path):
    index(path, "canary.h5\0.txt")


@hostile(OUTSIDE)
def shard_that_is_a_number(path):
    index(path, 7)


@hostile("names 'canary' as one of its parts, which is not HDF5")
def shard_that_is_another_file(path):
    index(path, canary(path))


@hostile("names 'itself.*' as one of its parts, which is not HDF5")
def shard_that_is_the_index(path):
    (path.parent / "itself").symlink_to(path.name)
    index(path, "itself")


@hostile("holds no Keras network .*")
def shards_without_number(path):
    index(path, *(f"part-{number}.h5" for number in range(300)))
