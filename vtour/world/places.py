"""Whether the places that captures name are one place: swapped latitude and longitude, typos."""

import math

from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor

EARTH_RADIUS_KM = 6371.0
MAX_OFF_KM = 5.0


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) in degrees, by the haversine formula."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(value) for value in (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def are_swapped(lat: float, lon: float, anchor: SiteAnchor | Anchor | None) -> bool:
    """Whether a place is near the anchor only with latitude and longitude swapped."""
    if anchor is None or abs(lon) > 90:
        return False
    there = (anchor.lat, anchor.lon)
    return km_between((lat, lon), there) > MAX_OFF_KM >= km_between((lon, lat), there)
