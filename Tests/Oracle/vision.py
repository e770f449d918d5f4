# SPDX-License-Identifier: Apache-2.0
"""Fixtures for Vision: small image files, and what Pillow makes of them.

    python vision.py        writes Tests/Fixtures/vision

torchvision's transforms on Pillow images are Pillow's own operations; its rules for sizes and offsets are in the tests.
"""

import base64
import io
import json
import pathlib

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
    for orientation in range(1, 9):
        result[f"orientation-{orientation}.jpg"] = encoded(source, "JPEG", quality=90, exif=exif(orientation))
    return result


def decoded(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")


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


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    source = picture()
    expected = {}
    for name, data in files(source).items():
        (FOLDER / name).write_bytes(data)
        expected[name] = pixels(decoded(data))
    (FOLDER / "decoded.json").write_text(json.dumps(expected, indent=1) + "\n")
    made = {name: pixels(image) for name, image in operations(source).items()}
    (FOLDER / "operations.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
