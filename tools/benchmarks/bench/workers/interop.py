"""The modules of the tests with Keras: networks, weights that look trained, and Keras kept off other devices."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "Tests" / "Interop"))

import keras_run
import models
import yardstick
