"""Import, then export to every container: every bit that Keras saved comes back, and real Keras loads the file.

The table of what goes through is in cells.py. The quick tier takes few cells, in which most pairs of values of the
table meet, and lets the other Keras load one export of each; in the long tier all cells go through, and both Kerases
load everything. With `--table FILE` the results are written there.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

import cells
from round_trips import CANNOT, LEGACY_FORMATS, RoundTrips
from table import write_table

QUICK = set(cells.quick_cells())
CELLS = [
    pytest.param(cell, id=str(cell), marks=[] if cell in QUICK else [pytest.mark.long]) for cell in cells.every_cell()
]
every_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.fixture(scope="session")
def trips(request, attempt):
    """The cells that were selected, taken through mlpack and both Kerases."""
    items = [item for item in request.session.items if "cell" in getattr(item, "callspec", NoParameters).params]
    table = sorted({item.callspec.params["cell"] for item in items})
    thorough = any(item.get_closest_marker("long") for item in items)
    folder = Path(tempfile.mkdtemp(prefix="mlpack-round-trips-"))
    try:
        done = RoundTrips(table, folder, attempt, thorough).run()
        if path := request.config.getoption("--table"):
            write_table(Path(path), done)
        yield done
    finally:
        shutil.rmtree(folder)


class NoParameters:
    params: dict = {}


@every_cell
def test_every_format_can_be_exported(trips, cell):
    assert [error for format in cells.FORMATS if (error := trips.error(cell, format))] == []


@every_cell
def test_keras_loads_the_exports(trips, cell):
    problems = [trips.problem_of_load(cell, *load) for load in trips.loads(cell)]
    assert problems, trips.error(cell, *cells.FORMATS)
    assert [problem for problem in problems if problem not in (None, CANNOT)] == []


@every_cell
@pytest.mark.parametrize("format", LEGACY_FORMATS)
def test_every_tensor_is_bit_identical(trips, cell, format):
    assert trips.problem(cell, format) is None


@every_cell
def test_export_onto_the_original_changes_nothing(trips, cell):
    assert trips.problem(cell, "onto") is None


@every_cell
def test_export_onto_rewrites_the_changed_datasets_alone(trips, cell):
    assert trips.problem(cell, "onto changed") is None
