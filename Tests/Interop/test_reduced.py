"""Packs in fewer bits and compressed ones, against the network that real Keras saved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_run
import models

TYPES = {"f16": "float16", "bf16": "bfloat16", "int8": "int8"}
kinds = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.long] if kind == "bf16" else []) for kind in TYPES]
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The transfer-learning model with a few hostile channels, its file, and its variables."""
    model = keras_run.network(0.25, 128, 5)
    random = np.random.default_rng(7)
    values = {
        name: keras_run.realistic(name, tuple(variable.shape), random)
        for name, variable in keras_run.variables(model).items()
    }
    keras_run.make_hostile(values)
    for name, variable in keras_run.variables(model).items():
        variable.assign(values[name])
    path = tmp_path_factory.mktemp("reduced") / "net.keras"
    model.save(path)
    return path, model, values


@pytest.fixture(scope="module")
def packs(saved, mlpack):
    """By type, the pack and what import said of it."""
    path, _, _ = saved
    made = {}
    for kind in TYPES:
        pack = path.with_name(f"{kind}.mlpack")
        made[kind] = pack, mlpack("import", path, "-o", pack, "--dtype", kind).stdout
    return made


@kinds
def test_the_same_within_the_precision(kind, saved, packs, attempt) -> None:
    path, _, _ = saved
    pack, said = packs[kind]
    done = attempt("verify", path, pack)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith(f"the same within {TYPES[kind]}: ")
    # All kernels but those that are trained: conv_pw_13 and dense.
    assert f"reduced  26 kernels to {TYPES[kind]}; " in said


@kinds
def test_a_network_that_moved_is_another(kind, saved, packs, attempt, tmp_path) -> None:
    """One value of a frozen kernel by more than the precision explains."""
    path, model, values = saved
    name = "conv_pw_3/kernel"
    moved = values[name].copy()
    moved[..., 5] *= np.float32(1.02)
    keras_run.variables(model)[name].assign(moved)
    model.save(tmp_path / "moved.keras")
    keras_run.variables(model)[name].assign(values[name])
    done = attempt("verify", tmp_path / "moved.keras", packs[kind][0])
    assert done.returncode == 1
    assert name in done.stderr


@kinds
def test_a_plain_export_says_how_far_it_is_off(kind, saved, packs, mlpack, tmp_path) -> None:
    _, _, values = saved
    said = mlpack("export", packs[kind][0], "-o", tmp_path / "out.keras", "--verbose").stdout
    lines = re.findall(r"^  (\S+/\S+) +by at most (\S+)$", said, re.MULTILINE)
    told = {name: float(error) for name, error in lines}
    loaded = keras.models.load_model(tmp_path / "out.keras", compile=False)
    found = {name: variable.numpy() for name, variable in keras_run.variables(loaded).items()}
    assert found.keys() == values.keys()
    off = {name.replace("/depthwise_kernel", "/kernel"): error for name, error in told.items()}
    for name, value in values.items():
        if name not in off:
            assert models.same_bits(found[name], value), name
            continue
        distance = np.abs(found[name].astype(np.float64) - value).max()
        # What is printed has three digits.
        assert distance <= off[name] * 1.005, name
        assert distance >= off[name] * 0.995, name
    assert len(off) == 26


@kinds
def test_export_onto_the_original_gives_it_back(kind, saved, packs, mlpack, tmp_path) -> None:
    path, _, _ = saved
    mlpack("export", packs[kind][0], "-o", tmp_path / "out.keras", "--onto", path)
    assert (tmp_path / "out.keras").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", ["f32", *TYPES])
def test_compression_changes_nothing_but_the_size(kind, saved, mlpack, tmp_path) -> None:
    path, _, _ = saved
    for name, options in (("raw", []), ("small", ["--compress"])):
        mlpack("import", path, "-o", tmp_path / f"{name}.mlpack", "--dtype", kind, *options)
        mlpack("export", tmp_path / f"{name}.mlpack", "-o", tmp_path / f"{name}.h5")
    assert (tmp_path / "raw.h5").read_bytes() == (tmp_path / "small.h5").read_bytes()
    assert (tmp_path / "small.mlpack").stat().st_size < (tmp_path / "raw.mlpack").stat().st_size
    assert json.loads(mlpack("verify", tmp_path / "raw.mlpack", tmp_path / "small.mlpack", "--json").stdout)["equal"]


@pytest.mark.parametrize("kind", ["f16", pytest.param("bf16", marks=pytest.mark.long)])
def test_kernels_are_next_to_what_numpy_folds(kind, saved, packs, mlpack, tmp_path) -> None:
    """Each folded element is one of the two values of the type around numpy's product in double precision."""
    _, _, values = saved
    mlpack("export", packs[kind][0], "-o", tmp_path / "out.keras")
    loaded = keras.models.load_model(tmp_path / "out.keras", compile=False)
    found = {name: variable.numpy() for name, variable in keras_run.variables(loaded).items()}
    step = {"f16": 2.0**-10, "bf16": 2.0**-7}[kind]
    for name in ("conv1/kernel", "conv_pw_6/kernel"):
        norm = name.split("/")[0] + "_bn"
        gamma, variance = (values[f"{norm}/{part}"].astype(np.float64) for part in ("gamma", "moving_variance"))
        scale = gamma / np.sqrt(variance + 1e-3)
        exact, kept = values[name] * scale, found[name] * scale
        normal = np.abs(exact) > 2.0**-13
        assert normal.any()
        assert (np.abs(kept - exact)[normal] <= step * np.abs(exact)[normal] * 1.001).all(), name
