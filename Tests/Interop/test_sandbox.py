"""libhdf5 works in a child process that has nothing and may do nothing, and whose end is an error like others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from hostile.making import FIXTURES, KERNEL, LEGACY

SAID_WHEN_LEFT_ALONE = "is no MobileNet V1: weight 'conv1/kernel' has shape [1024, 131072], where four dimensions are expected; no other network can be imported"


@pytest.fixture(scope="module")
def slow(tmp_path_factory) -> Path:
    """A file that takes libhdf5 a while: half a gigabyte to inflate."""
    path = tmp_path_factory.mktemp("slow") / "slow.h5"
    shutil.copy(LEGACY, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        made = file.create_dataset(KERNEL, (1 << 10, 1 << 17), np.float32, chunks=(64, 1 << 17), compression=1)
        chunk = zlib.compress(bytes(64 << 19), 1)
        for row in range(0, 1 << 10, 64):
            made.id.write_direct_chunk((row, 0), chunk)
    return path


class Run:
    """`mlpack inspect` at work, and the child that reads for it."""

    def __init__(self, binary: Path, path: Path) -> None:
        environment = {**os.environ, "HDF5_PLUGIN_PATH": "/tmp", "SECRET": "secret"}
        command = [binary, "inspect", path.name]
        self.mlpack = subprocess.Popen(
            command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        self.child = self.wait_for_child()

    def wait_for_child(self) -> Path:
        """The child's folder in /proc, once it is behind the wall."""
        while self.mlpack.poll() is None:
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    if (folder / "cmdline").read_bytes() != b"mlpack-sandbox\0":
                        continue
                    status = (folder / "status").read_text()
                except OSError:
                    continue
                if f"PPid:\t{self.mlpack.pid}\n" in status and "Seccomp:\t2\n" in status:
                    return folder
        raise AssertionError(f"there was no child: {self.mlpack.communicate()}")

    def send(self, number: int) -> None:
        os.kill(int(self.child.name), number)

    def finish(self) -> tuple[int, str, str]:
        output, errors = self.mlpack.communicate(timeout=60)
        return self.mlpack.returncode, output, errors


@pytest.fixture
def run(binary: Path, slow: Path):
    run = Run(binary, slow)
    yield run
    run.mlpack.kill()
    run.mlpack.wait()


def test_the_child_has_nothing(run: Run) -> None:
    run.send(signal.SIGSTOP)
    assert (run.child / "environ").read_bytes() == b""
    descriptors = {path.name: os.readlink(path) for path in (run.child / "fd").iterdir()}
    assert list(descriptors) == ["1"] and descriptors["1"].startswith("pipe:")
    limits = dict(re.findall(r"^(Max .+?) {2,}(\S+) +", (run.child / "limits").read_text(), re.MULTILINE))
    assert limits["Max open files"] == limits["Max file size"] == limits["Max core file size"] == "0"
    assert limits["Max cpu time"] == "10"
    assert 1 << 30 < int(limits["Max address space"]) < 2 << 30
    assert "NoNewPrivs:\t1\n" in (run.child / "status").read_text()
    assert len(list((run.child / "task").iterdir())) == 1
    run.send(signal.SIGCONT)
    assert run.finish() == (65, "", f"mlpack: error: 'slow.h5' {SAID_WHEN_LEFT_ALONE}\n")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT, signal.SIGTERM, signal.SIGSYS])
def test_the_child_s_death_is_an_error(run: Run, number: int) -> None:
    run.send(number)
    assert run.finish() == (65, "", error(f"it was ended by signal {number}"))


def test_running_out_of_time_is_an_error(run: Run) -> None:
    run.send(signal.SIGXCPU)
    assert run.finish() == (65, "", error("it took more than 10 seconds"))


def error(why: str) -> str:
    return f"mlpack: error: 'slow.h5' makes libhdf5 fail: {why}; fetch it again, or load it in Keras and save it again\n"


def test_the_child_does_not_outlive_mlpack(run: Run) -> None:
    run.mlpack.kill()
    run.mlpack.wait()
    ends = time.monotonic() + 0.2
    while run.child.exists() and time.monotonic() < ends:
        time.sleep(0.01)
    assert not run.child.exists() or "State:\tZ" in (run.child / "status").read_text()


def test_a_child_that_nobody_reports_is_no_error(binary: Path) -> None:
    """Where SIGCHLD is ignored, the system tells nobody how a child ended."""
    ignoring = "trap '' CHLD; exec \"$@\""
    done = subprocess.run(["sh", "-c", ignoring, "sh", binary, "inspect", LEGACY], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_closed_streams_are_no_error(binary: Path, tmp_path: Path) -> None:
    script = 'exec "$@" <&- 2>&-'
    done = subprocess.run(["sh", "-c", script, "sh", binary, "inspect", LEGACY], stdout=subprocess.PIPE)
    assert done.returncode == 0 and b"conv_pw_13" in done.stdout


def read_alone(binary: Path, request: bytes, file: Path, folder: Path) -> tuple[int, bytes, float]:
    """The child's status and answer, without mlpack around it, and the milliseconds that it computed."""
    (folder / "request").write_bytes(request)
    receiving, sending = os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, folder / "request", os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, sending, 1),
        (os.POSIX_SPAWN_CLOSE, 2), (os.POSIX_SPAWN_OPEN, 3, file, os.O_RDONLY, 0),
    ]
    child = os.posix_spawn(binary, ["mlpack-sandbox"], {}, file_actions=actions)
    os.close(sending)
    with open(receiving, "rb") as pipe:
        answer = pipe.read()
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), answer, 1000 * (usage.ru_utime + usage.ru_stime)


def test_the_wall_costs_little(binary: Path, tmp_path: Path) -> None:
    """What it takes to start the child and to have an answer, where there is next to nothing to read.

    The time that it computes is what it takes where nothing else runs.
    """
    elapsed, computed = [], []
    for _ in range(20):
        began = time.perf_counter()
        status, answer, milliseconds = read_alone(binary, b"\0", FIXTURES / "hdf5" / "no_network.h5", tmp_path)
        elapsed.append((time.perf_counter() - began) * 1000)
        computed.append(milliseconds)
        assert (status, answer) == (0, b"\1")
    print(f"the child computes {min(computed):.1f} ms and takes {min(elapsed):.1f} ms at best")
    assert min(computed) < 20


def test_a_child_that_is_asked_nonsense_says_nothing(binary: Path, tmp_path: Path) -> None:
    for request in [b"\2", b"\0\0", b"\1" + b"\xff" * 8, b"\1" + b"\1" + bytes(7) + b"\xff" * 100]:
        assert read_alone(binary, request, LEGACY, tmp_path)[:2] == (1, b"")
    assert read_alone(binary, b"", LEGACY, tmp_path)[:2] == (3, b"")
    assert read_alone(binary, b"\0", Path("/dev/null"), tmp_path)[:2] == (3, b"")


@pytest.mark.long
def test_processor_time_is_limited(binary: Path, tmp_path: Path) -> None:
    """Four thousand layers that are one layer, each with sixty thousand lists of no weights."""
    path = tmp_path / "slow.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["layer_names"] = np.full(4096, b"a")
        group = file.create_group("a")
        for part in range(60_000):
            group.attrs.create(f"weight_names{part}", np.zeros(0, "S1"))
    began = time.monotonic()
    done = subprocess.run([binary, "inspect", path.name], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (65, error("it took more than 10 seconds"))
    print(f"ended after {time.monotonic() - began:.1f} s")
