"""What mlpack is to reach, and how near it comes.

The targets of the works beside the peers are those of `peers.works`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .numbers import factor
from .table import Table


@dataclass(frozen=True)
class Target:
    bound: float
    is_floor: bool

    def is_met_by(self, value: float) -> bool:
        return value >= self.bound if self.is_floor else value <= self.bound

    def __str__(self) -> str:
        return f"at {'least' if self.is_floor else 'most'} {self.bound:g} ×"


def at_least(bound: float) -> Target:
    return Target(bound, True)


def at_most(bound: float) -> Target:
    return Target(bound, False)


# Wall time, of that of a Python process which only reads the file's weights.
IMPORT, INSPECT = at_most(0.5), at_most(0.1)
# How many times as fast as Keras the whole run is, the first one, with all that it has to make ready.
RUN = at_least(12)
# Peak of the resident memory, of that of Keras.
MEMORY = at_most(0.1)


@dataclass(frozen=True)
class Result:
    """A figure of mlpack's beside that of something else."""

    what: str
    mlpack: str
    beside: str
    value: float | None = None
    target: Target | None = None

    @property
    def verdict(self) -> str | None:
        if self.target is None or self.value is None:
            return None
        return f"{self.target}: {'met' if self.target.is_met_by(self.value) else 'not met'}"


def summary(title: str, results: Sequence[Result]) -> Table:
    table = Table(title, ["", "mlpack", "beside it", "factor", "target"])
    for result in results:
        shown = None if result.value is None else factor(result.value)
        table.add(result.what, result.mlpack, result.beside, shown, result.verdict)
    return table
