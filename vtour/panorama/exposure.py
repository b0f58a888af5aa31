"""How much light a photo was given, from its EXIF."""

import math
from typing import Any

from PIL import Image

from vtour.files import EXIF_ERRORS

EXIF_IFD = 0x8769
TIME_S, F_NUMBER, ISO, BIAS_EV = 0x829A, 0x829D, 0x8827, 0x9204


def exposure_ev(image: Image.Image) -> float | None:
    """Exposure in steps of two of an opened image, larger is lighter; None when not told.

    log2(t ISO / N^2 / 100) (CIPA DC-008); without an exposure time the bias that was set.
    """
    try:
        tags = image.getexif().get_ifd(EXIF_IFD)
        time, iso = _number(tags.get(TIME_S)), _number(tags.get(ISO)) or 100.0
        stop, bias = _number(tags.get(F_NUMBER)) or 1.0, tags.get(BIAS_EV)
        if time:
            return math.log2(time * iso / 100 / stop**2)
        return None if bias is None else float(bias)
    except EXIF_ERRORS:
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, tuple | list):
        value = value[0] if value else None
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) and number > 0 else None
