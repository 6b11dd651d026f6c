"""Networks that a real Keras builds and saves: a table of them, and how each file is kept.

Runs under every Keras from 2.12 on, so it asks for nothing that one of them lacks.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

import models
from fixture_makers.legacy import as_hosted

# The least width that there is: 1 channel in the first convolution, 32 in the last.
SIZE, ALPHA, CLASSES = 32, 1 / 32, 3
# Small enough for several shards, and for layers that lie in two of them.
SHARD_BYTES = 7_000


@dataclass(frozen=True)
class Saved:
    """A file, the Keras that saves it, the network in it, and what is done to it afterwards."""

    file: str
    keras: str
    network: Callable
    policy: str = "float32"
    afterwards: Callable | None = None


# Networks


def flat(K, alpha=ALPHA, **options):
    return models.fill(models.official(K, alpha, SIZE, CLASSES, **options), seed=5, hostile=True)


def nested(K):
    """The base in a Sequential model, its first 40 layers frozen."""
    return models.fill(models.nested(K, ALPHA, 64, frozen=40, classes=CLASSES), seed=6)


def nested_open(K):
    """The base in a Sequential model, all of it trainable: every moving average comes last in legacy files."""
    return models.fill(models.nested(K, ALPHA, 64, classes=CLASSES), seed=6)


def outer(K):
    return models.fill(models.outer(K, ALPHA, 64, classes=CLASSES), seed=7)


def wide(K):
    """Two output channels for each channel of a depthwise convolution."""
    return flat(K, depth_multiplier=2)


def odd_widths(K):
    """int(f * 0.06): 1, 3, 7, 15, 30 and 61 channels."""
    return flat(K, alpha=0.06)


def grey(K):
    return flat(K, input_shape=(SIZE, SIZE, 1))


def channels_first(K):
    K.backend.set_image_data_format("channels_first")
    try:
        return flat(K, input_shape=(3, SIZE, SIZE))
    finally:
        K.backend.set_image_data_format("channels_last")


def rescaled(K):
    return models.fill(models.rescaled(K, ALPHA, 64, classes=CLASSES), seed=7)


def strange_head(K):
    """A head of layers that a MobileNet has no use for."""
    extractor = models.base(K, ALPHA, 64)
    x = K.layers.GlobalMaxPooling2D()(extractor.output)
    x = K.layers.Dense(4, activation="relu", name="hidden")(x)
    x = K.layers.LayerNormalization(name="normalized")(x)
    return models.fill(K.Model(extractor.input, K.layers.Dense(CLASSES, activation="sigmoid", name="yes_no")(x)), 8)


def stepped(K):
    """Compiled, and trained for one step of Adam: the last convolution and the head."""
    extractor = models.freeze(models.base(K, ALPHA, 64), "all")
    extractor.get_layer("conv_pw_13").trainable = True
    x = K.layers.GlobalAveragePooling2D()(extractor.output)
    model = K.Model(extractor.input, K.layers.Dense(CLASSES, activation="softmax", name="dense")(x))
    models.fill(model, seed=9)
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    images = np.random.default_rng(9).uniform(-1, 1, (3, 64, 64, 3)).astype(np.float32)
    model.fit(images, np.arange(3), batch_size=3, verbose=0)
    return model


def renamed(K):
    """Every layer under another name, as people do who join two networks."""
    model = flat(K)
    config = json.dumps(model.get_config())
    for layer in model.layers:
        config = config.replace(f'"{layer.name}"', f'"left_{layer.name}_1"')
    other = K.Model.from_config(json.loads(config))
    other.set_weights(model.get_weights())
    return other


# What is done to a file afterwards


def deflated(path: Path):
    """The same members, compressed, as a zip tool leaves them; Keras stores them plain."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def compact(path: Path):
    """The same objects in the newest file version, whose groups take a tenth of the room."""
    copy = path.with_name(path.name + ".compact")
    with h5py.File(path) as old, h5py.File(copy, "w", libver="latest") as new:
        copy_group(old, new)
    copy.replace(path)


def copy_group(old, new):
    """Member by member: copied whole, a group would keep its old form."""
    for name, value in old.attrs.items():
        new.attrs.create(name, value, dtype=old.attrs.get_id(name).dtype)
    for name, item in old.items():
        if isinstance(item, h5py.Dataset):
            old.copy(name, new)
        else:
            copy_group(item, new.create_group(name))


def compact_inside(path: Path):
    """A .keras whose members stay as plain as Keras stores them, the weights compact."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = path.with_name(path.name + ".weights")
    weights.write_bytes(members["model.weights.h5"])
    compact(weights)
    members["model.weights.h5"] = weights.read_bytes()
    weights.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def compact_shards(path: Path):
    for name in sorted(shards(path)):
        compact(path.with_name(name))


def shards(path: Path) -> set[str]:
    """The names of the files that a .weights.json speaks of."""
    places = json.loads(path.read_text())["weight_map"].values()
    return {name for place in places for name in ([place] if isinstance(place, str) else place)}


# Files that are wider, and as they were saved


def save_first_of_keras2(K, folder: Path):
    """The transfer-learning guide's model, 40 layers frozen: its weights are in Keras's frozen-last order; and a
    base by itself, for the layout of the files that keras.applications downloads."""
    model = models.fill(models.nested(K, 0.15, 128, frozen=40), seed=1)
    model.save(str(folder / "keras2_nested_frozen.h5"))
    yield "keras2_nested_frozen.h5", model
    model = models.fill(models.base(K, 0.1, 128), seed=2)
    as_hosted(model, folder / "mobilenet_hosted_no_top.h5")
    yield "mobilenet_hosted_no_top.h5", model


def save_first_of_keras3(K, folder: Path):
    """Keras's own classifier over hostile batch-norms, and a nested base that is frozen as a whole."""
    model = models.fill(models.official(K, 0.1, 128, 7), seed=3, hostile=True)
    model.save(str(folder / "keras3_top_hostile.h5"))
    yield "keras3_top_hostile.h5", model
    model = models.fill(models.outer(K, 0.1, 128), seed=4)
    model.save(str(folder / "keras3_outer_frozen.h5"))
    yield "keras3_outer_frozen.h5", model


# The table

FILES = [
    # The layouts of .weights.h5 and of .keras over time.
    Saved("keras2.12.weights.h5", "keras-2.12", flat, afterwards=compact),
    Saved("keras2.12_nested.keras", "keras-2.12", nested, afterwards=deflated),
    Saved("keras2.14.weights.h5", "keras-2.14", flat, afterwards=compact),
    Saved("keras2.14_nested.keras", "keras-2.14", nested, afterwards=deflated),
    Saved("keras3.0.weights.h5", "keras-3.0", flat, afterwards=compact),
    Saved("keras3.0.h5", "keras-3.0", flat, afterwards=compact),
    Saved("keras3.0_nested.keras", "keras-3.0", nested, afterwards=deflated),
    Saved("keras3.3_nested.h5", "keras-3.3", nested_open, afterwards=compact),
    Saved("keras3.3_outer.keras", "keras-3.3", outer, afterwards=deflated),
    Saved("keras3.6_nested.weights.h5", "keras-3.6", nested, afterwards=compact),
    Saved("keras3.6.keras", "keras-3.6", flat, afterwards=deflated),
    Saved("keras2.keras", "keras2", flat, afterwards=deflated),
    Saved("keras2_nested.keras", "keras2", nested, afterwards=deflated),
    Saved("keras3_nested.keras", "keras3", nested, afterwards=compact_inside),
    Saved("keras3_shards.weights.json", "keras3", flat, afterwards=compact_shards),
    # Float types.
    Saved("keras2_float16.keras", "keras2", flat, "float16", deflated),
    Saved("keras2_bfloat16.keras", "keras2", flat, "bfloat16", deflated),
    Saved("keras2_float64.keras", "keras2", flat, "float64", deflated),
    Saved("keras3_float16.keras", "keras3", flat, "float16", deflated),
    Saved("keras3_bfloat16.h5", "keras3", flat, "bfloat16", compact),
    Saved("keras3_bfloat16.keras", "keras3", flat, "bfloat16", deflated),
    Saved("keras3_bfloat16.weights.h5", "keras3", flat, "bfloat16", compact),
    Saved("keras3_float64.keras", "keras3", flat, "float64", deflated),
    # The state of an optimizer.
    Saved("keras2_adam.h5", "keras2", stepped, afterwards=compact),
    Saved("keras2_adam.keras", "keras2", stepped, afterwards=deflated),
    Saved("keras3_adam.keras", "keras3", stepped, afterwards=deflated),
    Saved("keras3_adam.weights.h5", "keras3", stepped, afterwards=compact),
    # Networks that are not quite the usual one.
    Saved("keras2_renamed.keras", "keras2", renamed, afterwards=deflated),
    Saved("keras3_renamed.keras", "keras3", renamed, afterwards=deflated),
    Saved("keras2_depth_multiplier_2.keras", "keras2", wide, afterwards=deflated),
    Saved("keras3_odd_widths.keras", "keras3", odd_widths, afterwards=deflated),
    Saved("keras3_grey.keras", "keras3", grey, afterwards=deflated),
    Saved("keras2_channels_first.keras", "keras2", channels_first, afterwards=deflated),
    Saved("keras3_channels_first.keras", "keras3", channels_first, afterwards=deflated),
    Saved("keras2_rescaled.keras", "keras2", rescaled, afterwards=deflated),
    Saved("keras3_rescaled.keras", "keras3", rescaled, afterwards=deflated),
    Saved("keras2_strange_head.keras", "keras2", strange_head, afterwards=deflated),
    Saved("keras3_strange_head.keras", "keras3", strange_head, afterwards=deflated),
]


def save_all(K, keras: str, folder: Path):
    """Makes this Keras's files, and yields the name and the model of each."""
    if keras == "keras2":
        yield from save_first_of_keras2(K, folder)
    if keras == "keras3":
        yield from save_first_of_keras3(K, folder)
    for entry in FILES:
        if entry.keras != keras:
            continue
        K.backend.clear_session()
        K.utils.set_random_seed(0)
        set_policy(K, entry.policy)
        model = entry.network(K)
        save(model, folder / entry.file)
        if entry.afterwards:
            entry.afterwards(folder / entry.file)
        yield entry.file, model
        set_policy(K, "float32")


def set_policy(K, policy: str):
    if hasattr(K, "config"):  # since 3.0
        K.config.set_floatx("float32")
    K.mixed_precision.set_global_policy(policy)


def save(model, path: Path):
    if path.name.endswith(".weights.json"):
        model.save_weights(str(path), max_shard_size=SHARD_BYTES / 1024**3)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(str(path))
    elif path.suffix == ".keras":
        # 2.12 wants to be told, or it writes HDF5.
        by_name = {"save_format": "keras_v3"} if path.name.startswith("keras2.12") else {}
        model.save(str(path), **by_name)
    else:
        model.save(str(path))
