"""The training step from cached features as a TensorFlow Lite file with the signatures `train` and `weights`.

The gradients are written out in TensorFlow Lite's own operations, the convolution as the product of two matrices that
it is: those that TensorFlow derives need its flex delegate, which no current package for Python has.
"""

from __future__ import annotations

import tempfile

import numpy as np
import tensorflow as tf

from .works import BY_NAME, CLASSES, LEARNING_RATE

BATCH = BY_NAME["tail"].batch
PIXELS, CHANNELS = 49, 1024


class Tail(tf.Module):
    def __init__(self, weights: dict[str, np.ndarray]):
        self.kernel = tf.Variable(weights["conv_pw_13/kernel"].reshape(CHANNELS, CHANNELS))
        self.dense = tf.Variable(weights["dense/kernel"])
        self.bias = tf.Variable(weights["dense/bias"])
        scale = weights["conv_pw_13_bn/gamma"] / np.sqrt(weights["conv_pw_13_bn/moving_variance"] + 1e-3)
        self.scale = tf.constant(scale)
        self.shift = tf.constant(weights["conv_pw_13_bn/beta"] - weights["conv_pw_13_bn/moving_mean"] * scale)

    def train(self, features: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = tf.reshape(features, (BATCH * PIXELS, CHANNELS))
        values = tf.matmul(rows, self.kernel) * self.scale + self.shift
        pooled = tf.reduce_mean(tf.reshape(tf.nn.relu6(values), (BATCH, PIXELS, CHANNELS)), axis=1)
        probabilities = tf.nn.softmax(tf.matmul(pooled, self.dense) + self.bias)
        truth = tf.one_hot(labels, CLASSES)
        loss = -tf.reduce_sum(truth * tf.math.log(probabilities)) / BATCH

        of_logits = (probabilities - truth) / BATCH
        of_pooled = tf.matmul(of_logits, self.dense, transpose_b=True) / PIXELS
        passes = tf.cast(tf.logical_and(values > 0, values < 6), tf.float32) * self.scale
        of_values = tf.reshape(passes, (BATCH, PIXELS, CHANNELS)) * of_pooled[:, None]
        gradients = [
            tf.matmul(rows, tf.reshape(of_values, (BATCH * PIXELS, CHANNELS)), transpose_a=True),
            tf.matmul(pooled, of_logits, transpose_a=True),
            tf.reduce_sum(of_logits, axis=0),
        ]
        for variable, gradient in zip((self.kernel, self.dense, self.bias), gradients):
            variable.assign(variable - LEARNING_RATE * gradient)
        return {"loss": loss}

    def weights(self) -> dict[str, tf.Tensor]:
        return {
            "kernel": tf.reshape(self.kernel, (1, 1, CHANNELS, CHANNELS)), "dense": self.dense + 0,
            "bias": self.bias + 0,
        }


def training_file(weights: dict[str, np.ndarray]) -> bytes:
    module = Tail(weights)
    signature = [
        tf.TensorSpec((BATCH, 7, 7, CHANNELS), tf.float32, "features"),
        tf.TensorSpec((BATCH,), tf.int32, "labels"),
    ]
    signatures = {
        "train": tf.function(module.train, input_signature=signature).get_concrete_function(),
        "weights": tf.function(module.weights, input_signature=[]).get_concrete_function(),
    }
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.experimental_enable_resource_variables = True
        return converter.convert()
