"""Figures as people read them, and the sums that are made of them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .table import NOTHING


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def rate(value: float) -> str:
    """Images a second, in three digits or all there are."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min"


def megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def factor(value: float) -> str:
    """A ratio, in about three digits: 0.102 ×, 1.35 ×, 12.1 ×."""
    digits = 3 if value < 0.2 else 2 if value < 10 else 1
    return f"{value:.{digits}f} ×"


def spread(values: Sequence[float], shown) -> str:
    """From the least to the most."""
    return f"{shown(min(values))} to {shown(max(values))}" if len(values) > 1 else NOTHING


def extrapolated(seconds_of_epochs: Sequence[float], epochs: int) -> float:
    """What so many epochs take, where each takes as long as any other."""
    return epochs * median(seconds_of_epochs)
