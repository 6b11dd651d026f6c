#!/usr/bin/env python3
"""Makes fixtures/keras, small files that real Keras saved, and fixtures/hdf5, files that try a reader.

Needs what requirements.txt pins; the old Kerases get environments of their own (fixture_makers/environments.py).
Each Keras runs in a process of its own. Equal versions make equal files, but for the times that some datasets in
hdf5/ have and the date in a .keras. The variables in keras/expected.json come from Keras's objects, not from its
files.

    make_fixtures.py            everything
    make_fixtures.py KERAS...   what these Kerases make: keras2, keras3, keras-2.12, ...
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "Tests" / "Interop")]
sys.dont_write_bytecode = True

import models  # noqa: E402
from fixture_makers import derived, environments, hdf5, saved  # noqa: E402

FOLDER = ROOT / "fixtures" / "keras"
EXPECTED = FOLDER / "expected.json"
INSIDE = "MLPACK_MAKES_FIXTURES_OF"


def build(keras):
    """Makes the files of the Keras that runs this, and prints the facts about each."""
    K = package(keras)
    K.utils.set_random_seed(0)
    made = [(name, facts(model)) for name, model in saved.save_all(K, keras, FOLDER)]
    if keras == "keras2":
        made += [(name, facts(model, tensors)) for name, model, tensors in derived.make_all(K, FOLDER)]
    print(json.dumps(dict(made)))


def package(keras):
    if keras.startswith("keras-2"):
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        from tensorflow import keras as K

        return K
    return models.keras("keras2" if keras == "keras2" else "keras3")


def facts(model, tensors=None):
    weighted = [layer for layer in models.leaves(model) if layer.weights]
    return {
        "input": list(model.input_shape[1:]),
        "output": list(model.output_shape[1:]),
        "frozen": sorted(layer.name for layer in weighted if not layer.trainable),
        "tensors": {name: digest(value) for name, value in (tensors or models.tensors(model)).items()},
    }


def digest(value):
    found = {"shape": list(value.shape), "sha256": hashlib.sha256(value.tobytes()).hexdigest()}
    return found if value.dtype == "float32" else found | {"dtype": str(value.dtype)}


def write_expected(expected):
    """A line a tensor; a file with the tensors of one before it names that one instead."""
    blocks, written = [], {}
    for name, entry in expected.items():
        block = {key: json.dumps(entry[key]) for key in ("input", "output", "frozen")}
        tensors = json.dumps(entry["tensors"])
        if tensors in written:
            block["tensorsOf"] = json.dumps(written[tensors])
        else:
            written[tensors] = name
            lines = [f"   {json.dumps(tensor)}: {json.dumps(value)}" for tensor, value in entry["tensors"].items()]
            block["tensors"] = "{\n" + ",\n".join(lines) + "\n  }"
        body = ",\n".join(f'  "{key}": {value}' for key, value in block.items())
        blocks.append(f' "{name}": {{\n{body}\n }}')
    EXPECTED.write_text("{\n" + ",\n".join(blocks) + "\n}\n")


def read_expected():
    if not EXPECTED.exists():
        return {}
    expected = json.loads(EXPECTED.read_text())
    for entry in expected.values():
        if "tensorsOf" in entry:
            entry["tensors"] = expected[entry.pop("tensorsOf")]["tensors"]
    return expected


def main():
    if INSIDE in os.environ:
        return build(os.environ[INSIDE])
    everything = [*environments.CURRENT, *environments.OLD]
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not sys.argv[1:]:
        hdf5.make_all()
    expected = read_expected()
    for keras in sys.argv[1:] or everything:
        command = [environments.python(keras), __file__]
        environment = {**os.environ, INSIDE: keras, "TF_CPP_MIN_LOG_LEVEL": "3"}
        made = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        expected |= json.loads(made.stdout.splitlines()[-1])
    write_expected({name: entry for name, entry in expected.items() if (FOLDER / name).exists()})


if __name__ == "__main__":
    main()
