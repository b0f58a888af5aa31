"""Coordinates as people write them: 21.85, 21,85, 21°51'20", 21°51′20,5″B."""

import re

NUMBER = r"\d+(?:[.,]\d+)?"
DEGREES = re.compile(
    rf"""^\s*(?P<before>[NSEWBĐD])?\s*(?P<sign>-)?
    (?P<degrees>{NUMBER})\s*(?:[°ºo˚*]|\s|$|deg)?\s*
    (?:(?P<minutes>{NUMBER})\s*(?:['′’´]|\s|$)\s*)?
    (?:(?P<seconds>{NUMBER})\s*(?:["″”]|''|′′)?\s*)?
    (?P<after>[NSEWBĐD])?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
SOUTH_OR_WEST = "SW"
BETWEEN = (r"\s*[;/]\s*", r",\s+", r",", r"\s+")
"""What may stand between two of them, the surest first: a comma may belong to a number."""


def degrees_in(text: str) -> float | None:
    """Degrees in a text, decimal or with minutes and seconds; None when it holds none.

    Letters of the compass are English or Vietnamese: B is north (bắc), Đ east (đông).
    """
    found = DEGREES.match(text)
    if found is None or (found["before"] and found["after"]):
        return None
    degrees, minutes, seconds = (
        float((found[part] or "0").replace(",", ".")) for part in ("degrees", "minutes", "seconds")
    )
    if minutes >= 60 or seconds >= 60 or (found["minutes"] and degrees % 1):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    letter = (found["before"] or found["after"] or "").upper()
    return -value if found["sign"] or (letter in SOUTH_OR_WEST and letter) else value


def pair_in(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in one text: '21.85, 106.74'; None when it holds no such pair."""
    for between in BETWEEN:
        parts = re.split(between, text.strip().strip("()"))
        if len(parts) == 2:
            lat, lon = degrees_in(parts[0]), degrees_in(parts[1])
            if lat is not None and lon is not None:
                return lat, lon
    return None
