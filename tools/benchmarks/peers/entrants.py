"""The processes that are asked for rounds: a worker for each peer, and mlpack itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .material import NETWORK, Material, expected
from .works import Entrant, Work

# The most by which a probability may be off, and the tensors' distance from Keras in float64, of what they moved.
PROBABILITY_ERROR, SHARE_OF_MOVEMENT = 1e-4, 1e-3


class NotMeasured(Exception):
    """Why an entrant is left out: it is not there, or computes something else."""


@dataclass
class Rate:
    images_per_second: float
    peak_resident_bytes: int


class Peer:
    """A worker, loaded and checked."""

    def __init__(self, work: Work, entrant: Entrant, material: Material, threads: int):
        self.work, self.entrant, self.material = work, entrant, material
        command = [sys.executable, "-m", "peers.worker", work.name, entrant.peer, entrant.variant]
        self.process = subprocess.Popen(
            [*command, str(material.folder), str(threads)], cwd=Path(__file__).parents[1], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.version = self.answer()["ready"]
        self.check()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        found = json.loads(line) if line else {"error": f"it ended with status {self.process.wait()}"}
        if "error" in found:
            raise NotMeasured(found["error"])
        return found

    def ask(self, **request) -> dict:
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self.answer()

    def check(self) -> None:
        path = self.material.folder / "check.npz"
        self.ask(do="check", to=str(path))
        double = dict(np.load(self.material.path(expected(self.work, "float64"))))
        single = dict(np.load(self.material.path(expected(self.work, "float32"))))
        found = dict(np.load(path))
        if not self.work.trains:
            check_probabilities(found["probabilities"], double["probabilities"])
            return
        start = self.material.start

        def share(tensors: dict[str, np.ndarray]) -> float:
            names = [name for name in found if name in double]
            off = sum(np.sum(np.square(tensors[name] - double[name])) for name in names)
            return float(np.sqrt(off / sum(np.sum(np.square(start[name] - double[name])) for name in names)))

        if not share(found) <= max(3 * share(single), SHARE_OF_MOVEMENT):
            raise NotMeasured(f"its weights after two steps are off by {share(found):.2g} of the movement")

    def round(self, seconds: float) -> Rate:
        found = self.ask(do="round", seconds=seconds)
        return Rate(found["imagesPerSecond"], found["peakResidentBytes"])

    def close(self) -> None:
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class MLPack:
    """`mlpack bench`, a process a round."""

    def __init__(self, work: Work, program: Path, material: Material):
        self.work, self.program = work, program
        self.version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
        if not work.trains:
            self.check(material)

    def check(self, material: Material) -> None:
        folder = material.folder / "pictures"
        folder.mkdir(exist_ok=True)
        paths = []
        for index, pixels in enumerate(np.load(material.folder / "inputs.npz")["pixels"]):
            paths.append(folder / f"{index:02}.png")
            Image.fromarray(pixels).save(paths[-1])
        pack = material.folder / "network.mlpack"
        subprocess.run([self.program, "import", material.path(NETWORK), "-o", pack], check=True, capture_output=True)
        said = subprocess.run([self.program, "predict", pack, *paths, "--json"], check=True, capture_output=True)
        found = np.array([picture["probabilities"] for picture in json.loads(said.stdout)])
        check_probabilities(found, np.load(material.path(expected(self.work, "float64")))["probabilities"])

    def round(self, seconds: float) -> Rate:
        command = [self.program, "bench", "--only", self.work.name, "--rounds", "1", "--seconds", str(seconds), "--json"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        rate = found[self.work.name] if self.work.trains else found["forward"][0]
        return Rate(rate["imagesPerSecond"], found["peakResidentBytes"])

    def close(self) -> None:
        pass


def check_probabilities(found: np.ndarray, double: np.ndarray) -> None:
    error = np.abs(found - double).max() if found.shape == double.shape else np.inf
    if not error <= PROBABILITY_ERROR:
        raise NotMeasured(f"its probabilities are off by {error:.2g}")
