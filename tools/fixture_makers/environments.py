"""Every Keras that fixtures come from, and a Python that has it.

The current ones are in the environment of tools/requirements.txt, which runs this. The old ones get an
environment each in the cache, made when it is first asked for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# What pip is asked for; the rest is what it chooses. Each installs on Python 3.11.
OLD = {
    "keras-2.12": ["keras==2.12.0", "tensorflow-cpu==2.12.1", "numpy==1.24.3", "h5py==3.16.0"],
    "keras-2.14": ["keras==2.14.0", "tensorflow-cpu==2.14.1", "numpy==1.26.4", "h5py==3.16.0"],
    "keras-3.0": ["keras==3.0.5", "tensorflow-cpu==2.16.2", "numpy==1.26.4", "h5py==3.16.0"],
    "keras-3.3": ["keras==3.3.3", "tensorflow-cpu==2.16.2", "numpy==1.26.4", "h5py==3.16.0"],
    "keras-3.6": ["keras==3.6.0", "tensorflow-cpu==2.18.1", "numpy==2.0.2", "h5py==3.16.0"],
}
CURRENT = ("keras2", "keras3")


def python(name: str) -> str:
    """The Python with the Keras of that name."""
    if name in CURRENT:
        return sys.executable
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlpack" / f"old-{name}"
    interpreter, complete = folder / "bin" / "python", folder / ".complete"
    if not complete.exists():
        print(f"Installing {' '.join(OLD[name])} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *OLD[name]], check=True)
        complete.touch()
    return str(interpreter)
