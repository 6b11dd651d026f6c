"""What --write keeps: figures.json, a page of all tables, and the README's part, each made of the one before."""

from __future__ import annotations

import datetime
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import draw
from .machine import IDENTITY, in_words
from .numbers import factor
from .orders import ORDERS
from .setting import BENCHMARKS, ROOT
from .target import Result, summary

# A folder for each processor.
RESULTS = BENCHMARKS / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: written by tools/bench --write -->", "<!-- end of figures -->"
FIGURES = "figures.json"


class NotRecorded(Exception):
    """Figures that cannot stand beside those that are kept, or none at all; the text says what to do."""


def folder(machine: dict, results: Path = RESULTS) -> Path:
    """Where the figures of a processor are."""
    return results / re.sub("[^a-z0-9]+", "-", machine["processor"].lower()).strip("-")


def load(machine: dict, results: Path = RESULTS) -> dict | None:
    """What was recorded on a processor: the `machine`, and under `orders` each with its `date` and `figures`."""
    path = folder(machine, results) / FIGURES
    return json.loads(path.read_text()) if path.exists() else None


def load_all(results: Path = RESULTS) -> list[dict]:
    """What was recorded on each processor, that first of which the oldest figure is the newest."""
    records = [json.loads(path.read_text()) for path in results.glob(f"*/{FIGURES}")]
    if not records:
        raise NotRecorded("Nothing is recorded yet; tools/bench --write measures and records everything.")
    return sorted(records, key=lambda record: (min(dates(record)), record["machine"]["processor"]), reverse=True)


def dates(recorded: dict) -> list[str]:
    return [order["date"] for order in recorded["orders"].values()]


def check(machine: dict, orders: list[str], results: Path = RESULTS) -> None:
    """Raises: NotRecorded where some figures would be of this machine and others of another."""
    kept = load(machine, results)
    if kept is None or set(orders) == set(ORDERS):
        return
    others = set(kept["orders"]) - set(orders)
    differing = [key for key in IDENTITY if kept["machine"].get(key) != machine[key]]
    if others and differing:
        raise NotRecorded(
            f"The figures of {', '.join(sorted(others))} are of another {differing[0]}, "
            f"{kept['machine'][differing[0]]}: tools/bench --write records everything anew."
        )


def merged(machine: dict, found: Mapping[str, dict], results: Path = RESULTS) -> dict:
    """What is kept, with what was found now in the place of what was there."""
    kept = load(machine, results) if set(found) != set(ORDERS) else None
    today = datetime.date.today().isoformat()
    orders = (kept["orders"] if kept else {}) | {
        name: {"date": today, "figures": figures} for name, figures in found.items()
    }
    return {"machine": machine, "orders": {name: orders[name] for name in ORDERS if name in orders}}


def write(recorded: dict, results: Path = RESULTS, readme: Path = README) -> None:
    """All files that say the figures."""
    kept = folder(recorded["machine"], results)
    kept.mkdir(parents=True, exist_ok=True)
    (kept / FIGURES).write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")
    (kept / "README.md").write_text(page(recorded))
    if "peers" in recorded["orders"]:
        for theme in draw.THEMES:
            (kept / f"chart-{theme}.svg").write_text(draw.chart(recorded, theme))
    readme.write_text(filled(readme.read_text(), section(load_all(results))))


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


def section(records: list[dict]) -> str:
    """The part of the project's README: the first of the records, and of the others how far they are from the targets."""
    recorded, *others = records
    kept = folder(recorded["machine"]).relative_to(ROOT)
    parts = [picture(kept)] if "peers" in recorded["orders"] else []
    parts.append(summary("", results(recorded)).markdown)
    words = f"Medians, on {in_words(recorded['machine'])}; {max(dates(recorded))}. [Every figure]({kept}/README.md)."
    parts += [folded(words), *(folded(in_short(other)) for other in others)]
    return "\n\n".join(parts)


def folded(words: str) -> str:
    return textwrap.fill(words, 120, break_long_words=False, break_on_hyphens=False)


def results(recorded: dict) -> list[Result]:
    return [result for name, order in recorded["orders"].items() for result in ORDERS[name].results(order["figures"])]


def in_short(recorded: dict) -> str:
    """What has a target, on another processor."""
    machine = recorded["machine"]
    said = [
        f"{result.what} {factor(result.value)}{'' if result.target.is_met_by(result.value) else ' (not met)'}"
        for result in results(recorded) if result.target and result.value is not None
    ]
    page = f"{folder(machine).relative_to(ROOT)}/README.md"
    return f"On [{machine['processor']}]({page}), {max(dates(recorded))}: {'; '.join(said)}."


def picture(kept: Path) -> str:
    words = "Images a second, mlpack beside its peers; the table has the figures."
    return "\n".join([
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{kept}/chart-dark.svg">',
        f'  <img src="{kept}/chart-light.svg" alt="{words}">',
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
