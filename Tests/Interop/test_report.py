"""The page that finetune --report writes, as a real browser shows it."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import yardstick
from browser import Browser

FIXTURES = Path(__file__).parents[2] / "fixtures"
BASE = FIXTURES / "base" / "mobilenet_2_5_128_tf_no_top.h5"
FLOWERS = ["daisy", "dandelion", "roses", "sunflowers", "tulips"]
# As names of folders: each would run, if it were not escaped where it stands.
HOSTILE = sorted(
    ["<img src=x onerror=window.pwned=1>", "\"onmouseover=\"window.pwned=1", "<script>window.pwned=1", "a\u202egnp"],
    key=str.encode,
)


@dataclass
class Report:
    page: Path
    log: list[dict]
    tuned: Path
    data: Path


@pytest.fixture(scope="module")
def flowers(mlpack, tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("flowers")
    (folder / "labels.txt").write_text("\n".join(FLOWERS) + "\n")
    return trained(
        mlpack, folder, FIXTURES / "flowers", ["--labels", folder / "labels.txt"],
        ["--validation-split", "0.2", "--epochs", "2", "--batch-size", "16"])


@pytest.fixture(scope="module")
def hostile(mlpack, tmp_path_factory) -> Report:
    folder = tmp_path_factory.mktemp("hostile")
    for part, count in (("flowers", 12), ("flowers_unseen", 6)):
        for name, flower in zip(HOSTILE, FLOWERS):
            target = folder / part / name
            target.mkdir(parents=True)
            for index, image in enumerate(sorted((FIXTURES / part / flower).iterdir())[:count]):
                shutil.copy(image, target / f"<svg onload=window.pwned={index}>'.jpg")
    return trained(
        mlpack, folder, folder / "flowers", [],
        ["--validation-data", folder / "flowers_unseen", "--epochs", "1", "--batch-size", "8"])


def trained(mlpack, folder: Path, data: Path, importing: list, options: list) -> Report:
    page, log, tuned = folder / "report.html", folder / "log.jsonl", folder / "tuned.mlpack"
    mlpack("import", BASE, *importing, "-o", folder / "net.mlpack")
    mlpack("finetune", folder / "net.mlpack", "--data", data, *options, "--report", page, "--log", log, "-o", tuned)
    return Report(page, yardstick.read_log(log), tuned, data)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


def test_the_page_asks_nothing_and_complains_of_nothing(browser, flowers) -> None:
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(flowers.page)
    assert [url for url in browser.requests if not url.startswith("data:")] == [flowers.page.as_uri()]
    assert browser.complaints == []
    assert browser.value("document.scripts.length") == 0
    assert browser.value("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize(
    ("chart", "line", "key", "scale"),
    [
        ("loss", "training", "trainLoss", 1), ("loss", "validation", "validationLoss", 1),
        ("accuracy", "training", "trainAccuracy", 100), ("accuracy", "validation", "validationAccuracy", 100),
        ("speed", "plain", "imagesPerSecond", 1),
    ],
)
def test_a_curve_goes_through_the_figures_of_the_log(browser, flowers, chart, line, key, scale) -> None:
    browser.open(flowers.page)
    path = browser.value(f"document.querySelector('#{chart} .line.{line}').getAttribute('d')")
    points = np.array([[float(number) for number in point.split()] for point in re.split("[ML]", path)[1:]])
    known = [(row["epoch"], row[key] * scale) for row in flowers.log if row.get(key) is not None]
    assert len(known) >= 2
    # The height of a value, by what stands at the ticks.
    ticks = browser.value(
        f"[...document.querySelectorAll('#{chart} .tick[text-anchor=end]')]"
        ".map(tick => [parseFloat(tick.textContent.replaceAll(',', '')), Number(tick.getAttribute('y'))])")
    slope, offset = np.polyfit(*np.array(ticks).T, 1)
    last = flowers.log[-1]["epoch"]
    expected = [[100 * epoch / last, slope * value + offset] for epoch, value in known]
    np.testing.assert_allclose(points, expected, atol=0.01)


def test_pointing_at_an_epoch_shows_its_figures(browser, flowers) -> None:
    browser.open(flowers.page)
    shown = "[...document.querySelectorAll('.reading text')].filter(text => text.checkVisibility("\
        "{visibilityProperty: true})).map(text => text.textContent)"
    assert browser.value(shown) == []
    browser.value("document.querySelector('#loss').scrollIntoView()")
    box = browser.value("document.querySelectorAll('#loss .reading rect')[1].getBoundingClientRect().toJSON()")
    browser.hover(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    row = flowers.log[1]
    assert browser.value(shown) == [
        f"epoch 1: training {row['trainLoss']:.4f}, validation {row['validationLoss']:.4f}"]


def test_the_table_of_epochs_is_the_log(browser, flowers) -> None:
    browser.open(flowers.page)
    assert [row[:5] for row in cells(browser, "epochs")] == [
        [
            str(row["epoch"]) + (" kept" if row["epoch"] == 2 else ""),
            decimals(row.get("trainLoss")), percent(row.get("trainAccuracy")),
            decimals(row.get("validationLoss")), percent(row.get("validationAccuracy")),
        ]
        for row in flowers.log
    ]
    assert browser.value("document.querySelector('#loss text.kept').textContent") == "epoch 2 kept"


def test_the_matrix_agrees_with_the_log(browser, flowers) -> None:
    browser.open(flowers.page)
    rows = cells(browser, "matrix")
    assert [row[0] for row in rows] == FLOWERS
    counts = np.array([row[1:] for row in rows], int)
    assert counts.shape == (5, 5) and counts.sum() == 120
    assert np.trace(counts) / 120 == pytest.approx(flowers.log[-1]["validationAccuracy"])
    for index, row in enumerate(cells(browser, "classes-all")):
        called, there = counts[:, index].sum(), counts[index].sum()
        right = counts[index, index]
        assert row == [
            FLOWERS[index], percent(right / there if there else None), percent(right / called if called else None),
            str(there), str(120 - there),
        ]


def test_the_matrix_is_that_of_evaluate(browser, hostile, mlpack) -> None:
    browser.open(hostile.page)
    evaluation = json.loads(
        mlpack("evaluate", hostile.tuned, "--data", hostile.data.with_name("flowers_unseen"), "--json").stdout)
    assert np.array([row[1:] for row in cells(browser, "matrix")], int).tolist() == evaluation["confusion"]


def test_names_from_files_stay_names(browser, hostile) -> None:
    # Even a browser that doesn't know the page's security policy has nothing to run.
    browser.open(hostile.page, with_policy=False)
    assert browser.value("typeof window.pwned") == "undefined"
    assert browser.value("document.scripts.length") == 0
    attributes = browser.value(
        "[...document.querySelectorAll('*')].flatMap(element => element.getAttributeNames())")
    assert not [name for name in attributes if name.startswith("on")]
    assert browser.value("document.querySelectorAll('img:not([src^=\"data:image/jpeg;base64,\"])').length") == 0
    # What turns the direction of the text beside it is shown by its number.
    shown = [name.replace("\u202e", r"\u{202E}") for name in HOSTILE]
    assert [row[0] for row in cells(browser, "matrix")] == shown
    files = browser.value("[...document.querySelectorAll('.mistakes .file')].map(file => file.textContent)")
    assert files and all("<svg onload=window.pwned=" in file for file in files)


def test_mistakes_are_the_images_that_they_name(browser, flowers) -> None:
    browser.open(flowers.page)
    cards = browser.value(
        "[...document.querySelectorAll('.mistakes li')].map(card => ({"
        "source: card.querySelector('img').src, width: card.querySelector('img').naturalWidth,"
        "names: [...card.querySelectorAll('b')].map(name => name.textContent),"
        "taken: card.querySelector('.taken').textContent, file: card.querySelector('.file').textContent}))")
    assert cards
    for card in cards:
        prediction, truth = card["names"]
        original = FIXTURES / "flowers" / truth / Path(card["file"]).name
        assert prediction != truth and prediction in FLOWERS and original.exists()
        kind, data = card["source"].split(",")
        assert kind == "data:image/jpeg;base64"
        thumbnail = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        assert thumbnail.format == "JPEG" and card["width"] == thumbnail.width
        whole = Image.open(original).convert("RGB")
        assert max(thumbnail.size) == min(160, max(whole.size))
        shrunk = whole.resize(thumbnail.size, Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(thumbnail, float) - np.asarray(shrunk, float)).mean() < 6
    surest = [float(re.search(r"([\d.]+)\u202f%", card["taken"])[1]) for card in cards]
    assert surest == sorted(surest, reverse=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["flowers", "hostile"])
def test_nothing_is_wider_than_the_window(browser, request, name, width, scheme) -> None:
    browser.open(request.getfixturevalue(name).page, width, scheme)
    browser.value("document.querySelectorAll('details').forEach(details => details.open = true)")
    assert browser.value("document.documentElement.scrollWidth") <= width
    # Text that a wide table holds is reached by scrolling the table; all other is inside the window.
    outside = browser.value(
        "[...document.querySelectorAll('main *')].filter(element => !element.closest('.scroll') && "
        "element.checkVisibility({visibilityProperty: true}) && "
        "(element.getBoundingClientRect().right > innerWidth || element.getBoundingClientRect().left < 0))"
        ".map(element => element.outerHTML.slice(0, 80))")
    assert outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, flowers, scheme) -> None:
    browser.open(flowers.page, scheme=scheme)
    pairs = browser.value(COLOURS)
    assert len(pairs) > 150
    for text, colour, grounds in pairs:
        ground = np.zeros(3)
        for layer in reversed(grounds):
            red, green, blue, *alpha = (float(part) for part in re.findall(r"[\d.]+", layer))
            opacity = alpha[0] if alpha else 1
            ground = opacity * np.array([red, green, blue]) + (1 - opacity) * ground
        ink = np.array([float(part) for part in re.findall(r"[\d.]+", colour)[:3]])
        light, dark = sorted([luminance(ink), luminance(ground)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, colour, grounds)


# Each visible text with its colour and the colours behind it, the nearest first.
COLOURS = """
(() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({visibilityProperty: true}) || element.closest('title, desc')) continue;
    const style = getComputedStyle(element), grounds = [];
    for (let at = element; at; at = at.parentElement) {
      const {backgroundImage, backgroundColor} = getComputedStyle(at);
      if (backgroundImage != 'none') grounds.push(backgroundImage.match(/rgba?\\([^)]*\\)/)[0]);
      grounds.push(backgroundColor);
    }
    found.push([text, element.closest('svg') ? style.fill : style.color, grounds]);
  }
  return found;
})()
"""


def luminance(colour: np.ndarray) -> float:
    """WCAG 2's relative luminance of an sRGB colour."""
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def cells(browser: Browser, table: str) -> list[list[str]]:
    return browser.value(
        f"[...document.querySelectorAll('#{table} tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))")


def decimals(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}\u202f%"
