"""Any mask and any optimizer ends where Keras's `fit` ends: as near to float64 as Keras's float32, by a factor of three.

`pytest -rP` shows the table: for each training how far the tensors moved, and how far mlpack and Keras in float32
ended from Keras in float64; "worst" is the tensor for which mlpack uses up most of what it may be off. Several rows
of one training are several starts (see `Runs`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest

import training_cells
from training_cells import Cell
from training_runs import Outcome, Runs

TABLES = training_cells.tables()
HEADER = f"{'training':<76} {'tensors':>7} {'moved':>8} {'mlpack':>8} {'Keras':>8}  worst"


def rows():
    """A test for each cell, with the key of the runs that it belongs to."""
    found = []
    for (tier, network), cells in TABLES.items():
        marks = pytest.mark.long if tier == "long" else ()
        name = f"{tier} {network[0]}/{network[1]}"
        found += [pytest.param((tier, network), cell, marks=marks, id=f"{name} {cell}") for cell in cells]
    return found


@pytest.fixture(scope="module")
def runs_of(request, mlpack, tmp_path_factory) -> Callable[[tuple], Runs]:
    """The runs of a key, of the cells that were selected, made when the first of them asks for them."""
    selected = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]

    @functools.cache
    def make(key: tuple[str, tuple[float, int]]) -> Runs:
        # The long tier is Keras's `fit` as everyone calls it.
        quick = key[0] == "quick"
        cells = [params["training"] for params in selected if params.get("key") == key]
        return Runs(tmp_path_factory.mktemp("masks"), key[1], cells, traces_once=quick, mlpack=mlpack)

    return make


@pytest.mark.parametrize("key, training", rows())
def test_training_ends_where_keras_ends(runs_of, key, training: Cell) -> None:
    outcomes = runs_of(key).outcomes[str(training)]
    print(HEADER)
    for outcome in outcomes:
        if isinstance(outcome, AssertionError):
            raise outcome
        print_row(training, outcome)
        losses = losses_that_fall(outcome.double)
        assert losses[-1] < losses[0], "Keras itself learns nothing here"
        check_the_rest(training, outcome)
    check_tensors(outcomes[-1])
    check_figures(outcomes[-1])


def losses_that_fall(run: dict[str, np.ndarray]) -> np.ndarray:
    """What the steps make smaller: the training's loss, epoch by epoch; of a single epoch, what its validation shows.

    Validation goes by batch-norm's moving statistics, which first stray from those that the weights were trained with: a
    loss may rise there while each step lowers the one that it is taken for.
    """
    return run["trainLoss"] if len(run["trainLoss"]) > 1 else run["validationLoss"]


def print_row(cell: Cell, outcome: Outcome) -> None:
    distances, shares = outcome.distances(), outcome.shares()
    moved, off, keras = np.sqrt(np.square(list(distances.values())).sum(0))
    worst = max(shares, key=shares.get)
    print(f"{cell!s:<76} {len(shares):>7} {moved:>8.3g} {off:>8.2g} {keras:>8.2g}  {shares[worst]:.0%} {worst}")
    assert moved > 0


def check_tensors(outcome: Outcome) -> None:
    """The yardstick, tensor by tensor."""
    distances = outcome.distances()
    wrong = [name for name, share in outcome.shares().items() if not share <= 1]
    assert not wrong, "\n".join(
        "{}: moved {:.4g}; mlpack {:.3g}, Keras float32 {:.3g} off".format(name, *distances[name]) for name in wrong
    )


def check_the_rest(cell: Cell, outcome: Outcome) -> None:
    """What Keras did not train comes back with the very bits that it had: tensors, and channels of tensors."""
    for name, before in outcome.start.items():
        mine, keras = outcome.mlpack[name], outcome.double.get(name)
        # A depthwise kernel has its channels in the last axis but one.
        axis = before.ndim - (2 if name.startswith("conv_dw") and before.ndim == 4 else 1)
        if keras is None:
            still = np.arange(before.shape[axis])
        elif "[" in cell.mask:
            others = tuple(other for other in range(before.ndim) if other != axis)
            still = np.flatnonzero(np.all(keras == before, axis=others))
        else:
            continue
        assert mine.take(still, axis).tobytes() == before.take(still, axis).tobytes(), f"{name} changed"


def check_figures(outcome: Outcome) -> None:
    """Losses as near as Keras's float32, by a factor of three, or as its tensors let expect.

    A loss is one number, in which errors of many weights may cancel by chance: so the share of the movement by which
    Keras's float32 tensors are off is allowed to it, too: that share of how far the loss moved from the start to the end,
    which a training of one epoch shows in its validation alone. Of the images one may be so near to two classes that
    rounding decides.
    """
    mine, single, double = outcome.mlpack, outcome.single, outcome.double
    moved, _, off = np.sqrt(np.square(list(outcome.distances().values())).sum(0))
    share = max(3 * off / moved, 1e-5)
    for name in ("trainLoss", "validationLoss"):
        keras = np.abs(single[name] - double[name]).max()
        allowed = max(3 * keras, share * np.ptp(double["validationLoss"]), 1e-5)
        np.testing.assert_allclose(mine[name], double[name], atol=allowed, rtol=0, err_msg=name)
    one = 1.01 / sum(training_cells.IMAGES_OF_A_CLASS)
    for name in ("trainAccuracy", "validationAccuracy"):
        np.testing.assert_allclose(mine[name], double[name], atol=max(one, share), rtol=0, err_msg=name)
