"""Measures mlpack: python -m bench --mlpack PROGRAM [ORDER…] [--quick] [--write] [--json FOLDER]

The exit status is 0 where everything could be measured, whether or not a target is met.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import record
from .machine import describe
from .orders import ORDERS
from .processes import Failed
from .setting import ROOT, Setting, say
from .target import summary

# What is done with the figures, after them.
DRAW = "draw"


def main() -> None:
    options = parsed()
    if options.check:
        return
    try:
        failed = measure(options) if options.orders != [DRAW] else []
        if DRAW in options.orders:
            for recorded in record.load_all():
                record.write(recorded)
    except (Failed, record.NotRecorded) as reason:
        sys.exit(str(reason))
    if failed:
        sys.exit(f"Not measured: {', '.join(failed)}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/bench", description="Measures mlpack.")
    parser.add_argument("orders", nargs="*", metavar="ORDER", help=f"{', '.join([*ORDERS, DRAW])} (default: all)")
    parser.add_argument("--quick", action="store_true", help="few rounds and little data, for a look")
    parser.add_argument("--write", action="store_true", help="record the figures, and draw the chart of them")
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="write a JSON file for each order, too")
    parser.add_argument("--mlpack", type=Path, default=ROOT / ".build" / "release" / "mlpack", help="the program")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)  # Looks at the command line alone.
    options = parser.parse_args()
    for order in options.orders:
        if order not in (*ORDERS, DRAW):
            parser.error(f"there is no order '{order}'; there are {', '.join([*ORDERS, DRAW])}")
    if options.quick and options.write:
        parser.error("--quick is for a look: its figures are not worth recording; leave it out to --write")
    options.orders = options.orders or list(ORDERS)
    options.mlpack = options.mlpack.absolute()
    return options


def measure(options: argparse.Namespace) -> list[str]:
    """Each order in turn; those that could not be measured."""
    asked = [order for order in ORDERS if order in options.orders]
    setting = Setting(options.mlpack, options.quick)
    machine = describe(setting.mlpack)
    if options.write:
        # Before minutes of measuring, not after them.
        record.check(machine, asked)
    found, failed = {}, []
    for name in asked:
        try:
            found[name] = ORDERS[name].measure(setting)
        except Failed as reason:
            say(f"{name}: {reason}")
            failed.append(name)
            continue
        print("\n\n".join(["", *(table.text for table in ORDERS[name].tables(found[name]))]), flush=True)
        if options.json:
            options.json.mkdir(parents=True, exist_ok=True)
            (options.json / f"{name}.json").write_text(json.dumps(found[name], indent=1) + "\n")
    results = [result for name, figures in found.items() for result in ORDERS[name].results(figures)]
    if results:
        print(f"\n\n{summary('summary', results).text}")
    if options.write and found:
        record.write(record.merged(machine, found))
    return failed


if __name__ == "__main__":
    main()
