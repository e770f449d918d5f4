# SPDX-License-Identifier: Apache-2.0
"""Fixtures for Vision: small image files, and what Pillow makes of them.

    python vision.py             writes Tests/Fixtures/vision
    python vision.py PHOTOS      and photos.json: a few pixels of each photo of the external data, for these are too large

torchvision's transforms on Pillow images are Pillow's own operations; its rules for sizes and offsets are in the tests.
"""

import base64
import io
import json
import math
import pathlib
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageEnhance, ImageOps

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "vision"
WIDTH, HEIGHT = 37, 29


def picture(width=WIDTH, height=HEIGHT):
    """Smooth colours with an edge and a little noise: what a photo has."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    red = 128 + 100 * numpy.sin(x / 6) * numpy.cos(y / 5)
    green = 255 * x / width
    blue = numpy.where(x + y > width, 220.0, 40.0)
    pixels = numpy.stack([red, green, blue], axis=2)
    pixels += numpy.random.default_rng(1).normal(0, 6, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def encoded(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def pixels(image):
    return {
        "width": image.width, "height": image.height, "channels": len(image.getbands()),
        "pixels": base64.b64encode(image.tobytes()).decode(),
    }


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def files(source):
    grey = source.convert("L")
    result = {
        "baseline.jpg": encoded(source, "JPEG", quality=90),
        "full-colour.jpg": encoded(source, "JPEG", quality=95, subsampling=0),
        "progressive.jpg": encoded(source, "JPEG", quality=90, progressive=True),
        "grey.jpg": encoded(grey, "JPEG", quality=90),
        "cmyk.jpg": encoded(source.convert("CMYK"), "JPEG", quality=95),
        "rgb.png": encoded(source, "PNG"),
        "grey.png": encoded(grey, "PNG"),
        "bilevel.png": encoded(grey.convert("1"), "PNG"),
        "palette.png": encoded(source.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        "alpha.png": encoded(Image.merge("RGBA", [*source.split(), grey]), "PNG"),
        "grey-alpha.png": encoded(Image.merge("LA", [grey, grey.point(lambda v: 255 - v)]), "PNG"),
    }
    small = picture(13, 11)
    for name, sampling in [("422", "4:2:2"), ("444", "4:4:4")]:
        result[f"sampling-{name}.jpg"] = encoded(small, "JPEG", quality=90, subsampling=sampling)
    result["rgb.jpg"] = encoded(small, "JPEG", quality=90, keep_rgb=True)
    result["restarts.jpg"] = encoded(small, "JPEG", quality=90, restart_marker_blocks=1)
    result["dot.jpg"] = encoded(small.crop((6, 6, 7, 7)), "JPEG", quality=90)
    result["progressive-grey.jpg"] = encoded(small.convert("L"), "JPEG", quality=90, progressive=True)
    result["progressive-cmyk.jpg"] = encoded(small.convert("CMYK"), "JPEG", quality=90, progressive=True)
    # Pillow writes no YCCK; the Adobe segment's last byte is what says that a file is.
    cmyk = bytearray(encoded(small.convert("CMYK"), "JPEG", quality=90))
    cmyk[cmyk.index(b"Adobe") + 11] = 2
    result["ycck.jpg"] = bytes(cmyk)
    result.update(png_files(small))
    for orientation in range(1, 9):
        result[f"orientation-{orientation}.jpg"] = encoded(source, "JPEG", quality=90, exif=exif(orientation))
    return result


GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, kind, bits, interlaced=False, palette=None, transparency=None):
    """A PNG file of samples [height, width, channels]: of the kinds, too, that Pillow does not write."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    def rows(part):
        bytes_ = b""
        for row in part if part.size else []:
            places = numpy.arange(bits - 1, -1, -1)
            packed = numpy.packbits((row.reshape(-1, 1) >> places & 1).astype(numpy.uint8).ravel())
            bytes_ += b"\0" + packed.tobytes()
        return bytes_

    height, width, _ = samples.shape
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b"".join(rows(samples[y::dy, x::dx]) for x, y, dx, dy in passes)
    result = b"\x89PNG\r\n\x1a\n"
    result += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced)))
    result += chunk(b"PLTE", palette) if palette else b""
    result += chunk(b"tRNS", transparency) if transparency else b""
    return result + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def png_files(source):
    """Every depth and kind of PNG, interlaced and not."""
    rgb = numpy.array(source).astype(numpy.int64)
    grey = numpy.array(source.convert("L")).astype(numpy.int64)[:, :, None]
    alpha = 255 - grey
    fine = numpy.arange(grey.size).reshape(grey.shape) * 37 % 256
    colours = bytes(range(3, 51))
    result = {}
    for interlaced in (False, True):
        ending = "-interlaced.png" if interlaced else ".png"
        for bits in (1, 2, 4):
            result[f"grey-{bits}{ending}"] = png(grey >> 8 - bits, GREY, bits, interlaced)
            table = colours[: 3 << bits]
            result[f"palette-{bits}{ending}"] = png(grey >> 8 - bits, PALETTE, bits, interlaced, table, b"\x80\0")
        result[f"grey-16{ending}"] = png(grey << 8 | fine, GREY, 16, interlaced)
        result[f"grey-alpha-16{ending}"] = png(
            numpy.concatenate([grey << 8 | fine, alpha << 8], 2), GREY_ALPHA, 16, interlaced)
        result[f"rgb-16{ending}"] = png(rgb << 8 | fine, RGB, 16, interlaced)
        result[f"alpha-16{ending}"] = png(
            numpy.concatenate([rgb << 8 | fine, alpha << 8], 2), RGB_ALPHA, 16, interlaced)
    result["rgb-interlaced.png"] = png(rgb, RGB, 8, True)
    result["grey-transparent.png"] = png(grey >> 4, GREY, 4, transparency=b"\0\x07")
    result["grey-16-transparent.png"] = png(grey << 8 | fine, GREY, 16, transparency=b"\x12\x34")
    result["rgb-transparent.png"] = png(rgb, RGB, 8, transparency=struct.pack(">HHH", *rgb[4, 4]))
    return result


def decoded(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode.startswith("I"):
        # Pillow clips 16 bits of grey at 255 instead of shortening them.
        return Image.fromarray((numpy.array(image).astype(numpy.int64) >> 8).astype(numpy.uint8))
    # Grey with alpha of 16 bits is RGBA for Pillow.
    is_grey = image.mode in ("1", "L", "LA") or data.startswith(b"\x89PNG") and data[25] == GREY_ALPHA
    return image.convert("L" if is_grey else "RGB")


def shifted_hue(image, turns):
    """torchvision's adjust_hue on Pillow images."""
    h, s, v = image.convert("HSV").split()
    shifted = numpy.array(h, dtype=numpy.uint8)
    with numpy.errstate(over="ignore"):
        shifted += numpy.array(turns * 255).astype(numpy.int64).astype(numpy.uint8)
    return Image.merge("HSV", (Image.fromarray(shifted, "L"), s, v)).convert("RGB")


def operations(source):
    grey = source.convert("L")
    result = {"source": source, "luminance": grey}
    for name, method in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("nearest", Image.NEAREST)]:
        for width, height in [(16, 16), (11, 23), (74, 58), (50, 17), (37, 10)]:
            result[f"resize-{name}-{width}x{height}"] = source.resize((width, height), method)
        result[f"resize-grey-{name}-16x16"] = grey.resize((16, 16), method)
    # Places that fall between two pixels, and extremes.
    even = source.crop((4, 6, 28, 24))
    result["even"] = even
    for name, method in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC), ("nearest", Image.NEAREST)]:
        for width, height in [(1, 1), (90, 2), (2, 70), (7, 15), (28, 21), (30, 23)]:
            result[f"even-{name}-{width}x{height}"] = even.resize((width, height), method)
    result["crop-resize"] = source.crop((5, 3, 30, 25)).resize((16, 16), Image.BILINEAR)
    for angle in [-30, 10, 45, 90, 137]:
        result[f"rotate-nearest-{angle}"] = source.rotate(angle, Image.NEAREST)
        result[f"rotate-bilinear-{angle}"] = source.rotate(angle, Image.BILINEAR)
    for factor in [0.0, 0.5, 1.0, 1.7]:
        result[f"brightness-{factor}"] = ImageEnhance.Brightness(source).enhance(factor)
        result[f"contrast-{factor}"] = ImageEnhance.Contrast(source).enhance(factor)
        result[f"saturation-{factor}"] = ImageEnhance.Color(source).enhance(factor)
    for turns in [-0.5, -0.1, 0.25]:
        result[f"hue-{turns}"] = shifted_hue(source, turns)
    for mode in ["edge", "reflect", "symmetric"]:
        padded = numpy.pad(numpy.array(source), ((2, 4), (3, 1), (0, 0)), mode)
        result[f"pad-{mode}"] = Image.fromarray(padded)
    return result


def sheared(image, x=0.0, y=0.0):
    """torchvision's affine on Pillow images, as its augmentations call it: about the top left corner, by arctangents."""
    x, y = (math.radians(math.degrees(math.atan(factor))) for factor in (x, y))
    a, b = math.cos(-y) / math.cos(y), -math.cos(-y) * math.tan(x) / math.cos(y)
    c, d = math.sin(-y) / math.cos(y), -math.sin(-y) * math.tan(x) / math.cos(y) + 1
    return image.transform(image.size, Image.AFFINE, [d, -b, 0.0, -c, a, 0.0], Image.NEAREST, fillcolor=0)


def translated(image, x=0.0, y=0.0):
    return image.transform(
        image.size, Image.AFFINE, [1.0, 0.0, -float(int(x)), 0.0, 1.0, -float(int(y))], Image.NEAREST, fillcolor=0)


# What torchvision's TrivialAugmentWide does with a Pillow image, and the magnitudes that are stored.
AUGMENTATIONS = {
    "identity": (lambda image, _: image, [0.0]),
    "shearX": (lambda image, m: sheared(image, x=m), [0.33, -0.99]),
    "shearY": (lambda image, m: sheared(image, y=m), [-0.165, 0.99]),
    "translateX": (lambda image, m: translated(image, x=m), [8.533334, -32.0]),
    "translateY": (lambda image, m: translated(image, y=m), [-4.266667, 16.0]),
    "rotate": (lambda image, m: image.rotate(m, Image.NEAREST, fillcolor=0), [-49.5, 90.0, 135.0]),
    "brightness": (lambda image, m: ImageEnhance.Brightness(image).enhance(1 + m), [-0.99, 0.462]),
    "color": (lambda image, m: ImageEnhance.Color(image).enhance(1 + m), [-0.462, 0.99]),
    "contrast": (lambda image, m: ImageEnhance.Contrast(image).enhance(1 + m), [-0.99, 0.462]),
    "sharpness": (lambda image, m: ImageEnhance.Sharpness(image).enhance(1 + m), [-0.99, -0.33, 0.99]),
    "posterize": (lambda image, m: ImageOps.posterize(image, int(m)), [8.0, 5.0, 2.0]),
    "solarize": (ImageOps.solarize, [255.0, 127.5, 0.0]),
    "autoContrast": (lambda image, _: ImageOps.autocontrast(image), [0.0]),
    "equalize": (lambda image, _: ImageOps.equalize(image), [0.0]),
}


def augmentations(source):
    result = {}
    for name, (apply, magnitudes) in AUGMENTATIONS.items():
        for magnitude in magnitudes:
            result[f"{name}-{magnitude}"] = apply(source, float(numpy.float32(magnitude)))
    # Grey, and narrow in its levels; few pixels.
    grey = source.convert("L").point(lambda level: 60 + level // 3)
    result["grey"] = grey
    result["few"] = source.crop((4, 6, 28, 24))
    for name, magnitude in [
        ("shearX", 0.33), ("sharpness", 0.99), ("contrast", 0.462), ("autoContrast", 0.0), ("equalize", 0.0),
    ]:
        for kind in ["grey", "few"]:
            result[f"{kind}-{name}-{magnitude}"] = AUGMENTATIONS[name][0](result[kind], float(numpy.float32(magnitude)))
    return result


def photo_pixels(folder):
    """Sizes, means of the channels, and pixels here and there, of photos that are not part of the project."""
    paths = sorted(folder.glob("jpeg/*.jpg"))
    paths += [path for kind in sorted((folder / "flower_photos/val").iterdir()) for path in sorted(kind.iterdir())[:4]]
    result = {}
    for path in paths:
        try:
            image = decoded(path.read_bytes())
        except OSError:
            continue
        array = numpy.array(image).reshape(-1, len(image.getbands()))
        places = numpy.arange(24) * (len(array) - 1) // 23
        result[str(path.relative_to(folder))] = {
            "width": image.width, "height": image.height, "means": array.mean(axis=0).round(4).tolist(),
            "pixels": array[places].ravel().tolist(),
        }
    return result


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    source = picture()
    expected = {}
    for name, data in files(source).items():
        (FOLDER / name).write_bytes(data)
        expected[name] = pixels(decoded(data))
    (FOLDER / "decoded.json").write_text(json.dumps(expected, indent=1) + "\n")
    for table, images in [("operations", operations(source)), ("augmentations", augmentations(source))]:
        made = {name: pixels(image) for name, image in images.items()}
        (FOLDER / f"{table}.json").write_text(json.dumps(made, indent=1) + "\n")
    if len(sys.argv) > 1:
        rows = [f" {json.dumps(name)}: {json.dumps(row)}" for name, row in photo_pixels(pathlib.Path(sys.argv[1])).items()]
        (FOLDER / "photos.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
