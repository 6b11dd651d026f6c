"""Sums up the tests of several runners, from the JUnit XML files that they wrote into a folder.

The runners that exited with a failure are named as arguments, so that one that crashed cannot look like one
that passed. A test of several cases counts once, as its runner counts it.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

RUNNERS = ("swift", "pytest")


def outcomes(file: Path) -> Counter[str]:
    """How many tests of a file passed, failed and were skipped."""
    counts: Counter[str] = Counter()
    for case in ElementTree.parse(file).iter("testcase"):
        kinds = {element.tag for element in case}
        failed = kinds & {"failure", "error"}
        counts["failed" if failed else "skipped" if "skipped" in kinds else "passed"] += 1
    return counts


def main(folder: Path, failed_runners: list[str]) -> int:
    total: Counter[str] = Counter()
    for runner in RUNNERS:
        counts = sum((outcomes(file) for file in folder.glob(f"{runner}*.xml")), Counter())
        if runner in failed_runners and not counts["failed"]:
            print(f"{runner}: the run itself failed", file=sys.stderr)
            counts["failed"] += 1
        elif not counts["passed"] + counts["failed"]:
            print(f"{runner}: no test ran", file=sys.stderr)
            counts["failed"] += 1
        total += counts
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
