"""What EXIF tells of a photo: orientation, camera, focal length, position and time.

EXIF comes from outside: any tag may be missing, of the wrong type, or nonsense, and then the
value is absent. Tags and their units: CIPA DC-008 (Exif 2.32).
"""

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from vtour.capture.focal import focal_px_from_exif
from vtour.capture.values import number, positive, text
from vtour.files import EXIF_ERRORS, orientation_of
from vtour.schema.inventory import GpsFix

MAKE, MODEL, EXIF_IFD, GPS_IFD = 0x010F, 0x0110, 0x8769, 0x8825
TAKEN, SUBSECOND, OFFSET = 0x9003, 0x9291, 0x9011
FOCAL_MM = 0x920A
EMPTY_EXIF_BYTES = 32  # a block of that size holds no tag
SWAPPED = "latitude and longitude are swapped"
RTK_SIGMA = re.compile(r"drone-dji:RtkStd(Lon|Lat|Hgt)\s*=\s*\"([\d.]{1,20})\"")
RTK_HEIGHT = re.compile(r"drone-dji:AltitudeType\s*=\s*\"RtkAlt\"")
GIMBAL = re.compile(r"drone-dji:Gimbal(Pitch|Roll)Degree\s*=\s*\"([+-]?[\d.]{1,20})\"")
ABOVE_SEA = (2, 3)  # GPSAltitudeRef since Exif 3.0; before it, 0 and 1 meant the sea as well
BELOW = (1, 3)  # GPSAltitudeRef: below the ellipsoid, below sea level (Exif 3.0; 2.32: the sea)


@dataclass(frozen=True)
class Exif:
    """Facts from EXIF; None is 'not told'. focal_px is of the upright image."""

    orientation: int = 1
    camera: str | None = None
    focal_mm: float | None = None
    focal_px: float | None = None
    taken: str | None = None
    gps: GpsFix | None = None
    up_in_camera: list[float] | None = None
    notes: list[str] = field(default_factory=list)


def read_exif(image: Image.Image, xmp: str = "") -> Exif:
    """Read an opened image's EXIF; what is damaged is left out with a note."""
    try:
        base = image.getexif()
        detail: Mapping[int, Any] = base.get_ifd(EXIF_IFD)
        gps_tags: Mapping[int, Any] = base.get_ifd(GPS_IFD)
    except EXIF_ERRORS as error:
        note = f"EXIF is damaged ({type(error).__name__}): not used"
        return Exif(orientation=orientation_of(image), notes=[note])
    notes: list[str] = []
    if len(image.info.get("exif", b"")) > EMPTY_EXIF_BYTES and not base:
        notes.append("EXIF is damaged: not used")
    camera = camera_name(base.get(MAKE), base.get(MODEL))
    gps = gps_from_tags(gps_tags, notes)
    if gps is not None and gps.sigma_m is None:
        gps = gps.model_copy(update={"sigma_m": rtk_sigma_m(xmp)})
    if gps is not None and RTK_HEIGHT.search(xmp):
        gps = gps.model_copy(update={"is_ellipsoidal": True})
    orientation = orientation_of(image)
    return Exif(
        orientation=orientation,
        up_in_camera=up_from_gimbal(xmp) if orientation == 1 else None,
        camera=camera,
        focal_mm=positive(detail.get(FOCAL_MM)),
        focal_px=focal_px_from_exif(detail, camera, image.size),
        taken=taken_from(detail.get(TAKEN), detail.get(SUBSECOND), detail.get(OFFSET)),
        gps=gps,
        notes=notes,
    )


def camera_name(make: Any, model: Any) -> str | None:
    """'NIKON CORPORATION' + 'NIKON D3X' -> 'NIKON D3X'; 'DJI' + 'FC300S' -> 'DJI FC300S'."""
    make, model = text(make), text(model)
    if not make or not model:
        return model or make or None
    repeats = model.lower().startswith(make.split()[0].lower())
    return model if repeats else f"{make} {model}"


def taken_from(value: Any, subsecond: Any = None, offset: Any = None) -> str | None:
    """ISO 8601 of EXIF's DateTimeOriginal; local time when the camera wrote no offset."""
    try:
        when = datetime.datetime.strptime(text(value), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    digits, zone = text(subsecond), text(offset)
    fraction = f".{digits[:6]}" if digits.isdigit() and digits.isascii() else ""
    zone = zone if re.fullmatch(r"[+-]\d\d:\d\d|Z", zone) else ""
    return f"{when.isoformat()}{fraction}{zone}"


def gps_from_tags(tags: Mapping[int, Any], notes: list[str]) -> GpsFix | None:
    """A position from the GPS tags; None, with a note, when they hold no usable one."""
    if 2 not in tags or 4 not in tags:
        return None
    lat = degrees(tags[2], tags.get(1), "S")
    lon = degrees(tags[4], tags.get(3), "W")
    if lat is not None and lon is not None and 90 < abs(lat) <= 180 and abs(lon) <= 90:
        notes.append(f"GPS position {lat:.5f}, {lon:.5f}: {SWAPPED}: not used")
        return None
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        notes.append("GPS position is not valid: not used")
        return None
    if lat == 0 and lon == 0:
        notes.append("GPS position is 0, 0: the camera had no fix")
        return None
    if text(tags.get(9)).upper() == "V":
        notes.append("GPS status is void: the camera had no fix")
        return None
    return GpsFix(
        lat=round(lat, 9),
        lon=round(lon, 9),
        height_m=height_m(tags.get(6), tags.get(5)),
        sigma_m=positive(tags.get(31)),
        is_ellipsoidal=False if _code(tags.get(5)) in ABOVE_SEA else None,
    )


def degrees(value: Any, ref: Any, negative_ref: str) -> float | None:
    """Signed degrees of EXIF's (degrees, minutes, seconds), or of one decimal number."""
    parts = list(value) if isinstance(value, tuple | list) else [value]
    numbers = [number(part) for part in parts[:3]]
    if not numbers or numbers[0] is None:
        return None
    total: float = sum((part or 0.0) / 60**power for power, part in enumerate(numbers))
    return -abs(total) if text(ref).upper().startswith(negative_ref) else total


def height_m(value: Any, ref: Any) -> float | None:
    """EXIF altitude: ref 1 or 3 is below the reference surface."""
    height = number(value)
    if height is None:
        return None
    return round(-abs(height) if _code(ref) in BELOW else height, 4)


def _code(ref: Any) -> Any:
    return ref[0] if isinstance(ref, bytes) and ref else ref


def up_from_gimbal(xmp: str) -> list[float] | None:
    """Up in the camera (x right, y down, z forward) by a drone's gimbal; None when not told.

    DJI's angles turn north, east, down into the camera in the order yaw, pitch, roll (user manuals
    of Mavic 3 Enterprise, "XMP data"). Both exactly 0 is what cameras without a gimbal write.
    """
    degrees_of = {name: number(value) for name, value in GIMBAL.findall(xmp)}
    pitch, roll = degrees_of.get("Pitch"), degrees_of.get("Roll")
    if pitch is None or roll is None or (pitch == 0 and roll == 0):
        return None
    p, r = math.radians(pitch), math.radians(roll)
    up = (-math.cos(p) * math.sin(r), -math.cos(p) * math.cos(r), math.sin(p))
    return [round(value, 6) + 0.0 for value in up]


def rtk_sigma_m(xmp: str) -> float | None:
    """Horizontal standard deviation that an RTK drone writes to its XMP, metres."""
    sigmas = {name: positive(value) for name, value in RTK_SIGMA.findall(xmp)}
    lon, lat = sigmas.get("Lon"), sigmas.get("Lat")
    return None if lon is None or lat is None else round(math.hypot(lon, lat), 4)
