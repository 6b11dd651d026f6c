"""How long commands take from their start to their end, when nothing was compiled yet and the second time.

The first start of a command has empty caches, mlpack's and the driver's own; the second has what the first left there.
`inspect` and `export` are also run where there is no OpenCL driver: they do not need one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..made import classifier
from ..numbers import duration, median, spread
from ..processes import fresh_caches, run, seconds
from ..setting import ROOT, Setting
from ..table import Table
from ..target import Result

ROUNDS = 5
PICTURES = ROOT / "fixtures" / "flowers_unseen"
# What `mlpack` ends with where there is no OpenCL device.
NO_DEVICE = 69
WITHOUT_OPENCL = ("inspect", "export")


def commands(mlpack: Path, folder: Path) -> dict[str, list[object]]:
    pack = folder / "network.mlpack"
    return {
        "inspect": [mlpack, "inspect", pack],
        "export": [mlpack, "export", pack, "-o", folder / "network.h5"],
        "predict": [mlpack, "predict", pack, min(PICTURES.glob("*/*.jpg"))],
        "finetune": [
            mlpack, "finetune", pack, "--data", PICTURES, "--batch-size", 16, "--epochs", 1, "--quiet",
            "-o", folder / "tuned.mlpack",
        ],
    }


def measure(setting: Setting) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(setting.mlpack, "import", classifier(), "-o", folder / "network.mlpack")
        asked = commands(setting.mlpack, folder)
        check_without_opencl(asked, folder / "no drivers")
        times = {name: {"first": [], "second": []} for name in asked}
        for number in range(setting.rounds(ROUNDS)):
            for name, command in asked.items():
                caches = fresh_caches(folder / f"caches-{number}-{name}")
                for start in ("first", "second"):
                    times[name][start].append(seconds(*command, environment=caches))
    images = sum(1 for _ in PICTURES.glob("*/*.jpg"))
    return {"images": images, "withoutOpenCL": list(WITHOUT_OPENCL), "seconds": times}


def check_without_opencl(asked: dict[str, list[object]], no_drivers: Path) -> None:
    """Raises: Failed where one of them needs a driver, or where one that does can still find one here."""
    no_drivers.mkdir()
    environment = {"OCL_ICD_VENDORS": no_drivers} | fresh_caches(no_drivers / "caches")
    run(*asked["predict"], environment=environment, status=NO_DEVICE)
    for name in WITHOUT_OPENCL:
        run(*asked[name], environment=environment)


def tables(figures: dict) -> list[Table]:
    table = Table("From start to end, MobileNet 1.0/224", ["command", "first start", "range", "second start", "range"])
    for name, times in figures["seconds"].items():
        cells = [[duration(median(times[start])), spread(times[start], duration)] for start in ("first", "second")]
        table.add(name, *cells[0], *cells[1])
    table.notes += [
        "At the first start nothing is compiled yet, at the second all is.",
        f"finetune trains one epoch of {figures['images']} images; the second time their features are there, too.",
        f"{' and '.join(figures['withoutOpenCL'])} also ran where there is no OpenCL driver.",
    ]
    return [table]


def results(figures: dict) -> list[Result]:
    return [
        Result(
            f"{name}, second start", duration(median(times["second"])),
            f"first start: {duration(median(times['first']))}",
        )
        for name, times in figures["seconds"].items()
    ]
