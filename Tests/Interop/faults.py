"""Runs commands whose system calls fail, and says what they left behind.

`system_calls.c` stands between the program and the system: it counts the calls on files under one folder, and makes the
N-th of them fail, do half of its work, or be the last before the process is killed.
"""

from __future__ import annotations

import errno
import fnmatch
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
# What `mlpack --help` and README.md name, less what no failing call may lead to.
DOCUMENTED = {0, 65, 66, 69, 73, 75}
OLD = b"what was there before"
INTERRUPTIBLE = {"open", "read", "pread", "write", "pwrite", "fsync", "close", "posix_fallocate", "fstat", "fcntl"}
TRANSFERS = {"read", "pread", "write", "pwrite"}
ROOM = {"open", "write", "pwrite", "fsync", "close", "posix_fallocate", "mkdir", "rename", "ftruncate"}
CHANGES = {"open", "write", "pwrite", "fsync", "rename", "unlink", "mkdir", "fchmod", "ftruncate", "posix_fallocate"}
# The calls that a fault may befall; of all others the system knows better.
FAULTS = {
    str(errno.EIO): None, str(errno.ENOSPC): ROOM, str(errno.EINTR): INTERRUPTIBLE, "short": TRANSFERS,
    "before": CHANGES, "after": CHANGES, "cut": {"mmap"}, "flip": {"write"},
}
# Faults that a command does not let anybody notice.
UNNOTICED = {str(errno.EINTR), "short"}
KILLS = {"before", "after"}
NO_FAULT = ("no fault", 0)
ATTEMPTS = 8


def title(fault: str) -> str:
    return errno.errorcode[int(fault)] if fault.isdigit() else fault


def build(folder: Path) -> Path:
    """The library for LD_PRELOAD, compiled from `system_calls.c`."""
    library = folder / "system_calls.so"
    command = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, HERE / "system_calls.c", "-ldl"]
    subprocess.run(command, check=True)
    return library


@dataclass(frozen=True)
class Command:
    """A command and what it writes; paths are relative to its folder."""

    arguments: list[str]
    outputs: tuple[str, ...] = ()
    # A file of `outputs` that names others, and how the files are called that it names: those and no others are there.
    index: str = ""
    parts: str = ""
    # Written too, with times in them: complete or not there.
    pages: tuple[str, ...] = ()
    # Beside the outputs, where it was stopped.
    leftovers: tuple[str, ...] = ()
    # Whether what it prints are measurements.
    measures: bool = False


@dataclass
class Outcome:
    status: int
    output: bytes
    errors: str
    calls: list[str]
    files: dict[str, bytes]


@dataclass
class Workbench:
    """Runs commands in copies of a prepared folder."""

    binary: Path
    library: Path
    prepared: Path
    scratch: Path
    numbers: itertools.count = field(default_factory=itertools.count)

    def folder(self, command: Command) -> Path:
        folder = self.scratch / f"run {next(self.numbers)}"
        shutil.copytree(self.prepared, folder, symlinks=True)
        for name in command.outputs + command.pages:
            # An output that is an input, too, stays.
            if not (folder / name).exists():
                (folder / name).write_bytes(OLD)
        return folder

    def run(self, command: Command, folder: Path, fault: str = "", call: int = 0) -> Outcome:
        with tempfile.NamedTemporaryFile(dir=self.scratch, prefix="calls ") as calls:
            environment = os.environ | {
                "LD_PRELOAD": str(self.library), "FAULTS_FOLDER": str(folder), "FAULTS_LIST": calls.name,
                "FAULTS_CALL": str(call), "FAULTS_KIND": fault, "TMPDIR": str(folder / "scratch"),
                "XDG_CACHE_HOME": str(folder / "cache"),
            }
            process = [self.binary, *command.arguments]
            done = subprocess.run(process, cwd=folder, env=environment, capture_output=True, timeout=300)
            made = Path(calls.name).read_text(errors="surrogateescape").splitlines()
        files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()
        }
        return Outcome(done.returncode, done.stdout, done.stderr.decode(), made, files)


class Campaign:
    """One command with every fault at every call."""

    def __init__(self, bench: Workbench, command: Command):
        self.bench, self.command = bench, command
        folder = bench.folder(command)
        self.before = self.files(folder)
        self.clean = bench.run(command, folder)
        shutil.rmtree(folder)
        assert self.clean.status == 0, self.clean.errors
        assert self.clean.calls, "no call was seen"
        assert not self.litter(self.clean), self.litter(self.clean)

    @staticmethod
    def files(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def run(self, faults: tuple[str, ...] = tuple(FAULTS)) -> Counter:
        """Tries all of them, and counts how the commands ended."""
        tries = [
            (fault, call)
            for fault in faults
            for call, made in enumerate(self.clean.calls, 1)
            if self.may(fault, made)
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ends = list(pool.map(lambda one: self.attempt(*one), tries))
        wrong = [end for end in ends if isinstance(end, str)]
        assert not wrong, f"{len(wrong)} of {len(tries)} faults:\n" + "\n\n".join(wrong[:10])
        assert ends.count(NO_FAULT) <= len(ends) / 20, f"{ends.count(NO_FAULT)} of {len(ends)} faults did not happen"
        return Counter(ends)

    @staticmethod
    def may(fault: str, made: str) -> bool:
        name, path = made.split(" ", 1)
        # A log is not read back, and nobody but the program has a hand on its temporary files.
        is_temporary = path.endswith(".tmp")
        allowed = {"flip": is_temporary, "cut": not is_temporary}.get(fault, True)
        return allowed and (FAULTS[fault] is None or name in FAULTS[fault])

    def attempt(self, fault: str, call: int) -> tuple[str, int] | str:
        """The fault and the status, or what was not as it should be.

        A pipe is read in more pieces or in fewer, so the call may be another one, or there is none of that number: then
        it is tried again.
        """
        for _ in range(ATTEMPTS):
            end = self.attempt_once(fault, call)
            if end != NO_FAULT:
                break
        return end

    def attempt_once(self, fault: str, call: int) -> tuple[str, int] | str:
        folder = self.bench.folder(self.command)
        outcome = self.bench.run(self.command, folder, fault, call)
        made = outcome.calls[call - 1] if call <= len(outcome.calls) else ""
        if not made or not self.may(fault, made):
            shutil.rmtree(folder)
            return NO_FAULT
        told = f"{title(fault)} at call {call}, '{made}'; status {outcome.status}: {outcome.errors}"
        try:
            if fault in KILLS:
                self.check_kill(outcome, folder)
            else:
                if fault == "cut":
                    self.restore(outcome, call)
                self.check_failure(outcome, fault)
                self.check_litter(outcome, folder, made)
        except AssertionError as error:
            return f"{told}\n{error}"
        finally:
            shutil.rmtree(folder)
        return title(fault), outcome.status

    def check_failure(self, outcome: Outcome, fault: str) -> None:
        assert outcome.status in DOCUMENTED
        lines = outcome.errors.splitlines()
        if outcome.status == 0:
            assert all(line.startswith("mlpack: warning: ") for line in lines)
        else:
            assert len([line for line in lines if line.startswith("mlpack: error: ")]) == 1
            assert lines[-1].startswith("mlpack: error: ")
        if fault in UNNOTICED:
            assert (outcome.status, outcome.errors) == (0, self.clean.errors)
            assert self.command.measures or outcome.output == self.clean.output
        self.check_outputs(outcome)
        if outcome.status == 0 and not lines:
            for name in self.command.outputs:
                assert self.content(outcome.files, name) == self.content(self.clean.files, name), (
                    f"{name} is not what it should be"
                )

    def check_litter(self, outcome: Outcome, folder: Path, made: str) -> None:
        """There is none, but for what could not be removed, and parts that nobody was to lose yet: the next run can."""
        if self.litter(outcome) and (made.startswith("unlink ") or self.command.index):
            again = self.bench.run(self.command, folder)
            assert again.status == 0, again.errors
            assert not self.litter(again), f"after the next run: {self.litter(again)}"
        else:
            assert not self.litter(outcome), self.litter(outcome)

    def content(self, files: dict[str, bytes], name: str) -> bytes | None:
        """A file, and of an index the parts that it names, whatever their numbers: free ones are taken."""
        whole = files.get(name)
        if name != self.command.index or whole is None:
            return whole
        text = whole.decode(errors="replace")
        named = sorted(key for key in files if fnmatch.fnmatch(key, self.command.parts) and key in text)
        for number, key in enumerate(named):
            text = text.replace(key, f"part {number}")
        return text.encode() + b"".join(files[key] for key in named)

    def restore(self, outcome: Outcome, call: int) -> None:
        """As if the file that was cut, an input, had been left alone."""
        name = Path(self.clean.calls[call - 1].split(" ", 1)[1]).name
        if outcome.files.get(name) == b"" and name in self.before:
            outcome.files[name] = self.before[name]

    def check_outputs(self, outcome: Outcome) -> None:
        """Old or new, never a mix."""
        for name in self.command.outputs:
            old, new, now = (self.content(files, name) for files in (self.before, self.clean.files, outcome.files))
            if "left out" in outcome.errors and now not in (None, old):
                continue
            assert now in (old, new), f"{name} is neither old nor new"
            if f"'{name}' cannot be written" in outcome.errors:
                assert now == old, f"{name} is said to be old"
            if f"'{name}' is written, but" in outcome.errors:
                assert now == new, f"{name} is said to be new"
        for name in self.command.pages:
            now = outcome.files.get(name)
            whole = now is not None and now.rstrip().endswith((b"</html>", b"}"))
            assert now in (self.before.get(name), b"") or whole, f"{name} is cut"

    def check_kill(self, outcome: Outcome, folder: Path) -> None:
        assert outcome.status == -signal.SIGKILL
        self.check_outputs(outcome)
        again = self.bench.run(self.command, folder)
        assert again.status == 0, again.errors
        for name in self.command.outputs:
            assert self.content(again.files, name) == self.content(self.clean.files, name), f"{name} of the next run"
        assert not self.litter(again), f"after the next run: {self.litter(again)}"

    def litter(self, outcome: Outcome) -> set[str]:
        if self.command.index:
            # Parts have other numbers where the old ones are still there; a kill leaves some to the next run.
            named = {key for key in outcome.files if key in outcome.files.get(self.command.index, b"").decode(errors="replace")}
            parts = {key for key in outcome.files if fnmatch.fnmatch(key, self.command.parts)}
            return parts - named | {key for key in outcome.files if key.endswith(".parts")}
        known = set(self.before) | set(self.command.outputs) | set(self.command.pages)
        if outcome.status != 0:
            known |= set(self.command.leftovers)
        return {name for name in outcome.files if name not in known and not self.is_entry(name)}

    @staticmethod
    def is_entry(name: str) -> bool:
        """Whether it is a whole entry of a cache."""
        return name.startswith("cache/") and name.endswith((".features", ".bin", ".tiling"))
