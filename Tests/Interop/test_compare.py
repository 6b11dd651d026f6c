"""`mlpack diff` and `inspect --stats` say of files that real Keras saved what numpy computes of its variables."""

import json
import shutil
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import keras_run

TRAINED = ("conv_pw_13/kernel", "dense/kernel", "dense/bias")


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> tuple[Path, keras.Model, dict[str, np.ndarray]]:
    """The transfer-learning model at alpha 0.1, its file, and its variables by name."""
    model = keras_run.network(0.1, 32, 3)
    random = np.random.default_rng(7)
    for name, variable in keras_run.variables(model).items():
        variable.assign(keras_run.realistic(name, tuple(variable.shape), random))
    path = tmp_path_factory.mktemp("compare") / "before.h5"
    model.save(path)
    return path, model, values(model)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("others")


def values(model: keras.Model) -> dict[str, np.ndarray]:
    return {name: variable.numpy().copy() for name, variable in keras_run.variables(model).items()}


def saved_with(saved, path: Path, changes: dict[str, np.ndarray]) -> Path:
    """What Keras saves once it has assigned `changes`; the model is as before afterwards."""
    _, model, before = saved
    variables = keras_run.variables(model)
    for name, value in changes.items():
        variables[name].assign(value)
    model.save(path)
    for name in changes:
        variables[name].assign(before[name])
    return path


def named_as_keras_3(name: str) -> str:
    return name.replace("/depthwise_kernel", "/kernel")


def place_in_order(floats: np.ndarray) -> np.ndarray:
    """Each float's place in the order of all of them, with −0 just below 0."""
    bits = floats.view(np.int32).astype(np.int64)
    return np.where(bits >= 0, bits, -(bits + 2**31) - 1)


def distance(a: np.ndarray, b: np.ndarray) -> tuple[int, float, int, float]:
    """Elements that differ, and the largest difference: absolute, in steps, relative to the largest of `a`."""
    apart = float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max())
    steps = int(np.abs(place_in_order(a) - place_in_order(b)).max())
    largest = float(np.abs(a.astype(np.float64)).max())
    return int((a.view(np.int32) != b.view(np.int32)).sum()), apart, steps, apart / largest if apart else 0.0


def diff(attempt, a: Path, b: Path) -> tuple[dict, dict[str, dict], int]:
    done = attempt("diff", a, b, "--json")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    return found, {named_as_keras_3(tensor["name"]): tensor for tensor in found["tensors"]}, done.returncode


def test_a_file_saved_twice_is_identical(attempt, saved, folder) -> None:
    again = saved_with(saved, folder / "again.h5", {})
    found, tensors, status = diff(attempt, saved[0], again)
    assert (found["identical"], found["equal"], status) == (True, True, 0)
    assert tensors.keys() == saved[2].keys()
    assert attempt("verify", saved[0], again).returncode == 0


def test_distances_are_those_of_numpy(attempt, saved, folder) -> None:
    path, _, before = saved
    random = np.random.default_rng(8)
    changes = {
        name: (value + random.standard_normal(value.shape) * 10.0 ** random.integers(-9, 0)).astype(np.float32)
        for name, value in before.items()
        if "variance" not in name
    }
    found, tensors, status = diff(attempt, path, saved_with(saved, folder / "noisy.h5", changes))
    assert (found["equal"], status) == (False, 1)
    for name, value in before.items():
        tensor = tensors[name]
        expected = distance(value, changes.get(name, value))
        assert (tensor["differing"], tensor["maxAbs"], tensor["maxUlp"], tensor["relative"]) == expected, name
        assert tensor["shape"] == list(value.shape)


def test_what_keras_trained_is_told_from_what_it_should_not_have(attempt, saved, folder) -> None:
    path, model, before = saved
    trained = {name: before[name] + np.float32(0.25) for name in TRAINED}
    fine = saved_with(saved, folder / "trained.h5", trained)
    _, tensors, _ = diff(attempt, path, fine)
    assert {name for name, tensor in tensors.items() if tensor["status"] == "trained"} == set(TRAINED)
    assert {tensor["status"] for tensor in tensors.values()} == {"trained", "identical"}
    assert attempt("verify", path, fine).stderr == ""

    moved = {"conv_dw_5_bn/moving_mean": before["conv_dw_5_bn/moving_mean"] * np.float32(1.001)}
    broken = saved_with(saved, folder / "broken.h5", trained | moved)
    done = attempt("verify", path, broken)
    assert done.returncode == 1
    assert done.stderr.startswith("mlpack: error: frozen tensor changed: conv_dw_5_bn/moving_mean, ")
    assert not model.layers[0].get_layer("conv_dw_5_bn").trainable


def test_a_network_that_keras_folded_is_the_same(attempt, mlpack, saved, folder) -> None:
    """Batch-norm by batch-norm in float32, as converters do it, the folded network written by Keras."""
    path, model, before = saved
    folded = without_normalizations(model)
    for name, variable in keras_run.variables(folded).items():
        layer, kind = name.split("/")
        norm = {
            key.split("/")[1]: value for key, value in before.items() if key.startswith(f"{layer}_bn/")
        }
        if not norm:
            variable.assign(before[name])
            continue
        scale = norm["gamma"] / np.sqrt(norm["moving_variance"] + np.float32(1e-3))
        if kind == "bias":
            variable.assign(norm["beta"] - norm["moving_mean"] * scale)
        elif "conv_dw" in layer:
            variable.assign(before[name] * scale[:, None])
        else:
            variable.assign(before[name] * scale)
    other = folder / "folded.h5"
    folded.save(other)
    done = attempt("verify", path, other)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("the same within float32 folding")


def without_normalizations(model: keras.Model) -> keras.Model:
    """The same layers without the batch-norms, each convolution with a bias."""
    base, *head = model.layers
    inputs = outputs = keras.Input(base.input_shape[1:])
    for layer in [*base.layers[1:], *head]:
        if isinstance(layer, keras.layers.BatchNormalization):
            continue
        is_convolution = isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)
        changes = {"use_bias": True} if is_convolution else {}
        outputs = type(layer).from_config(layer.get_config() | changes)(outputs)
    return keras.Model(inputs, outputs)


def statistics(mlpack, path: Path) -> dict[str, dict]:
    found = json.loads(mlpack("inspect", path, "--stats", "--json").stdout)
    return {
        named_as_keras_3(f"{layer['name']}/{tensor['name']}"): tensor["stats"]
        for layer in found["layers"] for tensor in layer["tensors"]
    }


def test_statistics_are_those_of_numpy(mlpack, saved, folder) -> None:
    path, _, before = saved
    pack = folder / "before.mlpack"
    mlpack("import", path, "-o", pack)
    for found in (statistics(mlpack, path), statistics(mlpack, pack)):
        assert found.keys() == before.keys()
        for name, value in before.items():
            check_statistics(found[name], value.astype(np.float64).ravel(), name)


def check_statistics(stats: dict, value: np.ndarray, name: str) -> None:
    assert (stats["min"], stats["max"]) == (value.min(), value.max()), name
    assert stats["mean"] == pytest.approx(value.mean(), rel=1e-12, abs=1e-15), name
    assert stats["deviation"] == pytest.approx(value.std(), rel=1e-12), name
    assert (stats["zeros"], stats["nonFinite"]) == (int((value == 0).sum()), 0), name
    bins = len(stats["histogram"])
    assert stats["histogram"] == np.histogram(value, bins)[0].tolist(), name


def test_what_is_not_finite_is_left_out_and_named(mlpack, saved, folder) -> None:
    path, _, before = saved
    hostile = folder / "hostile.h5"
    shutil.copy(path, hostile)
    name = "conv_pw_4_bn/beta"
    value = before[name].copy()
    value[:3] = np.nan, np.inf, 0
    with h5py.File(hostile, "r+") as file:
        places: list[str] = []
        file.visit(lambda place: places.append(place) if place.endswith("conv_pw_4_bn/beta") else None)
        (place,) = places
        file[place][...] = value
    stats = statistics(mlpack, hostile)[name]
    finite = value[np.isfinite(value)].astype(np.float64)
    assert (stats["nonFinite"], stats["zeros"]) == (2, 1)
    assert (stats["min"], stats["max"]) == (finite.min(), finite.max())
    assert stats["mean"] == pytest.approx(finite.mean(), rel=1e-12)
    notes = json.loads(mlpack("inspect", hostile, "--json").stdout)["notes"]
    assert f"weight '{name}' has 1 value that is not a number and 1 value that is infinite" in notes
