"""How much memory a command takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MEGABYTE = 1_000_000
# A process starts with the peak of the one that forked it, so a small one has to.
LAUNCHER = """
import os, sys
process = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(binary: Path, *arguments: object) -> tuple[int, str, int]:
    """The status, the messages, and the peak of the resident memory in bytes."""
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, binary, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr, int(done.stdout.split()[-1]) * 1024
