"""The results of the round trips as a table in Markdown."""

from __future__ import annotations

import cells
from round_trips import CANNOT

LOADERS = {"keras2": "Keras 2", "keras3": "Keras 3"}
TITLE = """# Round trips through mlpack

Each row stands for networks that a real Keras saved in one container and one type, with every head, mask and width
of `cells.py`. They went through `mlpack import` and `mlpack export` to the format of the column, and the Keras that is
named loaded the result: every variable has the bits that were saved, and the predictions are the same. "onto" is
`mlpack export --onto`: the unchanged network gives back the original byte for byte, the network with changed layers
differs in their datasets and in nothing else. Numbers are networks that passed, of those tried. Keras 2 is tf_keras
2.21.0, Keras 3 is 3.15.1. `–` stands where that Keras reads no such file: it has no sharded weights, or, for bfloat16,
cannot read what it saves itself.

This file is written by `pytest Tests/Interop/test_round_trip.py --table FILE`.
"""


def write_table(path, trips):
    columns = [
        (format, loader) for format in cells.FORMATS for loader in LOADERS
        if not (format == "weights-json" and loader == "keras2")
    ]
    header = ["saved by", "container", "type"]
    header += [f"{format}, {LOADERS[loader]}" for format, loader in columns] + ["onto", "onto, changed"]
    lines = [header, ["---"] * 3 + ["---:"] * (len(header) - 3)]
    for keras, containers in cells.CONTAINERS.items():
        for container in containers:
            for kind in cells.TYPES:
                row = [
                    cell for cell in trips.table
                    if (cell.built.keras, cell.container, cell.built.type) == (keras, container, kind)
                ]
                if row:
                    counts = [exports(trips, row, format, loader) for format, loader in columns]
                    counts += [count(trips.problem(cell, what) for cell in row) for what in ("onto", "onto changed")]
                    lines.append([LOADERS[keras], container, kind, *counts])
    path.write_text(TITLE + "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines))


def exports(trips, row, format, loader):
    problems = []
    for cell in row:
        if error := trips.error(cell, format):
            problems.append(error)
        problems += [trips.problem_of_load(cell, *key) for key in trips.loads(cell) if key[:2] == (format, loader)]
    return count(problems)


def count(problems):
    problems = list(problems)
    if problems and all(problem == CANNOT for problem in problems):
        return "–"
    return f"{sum(problem is None for problem in problems)}/{len(problems)}"
