"""What an order measures with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BENCHMARKS = ROOT / "tools" / "benchmarks"
# What takes long to make and never changes is kept, as the environments are.
KEPT = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlpack" / "benchmarks"


@dataclass(frozen=True)
class Setting:
    mlpack: Path
    # For a look: few rounds and little data, so figures that are not worth keeping.
    is_quick: bool

    def rounds(self, full: int) -> int:
        return min(full, 2) if self.is_quick else full


def say(text: str) -> None:
    """Tells whoever waits what is going on; the figures alone go to standard output."""
    print(text, file=sys.stderr, flush=True)
