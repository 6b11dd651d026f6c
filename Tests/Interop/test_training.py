"""Where training ends, against Keras: as near to float64 as Keras's own float32, by a factor of three."""

import h5py
import numpy as np
import pytest

import yardstick

RATES = [0.003, 0.1]
TRAINED = ["conv_pw_13/kernel", "dense/kernel", "dense/bias"]
LOSS_TOLERANCE = 1e-5


@pytest.fixture(
    scope="module",
    params=[pytest.param(network, marks=pytest.mark.long) for network in [(1.0, 224), (0.25, 224)]],
    ids=["alpha 1.0", "alpha 0.25"],
)
def runs(request, tmp_path_factory) -> dict:
    """The same start, images and order for everyone: three epochs of four batches."""
    alpha, size = request.param
    folder = tmp_path_factory.mktemp("training")
    labels = np.repeat(np.arange(5), 4)
    pixels = yardstick.photographs(20, size, 3)
    # So that there is something to learn: a class leaves its mark on its images.
    for image, label in zip(pixels, labels):
        image[:: label + 2, :, label % 3] //= 2
    weights = yardstick.start_weights(alpha, size, 5, 4, with_hostile=False)
    yardstick.save_as_keras(folder / "source.h5", alpha, size, 5, weights)
    yardstick.write_class_folders(folder / "images", pixels, labels)
    job = {
        "alpha": alpha, "size": size, "classes": 5, "pixels": pixels, "labels": labels, "rates": RATES,
        "batch": 5, "epochs": 3,
    }
    single, double = yardstick.run_keras(folder, job, weights)
    return {"folder": folder, "weights": weights, "float32": single, "float64": double}


@pytest.mark.parametrize("rate", RATES)
def test_training_ends_where_keras_ends(mlpack, runs, rate: float) -> None:
    folder = runs["folder"]
    mlpack("import", folder / "source.h5", "-o", folder / "net.mlpack")
    mlpack(
        "finetune", folder / "net.mlpack", "--data", folder / "images", "--validation-data", folder / "images",
        "--no-shuffle", "--epochs", "3", "--batch-size", "5", "--learning-rate", str(rate),
        "--log", folder / "log.jsonl", "-o", folder / "tuned.mlpack",
    )
    mlpack("export", folder / "tuned.mlpack", "-o", folder / "tuned.h5")
    tuned = trained_tensors(folder / "tuned.h5")
    for name in TRAINED:
        single, double = runs["float32"][f"{rate}:{name}"], runs["float64"][f"{rate}:{name}"]
        mine, keras = yardstick.distance(tuned[name], double), yardstick.distance(single, double)
        moved = yardstick.distance(double, runs["weights"][name])
        print(f"{name}, rate {rate}: moved {moved:.4g}; mlpack {mine:.3g}, Keras float32 {keras:.3g} off")
        assert moved > 0
        assert mine <= max(3 * keras, 1e-5 * moved)

    log = yardstick.read_log(folder / "log.jsonl")
    assert [line["epoch"] for line in log] == [0, 1, 2, 3]
    assert "trainLoss" not in log[0]
    # Losses of about 1, of which a log has six digits.
    losses = [line["trainLoss"] for line in log[1:]]
    np.testing.assert_allclose(losses, runs["float64"][f"{rate}:trainLoss"], atol=LOSS_TOLERANCE, rtol=0)
    validation = [line["validationLoss"] for line in log]
    np.testing.assert_allclose(validation, runs["float64"][f"{rate}:validationLoss"], atol=LOSS_TOLERANCE, rtol=0)


def trained_tensors(path) -> dict[str, np.ndarray]:
    """Of a flat whole-model file: each dataset under `layer/name`."""
    found = {}
    with h5py.File(path) as file:
        file["model_weights"].visititems(
            lambda name, item: found.update({"/".join(name.removesuffix(":0").split("/")[-2:]): item[()]})
            if isinstance(item, h5py.Dataset) else None
        )
    return found
