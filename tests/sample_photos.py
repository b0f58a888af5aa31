"""Photos built in code: texture that matches, EXIF as cameras write it, files that are broken."""

import struct
import zlib

import numpy as np
from PIL import Image

TAKEN = "2024:05:06 07:08:09"


def texture(width=640, height=480, seed=0):
    """(height, width) uint8: sharp random rectangles, as full of corners as a stone wall."""
    rng = np.random.default_rng(seed)
    grey = np.full((height, width), 120, np.uint8)
    for _ in range(width * height // 500):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = rng.integers(3, 24, 2)
        grey[y : y + h, x : x + w] = rng.integers(20, 230)
    return grey


def exif_of(**tags):
    """EXIF with named tags; ``gps`` is a dictionary of GPS tag numbers."""
    numbers = {"orientation": 0x0112, "make": 0x010F, "model": 0x0110}
    inner = {
        "focal_mm": 0x920A, "focal_35_mm": 0xA405, "taken": 0x9003, "subsecond": 0x9291,
        "offset": 0x9011, "plane_x": 0xA20E, "plane_unit": 0xA210, "pixel_x": 0xA002,
    }  # fmt: skip
    exif = Image.Exif()
    for name, value in tags.items():
        if name == "gps":
            exif.get_ifd(0x8825).update(value)
        elif name in inner:
            exif.get_ifd(0x8769)[inner[name]] = value
        else:
            exif[numbers[name]] = value
    return exif


def write_photo(path, grey=None, *, xmp=None, quality=92, seed=0, **tags):
    """Write a JPEG (or what the suffix says) with EXIF; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(texture(seed=seed) if grey is None else grey).convert("RGB")
    extra = {"xmp": xmp} if xmp else {}
    image.save(path, quality=quality, exif=exif_of(**tags), **extra)
    return path


def write_sphere(path, width=512, **options):
    """A full sphere with texture, as write_photo."""
    return write_photo(path, texture(width, width // 2), **options)


def write_truncated(path, share=0.5):
    """A JPEG whose end is missing."""
    write_photo(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def write_giant(path, width=40_000, height=25_000):
    """A PNG of a few bytes whose header promises 10^9 pixels."""

    def chunk(kind, body):
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    return path


def gpano_xmp(**properties):
    """An XMP packet with GPano attributes, as bytes."""
    attributes = " ".join(f'GPano:{name}="{value}"' for name, value in properties.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
        f'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {attributes}/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


# How a camera stores the upright picture, by EXIF's table: where row 0 and column 0 of the stored
# picture lie in what is seen (CIPA DC-008, tag 274).
STORED = {
    1: lambda seen: seen,  # top, left
    2: lambda seen: seen[:, ::-1],  # top, right
    3: lambda seen: seen[::-1, ::-1],  # bottom, right
    4: lambda seen: seen[::-1],  # bottom, left
    5: lambda seen: seen.swapaxes(0, 1),  # left, top
    6: lambda seen: seen.swapaxes(0, 1)[::-1],  # right, top
    7: lambda seen: seen.swapaxes(0, 1)[::-1, ::-1],  # right, bottom
    8: lambda seen: seen.swapaxes(0, 1)[:, ::-1],  # left, bottom
}


def write_turned(path, orientation, width=480, height=640):
    """An image whose quarters, once upright, are black, dark, light and white as people read."""
    seen = np.zeros((height, width), np.uint8)
    seen[: height // 2, width // 2 :], seen[height // 2 :, : width // 2] = 80, 160
    seen[height // 2 :, width // 2 :] = 240
    grey = np.ascontiguousarray(STORED[orientation](seen))
    return write_photo(path, grey, quality=95, orientation=orientation)


def quarters(pixels):
    """The grey levels in the middle of the four quarters, to the nearest 80."""
    height, width = pixels.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    values = [int(np.max(pixels[row, column])) for row in rows for column in columns]
    return [80 * round(value / 80) for value in values]


def odd_exif():
    """EXIF of a turned photo whose maker is a fraction: Pillow cannot write that anew."""
    maker = struct.pack("<HHII", 0x010F, 5, 1, 38)
    orientation = struct.pack("<HHII", 0x0112, 3, 1, 6)
    head = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2)
    return head + maker + orientation + struct.pack("<III", 0, 1, 2)
