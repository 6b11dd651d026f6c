"""Small HDF5 files that try a reader: every encoding, and what it has to refuse."""

from pathlib import Path

import h5py
import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
KERAS_FOLDER, HDF5_FOLDER = FIXTURES / "keras", FIXTURES / "hdf5"


def strings(path):
    """Every way in which Keras's h5py, and others, have stored text in attributes."""
    words = ["conv1", "conv1_bn", ""]
    with h5py.File(path, "w") as file:
        for name, padding, charset in [
            ("null_padded", h5py.h5t.STR_NULLPAD, h5py.h5t.CSET_ASCII),
            ("null_terminated", h5py.h5t.STR_NULLTERM, h5py.h5t.CSET_ASCII),
            ("space_padded", h5py.h5t.STR_SPACEPAD, h5py.h5t.CSET_ASCII),
            ("fixed_utf8", h5py.h5t.STR_NULLPAD, h5py.h5t.CSET_UTF8),
        ]:
            listed = words if charset == h5py.h5t.CSET_ASCII else ["größe", "ß"]
            fixed_list(file, name, listed, padding, charset)
        file.attrs["variable_ascii"] = np.array([w.encode() for w in words], dtype=h5py.string_dtype("ascii"))
        file.attrs["variable_utf8"] = "größe"
        file.attrs["one_fixed"] = np.bytes_("tensorflow")
        file.attrs["no_strings"] = np.zeros(0)
        file.attrs["null_space"] = h5py.Empty("f")
        file.attrs["split0"] = np.array([b"a", b"b"])
        file.attrs["split1"] = np.array([b"c"])
        file.attrs["numbers"] = np.arange(2.0)
        fixed_list(file, "not_utf8", [b"\xff\xfe"], h5py.h5t.STR_NULLPAD, h5py.h5t.CSET_UTF8)
        file.attrs["many"] = np.array([b"%040d" % number for number in range(50)])


def fixed_list(file, name, words, padding, charset):
    encoded = [word if isinstance(word, bytes) else word.encode() for word in words]
    # NULLTERM needs a byte for the NUL.
    size = max(map(len, encoded)) + (padding == h5py.h5t.STR_NULLTERM)
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    kind.set_cset(charset)
    filler = b" " if padding == h5py.h5t.STR_SPACEPAD else b"\0"
    attribute = h5py.h5a.create(file.id, name.encode(), kind, h5py.h5s.create_simple((len(words),)))
    attribute.write(np.array([word.ljust(size, filler) for word in encoded], dtype=f"S{size}"), mtype=kind)


def objects(path):
    """Datasets that are to be read, datasets and links that are to be refused."""
    ramp = np.arange(12, dtype=np.float32).reshape(3, 4)
    with h5py.File(path, "w") as file:
        file["little_endian"] = ramp
        file["big_endian"] = ramp.astype(">f4")
        file["scalar"] = np.float32(7)
        file["deep/er/values"] = ramp
        file.create_dataset("chunked", data=ramp, chunks=(2, 2))
        filters = {"compression": 9, "shuffle": True, "fletcher32": True}
        file.create_dataset("compressed", data=ramp, chunks=(3, 4), **filters)
        file.create_dataset("extensible", data=ramp, chunks=(2, 4), maxshape=(None, 4))
        file["float64"] = ramp.astype(np.float64)
        file["float16"] = ramp.astype(np.float16)
        file["integers"] = ramp.astype(np.int64)
        file["text"] = "text"
        file["no_elements"] = np.zeros((0, 4), np.float32)
        file.create_dataset("never_written", (3, 4), np.float32)
        file.create_dataset("huge", (1 << 25, 1 << 25), np.float64)
        file.create_dataset("huge_chunks", (1 << 25, 1 << 25), np.float32, chunks=(1024, 1024), compression=9)
        file.create_dataset("lzf", data=ramp, chunks=(3, 4), compression="lzf")
        file.create_dataset("external", (3, 4), np.float32, external=[("secret.txt", 0, 48)])
        virtual = h5py.VirtualLayout((3, 4), np.float32)
        virtual[:] = h5py.VirtualSource("objects.h5", "little_endian", (3, 4))
        file.create_virtual_dataset("virtual", virtual)
        compact(file, "compact", ramp)
        file["hard_link"] = file["little_endian"]
        file["soft_link"] = h5py.SoftLink("/little_endian")
        file["external_link"] = h5py.ExternalLink("objects.h5", "/little_endian")
        file["soft_group"] = h5py.SoftLink("/deep")
        file["deep/again"] = file["deep"]


def compact(file, name, values):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    creation.set_obj_track_times(False)
    space = h5py.h5s.create_simple(values.shape)
    dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F32LE, space, creation)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def other_files():
    """A plain file in other wrappings, and files of other kinds."""
    ramp = np.arange(12, dtype=np.float32).reshape(3, 4)
    with h5py.File(HDF5_FOLDER / "user_block.h5", "w", userblock_size=1024) as file:
        file["little_endian"] = ramp
    with h5py.File(HDF5_FOLDER / "newest_version.h5", "w", libver="latest") as file:
        file["little_endian"] = ramp
    with h5py.File(HDF5_FOLDER / "no_network.h5", "w") as file:
        file["little_endian"] = ramp
    with h5py.File(HDF5_FOLDER / "keras3_weights.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = ramp
        file.create_group("vars")


def answers():
    """Small networks with all that can be in one: values that stand in the file as they are and others, types that are
    only named, an object in an object, the state of an optimizer."""
    ramp = np.arange(12, dtype=np.float32).reshape(3, 4)

    def fill(group, names):
        for name, value in zip(names, [ramp, ramp.astype(">f8"), ramp.astype(np.float16), np.arange(3)]):
            group[name] = value

    with h5py.File(HDF5_FOLDER / "answers.weights.h5", "w", libver="latest") as file:
        fill(file.create_group("layers/conv2d/vars"), "0123")
        file["layers/conv2d/vars"].attrs["name"] = "conv1"
        fill(file.create_group("layers/functional/layers/dense/vars"), "0142")
        file.create_group("optimizer/vars")
    with h5py.File(HDF5_FOLDER / "answers.h5", "w", libver="latest") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = "{}"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"conv1", b"dense"])
        for layer in ["conv1", "dense"]:
            names = [f"{layer}/{number}" for number in range(4)]
            fill(group.create_group(layer), names)
            group[layer].attrs["weight_names"] = np.array([name.encode() for name in names])
        file.create_group("optimizer_weights")


def hostile_networks():
    """Files of weights alone whose first layer is not what it seems."""

    def network(name, fill):
        with h5py.File(KERAS_FOLDER / f"hostile_{name}.h5", "w") as file:
            file.attrs["layer_names"] = np.array([b"conv1"])
            fill(file)

    def layer(file, **dataset):
        group = file.create_group("conv1")
        group.attrs["weight_names"] = np.array([b"conv1/kernel:0"])
        group.create_dataset("conv1/kernel:0", **dataset)

    def linked(file):
        file["elsewhere/unused"] = np.zeros(1)
        file["conv1"] = h5py.SoftLink("/elsewhere")

    shape = (3, 3, 3, 8)
    secret = [("../hdf5/secret.txt", 0, 864)]
    network("external_storage", lambda file: layer(file, shape=shape, dtype=np.float32, external=secret))
    network("never_written", lambda file: layer(file, shape=shape, dtype=np.float32))
    network("float16", lambda file: layer(file, data=np.zeros(shape, np.float16)))
    network("linked_layer", linked)
    network("missing_layer", lambda file: None)


def make_all():
    HDF5_FOLDER.mkdir(parents=True, exist_ok=True)
    (HDF5_FOLDER / "secret.txt").write_text("what another file holds must never come out of a model. ")
    strings(HDF5_FOLDER / "strings.h5")
    objects(HDF5_FOLDER / "objects.h5")
    other_files()
    answers()
    hostile_networks()
