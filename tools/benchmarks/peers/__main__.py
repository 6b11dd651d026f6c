"""Measures mlpack beside its peers: python -m peers --mlpack PROGRAM [--json FILE] [--rounds N] [--seconds S].

Every entrant of a work is loaded and checked; then all take turns, in an order that alternates, for several rounds.
The exit status is 1 where mlpack computes something else than Keras.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from .entrants import MLPack, NotMeasured, Peer, Rate
from .material import Material
from .works import MLPACK, WORKS, Entrant, Work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlpack", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    program = options.mlpack.resolve()
    with tempfile.TemporaryDirectory() as folder:
        say("preparing one network for all")
        prepare = [sys.executable, "-m", "peers.prepare", folder]
        subprocess.run(prepare, check=True, capture_output=True, cwd=Path(__file__).parents[1])
        found = []
        for work in WORKS:
            say(f"measuring {work.title}")
            found.append(measure(work, program, Material(Path(folder)), options))
            show(found[-1])
    driver = subprocess.run([program, "bench", "--only", "driver", "--json"], check=True, capture_output=True)
    result = {"peakGflops": json.loads(driver.stdout)["peakGflops"], "works": found}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(any(row["entrant"] == str(MLPACK) and "error" in row for work in found for row in work["rows"]))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(work: Work, program: Path, material: Material, options) -> dict:
    loaded, rows = {}, []
    for entrant in [MLPACK, *work.entrants]:
        try:
            threads = os.cpu_count() or 1
            loaded[entrant] = (
                MLPack(work, program, material) if entrant == MLPACK else Peer(work, entrant, material, threads)
            )
        except NotMeasured as reason:
            rows.append({"entrant": str(entrant), "error": str(reason)})
    rates: dict[Entrant, list[Rate]] = {entrant: [] for entrant in loaded}
    for number in range(options.rounds):
        for entrant in list(loaded)[:: -1 if number % 2 else 1]:
            rates[entrant].append(loaded[entrant].round(options.seconds))
    for entrant, measured in rates.items():
        loaded[entrant].close()
        speeds = [rate.images_per_second for rate in measured]
        rows.append({
            "entrant": str(entrant), "version": loaded[entrant].version, "median": statistics.median(speeds),
            "best": max(speeds), "peakResidentBytes": max(rate.peak_resident_bytes for rate in measured),
        })
    return {"work": work.name, "title": work.title, "target": work.target, "rows": rows} | ratio(work, rows)


def ratio(work: Work, rows: list[dict]) -> dict:
    """mlpack's median to that of the fastest rival."""
    medians = {row["entrant"]: row["median"] for row in rows if "median" in row}
    rivals = {
        str(entrant): medians[str(entrant)] for entrant in work.entrants
        if str(entrant) in medians and work.rival in (None, entrant.peer)
    }
    if not rivals or str(MLPACK) not in medians:
        return {}
    best = max(rivals, key=rivals.get)
    return {"rival": best, "ratio": medians[str(MLPACK)] / rivals[best]}


def show(work: dict) -> None:
    print(f"\n{work['title']:<40} {'images/s':>9} {'best':>9} {'peak MB':>9}")
    for row in sorted(work["rows"], key=lambda row: -row.get("median", 0)):
        if "error" in row:
            print(f"  {row['entrant']:<38} not measured: {row['error']}")
        else:
            peak = row["peakResidentBytes"] / 1e6
            print(f"  {row['entrant']:<38} {row['median']:>9.1f} {row['best']:>9.1f} {peak:>9.0f}")
    if "ratio" in work:
        met = "met" if work["ratio"] >= work["target"] else "not met"
        print(f"  {work['title']}: mlpack / {work['rival']} {work['ratio']:.2f} (target {work['target']}: {met})", flush=True)


if __name__ == "__main__":
    main()
