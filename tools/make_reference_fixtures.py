#!/usr/bin/env python3
"""Makes fixtures/reference/keras_float64.json: layers and a small network, computed by Keras in float64.

Needs keras 3.15.1 on tensorflow-cpu 2.21.0. Every array is {"shape": [...], "values": [...]}, row-major.
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")
layers = keras.layers
random = np.random.default_rng(64)
FILE = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "reference" / "keras_float64.json"


def array(values):
    values = np.asarray(values, dtype=np.float64)
    return {"shape": list(values.shape), "values": values.ravel().tolist()}


def fill(layer):
    """Gives every weight random values, variances positive ones."""
    for weight in layer.weights:
        values = random.normal(0, 0.6, weight.shape)
        weight.assign(np.abs(values) + 0.1 if weight.name == "moving_variance" else values)


def layer_case(name, layer, x, training=False):
    """A layer's output, and the gradients of Σ y · dy for a random dy."""
    x = tf.constant(x, tf.float64)
    layer.build(x.shape)
    fill(layer)
    before = {weight.name: array(weight) for weight in layer.weights}
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
        dy = random.normal(0, 1, y.shape)
        total = tf.reduce_sum(y * dy)
    variables = [weight.value for weight in layer.trainable_weights]
    dx, *gradients = tape.gradient(total, [x] + variables)
    return {
        "name": name, "x": array(x), "weights": before, "y": array(y), "dy": array(dy), "dx": array(dx),
        "gradients": {weight.name: array(g) for weight, g in zip(layer.trainable_weights, gradients)},
        "after": {weight.name: array(weight) for weight in layer.weights},
    }


def noise(*shape):
    return random.normal(0, 1, shape)


def layer_cases():
    conv, depthwise = layers.Conv2D, layers.DepthwiseConv2D
    yield layer_case("conv_same_stride_2_odd", conv(4, 3, 2, "same", use_bias=True), noise(2, 7, 5, 3))
    yield layer_case("conv_same_stride_2_even", conv(4, 3, 2, "same", use_bias=False), noise(1, 6, 8, 3))
    yield layer_case("conv_valid_oblong", conv(2, (3, 2), (2, 1), "valid", use_bias=False), noise(2, 6, 5, 3))
    yield layer_case("conv_pointwise_relu", conv(5, 1, use_bias=True, activation="relu"), noise(2, 3, 2, 4))
    yield layer_case("depthwise_same", depthwise(3, 1, "same", use_bias=False), noise(2, 5, 4, 3))
    yield layer_case("depthwise_valid_stride_2", depthwise(3, 2, "valid", use_bias=True), noise(1, 7, 6, 3))
    yield layer_case("depthwise_multiplier_2", depthwise(3, 2, "same", 2, use_bias=False), noise(2, 5, 5, 3))
    yield layer_case("dense", layers.Dense(4), noise(3, 5))
    yield layer_case("dense_softmax", layers.Dense(4, activation="softmax"), noise(3, 5))
    norm = layers.BatchNormalization
    yield layer_case("norm_inference", norm(epsilon=0.01), noise(2, 3, 4, 3))
    skewed = 2 + 3 * noise(2, 3, 4, 3)
    yield layer_case("norm_training", norm(epsilon=0.01, momentum=0.9), skewed, training=True)
    yield layer_case("norm_plain", norm(epsilon=0.001, scale=False, center=False), noise(2, 3, 4, 3))
    corners = np.array([[-1.0, -0.0, 0.0, 1e-9, 3.0, 6.0 - 1e-9, 6.0, 6.5, 100.0]])
    yield layer_case("relu", layers.ReLU(), corners)
    yield layer_case("relu_6", layers.ReLU(6.0), corners)
    pool = layers.AveragePooling2D
    yield layer_case("pool_valid", pool(2), noise(2, 5, 4, 3))
    yield layer_case("pool_same_overlapping", pool(3, 2, "same"), noise(2, 6, 5, 2))
    yield layer_case("pool_global", layers.GlobalAveragePooling2D(), noise(2, 3, 5, 4))
    yield layer_case("padding", layers.ZeroPadding2D(((0, 1), (2, 3))), noise(2, 3, 2, 2))
    yield layer_case("softmax", layers.Softmax(), 5 * noise(3, 4))


def network():
    """MobileNet's kinds of layers, each once or twice, on images of 7 by 9."""
    x = inputs = keras.Input((7, 9, 3), name="input")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="pad")(x)
    x = layers.Conv2D(4, 3, 2, "valid", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.9, name="conv_bn")(x)
    x = layers.ReLU(6.0, name="conv_relu")(x)
    x = layers.DepthwiseConv2D(3, 1, "same", use_bias=False, name="depthwise")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.9, name="depthwise_bn")(x)
    x = layers.ReLU(6.0, name="depthwise_relu")(x)
    x = layers.Conv2D(6, 1, use_bias=False, name="pointwise")(x)
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.9, name="pointwise_bn")(x)
    x = layers.ReLU(6.0, name="pointwise_relu")(x)
    x = layers.AveragePooling2D((2, 2), (2, 2), "same", name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(3, name="dense")(x)
    x = layers.Softmax(name="softmax")(x)
    return keras.Model(inputs, x)


def weights(model):
    return {f"{layer.name}/{w.name}": array(w) for layer in model.layers for w in layer.weights}


def network_case(name, train_normalizations):
    """Outputs of all layers, the loss and its gradients; the losses and weights of three steps of fit."""
    model = network()
    for layer in model.layers:
        fill(layer)
        if "bn" in layer.name:
            layer.trainable = train_normalizations
    x, labels = noise(3, 7, 9, 3), [0, 2, 1]
    case = {"name": name, "x": array(x), "labels": labels, "weights": weights(model)}
    taps = keras.Model(model.input, [layer.output for layer in model.layers])
    case["outputs"] = {layer.name: array(y) for layer, y in zip(model.layers, taps(x, training=False))}
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=tf.constant(labels), y_pred=model(tf.constant(x), training=True))
        return loss, tape.gradient(loss, [weight.value for weight in model.trainable_weights])

    restore = model.get_weights()
    loss, found = gradients()
    case["loss"] = float(loss)
    case["gradients"] = {w.path: array(g) for w, g in zip(model.trainable_weights, found)}
    model.set_weights(restore)
    history = model.fit(x, np.array(labels), batch_size=3, epochs=3, shuffle=False, verbose=0)
    case["losses"] = history.history["loss"]
    case["after"] = weights(model)
    return case


def main():
    FILE.parent.mkdir(parents=True, exist_ok=True)
    found = {"layers": list(layer_cases()),
             "networks": [network_case("frozen_norms", False), network_case("trained_norms", True)]}
    with open(FILE, "w") as file:
        json.dump(found, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
