"""The peak of the resident memory of the default fine-tuning run, beside Keras's `fit` on the same pictures.

What the device's driver takes of it, its compiler above all, is that of `mlpack bench --only driver`: every kernel of the
run, on a network of next to nothing. With cold caches it compiles them, with warm ones it loads them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from .. import target, training
from ..made import classifier, pictures
from ..numbers import factor, median, megabytes, spread
from ..processes import document, fresh_caches, peak, run, worker
from ..setting import Setting, say
from ..table import Table
from ..target import Result

ROUNDS = 3
TRAINING, VALIDATION, EPOCHS = 326, 82, 2


def measure(setting: Setting) -> dict:
    network, images = classifier(), pictures(TRAINING, VALIDATION)
    fit = worker("keras_fit", network, images, EPOCHS, "stream")
    peaks: dict[str, list[int]] = {}

    def keep(name: str, *command: object, environment: dict | None = None) -> None:
        peaks.setdefault(name, []).append(peak(*command, environment=environment))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pack, tuned = folder / "network.mlpack", folder / "tuned.mlpack"
        run(setting.mlpack, "import", network, "-o", pack)
        command = training.finetune(setting.mlpack, pack, images, EPOCHS, tuned)
        run(*command, environment=fresh_caches(folder / "probe"))
        keras = document(*fit)
        training.check(training.log(tuned), keras)
        driver = [setting.mlpack, "bench", "--only", "driver", "--rounds", 1, "--seconds", 0, "--json"]
        for number in range(setting.rounds(ROUNDS)):
            say(f"measuring memory, round {number + 1}")
            of_run, of_driver = (fresh_caches(folder / f"caches-{number}-{kind}") for kind in ("run", "driver"))
            for caches in ("cold", "warm"):
                keep(f"mlpack, {caches} caches", *command, environment=of_run)
                keep(f"driver, {caches} caches", *driver, environment=of_driver)
            keep("Keras, fit", *fit)
    return figures(peaks) | {"version": keras["version"]}


def figures(peaks: dict[str, list[int]]) -> dict:
    medians = {name: median(values) for name, values in peaks.items()}
    keras = medians["Keras, fit"]
    ratios = {caches: medians[f"mlpack, {caches} caches"] / keras for caches in ("cold", "warm")}
    return {"images": TRAINING, "peakResidentBytes": peaks, "medians": medians, "ratios": ratios}


def tables(figures: dict) -> list[Table]:
    medians = figures["medians"]
    table = Table(
        f"Peak memory, {figures['images']} images, batch {training.BATCH_SIZE}, {EPOCHS} epochs",
        ["process", "median", "range", "driver alone", "the rest", "of Keras's"],
    )
    for caches, ratio in figures["ratios"].items():
        name = f"mlpack, {caches} caches"
        driver = medians[f"driver, {caches} caches"]
        table.add(
            name, megabytes(medians[name]), spread(figures["peakResidentBytes"][name], megabytes), megabytes(driver),
            megabytes(max(medians[name] - driver, 0)), factor(ratio),
        )
    keras = figures["peakResidentBytes"]["Keras, fit"]
    table.add("Keras, fit", megabytes(medians["Keras, fit"]), spread(keras, megabytes))
    table.notes.append(
        "The driver alone is mlpack with every kernel of the run, on a network of next to nothing; cold, it compiles them."
    )
    return [table]


def results(figures: dict) -> list[Result]:
    medians = figures["medians"]
    beside = f"Keras, fit: {megabytes(medians['Keras, fit'])}"
    return [
        Result(f"peak memory, {caches} caches", megabytes(medians[f"mlpack, {caches} caches"]), beside, ratio, target.MEMORY)
        for caches, ratio in figures["ratios"].items()
    ]
