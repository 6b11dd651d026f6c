"""Packs beside TensorFlow Lite's files of the same network: bytes, and how far the outputs are from Keras's."""

from __future__ import annotations

from ..processes import document, worker
from ..setting import Setting
from ..table import Table
from ..target import Result

IMAGES = 4


def measure(setting: Setting) -> dict:
    return document(*worker("packs", setting.mlpack, 1 if setting.is_quick else IMAGES))


def tables(figures: dict) -> list[Table]:
    table = Table("MobileNet 1.0/224 without top", ["file", "bytes", "worst error", "mean error"])
    for row in figures["files"]:
        name = f"{row['writer']}, {row['dtype']}" + (", compressed" if row["compressed"] else "")
        table.add(name, f"{row['bytes']:,}", f"{row['worst']:.2e}", f"{row['mean']:.2e}")
    table.notes += [
        f"An exact pack, mask {mask}, is {share:.2%} larger than the bare float32 parameters."
        for mask, share in figures["growth"].items()
    ]
    return [table]


def results(figures: dict) -> list[Result]:
    """The smallest pack of each type that TensorFlow Lite knows, too."""
    found = []
    for lite in (row for row in figures["files"] if row["writer"] != "mlpack"):
        same = [row for row in figures["files"] if row["writer"] == "mlpack" and row["dtype"] == lite["dtype"]]
        smallest = min(row["bytes"] for row in same)
        beside = f"{lite['writer']}: {lite['bytes']:,} bytes"
        found.append(Result(f"smallest file, {lite['dtype']}", f"{smallest:,} bytes", beside, smallest / lite["bytes"]))
    return found
