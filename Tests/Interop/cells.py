"""The table of the round trips: which networks, saved how and by whom, go through mlpack and come back."""

from __future__ import annotations

import collections
import itertools
from dataclasses import asdict, dataclass

SIZE = 64
# The containers that each Keras writes. Keras 3 has no legacy form of weights alone, Keras 2 no shards.
CONTAINERS = {
    "keras2": ("legacy-h5", "legacy-weights", "keras-v3", "weights-h5"),
    "keras3": ("legacy-h5", "keras-v3", "weights-h5", "weights-json"),
}
WEIGHTS_ALONE = ("legacy-weights", "weights-h5", "weights-json")
NETWORKS = ("base", "base_avg", "top", "nested", "outer", "rescaled", "flat", "sequence")
ALPHAS = (0.25, 0.05, 0.5, 0.35)
FROZEN = ("none", "some", "all")
TYPES = ("float32", "float16", "bfloat16", "float64")

# The formats that mlpack exports, and the endings of their files.
FORMATS = {
    "keras-h5": ".h5",
    "keras-weights-h5": "_weights.h5",
    "keras-v3": ".keras",
    "weights-h5": ".weights.h5",
    "weights-json": ".weights.json",
}
WHOLE_FORMATS = ("keras-h5", "keras-v3")
ENDINGS = {
    "legacy-h5": ".h5",
    "legacy-weights": "_weights.h5",
    "keras-v3": ".keras",
    "weights-h5": ".weights.h5",
    "weights-json": ".weights.json",
}


@dataclass(frozen=True, order=True)
class Network:
    """What a Keras builds; it is saved in several containers."""

    keras: str
    network: str
    alpha: float
    frozen: str
    type: str

    def __str__(self):
        return f"{self.keras}-{self.network}-{self.alpha}-{self.frozen}-{self.type}"


@dataclass(frozen=True, order=True)
class Cell:
    """A network in a container: where a round trip starts."""

    built: Network
    container: str

    def __str__(self):
        return f"{self.built}-{self.container}"

    @property
    def file(self):
        return f"{self.built}{ENDINGS[self.container]}"

    @property
    def weights_alone(self):
        return self.container in WEIGHTS_ALONE

    def as_json(self):
        return asdict(self.built) | {"container": self.container}


def is_meaningful(built, container):
    # A frozen base is what makes an outer model what it is.
    if built.network in ("outer", "rescaled") and built.frozen != "all":
        return False
    # A file of weights alone does not say which activation is between two dense layers.
    return not (built.network == "flat" and container in WEIGHTS_ALONE)


def every_cell():
    """The product of all that a cell has, but for alpha: networks and types take turns at its values."""
    found = []
    for keras, network, frozen, kind in itertools.product(CONTAINERS, NETWORKS, FROZEN, TYPES):
        built = Network(keras, network, alpha_of(network, kind), frozen, kind)
        found += [Cell(built, container) for container in CONTAINERS[keras] if is_meaningful(built, container)]
    return sorted({*found, *wide_cells()})


def alpha_of(network, kind):
    return ALPHAS[(NETWORKS.index(network) + TYPES.index(kind)) % len(ALPHAS)]


def wide_cells():
    """The networks of full width, as people use them."""
    return [
        Cell(Network("keras2", "base", 1.0, "none", "float32"), "legacy-h5"),
        Cell(Network("keras2", "base", 1.0, "none", "float32"), "legacy-weights"),
        Cell(Network("keras3", "top", 1.0, "none", "float32"), "keras-v3"),
        Cell(Network("keras3", "nested", 0.75, "some", "float32"), "weights-h5"),
    ]


QUICK_NETWORKS = ("base", "top", "nested", "flat")
QUICK_COUNT = 6


def quick_cells():
    """Few cells in which as many pairs of values meet as can, the rarer networks once each."""
    chosen, open_pairs, alphas = [], set(), collections.Counter()
    everything = [cell for cell in every_cell() if cell.built.network in QUICK_NETWORKS and cell.built.alpha < 0.75]
    for cell in everything:
        open_pairs |= pairs(cell)
    while open_pairs and len(chosen) < QUICK_COUNT:
        best = max(everything, key=lambda cell: (len(pairs(cell) & open_pairs), -alphas[cell.built.alpha]))
        chosen.append(best)
        alphas[best.built.alpha] += 1
        open_pairs -= pairs(best)
    return sorted({*chosen, *quick_extras()})


def quick_extras():
    return [
        extra("keras2", "outer", "all", "legacy-h5"),
        extra("keras3", "rescaled", "all", "keras-v3"),
        extra("keras3", "base_avg", "none", "legacy-h5"),
        extra("keras3", "sequence", "some", "legacy-h5"),
    ]


def extra(keras, network, frozen, container):
    return Cell(Network(keras, network, alpha_of(network, "float32"), frozen, "float32"), container)


def pairs(cell):
    """Pairs of values that the quick tier wants to meet; alpha takes turns by itself."""
    built = cell.built
    # How a container names its weights is what networks and types depend on.
    family = "legacy" if cell.container.startswith("legacy") else "objects"
    values = (("keras", built.keras), built.network, built.frozen, built.type, family)
    return {*itertools.combinations(values, 2), (built.keras, cell.container)}


def rotated(number):
    """The format of which Keras loads the export of the quick cell of that number."""
    return [list(FORMATS)[number % len(FORMATS)]]


# What a Keras cannot do with its own file either.
NO_BFLOAT16 = "No cast function available"


def may_fail(loader, kind, format):
    """Keras reads no opaque bfloat16: Keras 2 nowhere, Keras 3 only where a mark says what it is."""
    return loader == "keras2" and kind == "bfloat16" and format not in ("keras-h5", "keras-weights-h5")


def predicts_the_same(cell, format):
    """A file of weights alone does not say that there was pooling, or that pixels were rescaled."""
    whole = format in WHOLE_FORMATS
    if cell.built.network == "rescaled":
        return whole and not cell.weights_alone
    return not (whole and cell.weights_alone and cell.built.network in ("base_avg", "sequence"))


def tolerance(cell, loader):
    """How far predictions may be apart, as a part of the greatest."""
    built = cell.built
    if built.keras == loader:
        # Weights alone do not say that the head pooled globally. The window over all pixels that is assumed adds them
        # in another order, which shows in the last place of half precision.
        is_assumed = cell.weights_alone and built.network in ("outer", "rescaled")
        last_place = {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(built.type, 1e-6)
        return last_place if is_assumed else 1e-6
    return {"float32": 2e-4, "float64": 1e-6, "float16": 0.02, "bfloat16": 0.1}[built.type]
