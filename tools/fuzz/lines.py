"""Prints how many lines of each module were reached, from llvm-cov's export on standard input.

    llvm-cov export -summary-only … | lines.py TARGET
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict


def main(target: str) -> None:
    covered: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    for file in json.load(sys.stdin)["data"][0]["files"]:
        parts = file["filename"].split("/")
        if "Sources" not in parts or "checkouts" in parts or "fuzz" in parts:
            continue
        module = parts[parts.index("Sources") + 1]
        covered[module] += file["summary"]["lines"]["covered"]
        count[module] += file["summary"]["lines"]["count"]
    reached = {name: f"{100 * covered[name] / count[name]:.0f} %" for name in sorted(count) if covered[name]}
    print(f"{target}: lines reached of " + ", ".join(f"{name} {share}" for name, share in reached.items()))


if __name__ == "__main__":
    main(sys.argv[1])
