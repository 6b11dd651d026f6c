"""Measures mlpack beside its peers.

Every entrant of a work is loaded and checked; then all take turns, in an order that alternates, for several rounds. One
that cannot go on is left out from there, with its reason.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .entrants import MLPack, NotMeasured, Peer, Rate
from .material import Material
from .works import MLPACK, Entrant, Work


@dataclass(frozen=True)
class Pace:
    """How long it is measured: each round takes so many seconds at the least."""

    rounds: int
    seconds: float


@dataclass
class Measured:
    """What one entrant did in each round, or why it did not."""

    version: str
    rates: Sequence[Rate] = ()
    reason: str | None = None


def measure(work: Work, program: Path, material: Material, pace: Pace) -> dict[Entrant, Measured]:
    threads = os.cpu_count() or 1
    found: dict[Entrant, Measured] = {}
    loaded: dict[Entrant, MLPack | Peer] = {}
    try:
        for entrant in [MLPACK, *work.entrants]:
            try:
                is_ours = entrant == MLPACK
                loaded[entrant] = MLPack(work, program) if is_ours else Peer(work, entrant, material, threads)
                found[entrant] = Measured(loaded[entrant].version)
                loaded[entrant].check(material)
            except NotMeasured as reason:
                found[entrant] = Measured(found[entrant].version if entrant in found else "", reason=str(reason))
                if entrant in loaded:
                    loaded.pop(entrant).close()
        take_turns(loaded, found, pace)
    finally:
        for entrant in loaded.values():
            entrant.close()
    return found


def take_turns(loaded: dict[Entrant, MLPack | Peer], found: dict[Entrant, Measured], pace: Pace) -> None:
    for number in range(pace.rounds):
        for entrant in list(loaded)[:: -1 if number % 2 else 1]:
            measured = found[entrant]
            if measured.reason is None:
                try:
                    measured.rates = [*measured.rates, loaded[entrant].round(pace.seconds)]
                except NotMeasured as reason:
                    measured.reason = str(reason)
