"""A run that is killed, or interrupted, and goes on ends with the bytes of one that was left alone."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOWERS = ROOT / "fixtures" / "flowers"
BASE = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
IMAGES_OF_A_CLASS = 8
RUNS = {
    "the head with Adam": ["--epochs", "30", "--optimizer", "adam", "--keep-best"],
    "everything with momentum": ["--epochs", "3", "--train", "*", "--momentum", "0.9", "--schedule", "cosine"],
    "augmented with RMSprop": [
        "--epochs", "6", "--train", "conv_pw_12..", "--optimizer", "rmsprop", "--momentum", "0.5",
        "--augment", "flip,crop,color,rotate", "--views", "2",
    ],
}
KILLS, LONG_KILLS = 2, 100
# The quick tier looks at one of them, where it does not matter much which.
some_runs = pytest.mark.parametrize(
    "bench", [name if name.startswith("everything") else pytest.param(name, marks=pytest.mark.long) for name in RUNS],
    indirect=True,
)


@dataclass
class Bench:
    """A folder to run in: the images, the pack, and what a run that was left alone wrote."""

    folder: Path
    binary: Path
    options: list[str]

    def command(self, name: str, *more: object) -> list[str]:
        return [
            str(self.binary), "finetune", "start.mlpack", "--data", "flowers", "--validation-split", "0.2",
            "--batch-size", "8", "--learning-rate", "0.001", "--checkpoint-every", "1", "--quiet",
            "--cache-dir", f"features of {name}",
            *self.options, *map(str, more), "-o", f"{name}/tuned.mlpack",
        ]

    def start(self, name: str, *more: object) -> subprocess.Popen:
        (self.folder / name).mkdir(exist_ok=True)
        environment = os.environ | {"TMPDIR": str(self.folder / "scratch")}
        return subprocess.Popen(
            self.command(name, *more), cwd=self.folder, env=environment, stderr=subprocess.PIPE, text=True
        )

    def run(self, name: str, *more: object) -> tuple[int, str]:
        process = self.start(name, *more)
        _, errors = process.communicate()
        return process.returncode, errors

    def checkpoint(self, name: str) -> Path:
        return self.folder / name / "tuned.mlpack.checkpoint"

    def bytes(self, name: str) -> bytes:
        return (self.folder / name / "tuned.mlpack").read_bytes()

    def signalled(self, name: str, number: int) -> tuple[int, str]:
        """A run that gets the signal as soon as there is a checkpoint."""
        process = self.start(name)
        while not self.checkpoint(name).exists() and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(number)
        _, errors = process.communicate()
        return process.returncode, errors

    def check_the_end(self, name: str) -> None:
        assert self.bytes(name) == self.bytes("alone")
        assert [path.name for path in (self.folder / name).iterdir()] == ["tuned.mlpack"]
        assert not list((self.folder / "scratch").iterdir())


@pytest.fixture(scope="module")
def prepared(mlpack, tmp_path_factory) -> Path:
    """A few flowers, and a pack that knows their names."""
    folder = tmp_path_factory.mktemp("kill")
    for kind in sorted(FLOWERS.iterdir()):
        (folder / "flowers" / kind.name).mkdir(parents=True)
        for picture in sorted(kind.iterdir())[:IMAGES_OF_A_CLASS]:
            shutil.copy(picture, folder / "flowers" / kind.name)
    (folder / "labels.txt").write_text("".join(f"{kind.name}\n" for kind in sorted(FLOWERS.iterdir())))
    mlpack("import", BASE, "--labels", folder / "labels.txt", "-o", folder / "start.mlpack")
    return folder


@pytest.fixture
def bench(request, binary, prepared, tmp_path) -> Bench:
    for name in ("flowers", "start.mlpack"):
        (tmp_path / name).symlink_to(prepared / name)
    (tmp_path / "scratch").mkdir()
    made = Bench(tmp_path, binary, RUNS[request.param])
    status, errors = made.run("alone")
    assert status == 0, errors
    return made


@some_runs
def test_a_second_run_ends_with_the_same_bytes_and_another_seed_does_not(bench: Bench) -> None:
    assert bench.run("again") == (0, "")
    bench.check_the_end("again")
    assert bench.run("other", "--seed", 1) == (0, "")
    assert bench.bytes("other") != bench.bytes("alone")


@some_runs
@pytest.mark.parametrize("kills", [KILLS, pytest.param(LONG_KILLS, marks=pytest.mark.long)])
def test_a_killed_run_goes_on(bench: Bench, kills: int) -> None:
    chance = random.Random(kills)
    began = time.monotonic()
    bench.run("timed")
    lasts = time.monotonic() - began
    done, resumed = 0, 0
    while done < kills:
        # A run that came to its end makes room for another one.
        shutil.rmtree(bench.folder / "killed", ignore_errors=True)
        while done < kills:
            process = bench.start("killed", "--resume")
            resumed += bench.checkpoint("killed").exists()
            time.sleep(chance.uniform(0, lasts))
            process.kill()
            _, errors = process.communicate()
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL, errors
            done += 1
    status, errors = bench.run("killed", "--resume")
    assert status == 0, errors
    bench.check_the_end("killed")
    print(f"{done} kills, {resumed} runs that went on from a checkpoint")
    assert kills < LONG_KILLS or resumed >= kills // 4


@some_runs
@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 130)], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_goes_on(bench: Bench, number: int, status: int) -> None:
    ended, errors = bench.signalled("stopped", number)
    assert ended == status, errors
    assert "--resume" in errors
    assert [path.name for path in (bench.folder / "stopped").iterdir()] == ["tuned.mlpack.checkpoint"]
    assert bench.run("stopped", "--resume") == (0, "")
    bench.check_the_end("stopped")


@some_runs
def test_a_run_goes_on_with_no_other_options_and_from_no_damaged_checkpoint(bench: Bench) -> None:
    bench.signalled("stopped", signal.SIGINT)
    before = bench.checkpoint("stopped").read_bytes()
    for option, value in (("--learning-rate", 0.002), ("--seed", 1), ("--batch-size", 7), ("--label-smoothing", 0.1)):
        status, errors = bench.run("stopped", "--resume", option, value)
        assert status == 64 and option in errors, errors
        assert bench.checkpoint("stopped").read_bytes() == before
    damaged = bytearray(before)
    damaged[len(damaged) // 2] ^= 1
    for wrong in (damaged, before[:-1], b""):
        bench.checkpoint("stopped").write_bytes(wrong)
        status, errors = bench.run("stopped", "--resume")
        assert status == 65 and "tuned.mlpack.checkpoint" in errors, errors
    bench.checkpoint("stopped").write_bytes(before)
    assert bench.run("stopped", "--resume") == (0, "")
    bench.check_the_end("stopped")
