"""Import, then export: every bit that Keras saved comes back, and both lines of Keras load the file."""

import filecmp
import json
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

import models
from conftest import in_own_processes

# Softmax outputs differ by less; feature maps, in [0, 6], differ by 2.5e-5 between Keras 2 and 3 themselves.
TOLERANCE = 2e-4


def names(which):
    """The file names that `models.py build` makes, without building anything."""
    found = []
    for name in models.variants(None):
        found.append(name)
        if which == "keras2" and name in models.WEIGHTS_ALONE:
            found.append(name + "_weights")
    return found


CASES = [(which, name) for which in models.KERAS for name in names(which)]
# Each line of Keras loads what came from the other, so that both load every kind of network.
LOADED_BY = {"keras2": "keras3", "keras3": "keras2"}


@pytest.fixture(scope="session")
def originals(tmp_path_factory):
    """Every variant, saved by both lines of Keras."""
    folder = tmp_path_factory.mktemp("originals")
    for which in models.KERAS:
        (folder / which).mkdir()
    in_own_processes(*(("build", which, folder / which) for which in models.KERAS))
    return folder


@pytest.fixture(scope="session")
def exports(originals, mlpack, tmp_path_factory):
    """Every variant, imported and exported."""
    folder = tmp_path_factory.mktemp("exports")
    for which, name in CASES:
        original, target = originals / which / f"{name}.h5", folder / f"{which}_{name}"
        size = ["--input-size", name.split("_")[2]] if name.endswith("_weights") else []
        mlpack("import", original, "-o", f"{target}.mlpack", *size)
        mlpack("export", f"{target}.mlpack", "-o", f"{target}.h5")
    return folder


@pytest.fixture(scope="session")
def loaded(originals, exports, tmp_path_factory):
    """What Keras says of every export, by the export's path."""
    folder = tmp_path_factory.mktemp("jobs")
    commands = []
    for which, loader in LOADED_BY.items():
        jobs = [
            {
                "model": str(exports / f"{which}_{name}.h5"),
                "reference": str(reference(originals, which, name)),
            }
            for name in names(which)
        ]
        (folder / f"{loader}.json").write_text(json.dumps(jobs))
        commands.append(("load", loader, folder / f"{loader}.json"))
    results = {}
    for output in in_own_processes(*commands):
        results |= json.loads(output.splitlines()[-1])
    return results


def reference(originals, which, name):
    return originals / which / f"{name.removesuffix('_weights')}.npz"


def stored(path):
    """Every dataset below `model_weights`, by the last two names of its path."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            layer, variable = name.split("/")[-2:]
            found[f"{layer}/{variable.split(':')[0]}"] = item[()]

    with h5py.File(path) as file:
        file["model_weights"].visititems(visit)
    return found


@pytest.mark.parametrize("which, name", CASES)
def test_every_tensor_is_bit_identical(which, name, originals, exports):
    expected = np.load(reference(originals, which, name))
    found = stored(exports / f"{which}_{name}.h5")
    assert set(found) == {tensor for tensor in expected.files if "/" in tensor}
    different = [tensor for tensor, value in found.items() if not models.same_bits(expected[tensor], value)]
    assert different == []


@pytest.mark.parametrize("which, name", CASES)
def test_the_other_keras_loads_the_export(which, name, loaded, exports):
    result = loaded[str(exports / f"{which}_{name}.h5")]
    assert "error" not in result, result["error"]
    assert result["differing"] == []
    assert result["distance"] <= TOLERANCE


@pytest.mark.parametrize("which, name", CASES)
def test_export_onto_the_original_changes_nothing(which, name, originals, exports, mlpack, tmp_path):
    original = originals / which / f"{name}.h5"
    copy = tmp_path / "copy.h5"
    mlpack("export", exports / f"{which}_{name}.mlpack", "-o", copy, "--onto", original)
    assert filecmp.cmp(original, copy, shallow=False)


@pytest.mark.parametrize("which, name", [case for case in CASES if "nested" in case[1] or "top" in case[1]])
def test_export_onto_rewrites_the_changed_datasets_alone(which, name, originals, mlpack, exports, tmp_path):
    original, changed = originals / which / f"{name}.h5", tmp_path / "changed.h5"
    changed.write_bytes(original.read_bytes())
    expected = change(changed, ["conv_pw_13", "dense", "conv_preds"])
    size = ["--input-size", name.split("_")[2]] if name.endswith("_weights") else []
    mlpack("import", changed, "-o", tmp_path / "changed.mlpack", *size)
    mlpack("export", tmp_path / "changed.mlpack", "-o", tmp_path / "out.h5", "--onto", original)
    assert differing_datasets(original, tmp_path / "out.h5") == expected
    assert differing_datasets(changed, tmp_path / "out.h5") == set()


def change(path, layers):
    """Gives the layers' variables other values, in the file; the paths of their datasets."""
    paths = set()
    with h5py.File(path, "r+") as file:
        def visit(name, item):
            if isinstance(item, h5py.Dataset) and name.split("/")[-2] in layers:
                item[...] = item[()] + np.float32(0.5)
                paths.add("/" + name)

        file.visititems(visit)
    return paths


def differing_datasets(a, b):
    done = subprocess.run(["h5diff", str(a), str(b)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("dataset: ")]
    found = {line.split("<")[1].split(">")[0] for line in lines}
    assert (done.returncode == 1) == bool(found), done.stdout
    return found
