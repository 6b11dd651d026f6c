"""The peak of the resident memory of the default fine-tuning run, beside Keras's `fit` on the same pictures.

What the device's driver takes of it, its compiler above all, is that of `mlpack bench --only driver`: every kernel of
the run, on a network of next to nothing. With cold caches it compiles them, in a child of the program that counts too, with
warm ones it loads them.
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
# Images to train and to validate, and epochs.
FULL, QUICK = (2934, 736, 2), (326, 82, 2)


def measure(setting: Setting) -> dict:
    training_images, validation_images, epochs = QUICK if setting.is_quick else FULL
    network, images = classifier(), pictures(training_images, validation_images)
    fit = worker("keras_fit", network, images, epochs, "stream")
    peaks: dict[str, list[int]] = {}

    def keep(name: str, *command: object, environment: dict | None = None) -> None:
        peaks.setdefault(name, []).append(peak(*command, environment=environment))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pack, tuned = folder / "network.mlpack", folder / "tuned.mlpack"
        run(setting.mlpack, "import", network, "-o", pack)
        command = training.finetune(setting.mlpack, pack, images, epochs, tuned)
        keras = document(*fit)
        driver = [setting.mlpack, "bench", "--only", "driver", "--rounds", 1, "--seconds", 0, "--json"]
        for number in range(setting.rounds(ROUNDS)):
            say(f"measuring memory, round {number + 1}")
            of_run, of_driver = (fresh_caches(folder / f"caches-{number}-{kind}") for kind in ("run", "driver"))
            for caches in ("cold", "warm"):
                keep(f"mlpack, {caches} caches", *command, environment=of_run)
                keep(f"driver, {caches} caches", *driver, environment=of_driver)
                training.check(training.log(tuned), keras)
            keep("Keras, fit", *fit)
    return figures(training_images, epochs, peaks) | {"version": keras["version"]}


def figures(images: int, epochs: int, peaks: dict[str, list[int]]) -> dict:
    """With the share of Keras's peak that mlpack has, whole and besides the driver."""
    medians = {name: median(values) for name, values in peaks.items()}
    sides = {}
    for caches in ("cold", "warm"):
        whole, driver = (medians[f"{side}, {caches} caches"] for side in ("mlpack", "driver"))
        rest = max(whole - driver, 0)
        sides[caches] = {"whole": whole, "driver": driver, "rest": rest} | {
            f"{name}Ratio": value / medians["Keras, fit"] for name, value in (("whole", whole), ("rest", rest))
        }
    return {"images": images, "epochs": epochs, "peakResidentBytes": peaks, "keras": medians["Keras, fit"], "mlpack": sides}


def tables(figures: dict) -> list[Table]:
    table = Table(
        f"Peak memory, {figures['images']} images, batch {training.BATCH_SIZE}, {figures['epochs']} epochs",
        ["process", "median", "range", "of Keras's", "driver alone", "the rest", "of Keras's"],
    )
    peaks = figures["peakResidentBytes"]
    for caches, side in figures["mlpack"].items():
        name = f"mlpack, {caches} caches"
        table.add(
            name, megabytes(side["whole"]), spread(peaks[name], megabytes), factor(side["wholeRatio"]),
            megabytes(side["driver"]), megabytes(side["rest"]), factor(side["restRatio"]),
        )
    table.add("Keras, fit", megabytes(figures["keras"]), spread(peaks["Keras, fit"], megabytes))
    table.notes.append(
        "The driver alone is mlpack with every kernel of the run on a network of next to nothing; cold, it compiles "
        "them."
    )
    return [table]


def results(figures: dict) -> list[Result]:
    """Whole, and besides the driver, which is not mlpack's to make smaller."""
    beside = f"Keras, fit: {megabytes(figures['keras'])}"
    return [
        Result(
            f"peak memory, {caches} caches{more}", megabytes(side[part]), beside, side[f"{part}Ratio"], target.MEMORY
        )
        for caches, side in figures["mlpack"].items()
        for part, more in (("whole", ""), ("rest", ", besides the driver"))
    ]
