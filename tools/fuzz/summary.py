"""Sums up the log of one run of libFuzzer.

    summary.py TARGET KIND LOG CRASHES
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def last(pattern: str, text: str) -> str:
    """The last number that the pattern finds; a dash where there is none."""
    found = re.findall(pattern, text)
    return found[-1] if found else "-"


def main(target: str, kind: str, log: Path, crashes: Path) -> None:
    text = log.read_text(errors="replace")
    figures = {
        "runs": last(r"stat::number_of_executed_units: (\d+)", text),
        "runs a second": last(r"stat::average_exec_per_sec: +(\d+)", text),
        "edges": last(r"cov: (\d+)", text),
        "features": last(r"ft: (\d+)", text),
        "inputs kept": last(r"corp: (\d+)/", text),
        "peak MB": last(r"stat::peak_rss_mb: +(\d+)", text),
        "crashes": str(len(list(crashes.iterdir()))),
    }
    print(f"{target} ({kind}): " + ", ".join(f"{value} {name}" for name, value in figures.items()), flush=True)
    if "ERROR" in text or "SUMMARY" in text:
        print("\n".join(line for line in text.splitlines() if re.search("ERROR|SUMMARY|broken promise|Fatal", line)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
