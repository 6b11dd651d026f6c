"""What the interoperation tests share: the mlpack binary, and Keras in processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "fixtures"
Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; runs with tools/test --long")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", metavar="FILE", help="where the results of the round trips are written")


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """What PoCL compiles, which takes it half a minute, is kept for all tests, whatever home a test gives mlpack."""
    home = os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")
    os.environ.setdefault("POCL_CACHE_DIR", str(Path(home) / "pocl" / "kcache"))


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


@pytest.fixture(scope="session")
def tiny(mlpack, tmp_path_factory) -> Path:
    """A folder with a small network before and after training, what it was made of, and a few images of two classes.

    Whoever changes anything in it works in a copy.
    """
    folder = tmp_path_factory.mktemp("tiny")
    shutil.copy(FIXTURES / "base" / "mobilenet_2_5_128_tf_no_top.h5", folder / "base.h5")
    kinds = sorted((FIXTURES / "flowers").iterdir())[:2]
    for kind in kinds:
        (folder / "flowers" / kind.name).mkdir(parents=True)
        for picture in sorted(kind.iterdir())[:3]:
            shutil.copy(picture, folder / "flowers" / kind.name)
    shutil.copy(sorted(kinds[0].iterdir())[0], folder / "one.jpg")
    (folder / "scratch").mkdir()
    start, tuned = folder / "start.mlpack", folder / "tuned.mlpack"
    mlpack("import", folder / "base.h5", "--classes", len(kinds), "-o", start)
    mlpack("finetune", start, "--data", folder / "flowers", "--epochs", 2, "--batch-size", 4, "--quiet", "-o", tuned)
    mlpack("delta", start, tuned, "-o", folder / "tuned.delta")
    mlpack("export", start, "--shard-size", "400kB", "-o", folder / "old.weights.json")
    return folder


@pytest.fixture
def workplace(tiny, tmp_path) -> Path:
    """A copy of `tiny` of one test's own."""
    return Path(shutil.copytree(tiny, tmp_path / "workplace"))
