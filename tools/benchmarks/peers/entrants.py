"""The processes that are asked for rounds: a worker for each peer, and mlpack itself."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from .material import NETWORK, Material, expected
from .works import CHECK_IMAGES, LEARNING_RATE, Entrant, Work

# The most by which a probability may be off, and the tensors' distance from Keras in float64, of what they moved.
PROBABILITY_ERROR, SHARE_OF_MOVEMENT = 1e-4, 1e-3


class NotMeasured(Exception):
    """Why an entrant is left out: it is not there, or computes something else."""


@dataclass
class Rate:
    images_per_second: float
    peak_resident_bytes: int
    # Of the work, and of multiply-adds alone in the same process; mlpack alone says them.
    gflops: float = 0
    peak_gflops: float = 0


class Peer:
    """A worker, loaded."""

    def __init__(self, work: Work, entrant: Entrant, material: Material, threads: int):
        self.work, self.entrant = work, entrant
        command = [sys.executable, "-m", "peers.worker", work.name, entrant.peer, entrant.variant]
        self.process = subprocess.Popen(
            [*command, str(material.folder), str(threads)], cwd=Path(__file__).parents[1], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.version = self.answer()["ready"]

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        found = json.loads(line) if line else {"error": f"it ended with status {self.process.wait()}"}
        if "error" in found:
            raise NotMeasured(found["error"])
        return found

    def ask(self, **request) -> dict:
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # What it says, or its status, is the reason.
        return self.answer()

    def check(self, material: Material) -> None:
        path = material.folder / "check.npz"
        self.ask(do="check", to=str(path))
        check(self.work, material, dict(np.load(path)))

    def round(self, seconds: float) -> Rate:
        found = self.ask(do="round", seconds=seconds)
        return Rate(found["imagesPerSecond"], found["peakResidentBytes"])

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class MLPack:
    """`mlpack bench`, a process a round."""

    def __init__(self, work: Work, program: Path):
        self.work, self.program = work, program
        self.version = self.said("--version").strip()

    def said(self, *arguments: object) -> str:
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [""]
            raise NotMeasured(f"mlpack {arguments[0]} ended with status {done.returncode}: {lines[-1]}")
        return done.stdout

    def check(self, material: Material) -> None:
        """With the commands that a user has: what `bench` times is the same code on other numbers."""
        with tempfile.TemporaryDirectory(dir=material.folder) as name:
            folder = Path(name)
            pack = folder / "network.mlpack"
            self.said("import", material.path(NETWORK), "-o", pack)
            found = self.trained(pack, material) if self.work.trains else self.predicted(pack, material)
        check(self.work, material, found)

    def predicted(self, pack: Path, material: Material) -> dict[str, np.ndarray]:
        paths = material.write_pictures(pack.parent, CHECK_IMAGES)
        said = json.loads(self.said("predict", pack, *paths, "--json"))
        return {"probabilities": np.array([picture["probabilities"] for picture in said])}

    def trained(self, pack: Path, material: Material) -> dict[str, np.ndarray]:
        """The weights after two updates, in the order of the images and at Keras's learning rate."""
        tuned, exported = pack.with_name("tuned.mlpack"), pack.with_name("tuned.h5")
        material.write_pictures(pack.parent / "pictures", 2 * self.work.batch)
        self.said(
            "finetune", pack, "--data", pack.parent / "pictures", "--train", self.work.mask, "--epochs", 1,
            "--batch-size", self.work.batch, "--learning-rate", LEARNING_RATE, "--no-shuffle", "--cache-dir",
            pack.parent, "--quiet", "-o", tuned,
        )
        self.said("export", tuned, "-o", exported)
        return weights(exported)

    def round(self, seconds: float) -> Rate:
        options = ["--only", self.work.name, "--rounds", 1, "--seconds", seconds, "--json"]
        found = json.loads(self.said("bench", *options))
        rate = found[self.work.name] if self.work.trains else found["forward"][0]
        return Rate(rate["imagesPerSecond"], found["peakResidentBytes"], rate["gflops"], found["peakGflops"])

    def close(self) -> None:
        pass


def check(work: Work, material: Material, found: dict[str, np.ndarray]) -> None:
    """Holds probabilities, or weights after two steps, against Keras's.

    Raises: NotMeasured where they are something else.
    """
    single, double = (dict(np.load(material.path(expected(work, floats)))) for floats in ("float32", "float64"))
    if work.trains:
        share, own = (share_of_movement(tensors, double, material.start) for tensors in (found, single))
        if not share <= max(3 * own, SHARE_OF_MOVEMENT):
            raise NotMeasured(f"its weights after two steps are off by {share:.2g} of the movement")
        return
    name = "probabilities"
    error = np.abs(found[name] - double[name]).max() if found[name].shape == double[name].shape else np.inf
    if not error <= PROBABILITY_ERROR:
        raise NotMeasured(f"its probabilities are off by {error:.2g}")


def share_of_movement(
    found: dict[str, np.ndarray], expected: dict[str, np.ndarray], start: dict[str, np.ndarray]
) -> float:
    """How far tensors are from the expected ones, of how far those are from the start.

    A peer may hold less than Keras, where what it does not hold is not trained.
    """
    names = [name for name in found if name in expected]
    moved = np.sqrt(sum(np.sum(np.square(start[name] - expected[name])) for name in names))
    return float(np.sqrt(sum(np.sum(np.square(found[name] - expected[name])) for name in names)) / moved)


def weights(path: Path) -> dict[str, np.ndarray]:
    """Of a whole-model file of Keras: each variable under `layer/name`, with the names of Keras 3."""
    found = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            layer, variable = name.removesuffix(":0").split("/")[-2:]
            found[f"{layer}/{variable.replace('depthwise_kernel', 'kernel')}"] = item[()]

    with h5py.File(path) as file:
        file["model_weights"].visititems(visit)
    return found
