"""The works that are timed in rounds, who does them, and what mlpack is to reach."""

from __future__ import annotations

from dataclasses import dataclass, field

CLASSES = 5
SIZE = 224
LEARNING_RATE = 0.003
MASK = "conv_pw_13,dense"
# Different images among those that a check goes through.
CHECK_IMAGES = 32


@dataclass(frozen=True)
class Entrant:
    """A way to do a work: a peer and, where it has several, which."""

    peer: str
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.peer} ({self.variant})" if self.variant else self.peer


@dataclass(frozen=True)
class Work:
    name: str
    title: str
    batch: int
    # By how much mlpack is to be faster, and than whom: a peer, or the best of them.
    target: float
    rival: str | None
    entrants: list[Entrant] = field(hash=False)

    # What is trained, where anything is.
    mask: str = ""

    @property
    def trains(self) -> bool:
        return bool(self.mask)


MLPACK = Entrant("mlpack")
KERAS, LITE, TINYGRAD = "Keras", "TensorFlow Lite", "tinygrad"
# The module of this package that is a peer's worker.
MODULES = {
    KERAS: "keras_peer", LITE: "lite_peer", "ONNX Runtime": "onnx_peer", "OpenVINO": "openvino_peer",
    TINYGRAD: "tinygrad_peer",
}
# XLA is left out where it takes several times as long on a processor: forward, and where everything trains.
_FORWARD = [
    Entrant(KERAS, "function"), Entrant(LITE), Entrant("ONNX Runtime"),
    Entrant("OpenVINO", "latency"), Entrant("OpenVINO", "throughput"), Entrant(TINYGRAD),
]
_STEPS = [Entrant(KERAS, "function"), Entrant(KERAS, "fit")]

WORKS = [
    Work("forward-1", "forward, batch 1", 1, 1.0, None, _FORWARD),
    Work("forward-32", "forward, batch 32", 32, 1.1, None, _FORWARD),
    Work(
        "tail", "training step, conv_pw_13 and dense", 163, 1.35, KERAS,
        [*_STEPS, Entrant(KERAS, "XLA"), Entrant(LITE), Entrant(TINYGRAD)], MASK,
    ),
    Work("unfrozen", "training step, everything", 32, 2.5, KERAS, _STEPS, "*"),
]
BY_NAME = {work.name: work for work in WORKS}
