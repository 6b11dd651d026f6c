"""HDF5 files that are made to harm whoever reads them, and what mlpack says of each.

All but a few are a network that mlpack reads in which one thing is not what it seems: the kernel of conv1.
"""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

FIXTURES = Path(__file__).parents[2] / "fixtures"
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


def replace(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert content.count(old) == 1, f"{content.count(old)} places in {path}"
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))


# Data in other files

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


# Bombs

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


def created(file, creation, kind=h5py.h5t.IEEE_F32LE):
    space = h5py.h5s.create_simple(SHAPE)
    dataset = h5py.h5d.create(file.id, KERNEL.encode(), kind, space, creation)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values())


@kernel_as(damaged("is stored through filter 32000; only deflate, shuffle and fletcher32 are read"))
def unknown_filter(file, path):
    file.create_dataset(KERNEL, data=values(), compression="lzf")


@kernel_as(damaged("is stored through filter 6; only deflate, shuffle and fletcher32 are read"))
def filter_that_computes(file, path):
    file.create_dataset(KERNEL, data=values(), scaleoffset=3)


@kernel_as(damaged("was declared but never written"))
def never_written(file, path):
    file.create_dataset(KERNEL, SHAPE, np.float32)


# Sizes that do not agree


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


# Types and shapes


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


# Attributes


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


# Trees of groups, in the layout of .weights.h5


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


# Whole files


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
