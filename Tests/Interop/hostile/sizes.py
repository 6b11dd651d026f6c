"""HDF5 files in which sizes do not agree."""

from __future__ import annotations

import shutil
import struct

import h5py
import numpy as np

from hostile.making import EITHER, KERNEL, LEGACY, created, damaged, hostile, replace, values


@hostile(damaged("takes 300 bytes in the file where 324 are expected"))
def compact_mismatch(path):
    """The bytes in the object's header are fewer than the shape says: libhdf5 reads beyond them."""
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_layout(h5py.h5d.COMPACT)
        created(file, creation)
    start = struct.pack("<BBH", 3, 0, 324) + values().tobytes()[:64]
    replace(path, start, start[:2] + struct.pack("<H", 300) + start[4:])


@hostile(damaged("takes 320 bytes in the file where 324 are expected"))
def contiguous_mismatch(path):
    shutil.copy(LEGACY, path)
    content = path.read_bytes()
    place = content.index(np.float32(h5py.File(LEGACY)[KERNEL][()]).tobytes())
    layout = struct.pack("<BBQQ", 3, 1, place, 324)
    replace(path, layout, layout[:-8] + struct.pack("<Q", 320))


@hostile(damaged("H5Dread failed: addr overflow, addr = 1099511627776, size = 324, eoa = NUMBER"))
def address_beyond_the_end(path):
    shutil.copy(LEGACY, path)
    content = path.read_bytes()
    place = content.index(np.float32(h5py.File(LEGACY)[KERNEL][()]).tobytes())
    layout = struct.pack("<BBQQ", 3, 1, place, 324)
    replace(path, layout, layout[:2] + struct.pack("<QQ", 1 << 40, 324))


@hostile(EITHER)
def chunk_of_another_element(path):
    """Chunks of eight bytes an element, where the type has four."""
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=values(), chunks=(1, 3, 3, 3), compression=9)
    start = struct.pack("<BBB", 3, 2, 5)
    chunk = struct.pack("<IIII", 1, 3, 3, 3)
    content = path.read_bytes()
    place = content.index(chunk + struct.pack("<I", 4))
    assert content[place - 11 : place - 8] == start
    path.write_bytes(content[: place + 16] + struct.pack("<I", 8) + content[place + 20 :])


@hostile(damaged("is in chunks of other dimensions than its own"))
def chunk_of_another_rank(path):
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=values(), chunks=(1, 3, 3, 3))
    content = path.read_bytes()
    place = content.index(struct.pack("<IIIII", 1, 3, 3, 3, 4))
    path.write_bytes(content[: place - 9] + b"\x04" + content[place - 8 :])
