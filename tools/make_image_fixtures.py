#!/usr/bin/env python3
"""Makes fixtures/images: small JPEG, PNG, WebP and BMP files, and what TensorFlow reads from them.

Needs tensorflow-cpu 2.21.0, keras 3.15.1, pillow 13.0.0 and libturbojpeg. The files do not depend on the machine; the
expectations in expected.json are others' own:

- decoded: tf.image.decode_image(channels=3), turned upright where the file has an EXIF orientation; Pillow's pixels
  where TensorFlow refuses (alpha in WebP, BMP of 1 and 4 bits) or takes the indices of a palette for grey;
- resized: tf.image.resize(bilinear);
- fitted: keras.utils.image_dataset_from_directory, cropping and padding to the aspect ratio;
- rotated: TensorFlow's ImageProjectiveTransformV3 with the matrix of Keras's RandomRotation, fill mode reflect;
- coloured: Pillow's ImageEnhance.
"""
import base64
import ctypes
import ctypes.util
import io
import json
import os
import pathlib
import shutil
import struct
import tempfile
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageEnhance

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


# WebP


def webp(image, mode="RGB", **options):
    file = io.BytesIO()
    Image.fromarray(image, mode).save(file, "WEBP", **options)
    return file.getvalue()


# BMP


def bmp(bits, rows, palette=b"", top_down=False, compression=0, after_header=b"", header_size=40):
    """A BMP of these rows, the upper one first, each padded already."""
    height = -HEIGHT if top_down else HEIGHT
    offset = 14 + header_size + len(after_header) + len(palette)
    data = b"".join(rows if top_down else rows[::-1])
    information = struct.pack("<IiiHHIIiiII", header_size, WIDTH, height, 1, bits, compression, len(data), 2835, 2835,
                              len(palette) // 4, 0)
    return (b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + information.ljust(header_size, b"\0")
            + after_header + palette + data)


def packed_rows(indices, bits):
    """Rows of indices, the leftmost in the highest bits, padded to whole words."""
    rows = []
    for row in indices:
        digits = "".join(f"{value:0{bits}b}" for value in row)
        rows.append(int(digits.ljust(-(-len(digits) // 32) * 32, "0"), 2).to_bytes(-(-len(digits) // 32) * 4, "big"))
    return rows


def bmp_files():
    rgb, alpha = texture(HEIGHT, WIDTH, 3), texture(HEIGHT, WIDTH, 4)
    rows_24 = [row[:, ::-1].tobytes().ljust(-(-WIDTH * 3 // 4) * 4, b"\0") for row in rgb]
    rows_32 = [row[:, [2, 1, 0, 3]].tobytes() for row in alpha]
    yield "bmp_24.bmp", bmp(24, rows_24)
    yield "bmp_24_top_down.bmp", bmp(24, rows_24, top_down=True)
    yield "bmp_32.bmp", bmp(32, rows_32)
    masks = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    yield "bmp_32_bit_fields.bmp", bmp(32, rows_32, compression=3, after_header=masks)
    greys = bytes(value for grey in range(256) for value in (grey, grey, grey, 0))
    yield "bmp_8_grey.bmp", bmp(8, packed_rows(rgb[..., 0], 8), greys)
    for bits, colours in ((8, 200), (4, 16), (1, 2)):
        palette = b"".join(random.integers(0, 256, 3, dtype=np.uint8).tobytes() + b"\0" for _ in range(colours))
        indices = random.integers(0, colours, (HEIGHT, WIDTH))
        yield f"bmp_{bits}_palette.bmp", bmp(bits, packed_rows(indices, bits), palette)
    yield "bmp_8_palette_top_down.bmp", bmp(8, packed_rows(indices, 8), palette * 2, top_down=True)


def later_files():
    """As `files`, and whether TensorFlow is asked: those that came later, so that the random numbers stay."""
    rgb, alpha = texture(HEIGHT, WIDTH, 3), texture(HEIGHT, WIDTH, 4)
    yield "webp_lossy.webp", webp(rgb, quality=80), 1, True
    yield "webp_lossy_best.webp", webp(rgb, quality=100, method=6), 1, True
    yield "webp_lossless.webp", webp(rgb, lossless=True), 1, True
    yield "webp_lossless_flat.webp", webp(np.full_like(rgb, (200, 100, 50)), lossless=True), 1, True
    yield "webp_lossy_alpha.webp", webp(alpha, "RGBA", quality=80), 1, False
    yield "webp_lossless_alpha.webp", webp(alpha, "RGBA", lossless=True, exact=True), 1, False
    yield "webp_exif_6.webp", webp(rgb, lossless=True, exif=exif(6)), 6, True
    yield "webp_exif_3_marked.webp", webp(rgb, quality=90, exif=b"Exif\0\0" + exif(3, ">")), 3, True
    for name, file in bmp_files():
        yield name, file, 1, name.startswith(("bmp_24", "bmp_32")) or name == "bmp_8_grey.bmp"


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


def decode_by_pillow(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def expectation(name, pixels):
    height, width, _ = pixels.shape
    return {"file": name, "height": height, "width": width,
            "pixels": base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()}


def fitted(name, fitting, height, width):
    """What image_dataset_from_directory gives for the file."""
    options = {"crop": {"crop_to_aspect_ratio": True}, "pad": {"pad_to_aspect_ratio": True}, "stretch": {}}[fitting]
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "class").mkdir()
        shutil.copy(FOLDER / name, pathlib.Path(folder) / "class")
        data = keras.utils.image_dataset_from_directory(
            folder, labels=None, image_size=(height, width), batch_size=None, shuffle=False, verbose=False, **options)
        floats = next(iter(data)).numpy().astype("<f4")
    return {"file": name, "fitting": fitting, "height": height, "width": width, "fnv1a": fnv1a(floats.tobytes())}


def rotated(name, degrees):
    """RandomRotation's matrix for an angle: about the middle, from output to input."""
    image = decode((FOLDER / name).read_bytes()).astype(np.float32)
    height, width, _ = image.shape
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x = (width - 1 - (cosine * (width - 1) - sine * (height - 1))) / 2
    y = (height - 1 - (sine * (width - 1) + cosine * (height - 1))) / 2
    turned = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None], transforms=np.array([[cosine, -sine, x, sine, cosine, y, 0, 0]], np.float32),
        output_shape=(height, width), fill_value=0.0, interpolation="BILINEAR", fill_mode="REFLECT").numpy()[0]
    return {"file": name, "degrees": degrees, "values": base64.b64encode(turned.astype("<f4").tobytes()).decode()}


def coloured(name, property, factor):
    image = Image.fromarray(decode((FOLDER / name).read_bytes()))
    enhance = {"brightness": ImageEnhance.Brightness, "contrast": ImageEnhance.Contrast,
               "saturation": ImageEnhance.Color}[property]
    pixels = np.asarray(enhance(image).enhance(factor))
    return {"property": property, "factor": factor, **expectation(name, pixels)}


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
        decoded.append(expectation(name, UPRIGHT[orientation](decode(file))))
    photo = io.BytesIO()
    Image.fromarray(texture(375, 500, 3, noise=3)).save(photo, "JPEG", quality=80)
    (FOLDER / "photo.jpg").write_bytes(photo.getvalue())
    sizes = [(1, 1), (5, 7), (HEIGHT, WIDTH), (2 * HEIGHT, 2 * WIDTH), (20, 28), (40, 13), (64, 50)]
    resizes = [resized("png_rgb_8.png", *size) for size in sizes + [(224, 224)]]
    resizes += [resized("photo.jpg", *size) for size in [(224, 224), (128, 160), (375, 224), (500, 500)]]
    for name, file, orientation, is_tensorflow in later_files():
        (FOLDER / name).write_bytes(file)
        pixels = decode(file) if is_tensorflow else decode_by_pillow(file)
        decoded.append(expectation(name, UPRIGHT[orientation](pixels)))
    fits = [fitted(name, fitting, *size) for name in ("png_rgb_8.png", "photo.jpg") for fitting in ("crop", "pad")
            for size in [(5, 7), (7, 5), (21, 27), (20, 28), (60, 50), (33, 200), (224, 224), (128, 160)]]
    rotations = [rotated("png_rgb_8.png", degrees) for degrees in (-15, -3.5, 0, 7, 90)]
    colours = [coloured("jpeg_420.jpg", property, factor) for property in ("brightness", "contrast", "saturation")
               for factor in (0.8, 1.0, 1.2)]
    with open(FOLDER / "expected.json", "w") as file:
        json.dump({"decoded": decoded, "resized": resizes, "fitted": fits, "rotated": rotations, "coloured": colours},
                  file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
