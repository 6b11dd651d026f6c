"""HDF5 files in which a weight has another type or shape."""

from __future__ import annotations

import re
import shutil

import h5py
import numpy as np

from hostile.making import CONV1, KERNEL, LEGACY, SHAPE, created, damaged, hostile, kernel_as, no_network, values


@kernel_as(no_network("it has no weight 'conv1/kernel'"))
def integers(file, path):
    file[KERNEL] = np.ones(SHAPE, np.int64)


@kernel_as(no_network("it has no weight 'conv1/kernel'"))
def compound_type(file, path):
    file[KERNEL] = np.zeros(SHAPE, [("a", "f4"), ("b", "f4")])


@kernel_as(damaged("takes 1296 bytes in the file where 648 are expected"))
def strings_of_variable_length(file, path):
    file.create_dataset(KERNEL, data=np.full(SHAPE, "text", object), dtype=h5py.string_dtype())


@kernel_as(no_network("it has no weight 'conv1/kernel'"))
def references(file, path):
    made = file.create_dataset(KERNEL, SHAPE, h5py.ref_dtype)
    made[...] = file.ref


@kernel_as(no_network("it has no weight 'conv1/kernel'"))
def float_of_another_format(file, path):
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_ebias(100)
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created(file, creation, kind)


@kernel_as(no_network("weight 'conv1/kernel' has shape [9, 9], where four dimensions are expected"))
def another_rank(file, path):
    file[KERNEL] = values().reshape(9, 9)


@kernel_as(no_network(f"weight 'conv1/kernel' has shape {[1] * 32}, where four dimensions are expected"))
def thirty_two_dimensions(file, path):
    file[KERNEL] = np.zeros((1,) * 32, np.float32)


@kernel_as(re.escape("does not fit together: weight 'conv1_bn/gamma' has shape [3]; expected [5]"))
def another_shape(file, path):
    file[KERNEL] = np.zeros((3, 3, 3, 5), np.float32)


@kernel_as(damaged("has no elements"))
def no_elements(file, path):
    file[KERNEL] = np.zeros((3, 0, 3, 3), np.float32)


@kernel_as(damaged("has no elements"))
def no_shape(file, path):
    file.create_dataset(KERNEL, data=h5py.Empty("f4"))


@kernel_as(damaged("is not there"))
def nothing_there(file, path):
    pass


@kernel_as(damaged("is not a dataset"))
def group_for_a_dataset(file, path):
    file.create_group(KERNEL)


@hostile(damaged("is not a group", "/conv1"))
def dataset_for_a_group(path):
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[CONV1]
        file[CONV1] = values()


@hostile(damaged("is not a group", "/conv1"))
def named_type_for_a_group(path):
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[CONV1]
        file[CONV1] = np.dtype("f4")
