"""Processes with Keras, TensorFlow or numpy in them, so that what measures stays small."""
