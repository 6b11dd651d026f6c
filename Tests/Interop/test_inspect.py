"""`mlpack inspect` says of a network what Keras's own summary says of it."""

import json
import re

import keras
import numpy as np
import pytest

import keras_run

ROW = re.compile(r"(?P<layer>\S+ \(\w+\)) +(?P<shape>\(None[^)]*\)) +(?P<count>[\d,]+) (?P<train>[YN-])")


@pytest.fixture(scope="module")
def whole() -> keras.Model:
    """The transfer-learning model: alpha 1.0 on 224 × 224, nested, all but conv_pw_13 and the head frozen."""
    return keras_run.network(1.0, 224, 5)


@pytest.fixture(scope="module", params=["whole", "base"])
def saved(request, whole, tmp_path_factory):
    """A model, its file, and its parameters: all, those that are trained, and those of pointwise kernels that are frozen."""
    model = whole if request.param == "whole" else whole.layers[0]
    path = tmp_path_factory.mktemp("inspect") / f"{request.param}.h5"
    model.save(path)
    totals = {"whole": (3_233_989, 1_053_701, 2_180_288), "base": (3_228_864, 1_048_576, 2_180_288)}
    return model, path, totals[request.param]


def keras_totals(model: keras.Model) -> tuple[int, int, int]:
    trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return model.count_params(), trainable, model.count_params() - trainable


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch) -> None:
    """Keras cuts its table at the width of the terminal, whatever `line_length` it is given."""
    monkeypatch.setenv("COLUMNS", "160")


def keras_rows(model: keras.Model) -> dict[str, tuple[str, str, str]]:
    """Of each layer that is no model itself: output shape, parameters and Y, N or - for trainable."""
    lines: list[str] = []
    model.summary(line_length=160, expand_nested=True, show_trainable=True, print_fn=lines.append)
    cells = [[cell.strip(" └") for cell in line.split("│")[1:-1]] for line in "\n".join(lines).splitlines()]
    rows = {row[0]: tuple(row[1:]) for row in cells if len(row) == 4 and "(None" in row[1]}
    return {name: row for name, row in rows.items() if "(Functional)" not in name}


def our_rows(text: str) -> dict[str, tuple[str, str, str]]:
    found = (ROW.match(line) for line in text.splitlines())
    return {row["layer"]: (row["shape"], row["count"], row["train"]) for row in found if row}


def without_inputs(rows: dict) -> dict:
    """A nested model has an input of its own, which is no layer once the model is taken apart."""
    return {name: row for name, row in rows.items() if "(InputLayer)" not in name}


def test_rows_are_those_of_the_summary(mlpack, saved) -> None:
    model, path, _ = saved
    rows = our_rows(mlpack("inspect", path).stdout)
    assert without_inputs(rows) == without_inputs(keras_rows(model))
    assert sum("(InputLayer)" in name for name in rows) == 1


def test_totals_are_those_of_keras(mlpack, saved) -> None:
    model, path, promised = saved
    assert keras_totals(model) == promised
    text = mlpack("inspect", path).stdout
    for title, count in zip(("total parameters", "trainable", "non-trainable"), promised):
        assert re.search(rf"^{title} +{count:,}$", text, re.MULTILINE)


def test_json_agrees_with_keras(mlpack, saved) -> None:
    model, path, (total, trainable, frozen) = saved
    found = json.loads(mlpack("inspect", path, "--json").stdout)
    assert found["parameters"] == {"total": total, "trainable": trainable, "nonTrainable": frozen}
    assert (found["format"], found["kind"], found["alpha"]) == ("keras-h5", "model", 1.0)
    assert (found["name"], found["inputShape"]) == (model.name, [224, 224, 3])
    assert found["bytes"] == path.stat().st_size
    tensors = {
        f"{layer['name']}/{tensor['name'].removeprefix('depthwise_')}": (tensor["shape"], tensor["dtype"])
        for layer in found["layers"] for tensor in layer["tensors"]
    }
    assert tensors == {
        name: (list(variable.shape), variable.dtype) for name, variable in keras_run.variables(model).items()
    }


def test_a_pack_keeps_the_counts_that_its_folding_hides(mlpack, saved, tmp_path) -> None:
    model, path, promised = saved
    pack = tmp_path / "net.mlpack"
    mlpack("import", path, "-o", pack)
    found = json.loads(mlpack("inspect", pack, "--json").stdout)
    assert tuple(found["parameters"].values()) == promised
    assert without_inputs(our_rows(mlpack("inspect", pack).stdout)) == without_inputs(keras_rows(model))
