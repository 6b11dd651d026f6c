"""What --write keeps: figures.json, a page of all tables, and the README's part, each made of the one before."""

from __future__ import annotations

import datetime
import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import draw
from .machine import IDENTITY, in_words
from .orders import ORDERS
from .setting import BENCHMARKS, ROOT
from .table import Table
from .target import summary

RESULTS = BENCHMARKS / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: written by tools/bench --write -->", "<!-- end of figures -->"


class NotRecorded(Exception):
    """Figures that cannot stand beside those that are kept, or none at all; the text says what to do."""


def load(results: Path = RESULTS) -> dict:
    """What was recorded: the `machine`, and under `orders` each with its `date` and `figures`."""
    try:
        return json.loads((results / "figures.json").read_text())
    except FileNotFoundError:
        raise NotRecorded("Nothing is recorded yet; tools/bench --write measures and records everything.") from None


def check(machine: dict, orders: list[str], results: Path = RESULTS) -> None:
    """Raises: NotRecorded where some figures would be of this machine and others of another."""
    if not (results / "figures.json").exists() or set(orders) == set(ORDERS):
        return
    kept = load(results)
    others = set(kept["orders"]) - set(orders)
    differing = [key for key in IDENTITY if kept["machine"].get(key) != machine[key]]
    if others and differing:
        raise NotRecorded(
            f"The figures of {', '.join(sorted(others))} are of another {differing[0]}, "
            f"{kept['machine'][differing[0]]}: tools/bench --write records everything anew."
        )


def merged(machine: dict, found: Mapping[str, dict], results: Path = RESULTS) -> dict:
    """What is kept, with what was found now in the place of what was there."""
    kept = load(results)["orders"] if (results / "figures.json").exists() and set(found) != set(ORDERS) else {}
    today = datetime.date.today().isoformat()
    orders = kept | {name: {"date": today, "figures": figures} for name, figures in found.items()}
    return {"machine": machine, "orders": {name: orders[name] for name in ORDERS if name in orders}}


def write(recorded: dict, results: Path = RESULTS, readme: Path = README) -> None:
    """All files that say the figures."""
    results.mkdir(exist_ok=True)
    (results / "figures.json").write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")
    (results / "README.md").write_text(page(recorded))
    if "peers" in recorded["orders"]:
        for theme in draw.THEMES:
            (results / f"chart-{theme}.svg").write_text(draw.chart(recorded, theme))
    readme.write_text(filled(readme.read_text(), section(recorded)))


def page(recorded: dict) -> str:
    """Every table."""
    parts = ["# How fast mlpack is", f"Written by `tools/bench --write`. Machine: {in_words(recorded['machine'])}."]
    for name, order in recorded["orders"].items():
        parts += [f"## {name}, {order['date']}", *(table.markdown for table in ORDERS[name].tables(order["figures"]))]
    return "\n\n".join([*parts, versions(recorded)]) + "\n"


def versions(recorded: dict) -> str:
    return f"Versions: {', '.join(dict.fromkeys(said_versions(recorded)))}."


def said_versions(recorded: dict) -> Iterator[str]:
    """Of everything that was measured."""
    yield recorded["machine"]["mlpack"]
    orders = recorded["orders"]
    for work in orders["peers"]["figures"]["works"] if "peers" in orders else []:
        for entrant in work["entrants"]:
            if "reason" not in entrant:
                yield entrant["version"]
    for name in ("run", "memory"):
        if name in orders:
            yield orders[name]["figures"]["version"]


def section(recorded: dict) -> str:
    """The part of the project's README."""
    orders = recorded["orders"]
    parts = [picture()] if "peers" in orders else []
    parts.append(results_table(recorded).markdown)
    last = max(order["date"] for order in orders.values())
    words = f"Medians, on {in_words(recorded['machine'])}; {last}. [Every figure](tools/benchmarks/results/README.md)."
    parts.append(textwrap.fill(words, 120, break_long_words=False, break_on_hyphens=False))
    return "\n\n".join(parts)


def results_table(recorded: dict) -> Table:
    orders = recorded["orders"]
    return summary("", [result for name, order in orders.items() for result in ORDERS[name].results(order["figures"])])


def picture() -> str:
    folder, words = "tools/benchmarks/results", "Images a second, mlpack beside its peers; the table has the figures."
    return "\n".join([
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{folder}/chart-dark.svg">',
        f'  <img src="{folder}/chart-light.svg" alt="{words}">',
        "</picture>",
    ])


def filled(text: str, content: str) -> str:
    """The README with what is between its marks replaced.

    Raises: NotRecorded where the marks are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NotRecorded(f"README.md lacks the lines '{BEGIN}' and '{END}': put them where the figures belong.")
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{after}"
