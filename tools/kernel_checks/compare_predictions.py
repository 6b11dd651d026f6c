"""Compares two documents of `mlpack predict --json`: the same images, and nearly the same probabilities."""

from __future__ import annotations

import json
import sys
from pathlib import Path

# What two orders of float32 arithmetic may make of a probability, after a few hundred updates.
TOLERANCE = 1e-4


def main(ours: Path, theirs: Path) -> int:
    a, b = (json.loads(path.read_text()) for path in (ours, theirs))
    if [image["file"] for image in a] != [image["file"] for image in b] or not a:
        print("the predictions are of other images", file=sys.stderr)
        return 1
    off = max(abs(p - q) for x, y in zip(a, b) for p, q in zip(x["probabilities"], y["probabilities"], strict=True))
    print(f"{len(a)} predictions differ by at most {off:.1e}; {TOLERANCE:.0e} are allowed")
    return 1 if not off <= TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
