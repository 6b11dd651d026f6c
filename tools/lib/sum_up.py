"""Sums up the tests of several runners, from the JUnit XML files that they wrote into a folder.

    sum_up.py FOLDER RUNNER... --failed RUNNER...

Those that exited with a failure are named again, so that one that crashed cannot look like one that passed. A test of
several cases counts once, as its runner counts it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree


def outcomes(file: Path) -> Counter[str]:
    """How many tests of a file passed, failed and were skipped."""
    counts: Counter[str] = Counter()
    for case in ElementTree.parse(file).iter("testcase"):
        kinds = {element.tag for element in case}
        failed = kinds & {"failure", "error"}
        counts["failed" if failed else "skipped" if "skipped" in kinds else "passed"] += 1
    return counts


def in_words(counts: Counter[str]) -> str:
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{counts['passed']} passed, {counts['failed']} failed{skipped}"


def main(folder: Path, runners: list[str], failed_runners: list[str]) -> int:
    total: Counter[str] = Counter()
    for runner in runners:
        counts = sum((outcomes(file) for file in folder.glob(f"{runner}*.xml")), Counter())
        if runner in failed_runners and not counts["failed"]:
            print(f"{runner}: the run itself failed", file=sys.stderr)
            counts["failed"] += 1
        elif not counts["passed"] + counts["failed"]:
            print(f"{runner}: no test ran", file=sys.stderr)
            counts["failed"] += 1
        total += counts
        print(f"{runner}: {in_words(counts)}")
    print(in_words(total))
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("runners", nargs="+")
    parser.add_argument("--failed", nargs="*", default=[])
    given = parser.parse_args()
    sys.exit(main(given.folder, given.runners, given.failed))
