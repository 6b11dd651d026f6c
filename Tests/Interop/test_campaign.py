"""Thousands of damaged files through the real binary: whatever a flipped byte or a cut makes of a file, mlpack ends
with a documented status, says one line where it refuses, and leaves nothing behind."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
KERAS = [
    "keras2.14.weights.h5", "keras3.0.h5", "keras3.0.weights.h5", "keras3_adam.weights.h5", "made_elsewhere.h5",
    "made_filtered.h5", "made_split_names.h5", "mobilenet_hosted_no_top.h5", "keras2_nested_frozen.h5",
    "keras2.keras", "keras3_nested.keras", "keras3_float16.keras",
]
SHARDS = "keras3_shards"
PACKS = {"f32": [], "int8": ["--dtype", "int8"], "bf16": ["--dtype", "bf16"], "compressed": ["--compress"]}
DONE, DIFFERENT, BAD_DATA, NO_INPUT = 0, 1, 65, 66


@dataclass
class Target:
    """A sound file, how it is damaged, and what is then done with it in the folder that it is in."""

    name: str
    content: bytes
    damage: Callable[[bytes, random.Random], bytes]
    commands: list[list[str]]
    statuses: set[int]
    beside: list[Path]


def damage(content: bytes, chance: random.Random) -> bytes:
    """One to four bytes are others, most often near the front, where files say what they are; or the end is missing."""
    if chance.random() < 0.1:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        end = len(changed) if chance.random() < 0.5 else min(len(changed), 8192)
        place = chance.randrange(end)
        if chance.random() < 0.5:
            changed[place] ^= 1 << chance.randrange(8)
        else:
            changed[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    return bytes(changed)


def damage_a_member(content: bytes, chance: random.Random) -> bytes:
    """What is in the archive is damaged, and its checksum is right again; now and then it is the archive itself."""
    if chance.random() < 0.25:
        return damage(content, chance)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "config.json" if chance.random() < 0.2 else "model.weights.h5"
    members[name] = damage(members[name], chance)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for member, bytes_of_it in members.items():
            archive.writestr(member, bytes_of_it)
    return target.getvalue()


@pytest.fixture(scope="module")
def targets(mlpack, tmp_path_factory) -> list[Target]:
    folder = tmp_path_factory.mktemp("packs")
    found = []
    for name in KERAS:
        path = FIXTURES / "keras" / name
        pack = folder / f"of {name}.mlpack"
        mlpack("import", path, "-o", pack)
        commands = [
            ["inspect", "FILE"], ["inspect", "FILE", "--stats"], ["import", "FILE", "-o", "out"],
            ["export", str(pack), "--onto", "FILE", "-o", "out"], ["verify", "FILE", str(pack)],
        ]
        how = damage_a_member if name.endswith(".keras") else damage
        found.append(
            Target(name, path.read_bytes(), how, commands, {DONE, DIFFERENT, BAD_DATA, NO_INPUT}, [])
        )
    shards = sorted((FIXTURES / "keras").glob(f"{SHARDS}*"))
    for path in shards:
        commands = [["inspect", f"{SHARDS}.weights.json"], ["import", f"{SHARDS}.weights.json", "-o", "out"]]
        beside = [other for other in shards if other != path]
        found.append(Target(path.name, path.read_bytes(), damage, commands, {DONE, BAD_DATA, NO_INPUT}, beside))
    for name, options in PACKS.items():
        pack = folder / f"{name}.mlpack"
        mlpack("import", FIXTURES / "keras" / "keras3.0_nested.keras", *options, "-o", pack)
        commands = [
            ["inspect", "FILE"], ["export", "FILE", "-o", "out.h5"], ["freeze", "FILE", "--train", "*", "-o", "out"],
            ["delta", str(pack), "FILE", "-o", "out"], ["verify", "FILE", str(pack)],
        ]
        statuses = {DONE, DIFFERENT, BAD_DATA, NO_INPUT}
        found.append(Target(f"{name}.mlpack", pack.read_bytes(), damage, commands, statuses, []))
    changed = folder / "changed.mlpack"
    mlpack("freeze", folder / "f32.mlpack", "--train", "*", "-o", changed)
    delta = folder / "net.delta"
    mlpack("delta", folder / "f32.mlpack", changed, "-o", delta)
    commands = [["inspect", "FILE"], ["apply", str(folder / "f32.mlpack"), "FILE", "-o", "out"]]
    found.append(Target("net.delta", delta.read_bytes(), damage, commands, {DONE, BAD_DATA, NO_INPUT}, []))
    return found


class Campaign:
    def __init__(self, binary: Path, targets: list[Target], folder: Path) -> None:
        self.binary, self.targets, self.folder = binary, targets, folder
        self.counts: Counter[tuple[str, int]] = Counter()
        self.library_failures: Counter[str] = Counter()
        self.faults: list[str] = []

    def attempt(self, seed: int) -> None:
        chance = random.Random(seed)
        target = self.targets[seed % len(self.targets)]
        command = [target.name if word == "FILE" else word for word in chance.choice(target.commands)]
        folder = self.folder / str(seed)
        folder.mkdir()
        for path in target.beside:
            (folder / path.name).symlink_to(path)
        (folder / target.name).write_bytes(target.damage(target.content, chance))
        before = sorted(path.name for path in folder.iterdir())
        done = subprocess.run([self.binary, *command], cwd=folder, capture_output=True, timeout=120)
        left = [path.name for path in folder.iterdir() if path.name not in before]
        self.judge(seed, target, command, done, left)
        shutil.rmtree(folder)

    def judge(self, seed, target: Target, command, done, left: list[str]) -> None:
        errors = done.stderr.decode(errors="replace")
        self.counts[target.name, done.returncode] += 1
        if "makes libhdf5 fail: " in errors:
            self.library_failures[errors.split("makes libhdf5 fail: ")[1].split(";")[0]] += 1
        lines = [line for line in errors.splitlines() if not line.startswith("mlpack: warning: ")]
        refused = done.returncode not in (DONE, DIFFERENT)
        writes = any(word.startswith("out") for word in command)
        if done.returncode not in target.statuses:
            self.faults.append(f"{seed} {command}: status {done.returncode}: {errors}")
        elif refused and not (len(lines) == 1 and lines[0].startswith("mlpack: error: ")):
            self.faults.append(f"{seed} {command}: not one line: {errors}")
        elif bool(left) != (writes and not refused):
            self.faults.append(f"{seed} {command}: status {done.returncode} left {left}")

    def run(self, seeds: range) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.attempt, seeds))

    def figures(self) -> str:
        statuses = sorted({status for _, status in self.counts})
        rows = [f"{'file':32}" + "".join(f"{status:>8}" for status in statuses)]
        for target in self.targets:
            rows.append(f"{target.name:32}" + "".join(f"{self.counts[target.name, s]:8}" for s in statuses))
        total = [sum(count for (_, s), count in self.counts.items() if s == status) for status in statuses]
        rows.append(f"{'all':32}" + "".join(f"{count:8}" for count in total))
        deaths = ", ".join(f"{why}: {count}" for why, count in self.library_failures.most_common()) or "never"
        return "\n".join([*rows, f"libhdf5 failed in its child: {deaths}"])


@pytest.mark.parametrize("seeds", [range(150), pytest.param(range(150, 20_150), marks=pytest.mark.long)], ids=len)
def test_damaged_files(seeds: range, binary: Path, targets: list[Target], tmp_path: Path, capsys) -> None:
    campaign = Campaign(binary, targets, tmp_path)
    campaign.run(seeds)
    with capsys.disabled():
        print(f"\n{len(seeds)} damaged files, by the status that mlpack ended with\n{campaign.figures()}")
    assert not campaign.faults, "\n".join(campaign.faults[:20])
