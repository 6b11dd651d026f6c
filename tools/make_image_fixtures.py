#!/usr/bin/env python3
"""Makes fixtures/images: small JPEG and PNG files, and what TensorFlow reads from them.

Needs tensorflow-cpu 2.21.0, pillow and libturbojpeg. The files do not depend on the machine; the expectations
in expected.json are TensorFlow's own: decode_image(channels=3), turned upright where the file has an EXIF
orientation, and tf.image.resize(bilinear).
"""
import base64
import ctypes
import ctypes.util
import io
import json
import os
import pathlib
import struct
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "images"
HEIGHT, WIDTH = 21, 27  # odd, so that chroma and interlacing have ragged edges
random = np.random.default_rng(2024)


def texture(height, width, channels, noise=10):
    """An image with gradients, edges and noise: shape [height, width, channels]."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 80 * np.sin(x / (2.0 + k) + y / (4.0 + 3 * k)) + 30 * (x > y) for k in range(channels)]
    image = np.stack(planes, -1) + random.normal(0, noise, (height, width, channels))
    return np.clip(image, 0, 255).astype(np.uint8)


# JPEG


def jpeg(mode, channels, **options):
    image = texture(HEIGHT, WIDTH, channels)
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if channels == 1 else image, mode).save(file, "JPEG", **options)
    return file.getvalue()


def ycck():
    """CMYK stored as YCCK, which TurboJPEG writes and Pillow does not."""
    library = ctypes.CDLL(ctypes.util.find_library("turbojpeg"))
    library.tjInitCompress.restype = ctypes.c_void_p
    compressor = ctypes.c_void_p(library.tjInitCompress())
    image = np.ascontiguousarray(texture(HEIGHT, WIDTH, 4))
    data, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong(0)
    cmyk_pixels, subsampling_420, quality = 11, 2, 90
    status = library.tjCompress2(
        compressor, ctypes.c_void_p(image.ctypes.data), WIDTH, 0, HEIGHT, cmyk_pixels, ctypes.byref(data),
        ctypes.byref(size), subsampling_420, quality, 0)
    assert status == 0
    return bytes(data[: size.value])


def without_segment(file, marker):
    """The JPEG without its first segment of this marker."""
    start = file.index(bytes([0xFF, marker]))
    return file[:start] + file[start + 2 + struct.unpack(">H", file[start + 2:start + 4])[0]:]


def with_sampling(file, factors):
    """The JPEG with other sampling factors in its frame header: the picture is another, but decodes."""
    start = file.index(b"\xff\xc0")
    changed = bytearray(file)
    for component, factor in enumerate(factors):
        changed[start + 11 + 3 * component] = factor
    return bytes(changed)


def exif(orientation, order="<"):
    """A TIFF header and a directory of three entries, the orientation in the middle."""
    entries = [(256, 4, 1, struct.pack(order + "I", WIDTH)),
               (274, 3, 1, struct.pack(order + "HH", orientation, 0)),
               (282, 4, 1, struct.pack(order + "I", 72))]
    directory = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack(order + "HHI", tag, kind, count) + value
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8) + directory + bytes(4)


def with_exif(file, tiff):
    payload = b"Exif\0\0" + tiff
    return file[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(payload)) + payload + file[2:]


# PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


COLOUR_TYPES = {"grey": 0, "rgb": 2, "palette": 3, "grey_alpha": 4, "rgba": 6}
CHANNELS = {"grey": 1, "rgb": 3, "palette": 1, "grey_alpha": 2, "rgba": 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(kind, depth, interlaced=False, before=b"", after=b""):
    """A PNG of random samples."""
    def rows(width, height):
        size = (width * CHANNELS[kind] * depth + 7) // 8
        lines = range(height if width else 0)
        return b"".join(b"\0" + random.integers(0, 256, size, dtype=np.uint8).tobytes() for _ in lines)

    passes = [(WIDTH, HEIGHT)]
    if interlaced:
        passes = [(-(-(WIDTH - x) // dx), -(-(HEIGHT - y) // dy)) for x, y, dx, dy in ADAM7]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, COLOUR_TYPES[kind], 0, 0, int(interlaced))
    if kind == "palette":
        before = chunk(b"PLTE", random.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes()) + before
    samples = b"".join(rows(width, height) for width, height in passes)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(samples, 9))
            + after + chunk(b"IEND", b""))


def files():
    """Name, bytes and EXIF orientation of every file."""
    rgb = jpeg("RGB", 3, quality=90)
    yield "jpeg_420.jpg", rgb, 1
    yield "jpeg_422.jpg", jpeg("RGB", 3, subsampling=1), 1
    yield "jpeg_444.jpg", jpeg("RGB", 3, subsampling=0, quality=95), 1
    yield "jpeg_unnamed_subsampling.jpg", with_sampling(rgb, [0x22, 0x12, 0x11]), 1
    yield "jpeg_progressive.jpg", jpeg("RGB", 3, progressive=True), 1
    yield "jpeg_restarts.jpg", jpeg("RGB", 3, restart_marker_rows=1), 1
    yield "jpeg_stored_as_rgb.jpg", jpeg("RGB", 3, keep_rgb=True), 1
    yield "jpeg_grey.jpg", jpeg("L", 1), 1
    cmyk = jpeg("CMYK", 4)
    yield "jpeg_cmyk_adobe.jpg", cmyk, 1
    yield "jpeg_cmyk_plain.jpg", without_segment(cmyk, 0xEE), 1
    yield "jpeg_ycck.jpg", ycck(), 1
    yield "jpeg_damaged_inside.jpg", rgb[: len(rgb) * 2 // 3] + bytes(20) + rgb[len(rgb) * 2 // 3 + 20:], 1
    yield "jpeg_trailing_bytes.jpg", rgb + b"and more", 1
    for orientation in range(1, 9):
        yield f"exif_{orientation}.jpg", with_exif(rgb, exif(orientation)), orientation
    yield "exif_6_big_endian.jpg", with_exif(rgb, exif(6, ">")), 6
    yield "exif_9_unknown.jpg", with_exif(rgb, exif(9)), 1
    for kind, depths in {"grey": (1, 2, 4, 8, 16), "rgb": (8, 16), "palette": (1, 2, 4, 8),
                         "grey_alpha": (8, 16), "rgba": (8, 16)}.items():
        for depth in depths:
            yield f"png_{kind}_{depth}.png", png(kind, depth), 1
    for kind, depth in (("grey", 1), ("palette", 4), ("rgb", 8), ("rgba", 16)):
        yield f"png_{kind}_{depth}_interlaced.png", png(kind, depth, interlaced=True), 1
    yield "png_gamma.png", png("rgb", 8, before=chunk(b"gAMA", struct.pack(">I", 100000))), 1
    yield "png_palette_transparency.png", png("palette", 8, before=chunk(b"tRNS", bytes([0, 128, 255]))), 1
    yield "png_colour_key.png", png("rgb", 8, before=chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))), 1
    yield "png_exif_8.png", png("rgb", 8, after=chunk(b"eXIf", exif(8, ">"))), 8


UPRIGHT = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
           5: lambda a: a.transpose(1, 0, 2), 6: lambda a: a[::-1].transpose(1, 0, 2),
           7: lambda a: a[::-1, ::-1].transpose(1, 0, 2), 8: lambda a: a[:, ::-1].transpose(1, 0, 2)}


def fnv1a(data):
    """The 64-bit Fowler-Noll-Vo hash."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def decode(file):
    return tf.image.decode_image(file, channels=3, expand_animations=False).numpy()


def resized(name, height, width):
    image = decode((FOLDER / name).read_bytes())
    floats = tf.image.resize(image, (height, width), method="bilinear").numpy().astype("<f4")
    prepared = floats / np.float32(127.5) + np.float32(-1)
    return {"file": name, "height": height, "width": width, "first": [float(v) for v in floats.flat[:6]],
            "fnv1a": fnv1a(floats.tobytes()), "preparedFnv1a": fnv1a(prepared.tobytes())}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    decoded = []
    for name, file, orientation in files():
        (FOLDER / name).write_bytes(file)
        pixels = np.ascontiguousarray(UPRIGHT[orientation](decode(file)))
        height, width, _ = pixels.shape
        decoded.append({"file": name, "height": height, "width": width,
                        "pixels": base64.b64encode(pixels.tobytes()).decode()})
    photo = io.BytesIO()
    Image.fromarray(texture(375, 500, 3, noise=3)).save(photo, "JPEG", quality=80)
    (FOLDER / "photo.jpg").write_bytes(photo.getvalue())
    sizes = [(1, 1), (5, 7), (HEIGHT, WIDTH), (2 * HEIGHT, 2 * WIDTH), (20, 28), (40, 13), (64, 50)]
    resizes = [resized("png_rgb_8.png", *size) for size in sizes + [(224, 224)]]
    resizes += [resized("photo.jpg", *size) for size in [(224, 224), (128, 160), (375, 224), (500, 500)]]
    with open(FOLDER / "expected.json", "w") as file:
        json.dump({"decoded": decoded, "resized": resizes}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
