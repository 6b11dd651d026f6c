"""The real Keras of the round trips: a process that builds and saves networks, or loads what mlpack exported.

    keras_side.py build keras2|keras3 JOBS.json
    keras_side.py load  keras2|keras3 JOBS.json

A job of `build` is a network of cells.py with the containers to save it in; beside them goes an .npz with every
variable, taken from the Keras objects, an input and the output that this Keras computes for it. A job of `load`
is an exported file with such an .npz; what Keras says of it is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

import models
from cells import ENDINGS, NETWORKS, SIZE, Network

CLASSES = 4
# Several shards for every alpha, and none too small for the greatest variable.
SHARDS = 3


def set_type(K, kind):
    """The policy of layers that are made from now on."""
    if K.__name__ == "keras":
        K.config.set_floatx("float32")
    K.mixed_precision.set_global_policy(kind)


# Building


def build_network(K, built: Network):
    """The network as it is saved, models in models included."""
    frozen = {"none": None, "some": 40, "all": "all"}[built.frozen]
    if built.network == "base":
        return models.freeze(models.base(K, built.alpha, SIZE), frozen)
    if built.network == "base_avg":
        return models.freeze(models.base(K, built.alpha, SIZE, pooling="avg"), frozen)
    if built.network == "top":
        return models.freeze(models.official(K, built.alpha, SIZE, CLASSES), frozen)
    if built.network == "nested":
        return models.nested(K, built.alpha, SIZE, frozen, CLASSES)
    if built.network == "outer":
        return models.outer(K, built.alpha, SIZE, CLASSES)
    if built.network == "rescaled":
        return models.rescaled(K, built.alpha, SIZE, CLASSES)
    if built.network == "sequence":
        return models.headless_sequence(K, built.alpha, SIZE, frozen)
    return models.flattened(K, built.alpha, SIZE, CLASSES, frozen)


def flat_network(K, built: Network):
    """The same with nothing nested, into which exported weights alone are loaded."""
    if built.network in ("base", "base_avg", "top", "flat"):
        return build_network(K, Network(built.keras, built.network, built.alpha, "none", built.type))
    if built.network == "sequence":
        return models.base(K, built.alpha, SIZE, pooling="avg")
    extractor, layers = models.base(K, built.alpha, SIZE), K.layers
    if built.network in ("outer", "rescaled"):
        x = layers.GlobalAveragePooling2D()(extractor.output)
        return K.Model(extractor.input, layers.Dense(CLASSES, activation="softmax")(x))
    x = layers.AveragePooling2D((extractor.output_shape[1],) * 2)(extractor.output)
    x = layers.Dense(CLASSES)(layers.Flatten()(x))
    return K.Model(extractor.input, layers.Softmax()(x))


def with_float32_normalization(K, model):
    """The same model with the batch-norms of Keras 2, whose variables are float32 in every policy."""
    config = model.get_config()
    for layer in config["layers"]:
        if layer["class_name"] == "BatchNormalization":
            layer["config"]["dtype"] = "float32"
    return K.Model.from_config(config)


def save(model, path: Path, container):
    if container == "weights-json":
        size = sum(variable.numpy().nbytes for variable in model.weights)
        greatest = max(variable.numpy().nbytes for variable in model.weights)
        model.save_weights(str(path), max_shard_size=max(size / SHARDS, greatest + 1) / 1024**3)
    elif container in ("legacy-weights", "weights-h5"):
        model.save_weights(str(path))
    else:
        model.save(str(path))


def build(which, jobs):
    K = models.keras(which)
    for job in jobs:
        built, folder = Network(**job["built"]), Path(job["folder"])
        K.backend.clear_session()
        # The same values whatever is frozen, so that the same files come out where that makes no difference.
        seed = NETWORKS.index(built.network)
        K.utils.set_random_seed(seed)
        set_type(K, built.type)
        model = models.fill(build_network(K, built), seed=seed, hostile=built.alpha != 1)
        for container in job["containers"]:
            save(model, folder / f"{built}{ENDINGS[container]}", container)
        images = np.random.default_rng(99).uniform(-1, 1, (1, SIZE, SIZE, 3)).astype(np.float32)
        output = models.predict(model, images).astype(np.float64)
        write_reference(folder / f"{built}.npz", models.tensors(model), images, output)
        set_type(K, "float32")


def write_reference(path, tensors, images, output):
    """numpy has no bfloat16: such values go in as their bits, under a name that says so."""
    named = {}
    for name, value in tensors.items():
        is_bfloat16 = value.dtype == ml_dtypes.bfloat16
        named[name + ":bfloat16" * is_bfloat16] = value.view(np.uint16) if is_bfloat16 else value
    np.savez(path, **named, input=images, output=output)


def read_reference(path):
    """The variables by name, the input and the output."""
    with np.load(path) as stored:
        tensors = {}
        for name in stored.files:
            if "/" in name:
                plain = name.removesuffix(":bfloat16")
                tensors[plain] = stored[name] if plain == name else stored[name].view(ml_dtypes.bfloat16)
        return tensors, stored["input"], stored["output"]


# Loading


def load(which, jobs):
    K = models.keras(which)
    # Those that go into the same network come one after the other, so that it is built once.
    jobs = sorted(jobs, key=lambda job: (job["weights_alone"], str(job["built"]), job["by_name"]))
    results, kept = [], (None, None)
    for job in jobs:
        built = Network(**job["built"])
        tensors, images, output = read_reference(job["reference"])
        try:
            if job["weights_alone"]:
                key = (built.keras, built.network, built.alpha, built.type)
                if kept[0] != key:
                    K.backend.clear_session()
                    kept = (key, empty_network(K, which, built))
                model = load_weights(kept[1], job)
            else:
                K.backend.clear_session()
                set_type(K, "float32")
                model = K.models.load_model(job["file"], compile=False)
            found = models.predict(model, images).astype(np.float64)
            result = {"differing": differing(which, tensors, models.tensors(model))}
            result["distance"] = relative_distance(found, output)
        except Exception as error:  # the test shows it
            result = {"error": f"{type(error).__name__}: {error}"[:2000]}
        results.append({"id": job["id"], **result})
    return results


def empty_network(K, which, built):
    set_type(K, built.type)
    model = flat_network(K, built)
    if which == "keras3" and built.keras == "keras2" and built.type in ("float16", "bfloat16"):
        model = with_float32_normalization(K, model)
    set_type(K, "float32")
    return model


def load_weights(model, job):
    # So that nothing of an earlier file can pass for what is in this one.
    for variable in model.weights:
        variable.assign(np.full(variable.shape, 7, np.float32))
    model.load_weights(job["file"], **({"by_name": True} if job["by_name"] else {}))
    return model


def differing(which, expected, found):
    """The variables whose bits are not those that were saved. Keras 2 holds the batch-norms of a half-precision
    network in float32, so there the saved values count, widened."""
    names = sorted(expected.keys() ^ found.keys())
    for name in expected.keys() & found.keys():
        want, value = expected[name], found[name]
        if which == "keras2" and "_bn/" in name and value.dtype == np.float32:
            want = want.astype(np.float32)
        if not models.same_bits(want, value):
            names.append(name)
    return names


def relative_distance(found, expected):
    if found.size != expected.size:
        return f"shapes {found.shape} and {expected.shape}"
    return float(np.abs(found.ravel() - expected.ravel()).max() / np.abs(expected).max())


if __name__ == "__main__":
    command, which, path = sys.argv[1:]
    jobs = json.loads(Path(path).read_text())
    if command == "build":
        build(which, jobs)
    else:
        print(json.dumps(load(which, jobs)))
