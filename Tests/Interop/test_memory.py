"""`--memory-limit`: the same update in less memory, or a message that says how much it takes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import yardstick
from measuring import MEGABYTE, measured
from training_runs import tensors

ROOT = Path(__file__).parents[2]
FLOWERS = ROOT / "fixtures" / "flowers"
BASE = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
BATCH_SIZE = 163
# With frozen batch-norm a batch comes in parts; in training mode its statistics are those of the whole batch.
MASKS = ["conv_pw_12,conv_pw_13,dense", pytest.param("conv_pw_12..", marks=pytest.mark.long)]


class Tuning:
    """One pack, tuned for one epoch of whole batches under several limits."""

    def __init__(self, folder: Path, binary: Path, mask: str):
        self.folder, self.binary, self.mask = folder, binary, mask

    def run(self, name: str, *more: object) -> tuple[int, str, int]:
        return measured(
            self.binary, "finetune", self.folder / "start.mlpack", "--data", FLOWERS, "--validation-split", "0.1",
            "--batch-size", BATCH_SIZE, "--epochs", 1, "--learning-rate", 0.01, "--train", self.mask, *more,
            "-o", self.folder / f"{name}.mlpack",
        )

    def trained(self, mlpack, name: str) -> dict[str, np.ndarray]:
        path = self.folder / f"{name}.h5"
        mlpack("export", self.folder / f"{name}.mlpack", "-o", path)
        return tensors(path)

    def bytes(self, name: str) -> bytes:
        return (self.folder / f"{name}.mlpack").read_bytes()


def micro_batch(messages: str) -> int:
    """As the opening of a run says it."""
    found = re.search(r"(\d+) a batch(?: in parts of (\d+))?", messages)
    assert found, messages
    return int(found[2] or found[1])


def least(messages: str) -> int:
    """What a refusal says would do, in megabytes."""
    found = re.search(r"--memory-limit (\d+)MB", messages)
    assert found, messages
    return int(found[1])


@pytest.fixture(scope="module", params=MASKS)
def tuning(request, binary, mlpack, tmp_path_factory) -> Tuning:
    folder = tmp_path_factory.mktemp("memory")
    (folder / "labels.txt").write_text("".join(f"{kind.name}\n" for kind in sorted(FLOWERS.iterdir())))
    mlpack("import", BASE, "--labels", folder / "labels.txt", "-o", folder / "start.mlpack")
    tuning = Tuning(folder, binary, request.param)
    status, messages, _ = tuning.run("free")
    assert status == 0 and micro_batch(messages) == BATCH_SIZE, messages
    return tuning


@pytest.fixture(scope="module")
def smallest(tuning: Tuning) -> int:
    """The smallest limit that does, in megabytes, from the refusal of a hopeless one."""
    status, messages, _ = tuning.run("hopeless", "--memory-limit", "1MB")
    assert status == 75, messages
    assert messages.count("\n") == 1 and not (tuning.folder / "hopeless.mlpack").exists()
    return least(messages)


def test_a_refusal_says_the_smallest_limit_that_does(tuning: Tuning, smallest: int) -> None:
    assert tuning.run("refused", "--memory-limit", f"{smallest - 1}MB")[0] == 75
    status, messages, _ = tuning.run("smallest", "--memory-limit", f"{smallest}MB")
    assert status == 0, messages


def test_an_update_in_parts_is_that_of_the_whole_batch(mlpack, tuning: Tuning, smallest: int) -> None:
    start = tuning.trained(mlpack, "start")
    free = tuning.trained(mlpack, "free")
    for limit in (smallest, smallest * 3 // 2):
        status, messages, _ = tuning.run("limited", "--memory-limit", f"{limit}MB")
        assert status == 0, messages
        print(f"{tuning.mask}, {limit} MB: {BATCH_SIZE} a batch in parts of {micro_batch(messages)}")
        yardstick.check_same_training(start, free, tuning.trained(mlpack, "limited"))


def test_limits_with_the_same_parts_give_the_same_bytes(tuning: Tuning, smallest: int) -> None:
    seen: dict[int, bytes] = {BATCH_SIZE: tuning.bytes("free")}
    met = 0
    for limit in (smallest, smallest * 4, smallest * 5, smallest * 100):
        status, messages, _ = tuning.run("limited", "--memory-limit", f"{limit}MB")
        assert status == 0, messages
        part = micro_batch(messages)
        met += part in seen
        assert seen.setdefault(part, tuning.bytes("limited")) == tuning.bytes("limited"), f"in parts of {part}"
    assert met, "no two limits had the same parts"


def test_the_peak_stays_within_the_limit(tuning: Tuning, smallest: int) -> None:
    picture = sorted(FLOWERS.glob("*/*.jpg"))[0]
    predicting = (tuning.binary, "predict", tuning.folder / "start.mlpack", picture)
    tuning.run("warm", "--memory-limit", f"{smallest}MB")
    # The driver, the kernels that it made ready, and the program: what it takes to run one image.
    driver = min(measured(*predicting)[2] for _ in range(2))
    free = tuning.run("peak")[2]
    for limit in (smallest, smallest * 2):
        status, messages, peak = tuning.run("peak", "--memory-limit", f"{limit}MB")
        assert status == 0, messages
        beside = [(size - driver) / MEGABYTE for size in (peak, free)]
        print(f"{tuning.mask}, {limit} MB: {beside[0]:.1f} MB beside the driver's {driver / MEGABYTE:.1f}; free {beside[1]:.1f}")
        assert beside[0] <= limit < beside[1]
