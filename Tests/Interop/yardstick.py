"""The yardstick of parity: Keras in float64, and how far Keras's own float32 is from it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import keras_run

HERE = Path(__file__).parent
# Of probabilities that two float32 implementations give: rounding makes 2e-6 of difference in these networks, a wrong weight
# or layer thousands of times that.
PROBABILITY_TOLERANCE = 2e-5


def photographs(count: int, size: int, seed: int) -> np.ndarray:
    """[count, size, size, 3] images with structure at every scale, 0 to 255."""
    random = np.random.default_rng(seed)
    pixels = np.zeros((count, size, size, 3))
    for cells in (2, 7, 28, size):
        coarse = random.uniform(0, 255, (count, cells, cells, 3))
        rows = np.arange(size) * cells // size
        pixels += coarse[:, rows][:, :, rows]
    return (pixels / 4).astype(np.uint8)


def write_class_folders(folder: Path, pixels: np.ndarray, labels: np.ndarray) -> list[Path]:
    """PNG files, a folder a class, whose sorted order is the order of `pixels`."""
    paths = []
    for index, (image, label) in enumerate(zip(pixels, labels)):
        path = folder / f"class{label}" / f"{index:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        paths.append(path)
    return paths


def start_weights(alpha: float, size: int, classes: int, seed: int, with_hostile: bool) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    weights = {}
    for name, variable in keras_run.variables(keras_run.network(alpha, size, classes)).items():
        weights[name] = keras_run.realistic(name, tuple(variable.shape), random)
    if with_hostile:
        keras_run.make_hostile(weights)
    return weights


def save_as_keras(path: Path, alpha: float, size: int, classes: int, weights: dict[str, np.ndarray]) -> None:
    model = keras_run.network(alpha, size, classes)
    for name, variable in keras_run.variables(model).items():
        variable.assign(weights[name])
    model.save(path)


def run_keras(
    folder: Path, job: dict, weights: dict[str, np.ndarray], types: tuple[str, ...] = ("float32", "float64")
) -> list[dict[str, np.ndarray]]:
    """What Keras makes of a job in each of these types, all at once."""
    job_path = folder / "job.npz"
    np.savez(job_path, **job, **{f"w:{name}": value for name, value in weights.items()})
    runs = []
    for floats in types:
        result = folder / f"{floats}.npz"
        command = [sys.executable, HERE / "keras_run.py", floats, job_path, result]
        runs.append((result, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)))
    results = []
    for result, process in runs:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        results.append(dict(np.load(result)))
    return results


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(a, np.float64).ravel() - np.asarray(b, np.float64).ravel()))


def check_same_training(
    start: dict[str, np.ndarray], whole: dict[str, np.ndarray], parts: dict[str, np.ndarray], updates: int = 1
) -> None:
    """Weights that were trained in whole batches, and in parts of them, differ by the order of sums alone."""
    for name, before in start.items():
        moved, off = (distance(other, whole[name]) for other in (before, parts[name]))
        if moved:
            print(f"  {name}: moved {moved:.3g}, {off / moved:.2g} of it off")
        # A number that is stored is rounded to half of its last place by each update, whichever way it was summed.
        assert off <= 1e-5 * moved + updates * 2**-24 * np.linalg.norm(whole[name]), name


def read_log(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]
