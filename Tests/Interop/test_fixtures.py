"""Files of older Kerases and of other writers, from fixtures/keras: through mlpack, out again, and onto themselves."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import keras
import ml_dtypes
import numpy as np
import pytest

import round_trips
import yardstick

FOLDER = Path(__file__).parents[2] / "fixtures" / "keras"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
REFUSED = [name for name in EXPECTED if "channels_first" in name]
ACCEPTED = [name for name in EXPECTED if name not in REFUSED]
# Their heads have layers that mlpack does not know.
STRANGE = [name for name in EXPECTED if "strange_head" in name]

# One for each way in which a file keeps its tensors; the rest takes the long tier.
DISTINCT = (
    "keras2_adam.h5", "keras3_adam.keras", "keras3_adam.weights.h5", "keras2.12.weights.h5", "keras3_float16.keras",
    "keras3_bfloat16.weights.h5", "keras3_shards.weights.json", "made_filtered.h5", "made_big_endian.h5",
    "made_split_names.h5", "made_elsewhere.h5", "keras3_nested.keras",
)
files = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in DISTINCT else [pytest.mark.long]) for name in ACCEPTED]
)


def tensors(name: str) -> dict:
    entry = EXPECTED[name]
    return EXPECTED[entry["tensorsOf"]]["tensors"] if "tensorsOf" in entry else entry["tensors"]


def options(name: str) -> list[object]:
    """What a file of weights alone cannot say, and what a head that mlpack does not know asks for."""
    weights_alone = ".weights." in name or name.startswith(("made_", "mobilenet_")) and name != "made_2017.h5"
    size = ["--input-size", EXPECTED[name]["input"][0]] if weights_alone else []
    return size + ["--no-top"] * (name in STRANGE)


@files
def test_every_tensor_comes_back(name: str, mlpack, tmp_path: Path) -> None:
    pack, out = tmp_path / "net.mlpack", tmp_path / "out.h5"
    mlpack("import", FOLDER / name, "-o", pack, *options(name))
    mlpack("export", pack, "-o", out)
    expected = {
        tensor: entry for tensor, entry in tensors(name).items() if name not in STRANGE or tensor.startswith("conv")
    }
    found = round_trips.stored(out)
    assert found.keys() == expected.keys()
    assert [tensor for tensor in expected if not is_as_expected(found[tensor], expected[tensor])] == []


def is_as_expected(value: np.ndarray, entry: dict) -> bool:
    if entry.get("dtype") == "bfloat16":
        # A legacy file holds it widened, or no Keras could read it.
        narrow = value.astype(ml_dtypes.bfloat16)
        return (narrow.astype(value.dtype) == value).all() and digest(narrow) == (entry["shape"], entry["sha256"])
    return digest(value) == (entry["shape"], entry["sha256"])


def digest(value: np.ndarray) -> tuple[list[int], str]:
    return list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()


@files
def test_onto_itself_changes_nothing(name: str, mlpack, tmp_path: Path) -> None:
    pack, out = tmp_path / "net.mlpack", tmp_path / name
    mlpack("import", FOLDER / name, "-o", pack, *options(name))
    mlpack("export", pack, "-o", out, "--onto", FOLDER / name)
    assert round_trips.problem_of_same(FOLDER / name, out) is None


@files
def test_onto_keeps_all_but_the_changed_layers(name: str, mlpack, tmp_path: Path) -> None:
    """Filters, byte order, layout, attributes, configuration and the state of an optimizer stay as they were."""
    original, changed, out = (tmp_path / part / name for part in ("original", "changed", "out"))
    original.parent.mkdir()
    out.parent.mkdir()
    for part in round_trips.parts(FOLDER / name):
        shutil.copy(part, original.parent)
    # A head that was dropped on the way in is not written on the way out.
    select = (lambda path: "conv2d_13/vars/" in path) if name in STRANGE else None
    round_trips.changed_copy(original, changed, select)
    mlpack("import", changed, "-o", tmp_path / "net.mlpack", *options(name))
    mlpack("export", tmp_path / "net.mlpack", "-o", out, "--onto", original)
    assert round_trips.problem_of_changed(original, changed, out, select) is None


@pytest.mark.parametrize("name", REFUSED)
def test_channels_first_is_refused_with_the_reason(name: str, attempt, tmp_path: Path) -> None:
    done = attempt("import", FOLDER / name, "-o", tmp_path / "net.mlpack")
    assert done.returncode == 65
    assert "channels_first" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_head_is_named_and_dropped_only_when_asked(name: str, attempt, tmp_path: Path) -> None:
    done = attempt("import", FOLDER / name, "-o", tmp_path / "net.mlpack")
    assert done.returncode == 65
    assert "'global_max_pooling2d' (of class GlobalMaxPooling2D" in done.stderr
    assert "--no-top" in done.stderr


@pytest.mark.parametrize("name", [name for name in EXPECTED if "adam" in name])
def test_the_state_of_an_optimizer_is_dropped_with_a_word(name: str, mlpack, tmp_path: Path) -> None:
    said = mlpack("import", FOLDER / name, "-o", tmp_path / "net.mlpack", *options(name))
    assert "note     the state of the optimizer is left behind\n" in said.stdout


def test_preprocessing_in_the_model_is_done_once(mlpack, tmp_path: Path) -> None:
    source = FOLDER / "keras3_rescaled.keras"
    pixels = yardstick.photographs(3, 64, 1)
    files = yardstick.write_class_folders(tmp_path / "images", pixels, np.zeros(3, int))
    mlpack("import", source, "-o", tmp_path / "net.mlpack")
    found = json.loads(mlpack("predict", tmp_path / "net.mlpack", *files, "--json").stdout)
    # Keras gets the pixels as they are: the model itself rescales them.
    expected = keras.models.load_model(source, compile=False).predict(pixels.astype(np.float32), verbose=0)
    assert np.abs(np.array([row["probabilities"] for row in found]) - expected).max() <= yardstick.PROBABILITY_TOLERANCE


def test_a_network_with_a_depth_multiplier_trains(mlpack, tmp_path: Path) -> None:
    pixels = yardstick.photographs(6, 32, 1)
    files = yardstick.write_class_folders(tmp_path / "images", pixels, np.repeat(np.arange(3), 2))
    mlpack("import", FOLDER / "keras2_depth_multiplier_2.keras", "-o", tmp_path / "net.mlpack")
    mlpack(
        "finetune", tmp_path / "net.mlpack", "--data", tmp_path / "images", "--train", "*", "--epochs", 2,
        "--batch-size", 3, "--learning-rate", 0.01, "-o", tmp_path / "tuned.mlpack",
    )
    mlpack("export", tmp_path / "tuned.mlpack", "-o", tmp_path / "tuned.keras")
    start, tuned = (
        np.array([row["probabilities"] for row in json.loads(mlpack("predict", pack, *files, "--json").stdout)])
        for pack in (tmp_path / "net.mlpack", tmp_path / "tuned.mlpack")
    )
    model = keras.models.load_model(tmp_path / "tuned.keras", compile=False)
    expected = model.predict(pixels.astype(np.float32) / np.float32(127.5) - 1, verbose=0)
    assert np.abs(tuned - start).max() > 1e-3
    assert np.abs(tuned - expected).max() <= yardstick.PROBABILITY_TOLERANCE
