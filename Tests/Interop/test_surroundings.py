"""No home, no room for temporary files and a clock that runs backwards cost time at most."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

/* Every question finds the clock of the day an hour earlier than the one before. */
static time_t earlier(void) { static atomic_long asked; return 3600 * atomic_fetch_add(&asked, 1); }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  if (clock == CLOCK_REALTIME) now->tv_sec -= earlier();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(now, zone);
  now->tv_sec -= earlier();
  return result;
}

time_t time(time_t *now) {
  struct timeval value;
  gettimeofday(&value, 0);
  if (now) *now = value.tv_sec;
  return value.tv_sec;
}
"""


@dataclass
class Tuning:
    """Runs `finetune` with other variables in the environment, None for one that is not set."""

    binary: Path
    folder: Path

    def attempt(self, *more: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache")} | changes
        environment = {name: value for name, value in environment.items() if value is not None}
        command = [
            self.binary, "finetune", "start.mlpack", "--data", "flowers", "--epochs", "2", "--batch-size", "4", "--quiet",
            "--log", "log.jsonl", "--report", "report.html", *more, "-o", "new.mlpack",
        ]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def __call__(self, *more: str, **changes: str | None) -> bytes:
        """The pack."""
        done = self.attempt(*more, **changes)
        assert (done.returncode, done.stderr) == (0, "")
        return (self.folder / "new.mlpack").read_bytes()

    def least_memory(self, *more: str) -> str:
        refusal = self.attempt(*more, "--memory-limit", "1MB")
        found = re.search(r"--memory-limit (\d+MB)", refusal.stderr)
        assert refusal.returncode == 75 and found, refusal.stderr
        return found[1]


@pytest.fixture
def tune(binary, workplace) -> Tuning:
    return Tuning(binary, workplace)


@pytest.fixture
def mounted(tmp_path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk in memory with the options given."""
    folders: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk {len(folders)}"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)
        if done.returncode != 0:
            pytest.skip("only root mounts a disk")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture(params=["limited", pytest.param("free", marks=pytest.mark.long)])
def options(request, tune: Tuning) -> list[str]:
    """Without a limit of the memory, and with one that has training go on in a file."""
    if request.param == "free":
        return []
    train = ["--train", "conv_pw_12.."]
    return [*train, "--memory-limit", tune.least_memory(*train)]


def test_a_full_folder_for_temporary_files(tune: Tuning, options: list[str], mounted) -> None:
    expected = tune(*options)
    full = mounted("size=4k")
    (full / "filler").write_bytes(bytes(4096))
    assert tune(*options, TMPDIR=str(full)) == expected
    assert [path.name for path in full.iterdir()] == ["filler"]


def test_no_folder_for_temporary_files(tune: Tuning, options: list[str]) -> None:
    expected = tune(*options)
    for folder in ("/proc/nonexistent", "/proc", "/dev/null", "", "start.mlpack"):
        assert tune(*options, TMPDIR=folder) == expected, folder


@pytest.mark.parametrize("variable", ["HOME", pytest.param("XDG_CACHE_HOME", marks=pytest.mark.long)])
def test_no_home(tune: Tuning, variable: str) -> None:
    expected = tune()
    for home in ("/proc/nonexistent", "/dev/null", None):
        settings: dict[str, str | None] = {variable: home}
        if variable == "HOME":
            settings["XDG_CACHE_HOME"] = None
        assert tune(**settings) == expected, home


@pytest.mark.long
def test_no_home_for_the_driver_either(tune: Tuning) -> None:
    assert tune(HOME="/proc/nonexistent", XDG_CACHE_HOME=None, POCL_CACHE_DIR=None) == tune()


@pytest.mark.long
def test_a_home_that_is_read_only(tune: Tuning, mounted) -> None:
    expected = tune()
    assert tune(HOME=str(mounted("ro,size=1m")), XDG_CACHE_HOME=None) == expected


def test_a_home_that_is_full(tune: Tuning, mounted) -> None:
    expected = tune()
    home = mounted("size=64k")
    assert tune(HOME=str(home), XDG_CACHE_HOME=None) == expected
    assert not [path for path in (home / ".cache").rglob(".mlpack-*")]


@pytest.mark.parametrize("moment", [0, 4_000_000_000], ids=["1970", "2096"])
def test_files_of_another_time(tune: Tuning, workplace: Path, moment: int) -> None:
    expected = tune()
    for path in workplace.rglob("*"):
        os.utime(path, (moment, moment))
    assert tune() == expected
    (workplace / "new.mlpack").unlink()
    assert tune("--resume") == expected


def test_a_clock_that_is_set_back_again_and_again(tune: Tuning, tmp_path: Path) -> None:
    source, library = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    expected = tune("--no-cache")
    for _ in range(2):
        assert tune(LD_PRELOAD=str(library)) == expected
