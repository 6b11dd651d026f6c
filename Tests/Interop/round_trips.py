"""Takes the cells of the table through mlpack, and collects what came of each."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import ml_dtypes
import numpy as np

import cells
import keras_side
import models

HERE = Path(__file__).parent
LEGACY_FORMATS = ("keras-h5", "keras-weights-h5")
CANNOT = "this Keras reads no bfloat16 from such a file"


class RoundTrips:
    """Every file of a set of cells in one folder, and what mlpack and both Kerases say of it."""

    def __init__(self, table, folder: Path, attempt, thorough: bool):
        self.table, self.folder, self.attempt, self.thorough = table, folder, attempt, thorough
        self.errors: dict[tuple, str] = {}
        self.loaded: dict[tuple, dict] = {}
        # What is wrong with a file, by the cell and what was written; None where nothing is.
        self.problems: dict[tuple, str | None] = {}

    def run(self):
        self.build_originals()
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(self.take_through_mlpack, self.table))
        self.load_exports()
        return self

    # Files

    def original(self, cell):
        return self.folder / cell.file

    def reference(self, cell):
        return self.folder / f"{cell.built}.npz"

    def export(self, cell, format):
        return self.folder / f"{cell}.{format}" / f"out{cells.FORMATS[format]}"

    # Keras, before

    def build_originals(self):
        containers: dict[cells.Network, list[str]] = {}
        for cell in self.table:
            containers.setdefault(cell.built, []).append(cell.container)
        jobs = {which: [] for which in cells.CONTAINERS}
        for built, names in containers.items():
            jobs[built.keras].append({"built": asdict(built), "containers": names, "folder": str(self.folder)})
        run_keras("build", jobs, self.folder)

    # mlpack

    def take_through_mlpack(self, cell):
        """Exports to every format, and twice onto the original: as it is, and with some layers changed."""
        pack = self.folder / f"{cell}.mlpack"
        if not self.mlpack((cell, "import"), "import", self.original(cell), "-o", pack, *self.size(cell)):
            return
        for format in cells.FORMATS:
            out = self.export(cell, format)
            out.parent.mkdir()
            shards = ["--shard-size", "20kB"] if format == "weights-json" and cell.built.alpha < 0.2 else []
            self.mlpack((cell, format), "export", pack, "-o", out, "--format", format, *shards)
        self.export_onto(cell, "onto", pack)
        changed = self.folder / f"{cell}.changed" / cell.file
        changed_copy(self.original(cell), changed)
        pack = self.folder / f"{cell}.changed.mlpack"
        if self.mlpack((cell, "onto changed"), "import", changed, "-o", pack, *self.size(cell)):
            self.export_onto(cell, "onto changed", pack)
        self.look_into_files(cell, changed)

    def look_into_files(self, cell, changed):
        original, copy = self.original(cell), self.onto(cell, "onto changed")
        for format in LEGACY_FORMATS:
            self.look(cell, format, self.problem_of_bits, cell, format)
        self.look(cell, "onto", problem_of_same, original, self.onto(cell, "onto"))
        self.look(cell, "onto changed", problem_of_changed, original, changed, copy)

    def look(self, cell, written, check, *arguments):
        try:
            self.problems[cell, written] = self.error(cell, written) or check(*arguments)
        except Exception as error:  # the test of this cell shows it, the others go on
            self.problems[cell, written] = f"{type(error).__name__}: {error}"

    def export_onto(self, cell, what, pack):
        out = self.onto(cell, what)
        out.parent.mkdir()
        self.mlpack((cell, what), "export", pack, "-o", out, "--onto", self.original(cell))

    def onto(self, cell, what):
        # Under the original's name, which the names of shards follow.
        return self.folder / f"{cell}.{what}" / cell.file

    def size(self, cell):
        return ["--input-size", cells.SIZE] if cell.weights_alone else []

    def mlpack(self, key, *arguments):
        done = self.attempt(*arguments)
        if done.returncode:
            self.errors[key] = done.stderr.strip() or f"exit {done.returncode}"
        return done.returncode == 0

    # Keras, after

    def load_exports(self):
        jobs = {which: [] for which in cells.CONTAINERS}
        # Files of the same bytes, from the same network, are loaded once: what is asked, and the number of its job.
        numbers, asked = {}, {}
        for number, cell in enumerate(self.table):
            for format in cells.FORMATS if self.thorough else cells.rotated(number):
                if self.error(cell, format):
                    continue
                content = digest(self.export(cell, format))
                for loader, by_name in itertools.product(self.loaders(cell, format), self.ways(cell, format)):
                    question = (loader, replace(cell.built, frozen=""), format, by_name, content)
                    if question not in numbers:
                        numbers[question] = len(jobs[loader])
                        jobs[loader].append(self.job(cell, format, by_name) | {"id": len(jobs[loader])})
                    asked[cell, format, loader, by_name] = question
        results = run_keras("load", jobs, self.folder)
        by_id = {loader: {result["id"]: result for result in listed} for loader, listed in results.items()}
        for key, question in asked.items():
            self.loaded[key] = by_id[question[0]][numbers[question]]

    def loaders(self, cell, format):
        able = ["keras3"] if format == "weights-json" else list(cells.CONTAINERS)
        if self.thorough:
            return able
        # The other Keras, which is the harder one; what only one can load, that one.
        other = [which for which in able if which != cell.built.keras]
        hopeless = [w for w in other if cells.may_fail(w, cell.built.type, format)]
        return [which for which in other if which not in hopeless] or able[-1:]

    def ways(self, cell, format):
        """Weights by order, and in legacy files by name too, where the names are Keras's own."""
        by_name = format == "keras-weights-h5" and cell.built.network in ("base", "top")
        return (False, True) if by_name else (False,)

    def job(self, cell, format, by_name):
        return {
            "file": str(self.export(cell, format)), "reference": str(self.reference(cell)),
            "built": asdict(cell.built), "weights_alone": format not in cells.WHOLE_FORMATS, "by_name": by_name,
        }

    # Verdicts: what is wrong, or None

    def loads(self, cell):
        """(format, loader, by name) of what Keras was asked to load."""
        return [key[1:] for key in self.loaded if key[0] == cell]

    def error(self, cell, *steps):
        """What mlpack said where it failed at one of the steps that lead here."""
        return next((self.errors[cell, step] for step in ("import", *steps) if (cell, step) in self.errors), None)

    def problem_of_load(self, cell, format, loader, by_name):
        result = self.loaded[cell, format, loader, by_name]
        if "error" in result:
            can_be = cells.may_fail(loader, cell.built.type, format) and cells.NO_BFLOAT16 in result["error"]
            return CANNOT if can_be else f"{loader}, {format}: {result['error']}"
        if result["differing"]:
            return f"{loader}, {format}: other bits in {result['differing'][:4]}"
        if not cells.predicts_the_same(cell, format):
            return None
        if isinstance(result["distance"], str) or not result["distance"] <= cells.tolerance(cell, loader):
            return f"{loader}, {format}: predictions are {result['distance']} apart"
        return None

    def problem_of_bits(self, cell, format):
        """The values in a legacy export itself."""
        expected, _, _ = keras_side.read_reference(self.reference(cell))
        found = stored(self.export(cell, format))
        # Keras reads no bfloat16 from such files, so the values stand there widened.
        wanted = {
            name: value.astype(np.float32) if value.dtype == ml_dtypes.bfloat16 else value
            for name, value in expected.items()
        }
        names = sorted(wanted.keys() ^ found.keys())
        names += [name for name in wanted.keys() & found.keys() if not models.same_bits(wanted[name], found[name])]
        return f"{format}: other bits in {names[:4]}" if names else None

    def problem(self, cell, written):
        """What is wrong with a legacy format, "onto" or "onto changed"."""
        return self.error(cell) or self.problems[cell, written]


def run_keras(command, jobs, folder):
    """A process for each Keras, both at once; what each printed."""
    running = {}
    for which, listed in jobs.items():
        path = folder / f"{command}-{which}.json"
        path.write_text(json.dumps(listed))
        arguments = [sys.executable, HERE / "keras_side.py", command, which, path]
        log = open(folder / f"{command}-{which}.log", "w")
        running[which] = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, text=True), log
    results = {}
    for which, (process, log) in running.items():
        output, _ = process.communicate()
        log.close()
        assert process.returncode == 0, Path(log.name).read_text()[-4000:]
        results[which] = json.loads(output.splitlines()[-1]) if command == "load" else None
    return results


# Files


def parts(path):
    """The file; of shards, the index and every shard."""
    if path.suffix != ".json":
        return [path]
    return [path, *(path.with_name(name) for name in shards(path))]


def shards(path):
    places = json.loads(path.read_text())["weight_map"].values()
    return sorted({name for place in places for name in ([place] if isinstance(place, str) else place)})


def digest(path):
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts(path))).hexdigest()


def changed_copy(original, copy, select=None):
    """A copy in which the selected variables, or those of `is_changed`, have other values."""
    copy.parent.mkdir()
    if original.suffix == ".keras":
        with zipfile.ZipFile(original) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        weights = copy.with_name("model.weights.h5")
        weights.write_bytes(members["model.weights.h5"])
        change(weights, select)
        members["model.weights.h5"] = weights.read_bytes()
        with zipfile.ZipFile(copy, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return
    for part in parts(original):
        copy.with_name(part.name).write_bytes(part.read_bytes())
    for part in parts(copy):
        if part.suffix == ".h5":
            change(part, select)


def datasets(file):
    """(path, dataset) of each."""
    found = []
    file.visititems(lambda name, item: found.append((name, item)) if isinstance(item, h5py.Dataset) else None)
    return found


def change(path, select=None):
    """Gives variables other values, in the file."""
    with h5py.File(path, "r+") as file:
        for name, dataset in datasets(file):
            if (select or is_changed)(name):
                dataset[...] = other_values(dataset[()])


def is_changed(name):
    if "optimizer" in name:
        return False
    if "/vars/" in f"/{name}":
        # conv_pw_13, conv_preds, and the dense layers of a head; the last two convolutions are 13 and 14, or 26 and
        # 28 where Keras 2.12 counted in twos.
        return re.search(r"/(conv2d_(13|14|26|28)|dense(_\d)?)/vars/", f"/{name}") is not None
    return re.search(r"(^|/|_)(conv_pw_13|conv_preds|dense)(_\d)?$", name.rpartition("/")[0]) is not None


def other_values(values):
    if values.dtype.kind == "V":
        bits = values.view(ml_dtypes.bfloat16)
        return (bits + ml_dtypes.bfloat16(0.5)).astype(ml_dtypes.bfloat16).view(values.dtype)
    return values + values.dtype.type(0.5)


def differences(a, b):
    """The objects of two HDF5 files that are not the same in value, type, filters or attributes."""
    with h5py.File(a) as one, h5py.File(b) as other:
        left, right = described(one), described(other)
    return {name for name in left.keys() | right.keys() if left.get(name) != right.get(name)}


def described(file):
    found = {"/": attributes(file)}

    def visit(name, item):
        facts = [attributes(item)]
        if isinstance(item, h5py.Dataset):
            filters = item.id.get_create_plist()
            facts += [
                item.shape, item.dtype.str, item.chunks, item.maxshape, item[()].tobytes(), filters.get_layout(),
                [filters.get_filter(index)[:3] for index in range(filters.get_nfilters())],
            ]
        found[f"/{name}"] = facts

    file.visititems(visit)
    return found


def attributes(item):
    found = {}
    for name, value in item.attrs.items():
        kind = item.attrs.get_id(name).get_type()
        found[name] = (kind.get_class(), kind.get_size(), np.asarray(value).tolist())
    return found


def differing_for_h5diff(a, b):
    """The datasets that HDF5's own tool reports; it knows no half precision."""
    done = subprocess.run(["h5diff", str(a), str(b)], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("dataset: ")]
    found = {line.split("<")[1].split(">")[0] for line in lines}
    assert (done.returncode == 1) == bool(found), done.stdout
    return found


def contents(path, folder):
    """The HDF5 files in a container, and the bytes of all that lies beside them, by name."""
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        inside = folder / f"{path.name}.model.weights.h5"
        inside.write_bytes(members.pop("model.weights.h5"))
        return {"model.weights.h5": inside}, members
    files = {part.name: part for part in parts(path) if part.suffix == ".h5"}
    return files, {} if path.suffix == ".h5" else {path.name: path.read_bytes()}


def problem_of_same(original, copy):
    """What keeps a copy from being the original, byte for byte."""
    for part in parts(original):
        if (copy.with_name(part.name)).read_bytes() != part.read_bytes():
            return f"{part.name} is not what it was"
    return None


def problem_of_changed(original, changed, copy, select=None):
    """What keeps a copy from being the original with the changed layers' values, and nothing else."""
    opened = []
    for path in (original, changed, copy):
        folder = path.parent / "opened"
        folder.mkdir(exist_ok=True)
        opened.append(contents(path, folder))
    (before, beside), (wanted, _), (after, beside_after) = opened
    if beside != beside_after or before.keys() != after.keys():
        return "something beside the weights is not what it was"
    for name in before:
        with h5py.File(before[name]) as file:
            expected = {f"/{path}" for path, _ in datasets(file) if (select or is_changed)(path)}
            plain = all(dataset.dtype.kind == "f" and dataset.dtype.itemsize > 2 for _, dataset in datasets(file))
        if differences(before[name], after[name]) != expected:
            return f"{name}: {sorted(differences(before[name], after[name]) ^ expected)[:4]} should (not) differ"
        if differences(wanted[name], after[name]):
            return f"{name}: {sorted(differences(wanted[name], after[name]))[:4]} is not what was trained"
        if plain and differing_for_h5diff(before[name], after[name]) != expected:
            return f"{name}: h5diff finds other differences"
    return None


def stored(path):
    """Every variable of a flat legacy file, by the last two names of its path; bfloat16 by its name."""
    with h5py.File(path) as file:
        group = file["model_weights"] if "model_weights" in file else file
        found = {}
        for name, dataset in datasets(group):
            layer, variable = name.split("/")[-2:]
            value = dataset[()]
            value = value.view(ml_dtypes.bfloat16) if value.dtype.kind == "V" else value
            found[f"{layer}/{variable.split(':')[0]}"] = value
        return found
