"""The whole fine-tuning run, from JPEG files and empty caches to the trained pack, beside Keras's `fit`.

mlpack runs all epochs. Keras would take an hour, and each of its epochs takes as long as any other; so it runs a few,
before and after mlpack, and its run is so many times their median. That leaves out what would count against Keras: its
start, and the first epoch of each process, in which it decodes the pictures and traces its function.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from .. import target, training
from ..made import classifier, pictures
from ..numbers import duration, extrapolated, factor, median, rate, spread
from ..processes import document, fresh_caches, run, seconds, worker
from ..setting import Setting, say
from ..table import Table
from ..target import Result

# Images to train, images to validate, epochs of mlpack and measured ones of each process of Keras.
FULL, QUICK = (2934, 736, 100, 2), (326, 82, 3, 1)
WARM_UP = 1


def measure(setting: Setting) -> dict:
    count, validating, epochs, epochs_of_keras = QUICK if setting.is_quick else FULL
    network, images = classifier(), pictures(count, validating)

    def keras() -> dict:
        say(f"Keras trains {WARM_UP + epochs_of_keras} epochs")
        return document(*worker("keras_fit", network, images, WARM_UP + epochs_of_keras, "cache"))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pack, tuned = folder / "network.mlpack", folder / "tuned.mlpack"
        run(setting.mlpack, "import", network, "-o", pack)
        before = keras()
        say(f"mlpack trains {epochs} epochs")
        command = training.finetune(setting.mlpack, pack, images, epochs, tuned)
        taken = seconds(*command, environment=fresh_caches(folder / "caches"))
        lines = training.log(tuned)
        # A time of something else than what Keras does is none.
        training.check(lines, before)
        after = keras()
    runs = [before["epochs"][WARM_UP:], after["epochs"][WARM_UP:]]
    return figures(count, validating, taken, lines, runs) | {"version": before["version"]}


def figures(count: int, validating: int, taken: float, lines: list[dict], runs_of_keras: list[list[dict]]) -> dict:
    epochs = len(lines) - 1
    of_keras = [epoch["seconds"] for run in runs_of_keras for epoch in run]
    expected = extrapolated(of_keras, epochs)
    return {
        "training": count, "validation": validating, "epochs": epochs,
        "mlpack": {
            "seconds": taken, "epochSeconds": [line["seconds"] for line in lines[1:]],
            "lossBefore": lines[0]["validationLoss"],
        },
        "keras": {"epochSeconds": of_keras, "extrapolatedSeconds": expected},
        "ratio": expected / taken,
    }


def tables(figures: dict) -> list[Table]:
    count, epochs = figures["training"], figures["epochs"]
    ours, keras = figures["mlpack"], figures["keras"]
    table = Table(
        f"{count:,} images to train, {figures['validation']} to validate, batch {training.BATCH_SIZE}",
        ["", "an epoch", "range", "images/s", f"{epochs} epochs"],
    )
    rows = [("mlpack, first run", ours, ours["seconds"]), ("Keras, fit", keras, keras["extrapolatedSeconds"])]
    for name, side, total in rows:
        epoch = median(side["epochSeconds"])
        table.add(name, duration(epoch), spread(side["epochSeconds"], duration), rate(count / epoch), duration(total))
    table.notes += [
        f"mlpack's {epochs} epochs are the whole run from empty caches: start, compilation of the kernels, decoding, "
        "the frozen layers, writing.",
        f"Keras's {epochs} epochs are extrapolated from {len(keras['epochSeconds'])}, decoded images in memory; its "
        "start and the first epoch of a process are not counted.",
        f"mlpack is {factor(figures['ratio'])} as fast. Before training, the validation images have a loss of "
        f"{ours['lossBefore']:.4f}, as Keras computes it.",
    ]
    return [table]


def results(figures: dict) -> list[Result]:
    beside = f"Keras, fit: {duration(figures['keras']['extrapolatedSeconds'])}, extrapolated"
    what = f"first run, {figures['training'] + figures['validation']:,} JPEGs, {figures['epochs']} epochs"
    is_full = (figures["training"], figures["validation"], figures["epochs"]) == FULL[:3]
    # The target is for the whole run: in a short one it is above all the kernels that are compiled.
    goal = target.RUN if is_full else None
    return [Result(what, duration(figures["mlpack"]["seconds"]), beside, figures["ratio"], goal)]
