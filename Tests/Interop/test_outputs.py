"""Whatever the disk and the folder are like, an output is written whole, with the right permissions, or not at all."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

IS_ROOT = os.geteuid() == 0
WRITING: dict[str, list[str]] = {
    "import": ["import", "base.h5", "--classes", "2", "-o"],
    "freeze": ["freeze", "start.mlpack", "--train", "dense", "-o"],
    "delta": ["delta", "start.mlpack", "tuned.mlpack", "-o"],
    "apply": ["apply", "start.mlpack", "tuned.delta", "-o"],
    "keras-h5": ["export", "tuned.mlpack", "--format", "keras-h5", "-o"],
    "keras-v3": ["export", "tuned.mlpack", "--format", "keras-v3", "-o"],
    "weights-h5": ["export", "tuned.mlpack", "--format", "weights-h5", "-o"],
    "keras-weights-h5": ["export", "tuned.mlpack", "--format", "keras-weights-h5", "-o"],
    "weights-json": ["export", "tuned.mlpack", "--format", "weights-json", "-o"],
    "onto": ["export", "tuned.mlpack", "--onto", "base.h5", "-o"],
    "finetune": ["finetune", "start.mlpack", "--data", "flowers", "--epochs", "1", "--quiet", "-o"],
}
every_writer = pytest.mark.parametrize("name", WRITING)
# Commands that read what they write, and the argument that is both.
OWN_INPUTS = [
    ("freeze", "start.mlpack"), ("delta", "start.mlpack"), ("delta", "tuned.mlpack"), ("apply", "start.mlpack"),
    ("apply", "tuned.delta"), ("keras-h5", "tuned.mlpack"), ("onto", "base.h5"), ("onto", "tuned.mlpack"),
    ("import", "base.h5"), ("finetune", "start.mlpack"),
]


@pytest.fixture
def write(binary, workplace) -> Callable[..., tuple[int, str]]:
    """Runs a command of `WRITING` with an output; returns its status and messages."""

    def run(name: str, output: object, **settings: object) -> tuple[int, str]:
        command = [binary, *WRITING[name], str(output)]
        done = subprocess.run(command, cwd=workplace, capture_output=True, text=True, **settings)
        return done.returncode, done.stderr

    return run


def test_parts_of_weights_that_others_wrote_stay(binary, workplace) -> None:
    """Keras's ModelCheckpoint numbers its files as parts are."""
    export = [binary, "export", "tuned.mlpack", "--format", "weights-json", "--shard-size", "400kB", "-o", "x.weights.json"]
    others = [workplace / "x_00007.weights.h5", workplace / "x_00001.weights.h5"]
    for other in others:
        other.write_bytes(b"of somebody else")
    numbers = []
    for _ in range(2):
        subprocess.run(export, cwd=workplace, check=True, capture_output=True)
        assert all(other.read_bytes() == b"of somebody else" for other in others)
        parts = sorted({path.name for path in workplace.glob("x_*.weights.h5")} - {other.name for other in others})
        numbers.append(parts)
    # The first run's parts are gone, and so is what listed them.
    assert len(numbers[0]) == len(numbers[1]) > 1 and not set(numbers[0]) & set(numbers[1])
    assert not list(workplace.glob(".*.parts"))


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root mounts a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def read_only(workplace) -> Iterator[Path]:
    """A folder that nobody can write to, with a file in it."""
    folder = workplace / "read-only"
    folder.mkdir()
    (folder / "out").write_bytes(b"old")
    if not IS_ROOT:
        folder.chmod(0o555)
        yield folder
        return
    # To root no folder is read-only, only a disk.
    if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def check_refusal(status: int, errors: str, reason: str) -> None:
    assert status == 73, errors
    assert errors.count("\n") == 1 and errors.startswith("mlpack: error: ") and reason in errors, errors


@every_writer
def test_a_full_disk_keeps_what_was_there(write, small_disk: Path, name: str) -> None:
    old = small_disk / "out"
    old.write_bytes(b"old")
    status, errors = write(name, old)
    check_refusal(status, errors, "No space left on device")
    assert old.read_bytes() == b"old" and names(small_disk) == {"out"}


@every_writer
def test_a_file_beyond_the_limit_of_its_size_is_an_error(write, workplace: Path, name: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    folder = workplace / "limited"
    folder.mkdir()
    # PoCL keeps what it compiles in files, too.
    write(name, folder / "warm")
    for path in folder.iterdir():
        path.unlink()
    (folder / "out").write_bytes(b"old")
    status, errors = write(name, folder / "out", preexec_fn=limit)
    check_refusal(status, errors, "File too large")
    assert (folder / "out").read_bytes() == b"old" and names(folder) == {"out"}


@every_writer
def test_permissions_are_those_of_the_umask_or_of_the_old_file(write, workplace: Path, name: str) -> None:
    folder = workplace / "modes"
    folder.mkdir()

    def mode(path: Path) -> str:
        return oct(path.stat().st_mode & 0o777)

    for umask, expected in ((0o022, "0o644"), (0o077, "0o600")):
        assert write(name, folder / f"new {umask}", umask=umask)[0] == 0
        assert {mode(path) for path in folder.iterdir()} == {expected}
        for path in folder.iterdir():
            path.unlink()
    old = folder / "old"
    old.write_bytes(b"old")
    old.chmod(0o640)
    assert write(name, old, umask=0o077)[0] == 0
    assert mode(old) == "0o640" and old.read_bytes() != b"old"


@every_writer
def test_a_link_stays_and_its_target_is_written(write, workplace: Path, name: str) -> None:
    folder = workplace / "links"
    (folder / "there").mkdir(parents=True)
    link, target = folder / "link", folder / "there" / "target"
    target.write_bytes(b"old")
    link.symlink_to("there/target")
    assert write(name, link)[0] == 0
    assert link.is_symlink() and target.read_bytes() != b"old"
    assert not [path for path in folder.rglob(".*")]


@every_writer
def test_a_folder_that_cannot_be_written_is_an_error(write, read_only: Path, name: str) -> None:
    status, errors = write(name, read_only / "out")
    check_refusal(status, errors, "Read-only file system" if IS_ROOT else "Permission denied")
    assert (read_only / "out").read_bytes() == b"old" and names(read_only) == {"out"}


@pytest.mark.parametrize("name, file", OWN_INPUTS, ids=lambda value: value)
def test_an_output_may_be_an_input(write, workplace: Path, name: str, file: str) -> None:
    before = names(workplace)
    assert write(name, "elsewhere")[0] == 0
    expected = (workplace / "elsewhere").read_bytes()
    (workplace / "elsewhere").unlink()
    assert write(name, file)[0] == 0
    assert (workplace / file).read_bytes() == expected
    assert names(workplace) == before


class TestTwoRunsOnOneOutput:
    def start(self, binary: Path, folder: Path) -> subprocess.Popen:
        command = [binary, *WRITING["finetune"], "out.mlpack", "--epochs", "60", "--batch-size", "2"]
        return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)

    def await_the_first(self, folder: Path) -> None:
        while not (folder / "out.mlpack.checkpoint").exists():
            time.sleep(0.005)

    def test_the_second_is_refused_and_the_first_ends_as_if_alone(self, binary, workplace: Path) -> None:
        alone = self.start(binary, workplace)
        assert (alone.communicate()[1], alone.returncode) == ("", 0)
        expected = (workplace / "out.mlpack").read_bytes()
        before = names(workplace)
        first = self.start(binary, workplace)
        self.await_the_first(workplace)
        for output in ("out.mlpack", "./out.mlpack"):
            second = subprocess.run(
                [binary, *WRITING["finetune"], output, "--resume"], cwd=workplace, capture_output=True, text=True
            )
            check_refusal(second.returncode, second.stderr, "another run of mlpack")
        assert (first.communicate()[1], first.returncode) == ("", 0)
        assert (workplace / "out.mlpack").read_bytes() == expected
        assert names(workplace) == before

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
    def test_nothing_of_the_first_is_in_the_way_once_it_has_ended(self, binary, workplace: Path, number) -> None:
        before = names(workplace) | {"out.mlpack"}
        first = self.start(binary, workplace)
        self.await_the_first(workplace)
        first.send_signal(number)
        first.communicate()
        if number == signal.SIGTERM:
            assert names(workplace) | {"out.mlpack"} == before | {"out.mlpack.checkpoint"}
        second = self.start(binary, workplace)
        assert (second.communicate()[1], second.returncode) == ("", 0)
        assert names(workplace) == before
