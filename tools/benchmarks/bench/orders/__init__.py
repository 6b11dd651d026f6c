"""What can be measured. A module each, in which

- `measure(setting)` gives the figures, as they are recorded in JSON;
- `tables(figures)` shows all of them, `results(figures)` those that are held against a target or told in the README.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..setting import Setting
from ..table import Table
from ..target import Result
from . import import_speed, memory, pack_size, peer_works, start_up, training_run


class Order(Protocol):
    def measure(self, setting: Setting) -> dict: ...
    def tables(self, figures: dict) -> Sequence[Table]: ...
    def results(self, figures: dict) -> Sequence[Result]: ...


ORDERS: dict[str, Order] = {
    "import": import_speed, "packs": pack_size, "peers": peer_works, "run": training_run, "start-up": start_up,
    "memory": memory,
}
