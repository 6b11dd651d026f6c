"""Runs a command and prints its peak of resident memory in bytes, as the last line: launch.py COMMAND ARGUMENT...

Of one process it is what the system says. While it has children, all of them count, in which a page that several have is
there once; they are looked at every few milliseconds.

A process of its own, with few imports: the peak that the system keeps for a process begins with that of the one that
started it.
"""

import os
import sys
import time

INTERVAL = 0.01


def descendants(process: int) -> list[int]:
    found = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children") as children:
                for child in map(int, children.read().split()):
                    found += [child, *descendants(child)]
    except OSError:
        pass  # It has ended.
    return found


def share(process: int) -> int:
    """The bytes that a process has, its share of those that others have too."""
    try:
        with open(f"/proc/{process}/smaps_rollup") as lines:
            return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except OSError:
        return 0  # It has ended.


def peak(process: int) -> tuple[int, int]:
    """Waits until the process ends; its peak, and its status as the system has it."""
    together = 0
    while True:
        ended, status, usage = os.wait4(process, os.WNOHANG)
        if ended:
            # Linux counts in kilobytes.
            return max(together, usage.ru_maxrss * 1024), status
        children = descendants(process)
        if children:
            together = max(together, sum(map(share, [process, *children])))
        time.sleep(INTERVAL)


if __name__ == "__main__":
    most, status = peak(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]))
    print(f"\n{most}")
    sys.exit(os.waitstatus_to_exitcode(status))
