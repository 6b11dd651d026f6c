"""Other programs: what they say, how long they take, and how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .setting import BENCHMARKS

LAUNCHER = Path(__file__).with_name("launch.py")


class Failed(Exception):
    """A program did not do what it was to do; the text says which, and what it said."""


def run(*command: object, environment: Mapping[str, object] | None = None, status: int = 0) -> str:
    """Its standard output.

    Raises: Failed where it ends with another status.
    """
    words = [str(word) for word in command]
    variables = os.environ | {name: str(value) for name, value in (environment or {}).items()}
    try:
        done = subprocess.run(words, capture_output=True, text=True, cwd=BENCHMARKS, env=variables)
    except OSError as error:
        reason = f"{words[0]} cannot be run: {error.strerror}; tools/bench builds and installs what it needs"
        raise Failed(reason) from None
    if done.returncode != status:
        said = done.stderr.strip().splitlines() or ["nothing"]
        line = " ".join([Path(words[0]).name, *words[1:]])
        raise Failed(f"{line}: status {done.returncode} instead of {status}; it said: {said[-1]}")
    return done.stdout


def document(*command: object, environment: Mapping[str, object] | None = None) -> dict:
    """The JSON on its standard output."""
    return json.loads(run(*command, environment=environment))


def worker(module: str, *arguments: object) -> tuple[object, ...]:
    """The command of a module of `workers`, with the Python that runs this."""
    return sys.executable, "-m", f"bench.workers.{module}", *arguments


def seconds(*command: object, environment: Mapping[str, object] | None = None) -> float:
    """From its start to its end."""
    start = time.perf_counter()
    run(*command, environment=environment)
    return time.perf_counter() - start


def peak(*command: object, environment: Mapping[str, object] | None = None) -> int:
    """The most resident memory that it had, in bytes."""
    said = run(sys.executable, "-I", "-S", LAUNCHER, *command, environment=environment)
    return int(said.splitlines()[-1])


def fresh_caches(folder: Path) -> dict[str, Path]:
    """The environment of a machine on which nothing ran yet: mlpack's caches, and what the driver keeps itself."""
    return {"XDG_CACHE_HOME": folder / "caches", "POCL_CACHE_DIR": folder / "driver"}
