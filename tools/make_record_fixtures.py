#!/usr/bin/env python3
"""Makes fixtures/records: small TFRecord files as TensorFlow Datasets writes them, by TensorFlow itself.

Needs tensorflow-cpu 2.21.0. The images are those of fixtures/images. The folders:

- tfds: two shards of a train split, one of a test split, label.labels.txt;
- inception: image/encoded, image/class/label from 1, image/class/text, and features that do not count;
- numbers.tfrecord: labels alone, as unpacked integers too.
"""
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
FOLDER = FIXTURES / "records"
IMAGES = ["jpeg_420.jpg", "png_rgb_8.png", "webp_lossless.webp", "bmp_24.bmp", "jpeg_grey.jpg"]


def image(index):
    return (FIXTURES / "images" / IMAGES[index % len(IMAGES)]).read_bytes()


def bytes_feature(value):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def integer_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def example(**features):
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


def write(name, examples):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in examples:
            writer.write(record)


def tfds(index, label):
    name = f"image_{index}.jpg".encode()
    return example(image=bytes_feature(image(index)), label=integer_feature(label), **{
        "image/filename": bytes_feature(name)})


def inception(index, label, text):
    return example(**{
        "image/encoded": bytes_feature(image(index)), "image/class/label": integer_feature(label),
        "image/class/text": bytes_feature(text.encode()), "image/height": integer_feature(21),
        "image/class/synset": bytes_feature(b"n01440764"),
        "image/object/bbox/xmin": tf.train.Feature(float_list=tf.train.FloatList(value=[0.25, 0.5]))})


def unpacked(index, label):
    """An example whose integer has a tag of its own, as writers for proto2 make it; written by hand."""
    def field(number, content):
        size, prefix = len(content), b""
        while size > 127:
            prefix, size = prefix + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + prefix + bytes([size]) + content

    def pair(name, feature):
        return field(1, field(1, name) + field(2, feature))

    record = field(1, pair(b"image", field(1, field(1, image(index)))) + pair(b"label", field(3, bytes([8, label]))))
    parsed = tf.train.Example.FromString(record)
    assert parsed.features.feature["label"].int64_list.value == [label]
    return record


def main():
    write("tfds/flowers-train.tfrecord-00000-of-00002", [tfds(0, 2), tfds(1, 0), tfds(2, 2)])
    write("tfds/flowers-train.tfrecord-00001-of-00002", [tfds(3, 1), tfds(4, 0)])
    write("tfds/flowers-test.tfrecord-00000-of-00001", [tfds(1, 1)])
    (FOLDER / "tfds" / "label.labels.txt").write_text("tulips\ndaisy\nroses\n")
    write("inception.tfrecord", [inception(0, 3, "tench"), inception(1, 1, "goldfish"), inception(2, 3, "tench")])
    write("numbers.tfrecord", [tfds(0, 2), unpacked(1, 0), unpacked(2, 2)])


if __name__ == "__main__":
    main()
