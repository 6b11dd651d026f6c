"""How long mlpack takes to import the 13 MB MobileNet 1.0, against a Python process that only reads the file.

Beside them stand the two parts of which no reader through libhdf5 can be rid: this program's start (`--version`),
and a C program that does nothing but open every object of the file. Their sum is the floor of `inspect`.

In every round each command runs once, so that what disturbs one disturbs all; the figures are medians of whole
processes, from start to exit. The file is in the page cache for all of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .. import target
from ..made import base_network
from ..numbers import duration, factor, median, spread
from ..processes import run, seconds
from ..setting import Setting
from ..table import Table
from ..target import Result

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
READER = "h5py-read"
ROUNDS = 15
TARGETS = {"import": target.IMPORT, "inspect": target.INSPECT}


def compiled_walk(folder: Path) -> Path:
    """The C program, linked as Package.swift links mlpack: from the archive where Debian has it."""
    source, binary = folder / "walk.c", folder / "walk"
    source.write_text(WALK)
    archive = Path("/usr/include/hdf5/serial")
    if archive.exists():
        flags = [f"-I{archive}", "-l:libhdf5_serial.a", "-lsz", "-lz", "-ldl", "-lm"]
    else:
        flags = run("pkg-config", "--cflags", "--libs", "hdf5").split()
    run("cc", "-O2", source, "-o", binary, *flags)
    return binary


def measure(setting: Setting) -> dict:
    source = base_network()
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        folder = Path(name)
        commands = {
            "import": [setting.mlpack, "import", source, "-o", folder / "net.mlpack", "--quiet"],
            "inspect": [setting.mlpack, "inspect", source],
            READER: [sys.executable, "-c", READ, source],
            "start": [setting.mlpack, "--version"],
            "libhdf5": [compiled_walk(folder), source],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(-1, setting.rounds(ROUNDS)):
            for name, command in commands.items():
                took = seconds(*command)
                # The round before the first fills the page cache.
                if number >= 0:
                    times[name].append(took)
    medians = {name: median(values) for name, values in times.items()}
    ratios = {name: medians[name] / medians[READER] for name in TARGETS}
    ratios["floor"] = (medians["start"] + medians["libhdf5"]) / medians[READER]
    return {"bytes": source.stat().st_size, "seconds": times, "medians": medians, "ratios": ratios}


def tables(figures: dict) -> list[Table]:
    size = figures["bytes"] / 1e6
    table = Table(f"MobileNet 1.0 without top, {size:.1f} MB", ["process", "median", "range", f"of {READER}"])
    for name, values in figures["seconds"].items():
        ratio = figures["medians"][name] / figures["medians"][READER]
        table.add(name, duration(figures["medians"][name]), spread(values, duration), factor(ratio))
    floor = factor(figures["ratios"]["floor"])
    table.notes.append(f"start and libhdf5 together are {floor} of {READER}: the floor of inspect.")
    return [table]


def results(figures: dict) -> list[Result]:
    size, medians = figures["bytes"] / 1e6, figures["medians"]
    return [
        Result(
            f"{name}, {size:.0f} MB", duration(medians[name]), f"h5py, reading alone: {duration(medians[READER])}",
            figures["ratios"][name], goal,
        )
        for name, goal in TARGETS.items()
    ]
