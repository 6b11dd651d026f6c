"""HDF5 files that are small and ask for very much, or for filters that nobody should run."""

from __future__ import annotations

import h5py
import numpy as np

from hostile.making import KERNEL, SHAPE, created, damaged, kernel_as, values

HUGE = damaged("is larger than the limit of 1073741824")


@kernel_as(HUGE)
def shape_bomb(file, path):
    file.create_dataset(KERNEL, (1 << 25, 1 << 25), np.float64)


@kernel_as(HUGE)
def shape_that_overflows(file, path):
    file.create_dataset(KERNEL, (1 << 31, 1 << 31, 1 << 31), np.float32, chunks=(1, 1, 1024))


@kernel_as(damaged("is larger than the limit of 324"))
def chunk_bomb(file, path):
    file.create_dataset(KERNEL, data=values(), chunks=(1 << 7, 1 << 7, 1 << 7, 3), maxshape=(None,) * 4, compression=9)


@kernel_as(damaged("takes NUMBER bytes in the file where 1073741824 are expected"))
def deflate_bomb(file, path):
    """One chunk of a thousand is there."""
    made = file.create_dataset(KERNEL, (1 << 10, 1 << 18), np.float32, chunks=(1, 1 << 18), compression=9)
    made[0] = 0


@kernel_as(damaged("has 1 chunks in the file where 27 are expected"))
def missing_chunks(file, path):
    made = file.create_dataset(KERNEL, SHAPE, np.float32, chunks=(1, 1, 1, 3), compression=9)
    made[0, 0, 0] = 1


@kernel_as(damaged("takes 12 bytes in the file where 324 are expected"))
def missing_plain_chunks(file, path):
    made = file.create_dataset(KERNEL, SHAPE, np.float32, chunks=(1, 1, 1, 3))
    made[0, 0, 0] = 1


@kernel_as(damaged("is stored through filter 1 more than once"))
def deflated_twice(file, path):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk(SHAPE)
    creation.set_deflate(9)
    creation.set_deflate(9)
    created(file, creation)


@kernel_as(damaged("is stored through filter 32000; only deflate, shuffle and fletcher32 are read"))
def unknown_filter(file, path):
    file.create_dataset(KERNEL, data=values(), compression="lzf")


@kernel_as(damaged("is stored through filter 6; only deflate, shuffle and fletcher32 are read"))
def filter_that_computes(file, path):
    file.create_dataset(KERNEL, data=values(), scaleoffset=3)


@kernel_as(damaged("was declared but never written"))
def never_written(file, path):
    file.create_dataset(KERNEL, SHAPE, np.float32)
