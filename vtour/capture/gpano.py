"""GPano: the geometry of a sphere in an image's XMP.

Names: developers.google.com/streetview/spherical-metadata.
The packet is searched with regular expressions and never parsed as XML, so it has no entities to
expand; at most 1 MB of it is looked at.
"""

import html
import re

from PIL import Image

MAX_XMP_BYTES = 1_000_000
MIN_SPHERE_WIDTH = 2000
MAX_VALUE = 200

GPano = dict[str, str | float | bool]

ATTRIBUTE = re.compile(r"\bGPano:(\w{1,60})\s*=\s*(\"[^\"<]{0,200}\"|'[^'<]{0,200}')")
ELEMENT = re.compile(r"<GPano:(\w{1,60})\s*>([^<]{0,200})</GPano:\1\s*>")
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")


def xmp_of(image: Image.Image) -> str:
    """The XMP packet of an opened image as text, '' when there is none or it is too large."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if packet is None and image.format == "TIFF":
        packet = image.getexif().get(700)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if not isinstance(packet, bytes) or len(packet) > MAX_XMP_BYTES:
        return ""
    return packet.decode("utf-8", "replace")


def gpano_from_xmp(xmp: str) -> GPano:
    """The GPano properties of an XMP packet, as attributes or as elements; {} without any."""
    found: GPano = {}
    for name, quoted in ATTRIBUTE.findall(xmp):
        found.setdefault(name, _value(quoted[1:-1]))
    for name, text in ELEMENT.findall(xmp):
        found.setdefault(name, _value(text))
    return dict(sorted(found.items()))


def read_gpano(image: Image.Image) -> GPano:
    """The GPano properties of an opened image, {} when it has none."""
    return gpano_from_xmp(xmp_of(image))


def is_sphere(gpano: GPano) -> bool:
    """Whether GPano says that the image is (part of) an equirectangular sphere."""
    return str(gpano.get("ProjectionType", "")).lower() == "equirectangular"


def is_full_sphere_size(width_px: int, height_px: int) -> bool:
    """Whether an image has the size of a full sphere: exactly 2:1, at least 2000 px wide."""
    return width_px == 2 * height_px and width_px >= MIN_SPHERE_WIDTH


def _value(text: str) -> str | float | bool:
    text = html.unescape(text).strip()[:MAX_VALUE]
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return float(text) if NUMBER.fullmatch(text) else text
