"""The fine-tuning run that is measured: the default one, conv_pw_13 and the classifier at batch 163."""

from __future__ import annotations

import json
from pathlib import Path

from peers.works import BY_NAME, LEARNING_RATE, MASK

from .processes import Failed

BATCH_SIZE = BY_NAME["tail"].batch
# The most by which the loss of the validation images before training may differ from Keras's, relative to it: the
# pictures, the network and the arithmetic are then the same.
LOSS_ERROR = 1e-3


def finetune(mlpack: Path, pack: Path, pictures: Path, epochs: int, output: Path) -> list[object]:
    """The command; its log is beside the output."""
    return [
        mlpack, "finetune", pack, "--data", pictures / "training", "--validation-data", pictures / "validation",
        "--train", MASK, "--batch-size", BATCH_SIZE, "--learning-rate", LEARNING_RATE, "--epochs", epochs,
        "--log", output.with_suffix(".jsonl"), "--quiet", "-o", output,
    ]


def log(output: Path) -> list[dict]:
    """A line an epoch; the first is the evaluation before training."""
    return [json.loads(line) for line in output.with_suffix(".jsonl").read_text().splitlines()]


def check(lines: list[dict], keras: dict) -> None:
    """Raises: Failed where mlpack starts from something else than Keras, or does not learn."""
    before, expected = lines[0]["validationLoss"], keras["before"]["loss"]
    if not abs(before - expected) <= LOSS_ERROR * expected:
        raise Failed(f"the loss before training is {before:.5g}, and Keras's is {expected:.5g}")
    first, last = (lines[index]["trainLoss"] for index in (1, -1))
    if not last < first:
        raise Failed(f"training does not learn: its loss went from {first:.5g} to {last:.5g}")
