"""Focal length in pixels from EXIF: by its 35 mm equivalent, a sensor's width, or its pitch.

The 35 mm equivalent compares diagonals (CIPA DCG-001): f35 / 43.267 mm = f / sensor diagonal. It
is that of the whole sensor, while a 16:9 photo is a crop of a 4:3 or 3:2 sensor, so the diagonal
is taken of the sensor that the image was cut from. For DJI's FC300S (3.61 mm, f35 20, 4000 x
2250) this gives 2311 px, close to 3.61 mm / 6.17 mm * 4000 px = 2340 px; the image's own diagonal
would give 2121 px, its width over 36 mm 2222 px.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from vtour.capture.values import positive

FOCAL_MM, FOCAL_35_MM = 0x920A, 0xA405
PLANE_X, PLANE_UNIT, PIXEL_X, PIXEL_Y = 0xA20E, 0xA210, 0xA002, 0xA003
FULL_FRAME_DIAGONAL_MM = math.hypot(36.0, 24.0)
UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
MIN_FOV_DEG, MAX_FOV_DEG = 1.0, 150.0

# Sensor widths in mm, for cameras known to leave out the 35 mm equivalent (makers' data sheets).
SENSOR_WIDTHS_MM = (
    (r"EOS[- ](1D ?X|1Ds|5D|6D|R[35]?$|R[68P]\b)", 36.0),
    (r"EOS[- ](\d{2,4}D|7D|M\d*|R7|R10|R50|R100|Kiss|REBEL|Digital Rebel)", 22.3),
    (r"DSC-W\d+", 6.17),
    (r"PowerShot (SX|A|ELPH|SD)", 6.17),
    (r"DJI FC(300|330|350)", 6.17),
    (r"DJI FC(6310|L1D-20c)", 13.2),
    (r"L1D-20c", 13.2),
)


def focal_px_from_exif(
    tags: Mapping[int, Any], camera: str | None, size_px: tuple[int, int]
) -> float | None:
    """Focal length in pixels of an image of ``size_px``, None when EXIF does not tell.

    It is the same for the stored and the upright image: pixels are square.
    """
    focal_mm = positive(tags.get(FOCAL_MM))
    long_px, short_px = max(size_px), min(size_px)
    candidates = (
        _from_equivalent(positive(tags.get(FOCAL_35_MM)), focal_mm, long_px, short_px),
        _from_sensor_width(camera, focal_mm, long_px),
        _from_focal_plane(tags, focal_mm, long_px),
    )
    for focal_px in candidates:
        if focal_px is not None and _is_plausible(focal_px, long_px):
            return round(focal_px, 3)
    return None


def _from_equivalent(
    focal_35_mm: float | None, focal_mm: float | None, long_px: int, short_px: int
) -> float | None:
    if focal_35_mm is None:
        return None
    crop = focal_35_mm / focal_mm if focal_mm else None
    return focal_35_mm / FULL_FRAME_DIAGONAL_MM * sensor_diagonal_px(long_px, short_px, crop)


def sensor_diagonal_px(long_px: int, short_px: int, crop_factor: float | None) -> float:
    """Diagonal of the whole sensor in pixels of an image that was cut from it.

    Sensors with a crop factor of about 2 (Four Thirds) or above 3.5 (smaller than 1 inch) are
    4:3, all others 3:2. Without a crop factor the image is taken as the whole sensor.
    """
    if crop_factor is None:
        return math.hypot(long_px, short_px)
    aspect = 4 / 3 if 1.85 < crop_factor < 2.15 or crop_factor > 3.5 else 3 / 2
    width_px = long_px if long_px / short_px >= aspect else short_px * aspect
    return math.hypot(width_px, width_px / aspect)


def _from_sensor_width(camera: str | None, focal_mm: float | None, long_px: int) -> float | None:
    if camera is None or focal_mm is None:
        return None
    for pattern, width_mm in SENSOR_WIDTHS_MM:
        if re.search(pattern, camera, re.IGNORECASE):
            return focal_mm / width_mm * long_px
    return None


def _from_focal_plane(
    tags: Mapping[int, Any], focal_mm: float | None, long_px: int
) -> float | None:
    """By the sensor's pixel pitch; scaled when the photo was made smaller after the shot."""
    per_unit = positive(tags.get(PLANE_X))
    unit_mm = UNIT_MM.get(tags.get(PLANE_UNIT, 2))
    if per_unit is None or unit_mm is None or focal_mm is None:
        return None
    shot_px = max(positive(tags.get(tag)) or 0.0 for tag in (PIXEL_X, PIXEL_Y))
    return focal_mm * per_unit / unit_mm * long_px / max(shot_px, long_px)


def _is_plausible(focal_px: float, long_px: int) -> bool:
    fov_deg = math.degrees(2 * math.atan(long_px / (2 * focal_px)))
    return MIN_FOV_DEG <= fov_deg <= MAX_FOV_DEG
