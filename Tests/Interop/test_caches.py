"""What a cache keeps is looked at before it is used, and two runs may have one cache."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Damage = Callable[[bytes], bytes]


def flipped(at: float) -> Damage:
    def damage(whole: bytes) -> bytes:
        place = int(at * (len(whole) - 1))
        return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:]

    return damage


DAMAGES: dict[str, Damage] = {
    "the first byte": flipped(0), "a byte in the middle": flipped(0.5), "the last byte": flipped(1),
    "half of it": lambda whole: whole[: len(whole) // 2], "a byte less": lambda whole: whole[:-1],
    "a byte more": lambda whole: whole + b"\0", "nothing": lambda whole: b"",
    "zeros": lambda whole: bytes(len(whole)), "zeros from the middle on": lambda whole: whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2),
    "another version": lambda whole: whole[:7] + bytes([whole[7] ^ 1]) + whole[8:],
}
QUICK = ["the first byte", "the last byte", "half of it", "zeros from the middle on"]
every_damage = pytest.mark.parametrize(
    "damages", [QUICK, pytest.param([name for name in DAMAGES if name not in QUICK], marks=pytest.mark.long)], ids=len
)


class Runs:
    """Runs in one folder with caches of their own."""

    def __init__(self, binary: Path, folder: Path):
        self.binary, self.folder = binary, folder
        self.features = folder / "cache" / "mlpack" / "features"
        self.programs = folder / "cache" / "mlpack" / "programs"

    def start(self, *arguments: object) -> subprocess.Popen:
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache"), "TMPDIR": str(self.folder / "scratch")}
        command = [self.binary, *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: object) -> str:
        process = self.start(*arguments)
        output, errors = process.communicate()
        assert (process.returncode, errors) == (0, ""), errors
        return output

    def tuning(self, output: str, *more: object) -> list[object]:
        return [
            "finetune", "start.mlpack", "--data", "flowers", "--epochs", 2, "--batch-size", 4, "--quiet", *more,
            "-o", output,
        ]

    def tuned(self, *more: object) -> bytes:
        self.run(*self.tuning("new.mlpack", *more))
        return (self.folder / "new.mlpack").read_bytes()


@pytest.fixture
def runs(binary, workplace) -> Runs:
    return Runs(binary, workplace)


def entries(folder: Path) -> dict[Path, bytes]:
    found = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    assert found, f"nothing is in {folder}"
    return found


@every_damage
def test_a_damaged_entry_of_the_features_is_computed_again(runs: Runs, damages: list[str]) -> None:
    expected = runs.tuned("--no-cache")
    assert runs.tuned() == expected
    whole = entries(runs.features)
    for name in damages:
        damage = DAMAGES[name]
        for path, content in whole.items():
            path.write_bytes(damage(content))
        assert runs.tuned() == expected, name
        assert entries(runs.features) == whole, name


def test_an_entry_under_another_ones_name_is_computed_again(runs: Runs) -> None:
    runs.tuned()
    (first, content), = entries(runs.features).items()
    expected = runs.tuned("--fit", "crop")
    (second, other), = (entry for entry in entries(runs.features).items() if entry[0] != first)
    second.write_bytes(content)
    assert runs.tuned("--fit", "crop") == expected
    assert second.read_bytes() == other


def test_an_image_that_could_not_be_read_once_is_not_left_out_for_ever(runs: Runs) -> None:
    expected = runs.tuned("--no-cache")
    picture = sorted((runs.folder / "flowers").glob("*/*.jpg"))[0]
    runs.tuned()
    (path, _), = entries(runs.features).items()
    whole = picture.read_bytes()
    # An entry without the image, under the key that it has when the image is whole.
    picture.write_bytes(b"no image")
    without = runs.start(*runs.tuning("without.mlpack"))
    assert "left out" in without.communicate()[1]
    (lacking, _), = (entry for entry in entries(runs.features).items() if entry[0] != path)
    picture.write_bytes(whole)
    lacking.rename(path)
    assert runs.tuned() == expected


@every_damage
def test_a_damaged_program_is_built_again(runs: Runs, damages: list[str]) -> None:
    predict = ("predict", "tuned.mlpack", "one.jpg", "--json")
    expected = runs.run(*predict)
    whole = entries(runs.programs)
    for name in damages:
        damage = DAMAGES[name]
        for path, content in whole.items():
            path.write_bytes(damage(content))
        assert runs.run(*predict) == expected, name
        assert set(entries(runs.programs)) == set(whole), name
        for path, content in entries(runs.programs).items():
            assert content != damage(whole[path]), name
        for path, content in whole.items():
            path.write_bytes(content)


def test_runs_side_by_side_may_have_one_cache(runs: Runs) -> None:
    expected = runs.tuned("--no-cache")
    names = [f"side {number}.mlpack" for number in range(3)]
    for process in [runs.start(*runs.tuning(name)) for name in names]:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
    assert {(runs.folder / name).read_bytes() for name in names} == {expected}
    assert not [path for path in (runs.folder / "cache" / "mlpack").rglob("*") if path.suffix == ".tmp"]
    assert runs.tuned() == expected
