"""An exported file gives in Keras 2 and in Keras 3 the probabilities that `mlpack predict` gave."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOWERS = ROOT / "fixtures" / "flowers_unseen"


@pytest.fixture(scope="module")
def tuned(mlpack, tmp_path_factory) -> Path:
    """The demo's base, tuned for two epochs, exported and asked about every picture."""
    folder = tmp_path_factory.mktemp("predictions")
    (folder / "labels.txt").write_text("".join(f"{path.name}\n" for path in sorted(FLOWERS.iterdir())))
    base = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
    mlpack("import", base, "--labels", folder / "labels.txt", "-o", folder / "start.mlpack")
    mlpack(
        "finetune", folder / "start.mlpack", "--data", FLOWERS, "--epochs", "2", "--batch-size", "16",
        "--learning-rate", "0.02", "-o", folder / "tuned.mlpack",
    )
    mlpack("export", folder / "tuned.mlpack", "-o", folder / "tuned.h5")
    said = mlpack("predict", folder / "tuned.mlpack", *sorted(FLOWERS.glob("*/*.jpg")), "--json").stdout
    (folder / "predictions.json").write_text(said)
    return folder


@pytest.mark.long
def test_keras_predicts_what_mlpack_predicts(tuned: Path) -> None:
    check = ROOT / "tools" / "lib" / "check_with_keras.py"
    arguments = [tuned / "tuned.h5", tuned / "predictions.json"]
    both = [
        subprocess.Popen(
            [sys.executable, check, line, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for line in ("2", "3")
    ]
    for process in both:
        output, errors = process.communicate()
        print(output)
        assert process.returncode == 0, output + errors
