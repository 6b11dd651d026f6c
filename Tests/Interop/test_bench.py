"""What tools/bench makes of its measurements: sums, tables, the chart, and what it writes into the README."""

from __future__ import annotations

import json
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools" / "benchmarks"))

from bench import draw, numbers, processes, record, target, training
from bench.orders import ORDERS, memory, training_run
from bench.processes import Failed
from bench.table import Table
from peers import entrants, rounds
from peers import figures as peer_figures
from peers.entrants import Rate
from peers.material import START, Material, expected
from peers.works import BY_NAME, KERAS, LITE, MLPACK, Entrant

MACHINE = {
    "processor": "Sample 3000 <& co>", "cores": 2, "memoryBytes": 4 * 2**30, "system": "Sample Linux",
    "device": "sample", "driver": "Sample Platform, 1.0", "mlpack": "0.1.0",
}
SVG = "{http://www.w3.org/2000/svg}"
GFLOP_PER_IMAGE = 1.2
PEAK = 480.0


def measured(*speeds: float, version: str = "1") -> rounds.Measured:
    """An entrant's rounds; as mlpack's, with what its work and the device come to."""
    return rounds.Measured(version, [Rate(speed, 10**8, GFLOP_PER_IMAGE * speed, PEAK) for speed in speeds])


def works() -> list[dict]:
    forward, tail = BY_NAME["forward-1"], BY_NAME["tail"]
    function, lite, fit = Entrant(KERAS, "function"), Entrant(LITE), Entrant(KERAS, "fit")
    return [
        peer_figures.figures(
            forward,
            {MLPACK: measured(300, 310, 200), function: measured(150, 140, 160), lite: measured(320, 330, 310)},
            PEAK,
        ),
        peer_figures.figures(
            tail,
            {
                MLPACK: measured(200, 240, 230), function: measured(100, 115, 120), fit: measured(90),
                lite: rounds.Measured("", reason="it is <not> there"),
            },
            PEAK,
        ),
    ]


def epochs(*seconds: float) -> list[dict]:
    return [{"seconds": value} for value in seconds]


@pytest.fixture(scope="module")
def recorded() -> dict:
    """Everything, as --write keeps it."""
    lines = [{"epoch": epoch, "seconds": 2.0, "validationLoss": 1.6} for epoch in range(101)]
    figures = {
        "import": {
            "bytes": 13_000_000, "seconds": {"import": [0.03, 0.04], "h5py-read": [0.1, 0.12]},
            "medians": {"import": 0.035, "inspect": 0.01, "h5py-read": 0.11},
            "ratios": {"import": 0.32, "inspect": 0.091, "floor": 0.08},
        },
        "packs": {
            "growth": {"none": 0.02},
            "files": [
                {"writer": writer, "dtype": "f32", "compressed": False, "bytes": size, "worst": 1e-6, "mean": 1e-7}
                for writer, size in (("mlpack", 1000), ("TensorFlow Lite", 2000))
            ],
        },
        "peers": {"peakGflops": PEAK, "works": works()},
        "run": training_run.figures(2934, 736, 250.0, lines, [epochs(40), epochs(20)]) | {"version": "Keras 3"},
        "start-up": {
            "images": 80, "withoutOpenCL": ["inspect"], "seconds": {"inspect": {"first": [0.2], "second": [0.1, 0.3]}},
        },
        "memory": memory.figures(2934, 2, {
            "mlpack, cold caches": [300], "mlpack, warm caches": [90, 110], "driver, cold caches": [250],
            "driver, warm caches": [60], "Keras, fit": [1000],
        }) | {"version": "Keras 3"},
    }
    return {"machine": MACHINE, "orders": {name: {"date": "2026-01-02", "figures": figures[name]} for name in ORDERS}}


def test_a_table_is_aligned_and_the_same_in_markdown() -> None:
    table = Table("work", ["entrant", "images/s", "memory"], notes=["in turns"])
    table.add("mlpack", "1,000", "20 MB")
    table.add("a|b", "7")
    assert table.text == "\n".join([
        "work    images/s  memory",
        "────────────────────────",
        "mlpack     1,000   20 MB",
        "a|b            7       –",
        "  in turns",
    ])
    assert table.markdown == "\n".join([
        "**work**", "", "| entrant | images/s | memory |", "| --- | ---: | ---: |", "| mlpack | 1,000 | 20 MB |",
        r"| a\|b | 7 | – |", "", "in turns",
    ])
    with pytest.raises(ValueError):
        table.add("too", "many", "cells", "here")


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (numbers.rate(1234.5), "1,234"), (numbers.rate(34.56), "34.6"), (numbers.duration(0.0042), "4.2 ms"),
        (numbers.duration(0.25), "250 ms"), (numbers.duration(90), "90.0 s"), (numbers.duration(2040), "34.0 min"),
        (numbers.factor(0.1018), "0.102 ×"), (numbers.factor(1.352), "1.35 ×"), (numbers.factor(12.06), "12.1 ×"),
        (numbers.spread([3, 1, 2], str), "1 to 3"), (numbers.spread([3], str), "–"),
    ],
)
def test_figures_have_the_digits_that_they_are_worth(shown: str, words: str) -> None:
    assert shown == words


def test_a_target_is_met_at_its_bound_and_not_beyond_it() -> None:
    floor, ceiling = target.at_least(12), target.at_most(0.1)
    assert [floor.is_met_by(value) for value in (11.9, 12, 13)] == [False, True, True]
    assert [ceiling.is_met_by(value) for value in (0.09, 0.1, 0.11)] == [True, True, False]
    assert target.Result("run", "", "", 11.9, floor).verdict == "at least 12 ×: not met"
    assert target.Result("run", "", "").verdict is None


def test_mlpack_is_compared_by_medians_and_with_the_rival_that_the_work_names() -> None:
    forward, tail = works()
    assert (forward["rival"], forward["ratio"]) == ("TensorFlow Lite", 300 / 320)
    assert (tail["rival"], tail["ratio"]) == ("Keras (function)", 230 / 115)
    assert [row["entrant"] for row in forward["entrants"]] == ["TensorFlow Lite", "mlpack", "Keras (function)"]
    without = peer_figures.figures(BY_NAME["tail"], {MLPACK: measured(1), Entrant(LITE): measured(2)}, PEAK)
    assert "ratio" not in without


def test_the_ceiling_is_what_the_multiply_adds_of_a_work_allow() -> None:
    forward, tail = works()
    assert forward["multiplyAddsPerImage"] == 600_000_000
    assert forward["ceiling"] == pytest.approx(400)
    assert {row["entrant"]: row["shareOfCeiling"] for row in forward["entrants"]} == {
        "mlpack": pytest.approx(0.75), "TensorFlow Lite": pytest.approx(0.8), "Keras (function)": pytest.approx(0.375),
    }
    assert tail["entrants"][-1] == {"entrant": "TensorFlow Lite", "version": "", "reason": "it is <not> there"}


@pytest.fixture
def material(tmp_path) -> Material:
    """What Keras is made to say: a step from 0 to 1, and in float32 a little beside it."""
    tail, forward = BY_NAME["tail"], BY_NAME["forward-1"]
    np.savez(tmp_path / START, **{"dense/bias": np.zeros(4), "dense/kernel": np.zeros(4)})
    for floats, end in (("float64", 1), ("float32", 1.01)):
        np.savez(tmp_path / expected(tail, floats), **{"dense/bias": np.full(4, end), "dense/kernel": np.full(4, end)})
        np.savez(tmp_path / expected(forward, floats), probabilities=np.full((2, 5), 0.2))
    return Material(tmp_path)


@pytest.mark.parametrize(
    ("bias", "is_right"), [(1.0, True), (0.97, True), (1.04, False), (0.0, False), (np.nan, False)]
)
def test_weights_may_be_three_times_as_far_off_as_those_of_keras(material, bias, is_right) -> None:
    found = {"dense/bias": np.full(4, bias)}
    with nullcontext() if is_right else pytest.raises(entrants.NotMeasured, match="of the movement"):
        entrants.check(BY_NAME["tail"], material, found)


@pytest.mark.parametrize(
    ("found", "is_right"),
    [(np.full((2, 5), 0.2), True), (np.full((2, 5), 0.2002), False), (np.full((1, 5), 0.2), False)],
)
def test_probabilities_have_to_be_those_of_keras(material, found, is_right) -> None:
    with nullcontext() if is_right else pytest.raises(entrants.NotMeasured, match="probabilities"):
        entrants.check(BY_NAME["forward-1"], material, {"probabilities": found})


@pytest.mark.parametrize(
    ("before", "losses", "reason"),
    [(1.6, (1.5, 1.4), None), (1.61, (1.5, 1.4), "before training"), (1.6, (1.5, 1.5), "does not learn")],
)
def test_a_run_starts_where_keras_does_and_learns(before, losses, reason) -> None:
    lines = [{"validationLoss": before}, *({"trainLoss": loss} for loss in losses)]
    with pytest.raises(Failed, match=reason) if reason else nullcontext():
        training.check(lines, {"before": {"loss": 1.6}})


class Turns:
    """An entrant that notes when it is asked, and cannot be asked more often than `last`."""

    def __init__(self, name: str, asked: list[str], last: int = 99):
        self.name, self.asked, self.last = name, asked, last

    def round(self, seconds: float) -> Rate:
        if self.asked.count(self.name) == self.last:
            raise entrants.NotMeasured("it ended")
        self.asked.append(self.name)
        return Rate(1, 1)


def test_entrants_take_turns_in_alternating_order_and_one_that_ends_is_left_out() -> None:
    asked: list[str] = []
    loaded = {Entrant("a"): Turns("a", asked), Entrant("b"): Turns("b", asked, 1), Entrant("c"): Turns("c", asked)}
    found = {entrant: rounds.Measured("") for entrant in loaded}
    rounds.take_turns(loaded, found, rounds.Pace(3, 0))
    assert "".join(asked) == "abc" + "ca" + "ac"
    assert found[Entrant("b")].reason == "it ended"
    assert len(found[Entrant("a")].rates) == 3


def test_the_epochs_of_keras_are_extrapolated_by_their_median(recorded) -> None:
    figures = recorded["orders"]["run"]["figures"]
    assert numbers.extrapolated([9, 20, 30], 100) == 2000
    assert figures["keras"] == {"epochSeconds": [40, 20], "extrapolatedSeconds": 3000}
    assert figures["ratio"] == 12 and figures["epochs"] == 100
    assert training_run.results(figures)[0].verdict == "at least 12 ×: met"
    assert training_run.results(figures | {"epochs": 3})[0].verdict is None
    assert "extrapolated" in training_run.tables(figures)[0].text


def test_memory_is_told_whole_and_besides_the_driver(recorded) -> None:
    figures = recorded["orders"]["memory"]["figures"]
    assert figures["mlpack"]["warm"] == {"whole": 100, "driver": 60, "rest": 40, "wholeRatio": 0.1, "restRatio": 0.04}
    verdicts = [result.verdict.split(": ")[1] for result in memory.results(figures)]
    assert verdicts == ["not met", "met", "met", "met"]


def test_the_chart_is_drawn_from_zero_and_to_scale(recorded) -> None:
    for theme in draw.THEMES:
        root = ElementTree.fromstring(draw.chart(recorded, theme))
        bars = list(root.iter(f"{SVG}rect"))
        works = recorded["orders"]["peers"]["figures"]["works"]
        # In both works the ceiling is above every bar.
        shares = [row["median"] / work["ceiling"] for work in works for row in work["entrants"] if "median" in row]
        widths = [float(bar.get("width")) for bar in bars]
        assert widths == pytest.approx([(draw.BARS_END - draw.BARS) * share for share in shares], abs=0.06)
        zeros = {words.get("x") for words in root.iter(f"{SVG}text") if words.text == "0"}
        assert {bar.get("x") for bar in bars} == zeros
        assert min(float(bar.get("x")) for bar in bars) == pytest.approx(draw.MARGIN + draw.BARS, abs=0.06)
        assert [bar.get("fill") for bar in bars].count(draw.THEMES[theme]["own"]) == len(works)


def test_nothing_of_the_chart_is_outside_of_it(recorded) -> None:
    root = ElementTree.fromstring(draw.chart(recorded, "light"))
    width, height = (float(root.get(name)) for name in ("width", "height"))
    for element in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("y2", height)):
            assert 0 <= float(element.get(name, 0)) <= most, ElementTree.tostring(element)
    said = " ".join(words.text for words in root.iter(f"{SVG}text"))
    assert MACHINE["processor"] in said and "not measured" in said and "ceiling 400" in said


def test_an_axis_has_round_numbers_up_to_its_end() -> None:
    assert draw.Scale(413, 0).ticks == [0, 200, 400]
    assert draw.Scale(2280, 0).ticks == [0, 1000, 2000]
    assert draw.Scale(7.9, 0).ticks == [0, 2, 4, 6]


def test_what_is_recorded_comes_back_and_fills_the_readme(recorded, tmp_path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{record.BEGIN}\nstale\n{record.END}\n\nafter\n")
    record.write(recorded, tmp_path / "results", readme)
    assert record.load_all(tmp_path / "results") == [json.loads(json.dumps(recorded))]
    text = readme.read_text()
    assert text.startswith("before\n\n") and text.endswith("\n\nafter\n") and "stale" not in text
    for said in ("chart-dark.svg", "12.0 ×", "at least 12 ×: met", MACHINE["processor"], "2026-01-02"):
        assert said in text
    record.write(recorded, tmp_path / "results", readme)
    assert readme.read_text() == text
    kept = tmp_path / "results" / "sample-3000-co"
    assert list(kept.parent.iterdir()) == [kept]
    assert {path.name for path in kept.iterdir()} == {"README.md", "figures.json", "chart-light.svg", "chart-dark.svg"}
    page = (kept / "README.md").read_text()
    assert all(f"## {name}, 2026-01-02" in page for name in ORDERS)
    with pytest.raises(record.NotRecorded):
        record.filled("no marks", "")


def test_figures_of_two_machines_are_not_kept_together(recorded, tmp_path) -> None:
    (tmp_path / "README.md").write_text(f"{record.BEGIN}{record.END}")
    record.write(recorded, tmp_path / "results", tmp_path / "README.md")
    record.check(MACHINE, ["run"], tmp_path / "results")
    other = MACHINE | {"driver": "Sample Platform, 2.0"}
    with pytest.raises(record.NotRecorded, match="another driver, Sample Platform, 1.0"):
        record.check(other, ["run"], tmp_path / "results")
    record.check(other, list(ORDERS), tmp_path / "results")
    figures = recorded["orders"]["memory"]["figures"]
    kept = record.merged(MACHINE, {"memory": figures}, tmp_path / "results")["orders"]
    assert list(kept) == list(ORDERS)
    assert kept["memory"]["date"] != "2026-01-02" and kept["run"]["date"] == "2026-01-02"


def test_each_processor_has_its_figures_and_the_readme_says_the_newest(recorded, tmp_path) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results"
    readme.write_text(f"{record.BEGIN}{record.END}")
    newer = {
        "machine": MACHINE | {"processor": "Sample 4000"},
        "orders": {name: order | {"date": "2026-03-04"} for name, order in recorded["orders"].items()},
    }
    for written in (newer, recorded):
        record.check(written["machine"], ["run"], results)
        record.write(written, results, readme)
    assert [kept["machine"]["processor"] for kept in record.load_all(results)] == ["Sample 4000", MACHINE["processor"]]
    table, rest = readme.read_text().split("Medians, on Sample 4000", 1)
    assert "results/sample-4000/chart-dark.svg" in table and "12.0 ×" in table
    rest = " ".join(rest.split())
    assert f"On [{MACHINE['processor']}](tools/benchmarks/results/sample-3000-co/README.md), 2026-01-02:" in rest
    assert "forward, batch 1 0.94 × (not met)" in rest and "100 epochs 12.0 ×;" in rest


def test_the_readme_says_the_figures_that_are_recorded() -> None:
    readme = record.README.read_text()
    assert readme == record.filled(readme, record.section(record.load_all()))
    for recorded in record.load_all():
        kept = record.folder(recorded["machine"])
        assert (kept / "README.md").read_text() == record.page(recorded)
        for theme in draw.THEMES:
            assert (kept / f"chart-{theme}.svg").read_text() == draw.chart(recorded, theme)


def test_the_orders_of_the_tool_are_those_of_the_package() -> None:
    script = (ROOT / "tools" / "bench").read_text()
    assert re.findall(r"^#     ([a-z-]+) ", script, re.MULTILINE) == [*ORDERS, "draw"]


def test_a_program_that_fails_is_named_with_what_it_said() -> None:
    fails = [sys.executable, "-c", "import sys; print('one\\ntwo', file=sys.stderr); sys.exit(3)"]
    with pytest.raises(Failed, match="status 3 instead of 0; it said: two"):
        processes.run(*fails)
    assert processes.run(*fails, status=3) == ""
    with pytest.raises(Failed, match="cannot be run"):
        processes.run("/nowhere/mlpack")


def test_the_peak_of_a_process_is_its_own() -> None:
    peaks = [processes.peak(sys.executable, "-I", "-S", "-c", f"b'x' * {size}") for size in (1, 200_000_000)]
    assert 1_000_000 < peaks[0] < 100_000_000 and 200_000_000 < peaks[1] < 300_000_000


def test_a_process_and_its_children_count_together_and_what_they_share_once() -> None:
    held = "x = b'x' * 100_000_000; import os, time; child = os.fork(); {}; time.sleep(0.3); child and os.wait()"
    shared, both = (
        processes.peak(sys.executable, "-I", "-S", "-c", held.format(more)) for more in ("0", "y = b'y' * 50_000_000")
    )
    assert 100_000_000 < shared < 150_000_000 and 200_000_000 < both < 250_000_000
