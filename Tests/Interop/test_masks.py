"""Any mask and any optimizer ends where Keras's `fit` ends: as near to float64 as Keras's float32, by a factor of three.

`pytest -rP` shows the table: for each training how far the tensors moved, and how far mlpack and Keras in float32
ended from Keras in float64; "worst" is the tensor for which mlpack uses up most of what it may be off.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest

import training_cells
import yardstick
from training_cells import LARGE, SMALL, Cell
from training_runs import Runs

TABLES = training_cells.tables()
HEADER = f"{'training':<58} {'tensors':>7} {'moved':>9} {'mlpack':>9} {'Keras':>9}  worst"


def rows():
    """A test for each cell, with the key of the runs that it belongs to."""
    found = []
    for (tier, network), cells in TABLES.items():
        marks = pytest.mark.long if tier == "long" else ()
        name = f"{tier} {network[0]}/{network[1]}"
        found += [pytest.param((tier, network), cell, marks=marks, id=f"{name} {cell}") for cell in cells]
    return found


@pytest.fixture(scope="module")
def runs_of(tmp_path_factory) -> Callable[[tuple], Runs]:
    """The runs of a key, made when the first cell asks for them."""

    @functools.cache
    def make(key: tuple[str, tuple[float, int]]) -> Runs:
        # The long tier is Keras's `fit` as everyone calls it.
        return Runs(tmp_path_factory.mktemp("masks"), key[1], TABLES[key], traces_once=key[0] == "quick")

    return make


@pytest.mark.parametrize("key, cell", rows())
def test_training_ends_where_keras_ends(mlpack, runs_of, key, cell: Cell) -> None:
    runs = runs_of(key)
    single, double = runs.keras("float32", cell), runs.keras("float64", cell)
    assert double["validationLoss"][-1] < double["validationLoss"][0], "Keras itself learns nothing here"
    tuned, figures = runs.train(mlpack, cell)
    trained = [name for name in double if "/" in name]
    check_tensors(cell, {name: (tuned[name], single[name], double[name], runs.start[name]) for name in trained})
    check_the_rest(runs.start, tuned, double)
    check_figures(figures, single, double)


def check_tensors(cell: Cell, of: dict[str, tuple[np.ndarray, ...]]) -> None:
    """The yardstick, tensor by tensor: mlpack, Keras in float32, Keras in float64, and the start."""
    share, totals, wrong = {}, np.zeros(3), []
    for name, (mine, single, double, start) in of.items():
        distances = [yardstick.distance(other, double) for other in (start, mine, single)]
        moved, off, keras = distances
        totals += np.square(distances)
        allowed = max(3 * keras, 1e-5 * moved)
        share[name] = off / allowed if allowed > 0 else float(off > 0)
        if not off <= allowed:
            wrong.append(f"{name}: moved {moved:.4g}; mlpack {off:.3g}, Keras float32 {keras:.3g} off")
    moved, off, keras = np.sqrt(totals)
    worst = max(share, key=share.get)
    print(HEADER)
    print(f"{cell!s:<58} {len(of):>7} {moved:>9.3g} {off:>9.2g} {keras:>9.2g}  {share[worst]:.0%} {worst}")
    assert moved > 0
    assert not wrong, "\n".join(wrong)


def check_the_rest(start: dict[str, np.ndarray], tuned: dict[str, np.ndarray], double: dict[str, np.ndarray]) -> None:
    """What Keras did not train comes back with the very bits that it had: tensors, and channels of tensors."""
    assert tuned.keys() == start.keys()
    for name, before in start.items():
        mine, keras = tuned[name], double.get(name, before)
        still = [np.array_equal(keras[..., channel], before[..., channel]) for channel in range(before.shape[-1])]
        if "conv_dw" in name and before.ndim == 4:
            still = [np.array_equal(keras, before)] * before.shape[-1]
        assert mine[..., still].tobytes() == before[..., still].tobytes(), f"{name} changed"


def check_figures(figures: dict[str, np.ndarray], single: dict[str, np.ndarray], double: dict[str, np.ndarray]) -> None:
    """Losses by the yardstick; of the images one may be so near to two classes that rounding decides."""
    for name in ("trainLoss", "validationLoss"):
        keras = np.abs(single[name] - double[name]).max()
        np.testing.assert_allclose(figures[name], double[name], atol=max(3 * keras, 1e-5), rtol=0, err_msg=name)
    one = 1.01 / sum(training_cells.IMAGES_OF_A_CLASS)
    for name in ("trainAccuracy", "validationAccuracy"):
        np.testing.assert_allclose(figures[name], double[name], atol=one, rtol=0, err_msg=name)
