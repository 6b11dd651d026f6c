"""What the rounds come to: medians, how much faster mlpack is, and how near each entrant comes to the device's ceiling.

The ceiling is what the device does of multiply-adds alone. `mlpack bench` measures it in every round, beside what it
measures otherwise; nothing can be above it, so the best of them counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .rounds import Measured
from .works import MLPACK, Entrant, Work


def figures(work: Work, found: dict[Entrant, Measured], peak_gflops: float) -> dict:
    """Of a work, as it is recorded: those that were measured first, the fastest of them at the top."""
    rows = [row(entrant, measured) for entrant, measured in found.items()]
    rows.sort(key=lambda row: -row.get("median", 0))
    result = {"work": work.name, "title": work.title, "batch": work.batch, "target": work.target, "entrants": rows}
    ours = found[MLPACK]
    if ours.rates and ours.reason is None:
        gflop = statistics.median(rate.gflops / rate.images_per_second for rate in ours.rates)
        result["multiplyAddsPerImage"] = round(gflop * 1e9 / 2)
        result["ceiling"] = peak_gflops / gflop
        for measured in rows:
            if "median" in measured:
                measured["shareOfCeiling"] = measured["median"] / result["ceiling"]
    return result | ratio(work, rows)


def row(entrant: Entrant, measured: Measured) -> dict:
    if measured.reason is not None:
        return {"entrant": str(entrant), "version": measured.version, "reason": measured.reason}
    speeds = [rate.images_per_second for rate in measured.rates]
    return {
        "entrant": str(entrant), "version": measured.version, "imagesPerSecond": speeds,
        "median": statistics.median(speeds),
        "peakResidentBytes": max(rate.peak_resident_bytes for rate in measured.rates),
    }


def ratio(work: Work, rows: Sequence[dict]) -> dict:
    """mlpack's median to that of the fastest rival."""
    medians = {row["entrant"]: row["median"] for row in rows if "median" in row}
    rivals = {
        str(entrant): medians[str(entrant)] for entrant in work.entrants
        if str(entrant) in medians and work.rival in (None, entrant.peer)
    }
    if not rivals or str(MLPACK) not in medians:
        return {}
    best = max(rivals, key=rivals.__getitem__)
    return {"rival": best, "ratio": medians[str(MLPACK)] / rivals[best]}


