"""Sums up what Oclgrind printed: what it found, which kernels ran, and how often.

    oclgrind_findings.py FOLDER OUTPUT

The kernels are those that the files of FOLDER define; the launches are Oclgrind's own account of the instructions that
it interpreted. The exit status is 0 where nothing was found and every kernel ran.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

DEFINITION = re.compile(r"^kernel void (\w+)\(", re.MULTILINE)
LAUNCH = re.compile(r"^Instructions executed for kernel '(\w+)'", re.MULTILINE)
# A line that says what, and indented ones of which the first or second names the kernel or the call.
FINDING = re.compile(r"^(?:\S.*\n){1,2}\t(?:Kernel|Function):.*\n(?:\t.*\n)*", re.MULTILINE)
SHOWN = 20


def main(folder: Path, output: Path) -> int:
    text = output.read_text(errors="replace")
    defined = set(DEFINITION.findall("".join(file.read_text() for file in sorted(folder.rglob("*.cl")))))
    launches = Counter(LAUNCH.findall(text))
    findings = FINDING.findall(text)
    for finding in findings[:SHOWN]:
        print(finding)
    idle = sorted(defined - launches.keys())
    for name in idle:
        print(f"oclgrind: {name} never ran")
    print(
        f"oclgrind: {len(defined) - len(idle)} of {len(defined)} kernels ran, in {launches.total():,} launches;"
        f" {len(findings)} findings"
    )
    return 1 if findings or idle or not defined else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
