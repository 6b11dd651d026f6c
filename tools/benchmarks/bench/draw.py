"""The chart: each work of the peers as bars from zero, mlpack among them, with the device's ceiling as a line.

Written by hand as SVG, once for light pages and once for dark ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from .machine import in_words
from .numbers import factor, rate

THEMES = {
    "light": {"text": "#1f2328", "dim": "#656d76", "grid": "#d8dee4", "bar": "#b6bfc8", "own": "#e4572e", "line": "#1f2328"},
    "dark": {"text": "#e6edf3", "dim": "#8d96a0", "grid": "#2d333b", "bar": "#545d68", "own": "#f4733d", "line": "#e6edf3"},
}
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
WIDTH, MARGIN, GUTTER = 1000, 16, 44
PANEL = (WIDTH - 2 * MARGIN - GUTTER) / 2
# From the left edge of a panel: where bars begin and end, and where the two columns of figures end.
BARS, BARS_END, RATES, RATIOS = 146, PANEL - 124, PANEL - 60, PANEL
HEAD, ROW, BAR, AXIS = 54, 22, 14, 36
TOP, BOTTOM = 62, 30
TICKS = 4
# Of two colours, one for mlpack alone.
OWN = "mlpack"


def chart(recorded: dict, theme: str) -> str:
    """Of what was recorded, with the order `peers` in it."""
    colours = THEMES[theme]
    works = recorded["orders"]["peers"]["figures"]["works"]
    rows = [works[first : first + 2] for first in range(0, len(works), 2)]
    parts, y = list(heading(colours)), TOP
    for row in rows:
        for column, work in enumerate(row):
            parts += panel(work, MARGIN + column * (PANEL + GUTTER), y, colours)
        y += max(height(work) for work in row)
    date = recorded["orders"]["peers"]["date"]
    parts.append(text(MARGIN, y + 6, f"{in_words(recorded['machine'])}. Medians and ranges; {date}.", colours["dim"]))
    size = f'width="{WIDTH}" height="{y + BOTTOM}" viewBox="0 0 {WIDTH} {y + BOTTOM}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}" font-size="13">',
        "<title>Images a second, mlpack beside its peers</title>", *parts, "</svg>", "",
    ])


def heading(colours: dict[str, str]) -> Iterator[str]:
    yield text(MARGIN, 24, "Images a second", colours["text"], 'font-size="18" font-weight="600"')
    yield text(MARGIN, 44, "MobileNet V1 1.0/224 in single precision; longer is faster", colours["dim"])
    end = WIDTH - MARGIN
    yield text(end, 24, "most the device could do: its multiply-adds alone", colours["dim"], 'text-anchor="end"')
    yield dashed(end - 318, 19, end - 296, 19, colours["line"])


def height(work: dict) -> float:
    return HEAD + ROW * len(work["entrants"]) + AXIS


def panel(work: dict, x: float, y: float, colours: dict[str, str]) -> Iterator[str]:
    medians = {row["entrant"]: row["median"] for row in work["entrants"] if "median" in row}
    scale = Scale(max(work["ceiling"], *(max(row.get("imagesPerSecond", [0])) for row in work["entrants"])), x)
    bottom = y + HEAD + ROW * len(work["entrants"])
    yield text(x, y + 18, capitalized(work["title"]), colours["text"], 'font-weight="600"')
    for edge, words in ((RATES, "images/s"), (RATIOS, "mlpack is")):
        yield text(x + edge, y + HEAD - 12, words, colours["dim"], 'text-anchor="end" font-size="12"')
    for tick in scale.ticks:
        at = scale(tick)
        yield line(at, y + HEAD - 4, at, bottom + 4, colours["grid"])
        yield text(at, bottom + 19, f"{tick:,.0f}", colours["dim"], 'text-anchor="middle" font-size="11"')
    for index, row in enumerate(work["entrants"]):
        yield from bar(row, medians[OWN], scale, x, y + HEAD + ROW * index, colours)
    ceiling = scale(work["ceiling"])
    yield dashed(ceiling, y + HEAD - 6, ceiling, bottom + 4, colours["line"])
    words = f"{rate(work['ceiling'])}"
    yield text(ceiling, y + HEAD - 12, words, colours["text"], 'text-anchor="middle" font-size="12"')


def bar(row: dict, ours: float, scale: Scale, x: float, y: float, colours: dict[str, str]) -> Iterator[str]:
    is_own = row["entrant"] == OWN
    weight = 'font-weight="600"' if is_own else ""
    base = y + ROW / 2 + 4.5
    yield text(x, base, row["entrant"], colours["text"], weight)
    if "median" not in row:
        yield text(x + BARS + 6, base, "not measured", colours["dim"], 'font-style="italic" font-size="12"')
        return
    start, end = scale(0), scale(row["median"])
    fill = colours["own" if is_own else "bar"]
    top = y + (ROW - BAR) / 2
    yield f'<rect x="{start:.1f}" y="{top:.1f}" width="{end - start:.1f}" height="{BAR}" rx="2" fill="{fill}"/>'
    low, high = (scale(limit(row["imagesPerSecond"])) for limit in (min, max))
    yield line(low, y + ROW / 2, high, y + ROW / 2, colours["text"])
    yield text(x + RATES, base, rate(row["median"]), colours["text"], f'text-anchor="end" {weight}')
    if not is_own:
        yield text(x + RATIOS, base, factor(ours / row["median"]), colours["dim"], 'text-anchor="end"')


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
