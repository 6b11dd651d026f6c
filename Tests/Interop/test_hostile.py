"""Files that are made to do harm end in one line and status 65, whatever is done with them: nothing of another file
comes out, nothing is left behind, nothing dies of a signal."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

from hostile import FILES
from hostile.making import CANARY, EITHER, KERNEL, LEGACY, READ

COMMANDS = {
    "import": [["import", "FILE", "-o", "out"]],
    "others": [["inspect", "FILE", "--stats"], ["export", "net.mlpack", "--onto", "FILE", "-o", "out"]],
}
# What the files' own patterns leave out: what to do about it.
ADVICE = r"; [a-z][^;]*"
# A second or more to make or to read.
SLOW = {
    "memory_bomb_of_strings", "many_members_of_many_bytes", "text_bomb", "a_hundred_thousand_attributes",
    "names_in_too_many_parts",
}


@pytest.fixture(scope="module")
def pack(mlpack, tmp_path_factory) -> Path:
    """A pack of the network that most of the hostile files were made from, with one more weight trained."""
    path = tmp_path_factory.mktemp("pack") / "net.mlpack"
    mlpack("import", LEGACY, "--classes", "3", "-o", path)
    return path


def test_there_are_enough() -> None:
    assert len(FILES) >= 100


@pytest.mark.parametrize("commands", ["import", pytest.param("others", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in FILES]
)
def test_hostile_file(name: str, commands: str, binary: Path, pack: Path, tmp_path: Path) -> None:
    make, says = FILES[name]
    make(tmp_path / f"{name}.h5")
    shutil.copy(pack, tmp_path / "net.mlpack")
    before = sorted(tmp_path.iterdir())
    for words in COMMANDS[commands]:
        command = [f"{name}.h5" if word == "FILE" else word for word in words]
        done = subprocess.run([binary, *command], cwd=tmp_path, capture_output=True, timeout=60)
        assert not contains_canary(done.stdout + done.stderr)
        if (tmp_path / "out").exists():
            assert done.returncode == 0
            assert not contains_canary((tmp_path / "out").read_bytes())
            (tmp_path / "out").unlink()
        assert sorted(tmp_path.iterdir()) == before
        if says == READ:
            assert done.returncode == 0, done.stderr.decode()
        elif says == EITHER:
            assert done.returncode in (0, 65), done.stderr.decode()
        else:
            line = done.stderr.decode()
            assert re.fullmatch(rf"mlpack: error: '{name}\.h5' {says}({ADVICE})?\n", line), line
            assert "; " in line, "no way out is told"
            assert (done.returncode, done.stdout) == (65, b"")


def contains_canary(content: bytes) -> bool:
    """Whether part of the other file is in it, as it is or as numbers of the other byte order."""
    swapped = np.frombuffer(CANARY, ">u4").astype("<u4").tobytes()
    return any(text[start : start + 16] in content for text in (CANARY, swapped) for start in range(56))


def test_the_canary_is_what_libhdf5_reads(tmp_path: Path, monkeypatch) -> None:
    """The files do what they are made for, where nobody stands in the way."""
    monkeypatch.chdir(tmp_path)
    for name in ["external_storage", "external_link", "virtual_dataset"]:
        path = tmp_path / f"{name}.h5"
        FILES[name][0](path)
        with h5py.File(path) as file:
            assert contains_canary(file[KERNEL][()].tobytes())
