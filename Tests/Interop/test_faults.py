"""A system call that fails, and a process that is killed, leave the old file or the new one, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import faults
from faults import Campaign, Command, Workbench

ROOT = Path(__file__).parents[2]
FLOWERS = ROOT / "fixtures" / "flowers"
BASE = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
CLASSES, IMAGES = 2, 3
TUNING = ["--data", "flowers", "--epochs", "2", "--batch-size", "4", "--quiet"]
LONG = {
    "import": Command(["import", "base.h5", "--classes", "2", "-o", "new.mlpack"], ("new.mlpack",)),
    "freeze": Command(["freeze", "start.mlpack", "--train", "dense", "-o", "new.mlpack"], ("new.mlpack",)),
    "inspect a pack": Command(["inspect", "start.mlpack", "--json"]),
    "inspect a Keras file": Command(["inspect", "base.h5", "--json"]),
    "verify": Command(["verify", "tuned.mlpack", "tuned.mlpack"]),
    "delta": Command(["delta", "start.mlpack", "tuned.mlpack", "-o", "new.delta"], ("new.delta",)),
    "apply": Command(["apply", "start.mlpack", "tuned.delta", "-o", "new.mlpack"], ("new.mlpack",)),
    "export keras-h5": Command(["export", "tuned.mlpack", "-o", "new.h5"], ("new.h5",)),
    "export keras-v3": Command(["export", "tuned.mlpack", "-o", "new.keras"], ("new.keras",)),
    "export weights-h5": Command(["export", "tuned.mlpack", "-o", "new.weights.h5"], ("new.weights.h5",)),
    "export keras-weights-h5": Command(
        ["export", "tuned.mlpack", "--format", "keras-weights-h5", "-o", "new.h5"], ("new.h5",)
    ),
    "export weights-json": Command(
        ["export", "tuned.mlpack", "--shard-size", "400kB", "-o", "new.weights.json"],
        ("new.weights.json", *(f"new_0000{part}.weights.h5" for part in range(3))),
    ),
    "export --onto": Command(["export", "tuned.mlpack", "--onto", "base.h5", "-o", "new.h5"], ("new.h5",)),
    "export --onto the output": Command(["export", "tuned.mlpack", "--onto", "base.h5", "-o", "base.h5"], ("base.h5",)),
    "predict": Command(["predict", "tuned.mlpack", "one.jpg", "--json"]),
    "evaluate": Command(["evaluate", "tuned.mlpack", "--data", "flowers", "--json", "--quiet"]),
    "bench": Command(["bench", "--only", "driver", "--rounds", "1", "--seconds", "0", "--quiet"]),
    "finetune": Command(
        [
            "finetune", "start.mlpack", *TUNING, "--validation-split", "0.4", "--checkpoint-every", "1",
            "--log", "run.jsonl", "--report", "run.html", "-o", "new.mlpack",
        ],
        ("new.mlpack",), pages=("run.jsonl", "run.html"), leftovers=("new.mlpack.checkpoint",),
    ),
}
QUICK = Command(["freeze", "start.mlpack", "--train", "dense", "--quiet"], ("start.mlpack",))


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    return faults.build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def prepared(mlpack, tmp_path_factory) -> Path:
    """A network before and after training, and a few flowers."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(BASE, folder / "base.h5")
    kinds = sorted(FLOWERS.iterdir())[:CLASSES]
    for kind in kinds:
        (folder / "flowers" / kind.name).mkdir(parents=True)
        for picture in sorted(kind.iterdir())[:IMAGES]:
            shutil.copy(picture, folder / "flowers" / kind.name)
    shutil.copy(sorted(kinds[0].iterdir())[0], folder / "one.jpg")
    (folder / "scratch").mkdir()
    mlpack("import", BASE, "--classes", CLASSES, "-o", folder / "start.mlpack")
    mlpack("finetune", folder / "start.mlpack", "--data", folder / "flowers", *TUNING[2:], "-o", folder / "tuned.mlpack")
    mlpack("delta", folder / "start.mlpack", folder / "tuned.mlpack", "-o", folder / "tuned.delta")
    return folder


@pytest.fixture
def bench(binary, library, prepared, tmp_path) -> Workbench:
    return Workbench(binary, library, prepared, tmp_path)


def told(name: str, campaign: Campaign, ends) -> str:
    counts = ", ".join(f"{fault} {status}: {count}" for (fault, status), count in sorted(ends.items()))
    return f"{name}: {len(campaign.clean.calls)} calls, {sum(ends.values())} faults; {counts}"


def test_a_pack_that_is_its_own_output_is_old_or_new(bench: Workbench) -> None:
    campaign = Campaign(bench, QUICK)
    print(told("freeze in place", campaign, campaign.run()))


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_every_call_of_every_command(bench: Workbench, name: str) -> None:
    campaign = Campaign(bench, LONG[name])
    print(told(name, campaign, campaign.run()))
