"""Makes a folder of very many tiny images, with all that may lie among them and names of any kind."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 6
# Distinct images; all others are links to them, as many as a file may have.
SOURCES = 64
# Names that a file system takes and others stumble over, less their ending.
NAMES: list[bytes] = [
    b"\xff\xfe\xfd", b"cut \xe2\x82", b"new\nline", b"\x1b[31mred\x1b]0;title\x07", "\u009b31mC1".encode(), b"tab\tbell\x07\x7f",
    b"-rf", b"--help", b"-", b" blank ", b"'\"\\`$(exit)%s", b"<script>alert(1)</script>&amp;".replace(b"/", b"|"),
    "🌼👩‍👩‍👧".encode(), "\u202egnp.exe".encode(), "\u2028line\u2029".encode(), "سوسن".encode(), "e\u0301".encode(), "é".encode(),
    "菊花".encode("shift_jis"), b"x" * 251,
]


@dataclass
class Crowd:
    """Images in class folders."""

    folder: Path
    classes: int
    images: int
    # What is named as images are and is none.
    broken: int


def make(folder: Path, images: int, classes: int) -> Crowd:
    """`images` of them in all, in `classes` folders, odd names among both."""
    sources = make_sources(folder / ".sources")
    names = class_names(classes)
    for name in names:
        os.mkdir(os.path.join(os.fsencode(folder), name))
    odd = 0
    for place, name in enumerate(names):
        inside = os.path.join(os.fsencode(folder), name)
        count = images // classes + (place < images % classes)
        for number in range(count):
            # One class has all the odd names, the others one each.
            text = NAMES[number] if place == 0 and number < len(NAMES) else b"%d" % number
            if place and number == 0:
                text = NAMES[odd % len(NAMES)]
                odd += 1
            os.link(sources[(place * 7 + number) % SOURCES], os.path.join(inside, text + b".png"))
    return Crowd(folder, classes, images, add_obstacles(os.path.join(os.fsencode(folder), names[1])))


def make_sources(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    random = np.random.default_rng(6)
    paths = [folder / f"{number}.png" for number in range(SOURCES)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), np.uint8)).save(path)
    return paths


def class_names(count: int) -> list[bytes]:
    # No two of the odd ones are the same once they are repaired, as names of classes have to be.
    odd = [name for name in NAMES if name not in ("e\u0301".encode(),)]
    return (odd + [b"class %04d" % number for number in range(count)])[:count]


def add_obstacles(folder: bytes) -> int:
    """Everything that is named like an image and is none; returns how many of them are taken for images."""

    def path(name: str) -> bytes:
        return os.path.join(folder, name.encode())

    os.symlink(".", path("loop"))
    os.mkdir(path("inner"))
    os.symlink("..", path("inner/up"))
    os.symlink("deeper", path("inner/deeper"))
    os.mkdir(path("folder.png"))
    os.mkfifo(path("pipe.png"))
    os.symlink("gone", path("dangling.png"))
    os.symlink("self.png", path("self.png"))
    for device in ("zero", "full", "random", "tty"):
        os.symlink(f"/dev/{device}", path(f"{device}.png"))
    listening = socket.socket(socket.AF_UNIX)
    # The name of a socket is short; it may be renamed.
    here = os.getcwd()
    os.chdir(folder)
    listening.bind("socket.png")
    os.chdir(here)
    listening.close()
    with open(path("empty.png"), "wb"), open(path("text.png"), "wb") as text:
        text.write(b"no image")
    broken = 10
    try:
        os.mknod(path("device.png"), stat.S_IFCHR | 0o600, os.makedev(1, 5))
        broken += 1
    except PermissionError:
        pass
    return broken
