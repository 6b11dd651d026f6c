#!/usr/bin/env python3
"""How long mlpack takes to import the 13 MB MobileNet 1.0, against a Python process that only reads the file.

    import_speed.py [--mlpack BINARY] [--rounds N] [--json FILE]

Beside them stand the two parts of which no reader through libhdf5 can be rid: this program's start (`--version`),
and a C program that does nothing but open every object of the file. Their sum is the floor of `inspect`.

In every round each command runs once, so that what disturbs one disturbs all; the figures are medians of whole
processes, from start to exit. The file is in the page cache for all of them. Run it with the Python of
tools/requirements.txt; tools/bench does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlpack"
SOURCE = CACHE / "benchmarks" / "mobilenet_1_0_224_tf_no_top.h5"
# What a Python program does at the least to get at the weights.
READ = """
import sys, h5py
with h5py.File(sys.argv[1]) as file:
    file.visititems(lambda name, item: item[()] if isinstance(item, h5py.Dataset) else None)
"""
# What any program does at the least to learn what is in an HDF5 file, in C against the library that mlpack links.
WALK = """
#include <hdf5.h>
static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *data) { return 0; }
int main(int count, char **arguments) {
    hid_t file = H5Fopen(arguments[1], H5F_ACC_RDONLY, H5P_DEFAULT);
    return file < 0 || H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, visit, 0) < 0;
}
"""
# Medians over the median of the reading process.
TARGETS = {"import": 0.5, "inspect": 0.1}


def make_source():
    """Real Keras's network with the weights that it draws, saved whole."""
    if SOURCE.exists():
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(224, 224, 3))
    SOURCE.parent.mkdir(parents=True, exist_ok=True)
    half_made = SOURCE.with_suffix(".part.h5")
    network.save(half_made)
    half_made.replace(SOURCE)


def compile_walk(folder):
    """The C program, linked as Package.swift links mlpack: from the archive where Debian has it."""
    source, binary = Path(folder) / "walk.c", Path(folder) / "walk"
    source.write_text(WALK)
    archive = Path("/usr/include/hdf5/serial")
    if archive.exists():
        flags = [f"-I{archive}", "-l:libhdf5_serial.a", "-lsz", "-lz", "-ldl", "-lm"]
    else:
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "hdf5"], check=True, capture_output=True, text=True
        ).stdout.split()
    subprocess.run(["cc", "-O2", source, "-o", binary, *flags], check=True)
    return binary


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(commands, rounds):
    """The times of each command by its name. The round before the first is not counted."""
    times = {name: [] for name in commands}
    for number in range(-1, rounds):
        for name, command in commands.items():
            took = seconds(command)
            if number >= 0:
                times[name].append(took)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlpack", type=Path, default=ROOT / ".build" / "release" / "mlpack")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go too")
    options = parser.parse_args()
    make_source()
    with tempfile.TemporaryDirectory(dir=SOURCE.parent) as folder:
        binary = options.mlpack.absolute()
        commands = {
            "import": [binary, "import", SOURCE, "-o", Path(folder) / "net.mlpack", "--quiet"],
            "inspect": [binary, "inspect", SOURCE],
            "h5py-read": [sys.executable, "-c", READ, SOURCE],
            "start": [binary, "--version"],
            "libhdf5": [compile_walk(folder), SOURCE],
        }
        times = measure(commands, options.rounds)
    report(times, options.json)


def report(times, path):
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"MobileNet 1.0 without top, {SOURCE.stat().st_size / 1e6:.1f} MB, {len(times['import'])} rounds")
    for name, values in times.items():
        print(f"{name:<10} {medians[name] * 1e3:7.1f} ms   {min(values) * 1e3:.1f} to {max(values) * 1e3:.1f}")
    ratios = {name: medians[name] / medians["h5py-read"] for name in ("import", "inspect")}
    for name, ratio in ratios.items():
        target = f" (target < {TARGETS[name]})" if name in TARGETS else ""
        print(f"{name} / h5py-read {ratio:.2f}{target}")
    floor = (medians["start"] + medians["libhdf5"]) / medians["h5py-read"]
    print(f"(start + libhdf5) / h5py-read {floor:.2f}, the floor of inspect")
    if path:
        ratios["floor"] = floor
        figures = {"bytes": SOURCE.stat().st_size, "seconds": times, "medians": medians, "ratios": ratios}
        path.write_text(json.dumps(figures | {"targets": TARGETS}, indent=1) + "\n")


if __name__ == "__main__":
    main()
