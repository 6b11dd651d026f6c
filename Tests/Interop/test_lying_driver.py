"""Drivers that compute wrong numbers, have no room, or fail: a library in front of OpenCL's does what they do."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import yardstick
from training_runs import tensors

ROOT = Path(__file__).parents[2]
FLOWERS = ROOT / "fixtures" / "flowers"
BASE = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
IMAGES_OF_A_CLASS = 8
# Of the functions that a run calls, and the status that each of them gives where a device is lost.
OUT_OF_RESOURCES, NOT_AVAILABLE, INVALID_QUEUE, FAILED_EVENTS = -5, -2, -36, -14
FUNCTIONS = {
    "clEnqueueNDRangeKernel": [OUT_OF_RESOURCES, NOT_AVAILABLE],
    "clWaitForEvents": [FAILED_EVENTS],
    "clEnqueueMapBuffer": [OUT_OF_RESOURCES],
    "clEnqueueReadBuffer": [INVALID_QUEUE],
    "clEnqueueWriteBuffer": [NOT_AVAILABLE],
    "clFlush": [INVALID_QUEUE],
}
FAILURES, LONG_FAILURES = 1, 60
EPOCHS = 3


@dataclass
class Lab:
    """A folder with a pack and images, a library that lies, and a cache of programs that were built without it."""

    folder: Path
    binary: Path
    library: Path
    options: list[str] = field(
        default_factory=lambda: ["--epochs", str(EPOCHS), "--batch-size", "16", "--checkpoint-every", "1", "--momentum", "0.9"]
    )

    def run(self, *arguments: object, **lies: object) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache"), "SWIFT_BACKTRACE": "enable=no"}
        if lies:
            environment["LD_PRELOAD"] = str(self.library)
        environment |= {f"LYING_{name.upper()}": str(value) for name, value in lies.items()}
        return subprocess.run(
            [self.binary, *map(str, arguments)], cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=300,
        )

    def finetune(self, output: str, *more: object, **lies: object) -> subprocess.CompletedProcess[str]:
        return self.run(
            "finetune", "start.mlpack", "--data", "flowers", *self.options, *more, "-o", output, **lies
        )

    def weights(self, name: str) -> dict[str, np.ndarray]:
        """Those of a pack, by their names in Keras."""
        done = self.run("export", f"{name}.mlpack", "-o", f"{name}.h5")
        assert done.returncode == 0, done.stderr
        return tensors(self.folder / f"{name}.h5")

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def exists(self, name: str) -> bool:
        return (self.folder / name).exists()

    def forget_results(self, *kernels: str) -> None:
        """What self-tests found, and the programs that have one of these kernels; short entries are no programs."""
        for entry in (self.folder / "cache" / "mlpack" / "programs").iterdir():
            content = entry.read_bytes()
            if len(content) < 1000 or any(kernel.encode() in content for kernel in kernels):
                entry.unlink()


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    built = tmp_path_factory.mktemp("liar") / "lying_driver.so"
    source = Path(__file__).parent / "lying_driver.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True)
    return built


@pytest.fixture(scope="module")
def lab(binary, mlpack, library, tmp_path_factory) -> Lab:
    folder = tmp_path_factory.mktemp("lab")
    for kind in sorted(FLOWERS.iterdir()):
        (folder / "flowers" / kind.name).mkdir(parents=True)
        for picture in sorted(kind.iterdir())[:IMAGES_OF_A_CLASS]:
            shutil.copy(picture, folder / "flowers" / kind.name)
    labels = folder / "labels.txt"
    labels.write_text("".join(f"{kind.name}\n" for kind in sorted(FLOWERS.iterdir())))
    mlpack("import", BASE, "--labels", labels, "-o", folder / "start.mlpack")
    # The programs that the user's cache has need not be built again.
    programs = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlpack" / "programs"
    if programs.exists():
        shutil.copytree(programs, folder / "cache" / "mlpack" / "programs")
    made = Lab(folder, binary, library)
    made.forget_results()
    return made


@pytest.fixture(scope="module")
def alone(lab: Lab) -> bytes:
    """What a run writes that nothing befalls."""
    done = lab.finetune("alone.mlpack")
    assert done.returncode == 0, done.stderr
    return lab.bytes("alone.mlpack")


def test_an_honest_device_is_checked_once(lab: Lab, alone: bytes) -> None:
    lab.forget_results()
    first = lab.finetune("checked.mlpack")
    assert "beside double precision in" in first.stderr
    second = lab.finetune("again.mlpack")
    assert "beside double precision" not in second.stderr
    assert lab.bytes("checked.mlpack") == lab.bytes("again.mlpack") == alone


@pytest.mark.long
def test_selftest_says_what_it_found(lab: Lab) -> None:
    done = lab.run("selftest", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["passed"] and len(found["checks"]) > 100
    assert all(check["passed"] == (check["error"] <= check["bound"]) for check in found["checks"])
    assert {"operation", "shape", "kernels", "error", "bound", "passed"} == set(found["checks"][0])


LIES = {
    "a sign": ("softmax_cross_entropy", "/ sum - target)=>/ sum + target)"),
    "a NaN": ("softmax_cross_entropy", "loss[n] = weight=>loss[n] = NAN * weight"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_wrong_kernel_is_refused(lab: Lab, lie: str) -> None:
    kernel, source = LIES[lie]
    lab.forget_results(kernel)
    refused = lab.finetune("refused.mlpack", source=source)
    assert refused.returncode == 69, refused.stderr
    assert refused.stderr.count("\n") == 1 and kernel in refused.stderr and "--device" in refused.stderr
    assert not lab.exists("refused.mlpack") and not lab.exists("refused.mlpack.checkpoint")
    lab.forget_results(kernel)


@pytest.mark.long
@pytest.mark.parametrize("lie", LIES)
def test_selftest_finds_a_wrong_kernel(lab: Lab, alone: bytes, lie: str) -> None:
    kernel, source = LIES[lie]
    lab.forget_results(kernel)
    done = lab.run("selftest", "--quick", source=source)
    assert done.returncode == 1, done.stderr
    assert "WRONG" in done.stdout and done.stderr == ""
    # What was found is known: the kernel is refused though it now computes right, until it is checked again.
    known = lab.finetune("refused.mlpack")
    assert known.returncode == 69 and kernel in known.stderr, known.stderr
    lab.forget_results(kernel)
    assert lab.finetune("honest.mlpack").returncode == 0
    assert lab.bytes("honest.mlpack") == alone


@pytest.mark.parametrize(
    "options", [["--train", "conv_pw_13,dense"], pytest.param(["--train", "conv_pw_12.."], marks=pytest.mark.long)],
    ids=["the head", "batch normalization"],
)
def test_a_device_without_room_trains_in_smaller_parts(lab: Lab, alone: bytes, options: list[str]) -> None:
    options = [*options, "--batch-size", "40", "--no-cache"]
    whole = lab.finetune("whole.mlpack", *options, memory=1 << 40)
    assert whole.returncode == 0 and "no room" not in whole.stderr, whole.stderr
    limit, smaller, statuses = 1 << 24, 0, set()
    while limit > 1 << 14:
        done = lab.finetune("parts.mlpack", *options, memory=limit)
        statuses.add(done.returncode)
        if done.returncode == 0 and "no room for more at once: each batch in parts of at most" in done.stderr:
            smaller += 1
            yardstick.check_same_training(*map(lab.weights, ("start", "whole", "parts")), updates=EPOCHS)
        elif done.returncode:
            assert done.returncode == 75 and done.stderr.splitlines()[-1].startswith("mlpack: error: "), done.stderr
            assert "has no room for" in done.stderr
        limit = limit * 2 // 3
    assert smaller > 0 and statuses == {0, 75}
    print(f"{smaller} limits under which a run fell to smaller parts")


def calls(lab: Lab) -> dict[str, int]:
    """How often a run calls each function."""
    done = lab.finetune("counted.mlpack", "--quiet", counts=lab.folder / "counts")
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: int(line.split()[1]) for line in (lab.folder / "counts").read_text().splitlines()}


@pytest.mark.parametrize("failures", [FAILURES, pytest.param(LONG_FAILURES, marks=pytest.mark.long)])
def test_a_lost_device_keeps_the_checkpoint(lab: Lab, alone: bytes, failures: int) -> None:
    counts = calls(lab)
    chance = random.Random(failures)
    failed, resumed = 0, 0
    for name, codes in FUNCTIONS.items():
        for _ in range(failures):
            at, code = chance.randint(1, counts[name]), chance.choice(codes)
            for leftover in lab.folder.glob("lost.mlpack*"):
                leftover.unlink()
            done = lab.finetune("lost.mlpack", "--quiet", call=f"{name}:{at}:{code}")
            why = f"{name}, call {at}, {code}: {done.stderr}"
            if done.returncode == 0:
                # The last calls of all come when the pack is written.
                assert lab.bytes("lost.mlpack") == alone, why
                continue
            assert done.returncode == 69, why
            assert done.stderr.count("\n") == 1 and done.stderr.startswith("mlpack: error: "), why
            assert not lab.exists("lost.mlpack"), why
            failed += 1
            has_checkpoint = lab.exists("lost.mlpack.checkpoint")
            assert has_checkpoint == ("--resume" in done.stderr), why
            resumed += has_checkpoint
            goes_on = lab.finetune("lost.mlpack", "--quiet", "--resume")
            assert goes_on.returncode == 0, why + goes_on.stderr
            assert lab.bytes("lost.mlpack") == alone, why
    print(f"{failed} calls failed, {resumed} runs went on from a checkpoint")
    assert failed >= len(FUNCTIONS) * failures // 2


def test_numbers_that_are_not_finite_end_the_run(lab: Lab) -> None:
    done = lab.finetune("ruined.mlpack", "--quiet", "--learning-rate", "1e38", "--momentum", "0")
    assert done.returncode == 64, done.stderr
    assert done.stderr.count("\n") == 1
    assert "of epoch 1: some of the weights '" in done.stderr or "of epoch 1: the output of layer '" in done.stderr
    assert "smaller --learning-rate" in done.stderr
    assert not lab.exists("ruined.mlpack")
