"""Builds MobileNets with real Keras 2 or Keras 3 and saves them in every way that mlpack reads.

Keras 2 (the package tf_keras) and Keras 3 do not live well in one process, so this is also a program:

    models.py build keras2|keras3 FOLDER    writes FOLDER/<name>.h5 and, beside it, <name>.npz with every
                                            variable, an input and the output that this Keras computes for it
    models.py load keras2|keras3 JOBS       loads models and prints how far they are from such an .npz

The variables of an .npz come from the Keras objects, not from the file, and are named `conv1/kernel`.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

KERAS = ("keras2", "keras3")


def keras(which):
    """The package of that Keras, on the processor and without chatter."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    if which == "keras2":
        import tf_keras

        return tf_keras
    import keras

    return keras


def leaves(model):
    """The layers of a model, nested models taken apart."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def variables(model):
    """Every variable as (name of its layer, its own name, the variable)."""
    for layer in leaves(model):
        for variable in layer.weights:
            name = variable.name.split("/")[-1].split(":")[0]
            if name == "kernel" and type(layer).__name__ == "DepthwiseConv2D":
                name = "depthwise_kernel"
            yield layer.name, name, variable


def tensors(model):
    return {f"{layer}/{name}": variable.numpy() for layer, name, variable in variables(model)}


def fill(model, seed, hostile=False):
    """Gives every variable values in the range of a trained network's, and some where arithmetic is hard."""
    random = np.random.default_rng(seed)
    for _, name, variable in variables(model):
        variable.assign(values(random, name, tuple(variable.shape), hostile))
    return model


def values(random, name, shape, hostile):
    if name == "depthwise_kernel":
        return random.normal(0, np.sqrt(2 / (shape[0] * shape[1])), shape).astype(np.float32)
    if name == "kernel":
        return random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape).astype(np.float32)
    plain = {
        "gamma": lambda: random.uniform(0.5, 1.5, shape),
        "beta": lambda: random.normal(0, 0.3, shape),
        "moving_mean": lambda: random.normal(0, 0.5, shape),
        "moving_variance": lambda: random.uniform(0.1, 2, shape),
        "bias": lambda: random.normal(0, 0.1, shape),
    }[name]().astype(np.float32)
    if hostile:
        for index, value in enumerate(HOSTILE.get(name, [])):
            plain[index % shape[0] :: max(shape[0], 11)] = value
    return plain


# Channels that are dead, mirrored, or of hardly any variance; 1e-40 is subnormal.
HOSTILE = {
    "gamma": [0.0, -1.25, 1e-40, -0.0, 1e-12],
    "moving_variance": [1e-12, 0.0, 0.5, 1e-40],
}


def base(K, alpha, size, **options):
    return K.applications.MobileNet(
        input_shape=(size, size, 3), alpha=alpha, weights=None, include_top=False, **options
    )


def official(K, alpha, size, classes):
    return K.applications.MobileNet(input_shape=(size, size, 3), alpha=alpha, weights=None, classes=classes)


def freeze(model, frozen):
    """None, all layers, or the first so many."""
    if frozen == "all":
        model.trainable = False
    else:
        for layer in model.layers[: frozen or 0]:
            layer.trainable = False
    return model


def nested(K, alpha, size, frozen=None, classes=5):
    """The model of the transfer-learning guide: the base is one layer of a Sequential model."""
    extractor = freeze(base(K, alpha, size), frozen)
    layers = K.layers
    side = extractor.output_shape[1]
    head = [layers.AveragePooling2D((side, side)), layers.Flatten(), layers.Dense(classes), layers.Softmax()]
    model = K.Sequential([extractor, *head])
    model.build((None, size, size, 3))
    return model


def outer(K, alpha, size, classes=5):
    """The same as an outer Functional model, as Keras's own guide has it."""
    extractor = freeze(base(K, alpha, size), "all")
    inputs = K.Input((size, size, 3))
    x = extractor(inputs, training=False)
    x = K.layers.GlobalAveragePooling2D()(x)
    x = K.layers.Dropout(0.2)(x)
    return K.Model(inputs, K.layers.Dense(classes, activation="softmax")(x))


def flattened(K, alpha, size, classes=5):
    """A head that is connected to the layers of the base, nothing nested, with the state of an optimizer."""
    extractor = freeze(base(K, alpha, size), 20)
    x = K.layers.AveragePooling2D((2, 2))(extractor.output)
    x = K.layers.Flatten()(x)
    x = K.layers.Dense(16, activation="relu")(x)
    x = K.layers.Dense(classes)(x)
    model = K.Model(extractor.input, K.layers.Activation("softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def headless_sequence(K, alpha, size):
    """A Sequential model that holds the base alone, with pooling."""
    model = K.Sequential([base(K, alpha, size), K.layers.GlobalAveragePooling2D()])
    model.build((None, size, size, 3))
    return model


def variants(K):
    """name -> function that builds it. Sizes and widths differ so that nothing fits by accident."""
    return {
        "base_100_224": lambda: base(K, 1.0, 224),
        "base_50_192": lambda: base(K, 0.5, 192),
        "base_35_128": lambda: base(K, 0.35, 128),
        "base_25_128_avg": lambda: base(K, 0.25, 128, pooling="avg"),
        "top_100_160": lambda: official(K, 1.0, 160, 10),
        "top_75_224": lambda: official(K, 0.75, 224, 1000),
        "top_25_160": lambda: official(K, 0.25, 160, 3),
        "nested_25_128": lambda: nested(K, 0.25, 128),
        "nested_25_128_some": lambda: nested(K, 0.25, 128, frozen=40),
        "nested_50_128_all": lambda: nested(K, 0.5, 128, frozen="all"),
        "outer_75_160": lambda: outer(K, 0.75, 160),
        "flattened_25_160": lambda: flattened(K, 0.25, 160),
        "sequence_25_128": lambda: headless_sequence(K, 0.25, 128),
    }


# Saved as weights alone too; Keras 3 has no legacy form of those.
WEIGHTS_ALONE = ("base_100_224", "top_25_160", "nested_25_128_some")


def predict(model, images):
    return np.array(model(images, training=False))


def build(which, folder):
    K = keras(which)
    for number, (name, make) in enumerate(variants(K).items()):
        K.utils.set_random_seed(number)
        model = fill(make(), seed=number, hostile="_25_" in name)
        model.save(str(folder / f"{name}.h5"))
        if which == "keras2" and name in WEIGHTS_ALONE:
            model.save_weights(str(folder / f"{name}_weights.h5"))
        images = np.random.default_rng(99).uniform(-1, 1, (1, *model.input_shape[1:])).astype(np.float32)
        np.savez(folder / f"{name}.npz", **tensors(model), input=images, output=predict(model, images))
        K.backend.clear_session()


def load(which, jobs):
    """For each {model, reference}: names of variables whose bits differ, and the distance of the outputs."""
    K = keras(which)
    results = {}
    for job in jobs:
        try:
            model = K.models.load_model(job["model"], compile=False)
            reference = np.load(job["reference"])
            found = tensors(model)
            expected = {name: reference[name] for name in reference.files if "/" in name}
            differing = sorted(expected.keys() ^ found.keys())
            common = expected.keys() & found.keys()
            differing += [name for name in common if not same_bits(expected[name], found[name])]
            distance = float(np.abs(predict(model, reference["input"]) - reference["output"]).max())
            results[job["model"]] = {"differing": differing, "distance": distance}
        except Exception as error:  # the test shows it
            results[job["model"]] = {"error": f"{type(error).__name__}: {error}"[:2000]}
        K.backend.clear_session()
    return results


def same_bits(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


if __name__ == "__main__":
    command, which, argument = sys.argv[1:]
    if command == "build":
        build(which, Path(argument))
    else:
        print(json.dumps(load(which, json.loads(Path(argument).read_text()))))
