# SPDX-License-Identifier: Apache-2.0
"""Fixtures for Vision: small WebP, HEIC and AVIF files, and what Pillow makes of them.

    python phone_photos.py       writes Tests/Fixtures/vision/phone (needs pillow and pillow-heif)
"""

import io
import json

import pillow_heif
from PIL import Image, ImageOps

import vision

FOLDER = vision.FOLDER / "phone"
pillow_heif.register_heif_opener()


def files(source):
    grey = source.convert("L")
    alpha = Image.merge("RGBA", [*source.split(), grey])
    turned = vision.exif(6)
    fine = {"quality": 100, "chroma": "444"}
    sharp = {"quality": 100, "subsampling": "4:4:4"}
    result = {
        "lossy.webp": vision.encoded(source, "WEBP", quality=90),
        "lossless.webp": vision.encoded(source, "WEBP", lossless=True),
        "alpha.webp": vision.encoded(alpha, "WEBP", lossless=True, exact=True),
        "lossy-alpha.webp": vision.encoded(alpha, "WEBP", quality=90),
        "turned.webp": vision.encoded(source, "WEBP", lossless=True, exif=turned),
        "photo.heic": vision.encoded(source, "HEIF", **fine),
        "alpha.heic": vision.encoded(alpha, "HEIF", **fine),
        # As phones do, pillow-heif keeps EXIF's orientation beside HEIF's own rotation, which alone counts.
        "turned.heic": vision.encoded(source, "HEIF", exif=turned.tobytes(), **fine),
        "mirrored.heic": vision.encoded(source, "HEIF", exif=vision.exif(5).tobytes(), **fine),
        "photo.avif": vision.encoded(source, "AVIF", **sharp),
        "alpha.avif": vision.encoded(alpha, "AVIF", **sharp),
        "turned.avif": vision.encoded(source, "AVIF", exif=turned, **sharp),
    }
    return result


def decoded(data):
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, data in files(vision.picture()).items():
        (FOLDER / name).write_bytes(data)
        expected[name] = vision.pixels(decoded(data))
    frames = [vision.picture().rotate(angle) for angle in (0, 90)]
    moving = vision.encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)
    (FOLDER / "animation.webp").write_bytes(moving)
    (FOLDER / "decoded.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
