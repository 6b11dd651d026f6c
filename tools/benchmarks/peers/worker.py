"""The process of one entrant: python -m peers.worker WORK PEER VARIANT FOLDER THREADS.

Says `{"ready": …}` once it is loaded, and then answers each line of standard input with a line on standard output:

    {"do": "check", "to": FILE}      writes what it computes to an .npz file, as `material.expected` has it
    {"do": "round", "seconds": S}    {"imagesPerSecond": …, "peakResidentBytes": …} of as many steps as take S

A line `{"error": …}` stands in place of an answer; what the libraries print goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .material import Material
from .works import BY_NAME, MODULES, Work


@dataclass
class Runner:
    """A work that is loaded: `step` does it once, for so many images, and waits for the end."""

    images: int
    step: Callable[[], object]
    result: Callable[[], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Task:
    work: Work
    variant: str
    material: Material
    threads: int


def measured(runner: Runner, seconds: float) -> dict[str, float]:
    runner.step()
    start, steps = time.perf_counter(), 0
    while (taken := time.perf_counter() - start) < seconds or not steps:
        runner.step()
        steps += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"imagesPerSecond": steps * runner.images / taken, "peakResidentBytes": peak}


def answer(runner: Runner, request: dict) -> dict:
    if request["do"] == "check":
        np.savez(request["to"], **runner.result())
        return {}
    return measured(runner, request["seconds"])


def main() -> None:
    name, peer, variant, folder, threads = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    task = Task(BY_NAME[name], variant, Material(Path(folder)), int(threads))

    def guarded(action: Callable[[], dict]) -> None:
        try:
            outcome = action()
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            outcome = {"error": f"{type(error).__name__}: {lines[0]}"}
        print(json.dumps(outcome), file=answers)
        if "error" in outcome:
            sys.exit(1)

    def load() -> dict:
        nonlocal runner
        module = importlib.import_module(f".{MODULES[peer]}", __package__)
        runner = module.load(task)
        return {"ready": module.version()}

    runner: Runner | None = None
    guarded(load)
    for line in sys.stdin:
        guarded(lambda: answer(runner, json.loads(line)))


if __name__ == "__main__":
    main()
