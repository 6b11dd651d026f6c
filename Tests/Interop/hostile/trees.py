"""HDF5 files whose groups do harm, in the layout of `.weights.h5`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import h5py
import numpy as np

from hostile.elsewhere import INDIRECT
from hostile.making import FILES, KERNEL, OBJECTS, damaged, replace


def tree_as(says: str):
    """The tree with other layers."""

    def add(fill):
        def make(path: Path) -> None:
            shutil.copy(OBJECTS, path)
            with h5py.File(path, "r+") as file:
                fill(file, file["layers"])

        FILES[fill.__name__] = make, says
        return fill

    return add


@tree_as(damaged("is nested too deeply", "/layers" + "/again/layers" * 11 + "/activation"))
def cycle_of_hard_links(file, layers):
    layers["again"] = file["/"]


@tree_as(damaged("is nested too deeply", "/layers" + "/again/layers" * 11 + "/activation"))
def cycle_through_layers(file, layers):
    layers.create_group("again")["layers"] = layers


@tree_as(damaged("is nested too deeply", "/layers" + "/a/layers" * 11 + "/a"))
def deep_nesting(file, layers):
    for _ in range(5000):
        layers = layers.create_group("a").create_group("layers")


@tree_as(damaged("is larger than the limit of 4096", "/layers"))
def wide_group(file, layers):
    for number in range(5000):
        layers.create_group(f"conv2d_{number + 1000}")


@tree_as(damaged("brings 1 layers, more than a MobileNet's file may have in all", "/layers/two/layers/aNUMBER"))
def more_groups_than_a_network(file, layers):
    """Six thousand layers that are one group under many names."""
    one = layers.create_group("one").create_group("layers")
    for number in range(3000):
        one.create_group(f"a{number}")
    layers["two"] = layers["one"]


@tree_as(damaged("has 'first' where variables are numbered", "/layers/conv2d/vars"))
def variables_without_a_number(file, layers):
    layers["conv2d/vars/first"] = np.zeros(3, np.float32)


@tree_as(damaged("takes 16 bytes in the file where 8 are expected", "/layers/conv2d/vars/0"))
def variable_of_another_type(file, layers):
    del layers["conv2d/vars/0"]
    layers["conv2d/vars/0"] = "text"


@tree_as(INDIRECT.replace(re.escape("/" + KERNEL), "/layers/conv2d/vars/0"))
def variable_in_another_file(file, layers):
    del layers["conv2d/vars/0"]
    layers["conv2d/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")


@tree_as(INDIRECT.replace(re.escape("/" + KERNEL), "/layers/other"))
def layer_in_another_file(file, layers):
    layers["other"] = h5py.ExternalLink("/etc/passwd", "/")
