"""What the interoperation tests share: the mlpack binary, and Keras in processes of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs with tools/test --long")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", metavar="FILE", help="where the results of the round trips are written")


@pytest.fixture(scope="session")
def binary() -> Path:
    """The mlpack binary."""
    found = Path(os.environ.get("MLPACK", HERE.parent.parent / ".build/release/mlpack")).absolute()
    assert found.exists(), f"{found} is not there: build it, or name it in MLPACK"
    return found


@pytest.fixture(scope="session")
def attempt(binary: Path) -> Run:
    """Runs the mlpack binary, and returns its standard output, standard error and exit code as they are."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True)

    return run


@pytest.fixture(scope="session")
def mlpack(attempt: Run) -> Run:
    """Runs the mlpack binary; it has to succeed."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = attempt(*arguments)
        assert done.returncode == 0, f"mlpack {' '.join(map(str, arguments))}\n{done.stderr}"
        return done

    return run
