"""The network in Keras, and the part of it that trains from cached features."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Tests" / "Interop"))

import keras_run

from .works import CLASSES, LEARNING_RATE, SIZE

FEATURES = (7, 7, 1024)


def whole(weights: dict[str, np.ndarray]) -> keras.Model:
    """The transfer-learning model at full width, every layer trainable."""
    model = keras_run.network(1.0, SIZE, CLASSES)
    for layer in model.layers[0].layers:
        layer.trainable = True
    return filled(model, weights)


def tail(weights: dict[str, np.ndarray]) -> keras.Model:
    """What training conv_pw_13 and the classifier runs in every step: the batch-norm between stays as it is."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(FEATURES),
            layers.Conv2D(1024, 1, use_bias=False, name="conv_pw_13"),
            layers.BatchNormalization(epsilon=1e-3, trainable=False, name="conv_pw_13_bn"),
            layers.ReLU(6.0),
            layers.AveragePooling2D(FEATURES[0]),
            layers.Flatten(),
            layers.Dense(CLASSES, name="dense"),
            layers.Softmax(),
        ]
    )
    return filled(model, weights)


def filled(model: keras.Model, weights: dict[str, np.ndarray]) -> keras.Model:
    for name, variable in keras_run.variables(model).items():
        variable.assign(weights[name])
    return model


def compiled(model: keras.Model, **options) -> keras.Model:
    model.compile(keras.optimizers.SGD(LEARNING_RATE), loss="sparse_categorical_crossentropy", **options)
    return model


def tensors(model: keras.Model) -> dict[str, np.ndarray]:
    return {name: np.array(variable) for name, variable in keras_run.variables(model).items()}


def preprocessed(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)
