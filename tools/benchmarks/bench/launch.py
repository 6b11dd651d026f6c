"""Runs a command and prints its peak of resident memory in bytes, as the last line: launch.py COMMAND ARGUMENT...

A process of its own, without imports: the peak that the system keeps for a process begins with that of the one that
started it.
"""

import os
import sys

if __name__ == "__main__":
    process = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
    _, status, usage = os.wait4(process, 0)
    # Linux counts in kilobytes.
    print(f"\n{usage.ru_maxrss * 1024}")
    sys.exit(os.waitstatus_to_exitcode(status))
