"""What an imported network computes, against Keras: no further from float64 than three times Keras's float32."""

import json

import numpy as np
import pytest

import yardstick


@pytest.mark.parametrize(
    "alpha, size, with_hostile",
    [
        (1.0, 224, False),
        pytest.param(0.25, 128, True, marks=pytest.mark.long),
        pytest.param(1.0, 224, True, marks=pytest.mark.long),
        pytest.param(0.5, 160, True, marks=pytest.mark.long),
    ],
)
def test_outputs_are_as_keras(mlpack, tmp_path, alpha: float, size: int, with_hostile: bool) -> None:
    weights = yardstick.start_weights(alpha, size, 5, 1, with_hostile)
    source = tmp_path / "source.h5"
    yardstick.save_as_keras(source, alpha, size, 5, weights)
    pixels = yardstick.photographs(6, size, 2)
    files = yardstick.write_class_folders(tmp_path / "images", pixels, np.zeros(6, int))
    job = {"alpha": alpha, "size": size, "classes": 5, "pixels": pixels, "predict": True}
    single, double = yardstick.run_keras(tmp_path, job, weights)

    def rows(*options: str) -> list[dict]:
        mlpack("import", source, "-o", tmp_path / "net.mlpack", *options)
        return json.loads(mlpack("predict", tmp_path / "net.mlpack", *files, "--json").stdout)

    for mask in ("conv_pw_13,dense", "none"):
        ours = np.array([row["probabilities"] for row in rows("--train", mask)])
        check(f"probabilities, {mask} trainable", ours, single["probabilities"], double["probabilities"])
        assert np.abs(ours - single["probabilities"]).max() <= yardstick.PROBABILITY_TOLERANCE
    ours = np.array([row["features"] for row in rows("--no-top", "--train", "none")])
    check("features", ours.reshape(double["features"].shape), single["features"], double["features"])


@pytest.mark.long
def test_activations_as_half_cost_less_than_keras_in_half(mlpack, tmp_path, monkeypatch) -> None:
    """The kernels for GPUs, with what goes from a frozen convolution to the next as f16: sums and weights are not."""
    alpha, size = 0.25, 128
    weights = yardstick.start_weights(alpha, size, 5, 1, False)
    source, pack = tmp_path / "source.h5", tmp_path / "net.mlpack"
    yardstick.save_as_keras(source, alpha, size, 5, weights)
    pixels = yardstick.photographs(6, size, 2)
    files = yardstick.write_class_folders(tmp_path / "images", pixels, np.zeros(6, int))
    job = {"alpha": alpha, "size": size, "classes": 5, "pixels": pixels, "predict": True}
    half, single, double = yardstick.run_keras(tmp_path, job, weights, ("float16", "float32", "float64"))
    mlpack("import", source, "-o", pack)
    monkeypatch.setenv("MLPACK_KERNELS", "gpu-f16")
    rows = json.loads(mlpack("predict", pack, *files, "--json").stdout)
    ours = np.array([row["probabilities"] for row in rows])
    mine, halves, singles = (
        yardstick.distance(other, double["probabilities"])
        for other in (ours, half["probabilities"], single["probabilities"])
    )
    print(f"probabilities: mlpack {mine:.3g}, Keras float16 {halves:.3g}, float32 {singles:.3g} from Keras float64")
    assert 3 * singles < mine < halves


def check(what: str, ours: np.ndarray, single: np.ndarray, double: np.ndarray) -> None:
    mine, keras = yardstick.distance(ours, double), yardstick.distance(single, double)
    print(f"{what}: mlpack {mine:.3g}, Keras float32 {keras:.3g} from Keras float64")
    assert mine <= 3 * keras
    assert np.abs(ours - double).max() <= 3 * np.abs(single - double).max()
