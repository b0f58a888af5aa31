"""GPano: the geometry of a sphere in an image's XMP, read and written.

Names: developers.google.com/streetview/spherical-metadata.
The packet is searched with regular expressions and never parsed as XML, so it has no entities to
expand; one that declares some, or is above 1 MB, is refused unread. Extended XMP, which cameras
use for sound and depth, is no part of the packet.
"""

import html
import math
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from vtour.errors import CaptureError

MAX_XMP_BYTES = 1_000_000
MIN_SPHERE_WIDTH = 2000
MAX_SPHERE_WIDTH = 32768
MAX_VALUE = 200
MAX_PREFIXES = 4
SLACK_PX = 2
"""How far a full sphere may be from 2:1, and a cropped area from its place: rounding."""
MAX_STRETCH = 0.02

GPano = dict[str, str | float | bool]

NUMBERS = {
    *("PoseHeadingDegrees", "PosePitchDegrees", "PoseRollDegrees"),
    *("FullPanoWidthPixels", "FullPanoHeightPixels"),
    *("CroppedAreaImageWidthPixels", "CroppedAreaImageHeightPixels"),
    *("CroppedAreaLeftPixels", "CroppedAreaTopPixels"),
}
"""What is written as a number: how a sphere lies, nothing of who took it and with what."""

NAMESPACE = "http://ns.google.com/photos/1.0/panorama/"
PREFIX = re.compile(rf"\bxmlns:(\w{{1,40}})\s*=\s*[\"']{re.escape(NAMESPACE)}[\"']")
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SphereArea:
    """Where an image lies on its full sphere, in pixels of the image.

    The full sphere is ``full_width`` x ``full_width / 2``; the image's left top corner lies at
    ``left``, ``top`` of it.
    """

    full_width: int
    left: int
    top: int
    width: int
    height: int

    @property
    def full_height(self) -> int:
        """Height of the full sphere."""
        return self.full_width // 2

    @property
    def is_full(self) -> bool:
        """Whether the image shows the whole sphere."""
        return (self.width, self.height) == (self.full_width, self.full_height)

    @property
    def captured(self) -> float:
        """Share of the sphere's solid angle that the image covers, 0 to 1."""
        above, below = (
            math.sin(math.pi * (0.5 - row / self.full_height))
            for row in (self.top, self.top + self.height)
        )
        return (above - below) / 2 * self.width / self.full_width

    def scaled(self, full_width: int) -> "SphereArea":
        """The same place on a sphere of another width, to the nearest pixel."""
        scale, full_height = full_width / self.full_width, full_width // 2
        left, top = round(self.left * scale), round(self.top * scale)
        right = min(full_width, max(left + 1, round((self.left + self.width) * scale)))
        bottom = min(full_height, max(top + 1, round((self.top + self.height) * scale)))
        return SphereArea(
            full_width=full_width, left=left, top=top, width=right - left, height=bottom - top
        )


def xmp_packet(image: Image.Image) -> bytes:
    """The XMP packet of an opened image, b'' when there is none."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if packet is None and image.format == "TIFF":
        packet = image.getexif().get(700)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    return packet if isinstance(packet, bytes) else b""


def xmp_problem(packet: bytes) -> str | None:
    """Why a packet is not read at all, None when it is."""
    if len(packet) > MAX_XMP_BYTES:
        return f"XMP of {len(packet) / 1e6:.1f} MB, expected at most {MAX_XMP_BYTES / 1e6:.0f} MB"
    if DECLARATION.search(packet.replace(b"\0", b"")):  # UTF-16 too
        return "XMP with a DOCTYPE or entities, expected none"
    return None


def xmp_of(image: Image.Image) -> str:
    """The XMP packet of an opened image as text, '' when there is none or it is refused."""
    packet = xmp_packet(image)
    return "" if xmp_problem(packet) else packet.decode("utf-8", "replace")


def gpano_from_xmp(xmp: str) -> GPano:
    """The GPano properties of an XMP packet, as attributes or as elements; {} without any.

    Only names under a prefix that the packet binds to GPano's namespace count.
    """
    found: GPano = {}
    for prefix in list(dict.fromkeys(PREFIX.findall(xmp)))[:MAX_PREFIXES]:
        attribute = rf"\b{prefix}:(\w{{1,60}})\s*=\s*(\"[^\"<]{{0,200}}\"|'[^'<]{{0,200}}')"
        element = rf"<{prefix}:(\w{{1,60}})\s*>([^<]{{0,200}})</{prefix}:\1\s*>"
        for name, quoted in re.findall(attribute, xmp):
            found.setdefault(name, _value(quoted[1:-1]))
        for name, text in re.findall(element, xmp):
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


def heading_of(gpano: GPano) -> float | None:
    """Heading of the middle of the sphere in radians, clockwise from north; None when not told."""
    value = gpano.get("PoseHeadingDegrees")
    return None if isinstance(value, str | bool | None) else math.radians(value % 360)


def sphere_area(width_px: int, height_px: int, gpano: GPano) -> SphereArea:
    """Where an upright image lies on its sphere, by GPano or by being 2:1.

    GPano counts in pixels of the image as it was taken: one that was scaled since keeps its place.
    Absent offsets mean the middle.

    Raises CaptureError when GPano tells of another projection or contradicts itself or the image,
    when the image is not 2:1 and GPano gives no cropped area, and when image or sphere are above
    32768 x 16384 px.
    """
    _check_limit(width_px, height_px, "")
    projection = gpano.get("ProjectionType", "equirectangular")
    if str(projection).lower() != "equirectangular":
        raise CaptureError(
            f"GPano's ProjectionType is {str(projection)[:40]!r}, expected equirectangular"
        )
    full_w, full_h = (_size(gpano, f"FullPano{side}Pixels") for side in ("Width", "Height"))
    crop_w, crop_h = (_size(gpano, f"CroppedAreaImage{side}Pixels") for side in ("Width", "Height"))
    if not (full_w or full_h) or not (crop_w and crop_h):
        return _whole(width_px, height_px)
    full_w, full_h = full_w or 2 * (full_h or 0), full_h or (full_w or 0) // 2
    if not _is_near(full_w, 2 * full_h):
        raise CaptureError(f"GPano's full size is {full_w} x {full_h} px, expected 2:1")
    left = _offset(gpano, "CroppedAreaLeftPixels", (full_w - crop_w) // 2)
    top = _offset(gpano, "CroppedAreaTopPixels", (full_h - crop_h) // 2)
    _check_inside(left, crop_w, full_w, "wide")
    _check_inside(top, crop_h, full_h, "high")
    if _is_near(crop_w, full_w) and _is_near(crop_h, full_h) and _is_near(width_px, 2 * height_px):
        return _whole(width_px, height_px)
    scale_x, scale_y = width_px / crop_w, height_px / crop_h
    if abs(scale_x / scale_y - 1) > MAX_STRETCH:
        raise CaptureError(
            f"{width_px} x {height_px} px, but GPano's cropped area is {crop_w} x {crop_h} px: "
            "expected the same shape"
        )
    full_width = 2 * (width_px // 2 if crop_w == full_w else round(full_w * scale_x / 2))
    _check_limit(full_width, full_width // 2, "GPano's full size is ")
    return SphereArea(
        full_width=full_width,
        left=min(round(left * scale_x), max(0, full_width - width_px)),
        top=min(round(top * scale_x), max(0, full_width // 2 - height_px)),
        width=min(width_px, full_width),
        height=min(height_px, full_width // 2),
    )


def _is_near(found: int, expected: int) -> bool:
    return abs(found - expected) <= SLACK_PX


def _whole(width_px: int, height_px: int) -> SphereArea:
    if not _is_near(width_px, 2 * height_px):
        raise CaptureError(
            f"{width_px} x {height_px} px: not 2:1 and no cropped area in GPano, "
            "expected a full sphere or where it lies on one"
        )
    height = min(height_px, width_px // 2)
    return SphereArea(full_width=2 * height, left=0, top=0, width=2 * height, height=height)


def _check_limit(width_px: int, height_px: int, what: str) -> None:
    if width_px > MAX_SPHERE_WIDTH or height_px > MAX_SPHERE_WIDTH // 2:
        raise CaptureError(
            f"{what}{width_px} x {height_px} px, "
            f"expected at most {MAX_SPHERE_WIDTH} x {MAX_SPHERE_WIDTH // 2} px"
        )


def _check_inside(offset: int, size: int, full: int, word: str) -> None:
    if size > full + SLACK_PX:
        raise CaptureError(
            f"GPano's cropped area is {size} px {word}, expected at most the full {full} px"
        )
    if offset < 0 or offset + size > full + SLACK_PX:
        raise CaptureError(
            f"GPano's cropped area reaches from {offset} to {offset + size} px, "
            f"expected it inside the full 0 to {full} px"
        )


def _size(gpano: GPano, name: str) -> int | None:
    """A whole number above 0; None when it is absent or 0, as some cameras write it."""
    value = _offset(gpano, name, 0)
    if value < 0:
        raise CaptureError(f"GPano's {name} is {value}, expected a positive number")
    return value or None


def _offset(gpano: GPano, name: str, default: int) -> int:
    value = gpano.get(name, default)
    if isinstance(value, str | bool):
        raise CaptureError(f"GPano's {name} is {str(value)[:40]!r}, expected a whole number")
    return round(value)


def sphere_values(
    full_width: int,
    *,
    area: tuple[int, int, int, int] | None = None,
    heading_deg: float | None = None,
    is_level: bool = False,
) -> GPano:
    """What GPano says of a sphere that we write.

    area : left, top, width, height in pixels of the part that the picture shows; None: all of it.
    heading_deg : of its middle, clockwise from north; absent when north is not known.
    is_level : pitch and roll are known to be 0.
    """
    left, top, width, height = area or (0, 0, full_width, full_width // 2)
    values: GPano = {
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": True,
        "CroppedAreaImageWidthPixels": float(width),
        "CroppedAreaImageHeightPixels": float(height),
        "FullPanoWidthPixels": float(full_width),
        "FullPanoHeightPixels": float(full_width // 2),
        "CroppedAreaLeftPixels": float(left),
        "CroppedAreaTopPixels": float(top),
    }
    if heading_deg is not None:
        values["PoseHeadingDegrees"] = round(heading_deg % 360, 4)
    if is_level:
        values |= {"PosePitchDegrees": 0.0, "PoseRollDegrees": 0.0}
    return values


def gpano_packet(values: GPano, rights: str | None = None) -> bytes:
    """The XMP packet of a sphere that is written: its geometry and its rights, no more.

    rights : licence and credit, as text.
    """
    attributes = "".join(
        f" GPano:{name}={quoteattr(_text(value))}"
        for name, value in values.items()
        if _is_told(name, value)
    )
    told = ""
    if rights:
        text = escape("".join(c for c in rights if c.isprintable() or c == "\n"))
        told = (
            '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">'
            f"{text}</rdf:li></rdf:Alt></dc:rights>"
        )
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:GPano="{NAMESPACE}"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"{attributes}>{told}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return packet.encode()


def _is_told(name: str, value: str | float | bool) -> bool:
    if isinstance(value, bool):
        return name == "UsePanoramaViewer"
    if isinstance(value, str):
        return name == "ProjectionType" and value.isalnum()
    return name in NUMBERS


def _text(value: str | float | bool) -> str:
    """A value as XMP writes it: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _value(text: str) -> str | float | bool:
    text = html.unescape(text).strip()[:MAX_VALUE]
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return float(text) if NUMBER.fullmatch(text) else text
