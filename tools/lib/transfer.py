"""Fine-tunes a pretrained network and one of random weights at the same cost, and prints what each comes to.

    transfer.py MLPACK FOLDER

The cost of a run is its multiply-adds, as `mlpack freeze --dry-run` counts them: the frozen layers once for each
image, the trained ones in every epoch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
FLOWERS, UNSEEN = ROOT / "fixtures" / "flowers", ROOT / "fixtures" / "flowers_unseen"
TRAINING_SHARE = 0.8
BATCH_SIZE = 16
SEEDS = (0, 1, 2)
EPOCHS = 40


@dataclass
class Run:
    """How a network learns the flowers."""

    start: str
    mask: str
    epochs: int
    options: tuple[str, ...]


def random_weights(path):
    """The base's layers, with the weights that Keras draws."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(0)
    keras.applications.MobileNet(weights=None, include_top=False, alpha=0.25, input_shape=(128, 128, 3)).save(path)


def main():
    binary, folder = Path(sys.argv[1]), Path(sys.argv[2])

    def mlpack(*arguments):
        command = [binary, *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        return done.stdout if done.returncode == 0 else sys.exit(done.returncode)

    labels = folder / "labels.txt"
    labels.write_text("".join(f"{kind.name}\n" for kind in sorted(FLOWERS.iterdir())))
    random_weights(folder / "random.h5")
    for seed in SEEDS:
        for name, source in (("pretrained", BASE), ("random", folder / "random.h5")):
            mlpack("import", source, "--labels", labels, "--seed", seed, "-o", folder / f"{name}{seed}.mlpack")

    images = round(sum(1 for _ in FLOWERS.glob("*/*")) * TRAINING_SHARE)

    def cost(run):
        dry = mlpack("freeze", folder / f"{run.start}0.mlpack", "--train", run.mask, "--dry-run", "--json")
        figures = json.loads(dry)
        return images * (figures["frozenMultiplyAddsPerImage"] + run.epochs * figures["multiplyAddsPerImage"])

    def accuracies(run):
        for seed in SEEDS:
            tuned = folder / "tuned.mlpack"
            mlpack(
                "finetune", folder / f"{run.start}{seed}.mlpack", "--data", FLOWERS, "--validation-split",
                1 - TRAINING_SHARE, "--train", run.mask, "--epochs", run.epochs, "--batch-size", BATCH_SIZE,
                "--seed", seed, *run.options, "-o", tuned, "--quiet",
            )
            yield json.loads(mlpack("evaluate", tuned, "--data", UNSEEN, "--json", "--quiet"))["accuracy"]

    gentle = ("--learning-rate", "0.02")
    wide = ("--optimizer", "adam", "--learning-rate", "0.002")
    reference = Run("pretrained", "conv_pw_13,dense", EPOCHS, gentle)
    whole = Run("random", "*", 1, wide)
    per_epoch = cost(whole)
    same = max(1, round(cost(reference) / per_epoch))
    runs = [
        reference,
        Run("random", "conv_pw_13,dense", EPOCHS, gentle),
        Run("random", "*", same, wide),
        Run("random", "*", EPOCHS, wide),
        Run("pretrained", "*", same, wide),
    ]
    print(f"{'start':<11} {'trained':<17} {'epochs':>6} {'multiply-adds':>14}   accuracy on unseen pictures")
    for run in runs:
        found = sorted(accuracies(run))
        spread = f"{found[0]:.1%} to {found[-1]:.1%}"
        print(
            f"{run.start:<11} {run.mask:<17} {run.epochs:>6} {cost(run) / 1e9:>12.0f} G   "
            f"{sum(found) / len(found):.1%} ({spread}, {len(found)} seeds)", flush=True,
        )


if __name__ == "__main__":
    main()
