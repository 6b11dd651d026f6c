"""MobileNets as people build them, with real Keras 2 or Keras 3, and made-up weights for them.

Keras 2 (the package tf_keras) and Keras 3 do not live well in one process.
"""

import os

import numpy as np


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


def official(K, alpha, size, classes, input_shape=None, **options):
    shape = input_shape or (size, size, 3)
    return K.applications.MobileNet(input_shape=shape, alpha=alpha, weights=None, classes=classes, **options)


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


def rescaled(K, alpha, size, classes=5):
    """The same with the preprocessing inside, so that it takes pixels as they are."""
    extractor = freeze(base(K, alpha, size), "all")
    inputs = K.Input((size, size, 3))
    x = K.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = K.layers.GlobalAveragePooling2D()(extractor(x, training=False))
    return K.Model(inputs, K.layers.Dense(classes, activation="softmax")(x))


def flattened(K, alpha, size, classes=5, frozen=20):
    """A head that is connected to the layers of the base, nothing nested, with the state of an optimizer."""
    extractor = freeze(base(K, alpha, size), frozen)
    x = K.layers.AveragePooling2D((2, 2))(extractor.output)
    x = K.layers.Flatten()(x)
    x = K.layers.Dense(16, activation="relu")(x)
    x = K.layers.Dense(classes)(x)
    model = K.Model(extractor.input, K.layers.Activation("softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def headless_sequence(K, alpha, size, frozen=None):
    """A Sequential model that holds the base alone, with pooling."""
    model = K.Sequential([freeze(base(K, alpha, size), frozen), K.layers.GlobalAveragePooling2D()])
    model.build((None, size, size, 3))
    return model


def predict(model, images):
    return np.array(model(images, training=False))


def same_bits(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
