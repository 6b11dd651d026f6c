"""Files that h5py makes from what a real Keras saved: other writers, other wrappings, other days.

The values and the names come from a model; how they lie in the file is said here.
"""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

import models
from fixture_makers import saved
from fixture_makers.legacy import fixed_names, listed, write_weights


def make_all(K, folder: Path):
    """Makes every file under Keras 2; yields its name, the model and, where they are not the model's own, the
    tensors that lie in it."""
    K.backend.clear_session()
    K.utils.set_random_seed(0)
    model, inner = saved.flat(K), saved.nested(K)
    for name, write, source, tensors in [
        ("made_split_names.h5", split_names, inner, None),
        ("made_filtered.h5", filtered, model, None),
        ("made_big_endian.h5", big_endian, model, widened(model)),
        ("made_elsewhere.h5", elsewhere, model, None),
        ("made_renamed_weights.h5", renamed_weights, model, suffixed(model)),
        ("made_2017.h5", model_of_2017, model, None),
    ]:
        with h5py.File(folder / name, "w", libver="latest") as file:
            write(file, source)
        yield name, source, tensors


# Weights alone


def split_names(file, model):
    """What h5py could not put into one attribute: lists in parts, as Keras splits those over 64,512 bytes."""

    def in_parts(item, attribute, names):
        if len(names) < 3:
            return fixed_names(item, attribute, names)
        for number, part in enumerate(np.array_split(np.array([name.encode() for name in names]), 3)):
            item.attrs[f"{attribute}{number}"] = part

    write_weights(file, listed(model), list_names=in_parts)


def filtered(file, model):
    """Every filter that HDF5 brings along, in chunks that do not divide the shapes."""

    def create(parent, name, value):
        chunks = tuple(max(1, size * 2 // 3) for size in value.shape)
        parent.create_dataset(name, data=value, chunks=chunks, compression=9, shuffle=True, fletcher32=True)

    write_weights(file, listed(model), create)


def big_endian(file, model):
    """The kernels as float64, the rest as float32, the most significant byte first."""

    def create(parent, name, value):
        parent.create_dataset(name, data=value.astype(">f8" if "kernel" in name else ">f4"))

    write_weights(file, listed(model), create)


def widened(model):
    return {
        name: value.astype(np.float64) if "kernel" in name else value
        for name, value in models.tensors(model).items()
    }


def elsewhere(file, model):
    """As a program in C or Fortran may write it: names padded with spaces, values inside the object headers,
    layers without variables left out."""

    def padded(item, attribute, names):
        encoded = [name.encode() for name in names]
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(max(map(len, encoded)))
        kind.set_strpad(h5py.h5t.STR_SPACEPAD)
        made = h5py.h5a.create(item.id, attribute.encode(), kind, h5py.h5s.create_simple((len(encoded),)))
        width = kind.get_size()
        made.write(np.array([name.ljust(width) for name in encoded], dtype=f"S{width}"), mtype=kind)

    def create(parent, name, value):
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_layout(h5py.h5d.COMPACT)
        linked = h5py.h5p.create(h5py.h5p.LINK_CREATE)
        linked.set_create_intermediate_group(True)
        space, kind = h5py.h5s.create_simple(value.shape), h5py.h5t.IEEE_F32LE
        dataset = h5py.h5d.create(parent.id, name.encode(), kind, space, creation, linked)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(value))

    write_weights(file, [entry for entry in listed(model) if entry[1]], create, padded)


def renamed_weights(file, model):
    """The second model of a TF1 session: every layer and every scope with a suffix."""
    write_weights(file, [
        (f"{layer}_1", [(f"{layer}_1/{variable.split('/')[-1]}", value) for variable, value in variables])
        for layer, variables in listed(model)
    ])


def suffixed(model):
    return {name.replace("/", "_1/"): value for name, value in models.tensors(model).items()}


# A whole model of 2017


def model_of_2017(file, model):
    """What Keras 2.0.6 saved of its MobileNet, after its sources: no padding layers, relu6 and the depthwise
    convolution as custom objects, two reshapes around the classifier."""
    layers = layers_of_2017(model)
    config = {
        "name": f"mobilenet_{saved.ALPHA:0.2f}_{saved.SIZE}",
        "layers": [
            {
                "name": name,
                "class_name": kind,
                "config": {"name": name, **settings},
                "inbound_nodes": [[[before, 0, 0, {}]]] if before else [],
            }
            for before, (name, kind, settings) in zip([None, *(name for name, _, _ in layers)], layers)
        ],
        "input_layers": [[layers[0][0], 0, 0]],
        "output_layers": [[layers[-1][0], 0, 0]],
    }
    file.attrs["keras_version"] = b"2.0.6"
    file.attrs["backend"] = b"tensorflow"
    file.attrs["model_config"] = json.dumps({"class_name": "Model", "config": config}).encode()
    values = dict(listed(model))
    weights = file.create_group("model_weights")
    write_weights(weights, [(name, values.get(name, [])) for name, _, _ in layers])


def layers_of_2017(model):
    """(name, class, settings) of each layer in order."""
    layers = [("input_1", "InputLayer", {"batch_input_shape": [None, saved.SIZE, saved.SIZE, 3], "dtype": "float32", "sparse": False})]

    def add(name, kind, **settings):
        layers.append((name, kind, {"trainable": True, **settings}))

    def normalized(name):
        add(f"{name}_bn", "BatchNormalization", **BATCH_NORMALIZATION)
        add(f"{name}_relu", "Activation", activation="relu6")

    def convolution(name, **settings):
        layer = model.get_layer(name)
        kernel = {"filters": layer.filters, "kernel_size": list(layer.kernel_size), "strides": list(layer.strides)}
        add(name, "Conv2D", **kernel, **CONVOLUTION, **KERNEL, **settings)

    convolution("conv1", use_bias=False)
    normalized("conv1")
    for block in range(1, 14):
        depthwise = model.get_layer(f"conv_dw_{block}")
        add(
            depthwise.name, "DepthwiseConv2D", kernel_size=[3, 3], strides=list(depthwise.strides),
            **CONVOLUTION, use_bias=False, depth_multiplier=1,
            depthwise_initializer=KERNEL["kernel_initializer"], depthwise_regularizer=None, depthwise_constraint=None,
        )
        normalized(depthwise.name)
        convolution(f"conv_pw_{block}", use_bias=False)
        normalized(f"conv_pw_{block}")
    channels = model.get_layer("conv_pw_13").filters
    add("global_average_pooling2d_1", "GlobalAveragePooling2D", data_format="channels_last")
    add("reshape_1", "Reshape", target_shape=[1, 1, channels])
    add("dropout", "Dropout", rate=0.001)
    convolution("conv_preds", use_bias=True)
    add("act_softmax", "Activation", activation="softmax")
    add("reshape_2", "Reshape", target_shape=[saved.CLASSES])
    return layers


ZEROS, ONES = ({"class_name": name, "config": {}} for name in ("Zeros", "Ones"))
CONVOLUTION = {
    "padding": "same", "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "linear",
    "bias_initializer": ZEROS, "bias_regularizer": None, "activity_regularizer": None, "bias_constraint": None,
}
KERNEL = {
    "kernel_initializer": {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
    },
    "kernel_regularizer": None,
    "kernel_constraint": None,
}
BATCH_NORMALIZATION = {
    "axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True,
    "beta_initializer": ZEROS, "gamma_initializer": ONES,
    "moving_mean_initializer": ZEROS, "moving_variance_initializer": ONES,
    "beta_regularizer": None, "gamma_regularizer": None, "beta_constraint": None, "gamma_constraint": None,
}
