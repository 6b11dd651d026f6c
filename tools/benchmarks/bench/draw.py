"""The chart: each work of the peers as bars from zero, mlpack among them, with the device's ceiling as a line.

Written by hand as SVG, once for light pages and once for dark ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from .machine import computer, driver
from .numbers import factor, rate

# `on_own` and `on_bar` are the words on bars of those colours.
THEMES = {
    "light": {
        "text": "#1f2328", "dim": "#59636e", "grid": "#d8dee4", "line": "#1f2328",
        "bar": "#c5ccd4", "on_bar": "#1f2328", "own": "#c9401a", "on_own": "#ffffff",
    },
    "dark": {
        "text": "#e6edf3", "dim": "#9198a1", "grid": "#2d333b", "line": "#e6edf3",
        "bar": "#444c56", "on_bar": "#e6edf3", "own": "#f4733d", "on_own": "#0d1117",
    },
}
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
WIDTH, MARGIN, GUTTER = 960, 8, 36
PANEL = (WIDTH - 2 * MARGIN - GUTTER) / 2
# From the left edge of a panel: where bars begin, where the longest ends, and where the ratios do.
BARS, BARS_END, RATIOS = 158, PANEL - 78, PANEL
# A bar as long as its figure is wide has the figure on it, a shorter one beside it.
WORDS_ON_BAR = 46
HEAD, ROW, BAR, AXIS = 52, 23, 17, 40
TOP, BOTTOM = 66, 12
TICKS = 4
SMALL = 'font-size="12"'
OWN = "mlpack"


def chart(recorded: dict, theme: str) -> str:
    """Of what was recorded, with the order `peers` in it."""
    colours = THEMES[theme]
    order = recorded["orders"]["peers"]
    works = order["figures"]["works"]
    parts, y = list(heading(colours)), TOP
    for first in range(0, len(works), 2):
        row = works[first : first + 2]
        for column, work in enumerate(row):
            parts += panel(work, MARGIN + column * (PANEL + GUTTER), y, colours)
        y += max(height(work) for work in row)
    rounds = max(len(row.get("imagesPerSecond", [])) for work in works for row in work["entrants"])
    machine = recorded["machine"]
    for words in (computer(machine), f"{driver(machine)}; medians of {rounds} rounds, {order['date']}"):
        y += 17
        parts.append(text(MARGIN, y, words, colours["dim"], SMALL))
    y += BOTTOM
    size = f'width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}" font-size="13">',
        "<title>Images a second, mlpack beside its peers</title>", *parts, "</svg>", "",
    ])


def heading(colours: dict[str, str]) -> Iterator[str]:
    yield text(MARGIN, 22, "Images a second", colours["text"], 'font-size="18" font-weight="600"')
    network, ceiling = "MobileNet V1 1.0/224 in single precision", "The ceiling is the device's multiply-adds alone."
    yield text(MARGIN, 44, f"{network}; longer is faster. {ceiling}", colours["dim"])


def height(work: dict) -> float:
    return HEAD + ROW * len(work["entrants"]) + AXIS


def panel(work: dict, x: float, y: float, colours: dict[str, str]) -> Iterator[str]:
    ours = next(row["median"] for row in work["entrants"] if row["entrant"] == OWN)
    scale = Scale(max(work["ceiling"], *(row.get("median", 0) for row in work["entrants"])), x)
    top, bottom = y + HEAD, y + HEAD + ROW * len(work["entrants"])
    yield text(x, y + 16, capitalized(work["title"]), colours["text"], 'font-weight="600"')
    for tick in scale.ticks:
        yield line(scale(tick), top - 2, scale(tick), bottom + 4, colours["grid"])
        yield text(scale(tick), bottom + 18, f"{tick:,.0f}", colours["dim"], f'text-anchor="middle" {SMALL}')
    for index, row in enumerate(work["entrants"]):
        yield from bar(row, ours, scale, x, top + ROW * index, colours)
    ceiling = scale(work["ceiling"])
    yield dashed(ceiling, top - 8, ceiling, bottom + 4, colours["line"])
    yield text(ceiling, top - 12, f"ceiling {rate(work['ceiling'])}", colours["text"], f'text-anchor="end" {SMALL}')
    yield text(x + RATIOS, top - 12, "mlpack is", colours["dim"], f'text-anchor="end" {SMALL}')


def bar(row: dict, ours: float, scale: Scale, x: float, y: float, colours: dict[str, str]) -> Iterator[str]:
    is_own = row["entrant"] == OWN
    weight = 'font-weight="600" ' if is_own else ""
    start, base = scale(0), y + ROW / 2 + 4.5
    yield text(x, base, row["entrant"], colours["text"], f"{weight}{SMALL}")
    if "median" not in row:
        yield text(start + 6, base, "not measured", colours["dim"], f'font-style="italic" {SMALL}')
        return
    length, kind = scale(row["median"]) - start, "own" if is_own else "bar"
    edges = f'x="{start:.1f}" y="{y + (ROW - BAR) / 2:.1f}" width="{length:.1f}" height="{BAR}"'
    yield f'<rect {edges} rx="2" fill="{colours[kind]}"/>'
    is_long = length >= WORDS_ON_BAR
    at, colour = (start + 6, colours[f"on_{kind}"]) if is_long else (start + length + 6, colours["text"])
    yield text(at, base, rate(row["median"]), colour, f"{weight}{SMALL}")
    if not is_own:
        yield text(x + RATIOS, base, factor(ours / row["median"]), colours["text"], f'text-anchor="end" {SMALL}')


class Scale:
    """From images a second to the place of a bar's end: from zero, and as long as the largest value needs."""

    def __init__(self, largest: float, x: float):
        self.largest, self.x = largest, x

    def __call__(self, value: float) -> float:
        return self.x + BARS + (BARS_END - BARS) * value / self.largest

    @property
    def ticks(self) -> list[float]:
        """Round numbers from zero on."""
        rough = self.largest / TICKS
        unit = 10 ** math.floor(math.log10(rough))
        step = next(unit * multiple for multiple in (1, 2, 5, 10) if unit * multiple >= rough)
        return [step * index for index in range(math.floor(self.largest / step) + 1)]


def capitalized(words: str) -> str:
    return words[:1].upper() + words[1:]


def text(x: float, y: float, words: str, colour: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" {more}>{escape(words)}</text>'.replace(" >", ">")


def line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" {more}/>'.replace(" />", "/>")


def dashed(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return line(x1, y1, x2, y2, colour, 'stroke-width="1.5" stroke-dasharray="4 3"')
