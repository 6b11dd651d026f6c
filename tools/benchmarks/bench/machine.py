"""What the figures are of: the processor, the device with its driver, and the versions of what ran."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from .processes import document, run

# What has to be the same for figures to stand side by side.
IDENTITY = ("processor", "cores", "device", "driver", "mlpack")


def describe(mlpack: Path) -> dict:
    opened = document(mlpack, "bench", "--only", "driver", "--rounds", 1, "--seconds", 0, "--json")["device"]
    device = next(device for device in document(mlpack, "devices", "--json") if device["name"] == opened)
    return {
        "processor": processor(), "cores": os.cpu_count(), "memoryBytes": memory(), "system": system(),
        "device": device["name"], "driver": f"{device['platform']}, {device['driverVersion']}",
        "mlpack": run(mlpack, "--version").strip(),
    }


def processor() -> str:
    """As the system names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def computer(machine: dict) -> str:
    cores = f"{machine['cores']} cores" if machine["cores"] != 1 else "one core"
    return f"{machine['processor']}, {cores}, {machine['memoryBytes'] / 2**30:.0f} GiB of memory, {machine['system']}"


def driver(machine: dict) -> str:
    return f"OpenCL by {machine['driver']}"


def in_words(machine: dict) -> str:
    return f"{computer(machine)}; {driver(machine)}"
