"""HDF5 files whose data lie in other files."""

from __future__ import annotations

import shutil
import struct

import h5py
import numpy as np

from hostile.making import CANARY, CONV1, KERNEL, LEGACY, SHAPE, canary, damaged, hostile, kernel_as, replace, values

ELSEWHERE = damaged("keeps its data in another file, which is refused")
INDIRECT = damaged("is a soft or external link; only hard links are followed")
VIRTUAL = damaged("has virtual layout; only contiguous, chunked and compact data are read")


@kernel_as(ELSEWHERE)
def external_storage(file, path):
    file.create_dataset(KERNEL, SHAPE, np.float32, external=[(canary(path), 0, 324)])


@kernel_as(ELSEWHERE)
def external_storage_of_a_device(file, path):
    file.create_dataset(KERNEL, SHAPE, np.float32, external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)])


@kernel_as(ELSEWHERE)
def external_storage_in_two_files(file, path):
    parts = [(canary(path), 0, 100), ("/etc/passwd", 0, 224)]
    file.create_dataset(KERNEL, SHAPE, np.float32, external=parts)


@hostile(ELSEWHERE)
def external_storage_with_an_address(path):
    """libhdf5 says that the data begins at 0 of this file, and reads the other one."""
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, SHAPE, ">f4", external=[(canary(path), 0, 324)])
    # The layout message, version 3, contiguous: no address, 324 bytes.
    layout, size = struct.pack("<BB", 3, 1), struct.pack("<Q", 324)
    replace(path, layout + b"\xff" * 8 + size, layout + bytes(8) + size)


@kernel_as(INDIRECT)
def soft_link(file, path):
    file["elsewhere"] = values()
    file[KERNEL] = h5py.SoftLink("/elsewhere")


@kernel_as(INDIRECT)
def external_link(file, path):
    with h5py.File(path.parent / "canary.h5", "w") as other:
        other["kernel"] = np.frombuffer(CANARY[:324], np.float32).reshape(SHAPE)
    file[KERNEL] = h5py.ExternalLink("canary.h5", "/kernel")


@hostile(INDIRECT)
def link_of_a_user(path):
    """A link of a kind that an application defines: an external one with another number."""
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink("somewhere", "/kernel")
    # The link message: version 1, a type follows; the type; the length of the name, and the name.
    replace(path, b"\x01\x08\x40\x08kernel:0", b"\x01\x08\x50\x08kernel:0")


@hostile(damaged("is a soft or external link; only hard links are followed", "/conv1"))
def soft_link_to_a_layer(path):
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        file.move(CONV1, "elsewhere")
        file[CONV1] = h5py.SoftLink("/elsewhere")


@kernel_as(VIRTUAL)
def virtual_dataset(file, path):
    with h5py.File(path.parent / "canary.h5", "w") as other:
        other["kernel"] = np.frombuffer(CANARY[:324], np.float32).reshape(SHAPE)
    layout = h5py.VirtualLayout(SHAPE, np.float32)
    layout[:] = h5py.VirtualSource("canary.h5", "kernel", SHAPE)
    file.create_virtual_dataset(KERNEL, layout)


@kernel_as(VIRTUAL)
def virtual_dataset_without_end(file, path):
    """Its shape is that of the other files, which are looked for by number."""
    for number in range(3):
        with h5py.File(path.parent / f"canary-{number}.h5", "w") as other:
            other["kernel"] = np.frombuffer(CANARY[:108], np.float32)
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    space = h5py.h5s.create_simple((27,), (h5py.h5s.UNLIMITED,))
    space.select_hyperslab((0,), (h5py.h5s.UNLIMITED,), (27,), (27,))
    creation.set_virtual(space, b"canary-%b.h5", b"kernel", h5py.h5s.create_simple((27,)))
    h5py.h5d.create(file.id, KERNEL.encode(), h5py.h5t.IEEE_F32LE, space, creation)


@kernel_as(VIRTUAL)
def virtual_dataset_of_itself(file, path):
    layout = h5py.VirtualLayout(SHAPE, np.float32)
    layout[:] = h5py.VirtualSource(".", KERNEL, SHAPE)
    file.create_virtual_dataset(KERNEL, layout)
