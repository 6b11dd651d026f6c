"""HDF5 files whose lists of layers do harm."""

from __future__ import annotations

import re
import struct

import h5py
import numpy as np

from hostile.making import LEGACY, READ, attribute_as, damaged, hostile, replace


@attribute_as(damaged("is not a name that an object can have", "/.."))
def names_out_of_the_group(file):
    file.attrs["layer_names"] = np.array([b"conv1/../conv1"])


@attribute_as(damaged("is not a name that an object can have", "/"))
def absolute_names(file):
    file.attrs["layer_names"] = np.array([b"/conv1"])


@attribute_as(r"is damaged or not from Keras: /x{400,} … x{300,} is not a name that an object can have")
def endless_name(file):
    file.attrs["layer_names"] = np.array([b"x" * 60_000])


@attribute_as(r"is damaged or not from Keras: (/x)+/? … [/x]+ is not a name that an object can have")
def deep_name(file):
    file.attrs["layer_names"] = np.array([b"/".join([b"x"] * 1000)])


@attribute_as(damaged("is not text: its elements are no strings", "/@layer_names"))
def names_that_are_numbers(file):
    file.attrs["layer_names"] = np.arange(5)


@attribute_as(damaged("is not text: it is not UTF-8", "/@layer_names"))
def names_that_are_no_text(file):
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(4)
    made = h5py.h5a.create(file.id, b"layer_names", kind, h5py.h5s.create_simple((1,)))
    made.write(np.array([b"\xff\xfe\xfd\xfc"]), mtype=kind)


@attribute_as(damaged("is larger than the limit of 65536", "/@layer_names"), libver="latest")
def too_many_names(file):
    file.attrs["layer_names"] = np.full(70_000, b"conv1")


@attribute_as(damaged("brings 5000 layers, more than a MobileNet's file may have in all", "/"), libver="latest")
def more_layers_than_a_network(file):
    file.attrs["layer_names"] = np.full(5_000, b"conv1")


@attribute_as(damaged("is larger than the limit of 8388608", "/@layer_names"), libver="latest")
def names_of_megabytes(file):
    file.attrs["layer_names"] = np.full(1000, b"x" * 9000)


@attribute_as(damaged("is larger than the limit of 65536", "/@layer_names"))
def names_in_too_many_parts(file):
    for part in range(3000):
        file.attrs[f"layer_names{part}"] = np.full(30, b"conv1")


@hostile(damaged("H5Aread failed: memory allocation failed for VL data", "/@layer_names"))
def memory_bomb_of_strings(path):
    """Four thousand strings of a megabyte, all of them the same one in the file."""
    count, length = 4000, 1_000_000
    with h5py.File(LEGACY) as old, h5py.File(path, "w") as file:
        old.copy("conv1", file)
        text = h5py.string_dtype()
        file.attrs.create("long", "x" * length, dtype=text)
        file.attrs.create("layer_names", np.array(["y"] * count, object), dtype=text)
    # A string is its length, and the address and the number of what is on the heap.
    content = path.read_bytes()
    [long] = re.findall(struct.pack("<I", length) + b".{8}\x01\0\0\0", content, re.DOTALL)
    [short] = re.findall(b"(?:\x01\0\0\0.{10}\0\0){%d}" % count, content, re.DOTALL)
    replace(path, short, long * count)


@attribute_as(READ, libver="latest")
def a_hundred_thousand_attributes(file):
    with h5py.File(LEGACY) as old:
        file.attrs["layer_names"] = old.attrs["layer_names"]
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    for number in range(100_000):
        h5py.h5a.create(file.id, b"a%d" % number, h5py.h5t.STD_I8LE, space)
