#!/usr/bin/env python3
"""Writes fixtures/layers/mobilenet_v1.tsv: the layers of keras.applications.MobileNet as Keras 2 reports them.

A line a layer: name, class, output shape without the batch, parameters. A line with # starts a network.
Run with the pinned Keras: python tools/make_layer_table.py
"""

import pathlib

import tf_keras

NETWORKS = [
    dict(alpha=1.0, size=224, classes=1000, depth_multiplier=1),
    dict(alpha=0.25, size=128, classes=0, depth_multiplier=1),
    dict(alpha=0.35, size=96, classes=7, depth_multiplier=2),
]


def lines():
    for network in NETWORKS:
        tf_keras.backend.clear_session()
        top = dict(include_top=True, classes=network["classes"]) if network["classes"] else dict(include_top=False)
        model = tf_keras.applications.MobileNet(
            alpha=network["alpha"], input_shape=(network["size"], network["size"], 3), weights=None,
            depth_multiplier=network["depth_multiplier"], **top)
        yield "\t".join(["# " + model.name] + [f"{key}={value}" for key, value in network.items()])
        for layer in model.layers:
            shape = layer.output_shape[0] if isinstance(layer.output_shape, list) else layer.output_shape
            yield "\t".join([layer.name, type(layer).__name__, ",".join(map(str, shape[1:])), str(layer.count_params())])


if __name__ == "__main__":
    target = pathlib.Path(__file__).resolve().parent.parent / "fixtures/layers/mobilenet_v1.tsv"
    target.write_text("\n".join(lines()) + "\n")
