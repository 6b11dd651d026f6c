"""mlpack beside its peers at the works of `peers.works`: images a second, of the ceiling, and memory."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from peers.works import MLPACK, WORKS

from ..numbers import factor, megabytes, percent, rate, spread
from ..processes import Failed, run
from ..setting import Setting, say
from ..table import Table
from ..target import Result, at_least

ROUNDS = 11
# What a round takes at the least.
SECONDS, QUICK_SECONDS = 1.0, 0.2


def measure(setting: Setting) -> dict:
    # Here, because what only shows figures runs without numpy.
    from peers import figures, rounds
    from peers.material import Material

    pace = rounds.Pace(setting.rounds(ROUNDS), QUICK_SECONDS if setting.is_quick else SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        say("preparing one network for all")
        run(sys.executable, "-m", "peers.prepare", folder)
        material, found = Material(Path(folder)), {}
        for work in WORKS:
            say(f"measuring {work.title}")
            found[work] = rounds.measure(work, setting.mlpack, material, pace)
            ours = found[work][MLPACK]
            if ours.reason is not None:
                raise Failed(f"{work.title}: mlpack is not measured, because {ours.reason}")
    peak = max(rate.peak_gflops for of_work in found.values() for rate in of_work[MLPACK].rates)
    return {"peakGflops": peak, "works": [figures.figures(work, found[work], peak) for work in WORKS]}


def tables(figures: dict) -> list[Table]:
    return [table(work, figures["peakGflops"]) for work in figures["works"]]


def table(work: dict, peak_gflops: float) -> Table:
    columns = ["images a second", "median", "range", "mlpack is", "of the ceiling", "peak memory"]
    shown = Table(work["title"], columns)
    ours = next(row["median"] for row in work["entrants"] if row["entrant"] == str(MLPACK))
    for row in work["entrants"]:
        if "reason" in row:
            shown.add(row["entrant"])
            shown.notes.append(f"{row['entrant']} is not measured: {row['reason']}")
        else:
            shown.add(
                row["entrant"], rate(row["median"]), spread(row["imagesPerSecond"], rate),
                factor(ours / row["median"]), percent(row["shareOfCeiling"]), megabytes(row["peakResidentBytes"]),
            )
    shown.notes.append(
        f"The ceiling, {peak_gflops:.0f} GFLOP/s of multiply-adds alone, is {rate(work['ceiling'])} images a second."
    )
    return shown


def results(figures: dict) -> list[Result]:
    found = []
    for work in figures["works"]:
        medians = {row["entrant"]: row["median"] for row in work["entrants"] if "median" in row}
        ours = f"{rate(medians[str(MLPACK)])} images/s"
        if "ratio" in work:
            beside = f"{work['rival']}: {rate(medians[work['rival']])} images/s"
            found.append(Result(work["title"], ours, beside, work["ratio"], at_least(work["target"])))
        else:
            found.append(Result(work["title"], ours, "no rival could be measured"))
    return found
