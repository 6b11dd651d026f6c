"""A system call that fails, and a process that is killed, leave the old file or the new one, and nothing else."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import faults
from faults import Campaign, Command, Workbench

TUNING = ["--data", "flowers", "--epochs", "2", "--batch-size", "4", "--quiet"]
LONG = {
    "import": Command(["import", "base.h5", "--classes", "2", "-o", "new.mlpack"], ("new.mlpack",)),
    "freeze": Command(["freeze", "start.mlpack", "--train", "dense", "-o", "new.mlpack"], ("new.mlpack",)),
    "inspect a pack": Command(["inspect", "start.mlpack", "--json"]),
    "inspect a Keras file": Command(["inspect", "base.h5", "--json"]),
    "inspect a delta": Command(["inspect", "tuned.delta", "--json"]),
    "verify": Command(["verify", "tuned.mlpack", "tuned.mlpack"]),
    "diff": Command(["diff", "tuned.mlpack", "tuned.mlpack"]),
    "delta": Command(["delta", "start.mlpack", "tuned.mlpack", "-o", "new.delta"], ("new.delta",)),
    "apply": Command(["apply", "start.mlpack", "tuned.delta", "-o", "new.mlpack"], ("new.mlpack",)),
    "export keras-h5": Command(["export", "tuned.mlpack", "-o", "new.h5"], ("new.h5",)),
    "export keras-v3": Command(["export", "tuned.mlpack", "-o", "new.keras"], ("new.keras",)),
    "export weights-h5": Command(["export", "tuned.mlpack", "-o", "new.weights.h5"], ("new.weights.h5",)),
    "export keras-weights-h5": Command(
        ["export", "tuned.mlpack", "--format", "keras-weights-h5", "-o", "new.h5"], ("new.h5",)
    ),
    "export weights-json": Command(
        ["export", "tuned.mlpack", "--shard-size", "400kB", "-o", "old.weights.json"],
        ("old.weights.json",), index="old.weights.json", parts="old_*.weights.h5",
    ),
    "export --onto": Command(["export", "tuned.mlpack", "--onto", "base.h5", "-o", "new.h5"], ("new.h5",)),
    "export --onto the output": Command(["export", "tuned.mlpack", "--onto", "base.h5", "-o", "base.h5"], ("base.h5",)),
    "predict": Command(["predict", "tuned.mlpack", "one.jpg", "--json"]),
    "evaluate": Command(["evaluate", "tuned.mlpack", "--data", "flowers", "--json", "--quiet"]),
    "bench": Command(["bench", "--only", "driver", "--rounds", "1", "--seconds", "0", "--quiet"], measures=True),
    "finetune": Command(
        [
            "finetune", "start.mlpack", *TUNING, "--validation-split", "0.4", "--checkpoint-every", "1",
            "--log", "run.jsonl", "--report", "run.html", "-o", "new.mlpack",
        ],
        ("new.mlpack",), pages=("run.jsonl", "run.html"), leftovers=("new.mlpack.checkpoint",),
    ),
}
QUICK_FAULTS = (str(errno.EIO), str(errno.ENOSPC), "short", "after")
QUICK = Command(["freeze", "start.mlpack", "--train", "dense", "--quiet"], ("start.mlpack",))


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    return faults.build(tmp_path_factory.mktemp("library"))


@pytest.fixture
def bench(binary, library, tiny, tmp_path) -> Workbench:
    return Workbench(binary, library, tiny, tmp_path)


def told(name: str, campaign: Campaign, ends) -> str:
    counts = ", ".join(f"{fault} {status}: {count}" for (fault, status), count in sorted(ends.items()))
    return f"{name}: {len(campaign.clean.calls)} calls, {sum(ends.values())} faults; {counts}"


def test_a_pack_that_is_its_own_output_is_old_or_new(bench: Workbench) -> None:
    campaign = Campaign(bench, QUICK)
    print(told("freeze in place", campaign, campaign.run(QUICK_FAULTS)))


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_every_call_of_every_command(bench: Workbench, name: str) -> None:
    campaign = Campaign(bench, LONG[name])
    print(told(name, campaign, campaign.run()))
