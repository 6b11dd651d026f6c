"""Very many images, with names of any kind and what is no image among them, in bounded memory."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import crowd
from crowd import Crowd
from measuring import MEGABYTE, measured

SIZES = [
    pytest.param((2_000, 100), id="2000 images"),
    pytest.param((100_000, 1_000), id="100000 images", marks=pytest.mark.long),
]
# What an image may take of memory while it waits its turn: its path, its class, its place.
BYTES_OF_AN_IMAGE = 1_000
# Weights, buffers and images on their way: no more for a hundred thousand images than for a hundred.
WORKING_MEMORY = 100 * MEGABYTE


@dataclass
class Hall:
    """A crowd, and a network of 32 × 32 pixels with a class for each of its folders."""

    binary: Path
    folder: Path
    crowd: Crowd

    def run(self, *arguments: object) -> tuple[str, str, int]:
        """What it says, what it warns of, and its peak of resident memory in bytes."""
        began = time.monotonic()
        output = self.folder / "output"
        command = ["/bin/sh", "-c", 'exec "$0" "$@" >"$OUTPUT"', self.binary, *arguments]
        os.environ["OUTPUT"] = str(output)
        status, errors, peak = measured(Path(command[0]), *command[1:])
        assert status == 0, errors
        print(f"{arguments[0]}, {self.crowd.images} images: {time.monotonic() - began:.1f} s, peak {peak / MEGABYTE:.0f} MB")
        return output.read_text(), errors, peak

    def tune(self, output: str, *more: object) -> tuple[str, str, int]:
        return self.run(
            "finetune", self.folder / "start.mlpack", "--data", self.crowd.folder, "--epochs", 1, "--validation-split",
            0.1, "--cache-dir", self.folder / f"cache of {output}", "--log", self.folder / "log.jsonl", "--report",
            self.folder / "report.html", *more, "-o", self.folder / output,
        )


@pytest.fixture(scope="module", params=SIZES)
def hall(request, binary, mlpack, tiny, tmp_path_factory) -> Hall:
    folder = tmp_path_factory.mktemp("hall")
    images, classes = request.param
    crowded = crowd.make(folder / "crowd", images, classes)
    mlpack("export", tiny / "start.mlpack", "-o", folder / "start.weights.h5")
    mlpack(
        "import", folder / "start.weights.h5", "--input-size", 32, "--classes", classes, "-o", folder / "start.mlpack"
    )
    return Hall(binary, folder, crowded)


@pytest.fixture(scope="module")
def smallest(binary, hall: Hall) -> int:
    """The peak of what a single image takes, in bytes: the driver, its kernels, the program."""
    picture = hall.crowd.folder / ".sources" / "0.png"
    predict = (binary, "predict", hall.folder / "start.mlpack", picture)
    return min(measured(*predict)[2] for _ in range(2))


def check_text(text: str) -> None:
    """No name has brought a control character in."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text), text


def check_warnings(hall: Hall, errors: str) -> None:
    check_text(errors)
    warnings = [line for line in errors.splitlines() if "left out" in line]
    shown, more = warnings[:10], warnings[10:]
    assert len(shown) == 10 and len(more) == (hall.crowd.broken > 10), warnings


def test_training_runs_in_bounded_memory(hall: Hall, smallest: int) -> None:
    _, errors, peak = hall.tune("tuned.mlpack", "--cache-dtype", "f16")
    check_warnings(hall, errors)
    log = [json.loads(line) for line in (hall.folder / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in log] == [0, 1]
    check_text((hall.folder / "report.html").read_text().replace("\n", " "))
    assert peak < smallest + WORKING_MEMORY + BYTES_OF_AN_IMAGE * hall.crowd.images


def test_a_cache_that_is_larger_than_the_memory(hall: Hall, smallest: int) -> None:
    mask = ["--train", "conv_pw_4..,-*_bn", "--batch-size", 64]
    limit = 48
    sizes = []
    for _ in range(2):
        _, errors, peak = hall.tune("limited.mlpack", *mask, "--memory-limit", f"{limit}MB")
        check_warnings(hall, errors)
        sizes.append(peak)
    stored = sum(path.stat().st_size for path in (hall.folder / "cache of limited.mlpack").iterdir())
    print(f"{stored / MEGABYTE:.0f} MB of features; beside the driver {[(size - smallest) // MEGABYTE for size in sizes]} MB")
    assert max(sizes) < smallest + limit * MEGABYTE + BYTES_OF_AN_IMAGE * hall.crowd.images
    assert hall.crowd.images < 100_000 or stored > 4 * limit * MEGABYTE


def test_evaluation_counts_every_image(hall: Hall, smallest: int) -> None:
    output, errors, peak = hall.run("evaluate", hall.folder / "start.mlpack", "--data", hall.crowd.folder, "--json")
    check_warnings(hall, errors)
    result = json.loads(output)
    assert result["images"] == hall.crowd.images == sum(map(sum, result["confusion"]))
    assert len(result["labels"]) == len(set(result["labels"])) == hall.crowd.classes
    for label in result["labels"]:
        check_text(label)
    check_text(output.replace("\n", " "))
    assert peak < smallest + WORKING_MEMORY + BYTES_OF_AN_IMAGE * hall.crowd.images


def test_predictions_of_files_with_any_name(hall: Hall) -> None:
    inside = os.path.join(os.fsencode(hall.crowd.folder), crowd.class_names(1)[0])
    names = sorted(os.listdir(inside))
    pictures = [os.path.join(inside, name) for name in names]
    for options in (["--json"], []):
        command = [os.fsencode(part) for part in (hall.binary, "predict", hall.folder / "start.mlpack", *options)]
        done = subprocess.run(command + pictures, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b""), done.stderr
        check_text(done.stdout.decode().replace("\n", " "))
        if options:
            predictions = json.loads(done.stdout)
            assert len(predictions) == len(pictures)
        else:
            assert done.stdout.count(b"\n") == len(pictures)


def test_a_terminal_sees_progress_and_nothing_of_the_names(hall: Hall) -> None:
    command = [hall.binary, "evaluate", hall.folder / "start.mlpack", "--data", hall.crowd.folder]
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdout=follower, stderr=follower, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"})
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    assert process.wait() == 0
    text = seen.decode()
    assert re.search(r"reading images +[\d,]+ of", text), text[:2000]
    # What mlpack itself says to a terminal: colours, and to begin the line again.
    check_text(re.sub(r"\x1b\[(?:[\d;]*m|K)|\r|\n", " ", text))
