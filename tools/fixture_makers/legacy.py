"""The tree of a legacy HDF5 file, written by h5py."""

import h5py
import numpy as np


def listed(model):
    """[(name of the layer, [(name of the variable, value)])], as Keras 2 lists them."""
    return [(layer.name, [(weight.name, weight.numpy()) for weight in layer.weights]) for layer in model.layers]


def write_weights(group, layers, create=None, list_names=None):
    """`create` makes a dataset, `list_names` an attribute that lists names; both have a usual way."""
    create = create or (lambda parent, name, value: parent.create_dataset(name, data=value))
    list_names = list_names or fixed_names
    list_names(group, "layer_names", [name for name, _ in layers])
    group.attrs["backend"] = np.bytes_("tensorflow")
    group.attrs["keras_version"] = np.bytes_("2.0.5")
    for name, variables in layers:
        layer = group.create_group(name)
        list_names(layer, "weight_names", [variable for variable, _ in variables])
        for variable, value in variables:
            create(layer, variable, value)


def fixed_names(item, attribute, names):
    """Of fixed length, padded with NUL; an empty list is of numbers, as numpy has it."""
    item.attrs[attribute] = np.array([name.encode() for name in names])


def as_hosted(model, path):
    """Weights alone, as Keras 2.0.5 with h5py 2 wrote the files of 2017: no padding layers, the pooling of
    the classifier still listed."""
    layers = [entry for entry in listed(model) if not entry[0].startswith("conv_pad")]
    with h5py.File(path, "w") as file:
        write_weights(file, [*layers, ("global_average_pooling2d_1", [])])
