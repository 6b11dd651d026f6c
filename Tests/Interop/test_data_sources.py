"""The same labelled images, however they are kept: class folders, a CSV manifest, TFRecord files by real TensorFlow."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import yardstick

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[2]
CLASSES = ["ant", "bee", "cat"]


class Pictures:
    """Images of 96 × 160 pixels, a third of each class, and the files that hold them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pixels = yardstick.photographs(12, 160, 7)[:, 32:128]
        self.labels = [index % 3 for index in range(12)]

    def files(self, kind: str, **options) -> Path:
        """A folder a class, of files of this kind."""
        return self.class_folders(self.pixels, kind, **options)

    def cropped(self) -> Path:
        return self.class_folders(self.pixels[:, :, 32:128], "bmp")

    def padded(self) -> Path:
        black = np.zeros((12, 160, 160, 3), np.uint8)
        black[:, 32:128] = self.pixels
        return self.class_folders(black, "png")

    def class_folders(self, pixels: np.ndarray, kind: str, **options) -> Path:
        folder = self.folder / f"{kind}{len(list(self.folder.iterdir()))}"
        for index, (image, label) in enumerate(zip(pixels, self.labels)):
            path = folder / CLASSES[label] / f"{index:02}.{kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path, **options)
        return folder

    def manifest(self) -> Path:
        images = self.files("png")
        path = images / "list.csv"
        with path.open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["split", "label", "path"])
            for image in sorted(images.glob("*/*.png")):
                lines.writerow(["all, or none", image.parent.name, image.relative_to(images)])
        return path

    def records(self, shards: int = 2) -> Path:
        """As TensorFlow Datasets writes them: the classes in another order, a test split that is not to be taken."""
        import tensorflow as tf

        folder = self.folder / f"records{len(list(self.folder.iterdir()))}" / "3.0.1"
        folder.mkdir(parents=True)
        names = CLASSES[::-1]
        (folder / "label.labels.txt").write_text("\n".join(names) + "\n")
        (folder / "dataset_info.json").write_text("{}")
        for split, count in (("train", 12), ("test", 3)):
            for shard in range(shards):
                name = f"drawn-{split}.tfrecord-{shard:05}-of-{shards:05}"
                with tf.io.TFRecordWriter(str(folder / name)) as writer:
                    for index in range(shard, count, shards):
                        file = io.BytesIO()
                        Image.fromarray(self.pixels[index]).save(file, "PNG")
                        label = names.index(CLASSES[self.labels[index]])
                        features = {
                            "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[file.getvalue()])),
                            "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
                        }
                        example = tf.train.Example(features=tf.train.Features(feature=features))
                        writer.write(example.SerializeToString())
        return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Pictures:
    return Pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def pack(mlpack, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    base = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
    mlpack("import", base, "--labels", folder / "labels.txt", "-o", folder / "net.mlpack")
    return folder / "net.mlpack"


@pytest.fixture(scope="module")
def evaluate(mlpack, pack):
    """The figures for some data; the loss to nine digits, since the order of the images rounds its sum."""

    def run(data: Path, *options: str) -> dict:
        figures = json.loads(mlpack("evaluate", pack, "--data", data, "--json", "--quiet", *options).stdout)
        return figures | {"loss": f"{figures['loss']:.9g}"}

    return run


@pytest.fixture(scope="module")
def expected(evaluate, pictures) -> dict:
    figures = evaluate(pictures.files("png"))
    assert figures["images"] == 12
    assert figures["labels"] == CLASSES
    return figures


@pytest.mark.parametrize("kind, options", [("webp", {"lossless": True}), ("bmp", {})])
def test_lossless_formats_are_alike(evaluate, pictures, expected, kind: str, options: dict) -> None:
    assert evaluate(pictures.files(kind, **options)) == expected


def test_a_manifest_is_as_good_as_folders(evaluate, pictures, expected) -> None:
    assert evaluate(pictures.manifest()) == expected


def test_tensorflow_datasets_are_read(evaluate, pictures, expected) -> None:
    folder = pictures.records()
    assert evaluate(folder) == expected
    assert evaluate(folder / "train") == expected
    assert evaluate(folder / "test")["images"] == 3


def test_cropping_and_padding_are_what_they_say(evaluate, pictures, expected) -> None:
    # 96 × 160 pixels: what --fit does is cropped or padded here by hand.
    images = pictures.files("png")
    cropped, padded = evaluate(images, "--fit", "crop"), evaluate(images, "--fit", "pad")
    assert cropped == evaluate(pictures.cropped())
    # Padding after resizing blurs no edge, where resizing after padding does.
    assert float(padded["loss"]) == pytest.approx(float(evaluate(pictures.padded())["loss"]), rel=0.05)
    assert len({figures["loss"] for figures in (cropped, padded, expected)}) == 3


def test_training_takes_records(mlpack, pack, pictures, tmp_path) -> None:
    results = []
    for data in (pictures.records(1), pictures.records(3)):
        tuned = tmp_path / f"{len(results)}.mlpack"
        mlpack("finetune", pack, "--data", data, "--epochs", "1", "--batch-size", "12", "-o", tuned, "--quiet")
        results.append(json.loads(mlpack("evaluate", tuned, "--data", data, "--json", "--quiet").stdout))
    assert results[0]["loss"] == pytest.approx(results[1]["loss"], rel=1e-4)


def test_calibration_takes_any_source(mlpack, pictures, tmp_path) -> None:
    base = ROOT / "fixtures" / "base" / "mobilenet_2_5_128_tf_no_top.h5"
    said = set()
    for data in (pictures.files("webp", lossless=True), pictures.manifest(), pictures.records(1)):
        output = tmp_path / "half.mlpack"
        done = mlpack("import", base, "--dtype", "f16", "--calibrate", data, "-o", output)
        said.add(next(line for line in done.stdout.splitlines() if line.startswith("outputs")))
        output.unlink()
    assert len(said) == 1
    assert said.pop().endswith("on 12 images")


@pytest.mark.parametrize(
    "damage, complaint",
    [
        (lambda file: file[:-1], "record 6: it says that it holds "),
        (lambda file: file[:3], "record 1: the file ends within its length"),
        (lambda file: file[:100] + bytes([file[100] ^ 1]) + file[101:], "record 1: its data does not match"),
        (lambda file: b"\xff" * 7 + file[7:], "record 1: its length does not match its checksum"),
    ],
    ids=["cut", "only a beginning", "a flipped bit", "an absurd length"],
)
def test_damaged_records_are_named(attempt, pack, pictures, damage, complaint: str) -> None:
    folder = pictures.records()
    shard = folder / "drawn-train.tfrecord-00001-of-00002"
    shard.write_bytes(damage(shard.read_bytes()))
    done = attempt("evaluate", pack, "--data", folder)
    assert done.returncode == 65
    assert f"{shard}, {complaint}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_image_that_is_broken_inside_a_record_is_left_out(attempt, pack, pictures) -> None:
    import tensorflow as tf

    folder = pictures.folder / "broken.tfrecord"
    with tf.io.TFRecordWriter(str(folder)) as writer:
        for index in range(3):
            file = io.BytesIO()
            Image.fromarray(pictures.pixels[index]).save(file, "PNG")
            value = file.getvalue()[: 100 if index == 1 else None]
            features = {
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])),
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[index])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    done = attempt("evaluate", pack, "--data", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == 2
    assert f"{folder}, record 2: damaged PNG" in done.stderr
